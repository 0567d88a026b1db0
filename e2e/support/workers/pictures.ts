/** A worker that decodes and resizes pictures and keeps pixels across a reload, as the page's worker does; a test asks it. */
import { resizeBicubic } from '../../../src/data/pictures/resize.js';
import { browserDecoder } from '../../../src/worker/inputs/images.js';
import { deletePixelStore, keptDatasets, openPixelStore } from '../../../src/worker/kept/pixel-store.js';

export type Question =
  | { readonly ask: 'decode'; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer>; readonly side: number }
  | { readonly ask: 'put' | 'get'; readonly fingerprint: string; readonly key: string; readonly bytes?: Uint8Array<ArrayBuffer> }
  | { readonly ask: 'delete'; readonly fingerprint: string }
  | { readonly ask: 'kept' };

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'decode': {
      const picture = await browserDecoder.decode(question.bytes, question.name);
      const pixels = resizeBicubic(picture, question.side, question.side);
      return { size: [picture.width, picture.height], pixels: [...pixels] };
    }
    case 'put':
    case 'get': {
      const store = await openPixelStore(question.fingerprint);
      if (!store) throw new Error('the browser gave no storage');
      try {
        // While a store is open, it cannot be opened again.
        if ((await openPixelStore(question.fingerprint)) !== null) throw new Error('the store was opened twice');
        if (question.bytes) await store.put(question.key, question.bytes);
        return [...((await store.get(question.key)) ?? [])];
      } finally {
        store.close();
      }
    }
    case 'delete':
      return deletePixelStore(question.fingerprint);
    case 'kept':
      return (await keptDatasets()).map(({ id }) => id);
  }
}

self.onmessage = (event: MessageEvent<Question>) => {
  answer(event.data).then(
    (value) => self.postMessage({ value }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
};
