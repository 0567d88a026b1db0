import { withResolution } from '../../results/png.js';

/** Saves a file as a download. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The download reads the bytes after this click: they are freed well after it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function saveText(name: string, text: string, mediaType: string): void {
  saveBlob(name, new Blob([text], { type: mediaType }));
}

/**
 * Draws an SVG text at `scale` times its size and saves it as a PNG.
 *
 * @param dotsPerInch the print resolution that the file declares.
 */
export async function savePng(
  name: string,
  svg: string,
  width: number,
  height: number,
  scale = 2,
  dotsPerInch?: number,
): Promise<void> {
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob) return;
    if (dotsPerInch === undefined) return saveBlob(name, blob);
    const marked = withResolution(new Uint8Array(await blob.arrayBuffer()), dotsPerInch);
    saveBlob(name, new Blob([marked], { type: 'image/png' }));
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Makes a name that is valid in every file system. */
export function fileName(text: string): string {
  return text
    .replaceAll(/[^\w.@-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
}
