import { useEffect, useState } from 'react';
import { usePlayground } from '../../playground.js';

const SIDE = 128;
/** Previews made at a time: each photograph is in memory at its full size meanwhile. */
const AT_ONCE = 2;

const made = new Map<string, Promise<string | null>>();
let underWay = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  while (underWay >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  underWay++;
  try {
    return await work();
  } finally {
    underWay--;
    waiting.shift()?.();
  }
}

/** The address of a small picture of the middle square; null where the browser cannot decode the picture. */
async function shrink(picture: Blob): Promise<string | null> {
  const bitmap = await createImageBitmap(picture).catch(() => null);
  if (!bitmap) return null;
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  canvas.getContext('2d')?.drawImage(bitmap, x, y, side, side, 0, 0, SIDE, SIDE);
  bitmap.close();
  return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 }));
}

/** The address of a picture's preview: undefined while it is being made, null if it cannot be made. */
export function usePreview(id: string): string | null | undefined {
  const pictureOnBoard = usePlayground((state) => state.pictureOnBoard);
  const [preview, setPreview] = useState<{ readonly id: string; readonly address: string | null } | null>(null);
  useEffect(() => {
    let current = true;
    const making =
      made.get(id) ??
      inTurn(async () => {
        const picture = await pictureOnBoard(id);
        return picture && shrink(picture);
      });
    made.set(id, making);
    void making.then((address) => current && setPreview({ id, address }));
    return () => {
      current = false;
    };
  }, [id, pictureOnBoard]);
  return preview?.id === id ? preview.address : undefined;
}
