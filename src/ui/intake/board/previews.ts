import { useEffect, useState } from 'react';
import { usePlayground } from '../../playground.js';

const SIDE = 128;
/** Previews made at a time: each photograph is in memory at its full size meanwhile. */
const AT_ONCE = 2;

/** A small picture by its address, or why there is none, in a sentence. */
type Preview = { readonly address: string } | { readonly why: string };

const made = new Map<string, Promise<Preview>>();
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

/** A picture's preview; undefined while it is being made. */
export function usePreview(id: string): Preview | undefined {
  const pictureOnBoard = usePlayground((state) => state.pictureOnBoard);
  const whyUnreadable = usePlayground((state) => state.whyUnreadable);
  const [preview, setPreview] = useState<{ readonly id: string; readonly made: Preview } | null>(null);
  useEffect(() => {
    let current = true;
    const making =
      made.get(id) ??
      inTurn(async () => {
        const picture = await pictureOnBoard(id);
        const address = picture && (await shrink(picture));
        return address === null ? { why: await whyUnreadable(id) } : { address };
      });
    made.set(id, making);
    void making.then((done) => current && setPreview({ id, made: done }));
    return () => {
      current = false;
    };
  }, [id, pictureOnBoard, whyUnreadable]);
  return preview?.id === id ? preview.made : undefined;
}
