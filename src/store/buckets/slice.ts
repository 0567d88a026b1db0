import { z } from 'zod';
import type { Slice } from '../state.js';
import * as board from './board.js';
import type { BucketsSlice } from './state.js';

const KEY = 'pyra-playground/classes';
/** Files in one message: writing each into it takes up to half a millisecond. */
const PORTION = 100;

const storedSchema = z.object({
  version: z.literal(1),
  board: z.object({
    name: z.string(),
    buckets: z.array(z.object({ id: z.string(), name: z.string(), pictures: z.array(z.string()) })),
    loose: z.array(z.string()),
    names: z.record(z.string(), z.string()),
  }),
});

function restore(text: string | null): board.History {
  if (text === null) return board.NO_HISTORY;
  try {
    const stored = storedSchema.safeParse(JSON.parse(text));
    return stored.success ? { ...board.NO_HISTORY, board: stored.data.board } : board.NO_HISTORY;
  } catch {
    return board.NO_HISTORY;
  }
}

type Changes = Omit<BucketsSlice, 'sorting' | 'usingBoard' | 'useBoard' | 'pictureOnBoard' | 'whyUnreadable'>;

const changes: Slice<Changes> =
  ({ storage, shelf }) =>
  (set, get) => {
    const keep = (sorting: board.History): void => {
      set({ sorting });
      storage.set(KEY, JSON.stringify({ version: 1, board: sorting.board }));
    };
    const change = (to: board.Board, joined = false): void => keep(board.changed(get().sorting, to, joined));
    const now = (): board.Board => get().sorting.board;
    return {
      addToBoard: async (files, bucket, joined) => {
        get().dismiss('classes');
        const added: board.NamedPicture[] = [];
        try {
          for (const file of files) {
            const id = crypto.randomUUID();
            await shelf.put(id, file);
            added.push({ id, name: file.name });
          }
        } catch (thrown) {
          const why = thrown instanceof Error ? thrown.message : String(thrown);
          const message = `${files.length - added.length} of ${files.length} pictures could not be kept in this browser: ${why}`;
          get().report('classes', { code: 'file.unreadable', message });
        }
        if (added.length > 0) change(board.withPictures(now(), added, bucket), joined);
      },
      moveOnBoard: (pictures, bucket) => change(board.moved(now(), pictures, bucket)),
      removeFromBoard: (pictures) => change(board.withoutPictures(now(), pictures)),
      addBucket: () => {
        const id = crypto.randomUUID();
        change(board.withBucket(now(), id, board.freeName(now())));
        return id;
      },
      renameBucket: (bucket, name) => change(board.renamed(now(), bucket, name)),
      removeBucket: (bucket) => change(board.withoutBucket(now(), bucket)),
      renameBoard: (name) => change({ ...now(), name }),
      clearBoard: () => change({ ...board.FIRST_BOARD, name: now().name }),
      undoBoard: () => keep(board.undone(get().sorting)),
      redoBoard: () => keep(board.redone(get().sorting)),
    };
  };

const using: Slice<Pick<BucketsSlice, 'useBoard' | 'pictureOnBoard' | 'whyUnreadable'>> =
  ({ api, shelf }) =>
  (set, get) => ({
    pictureOnBoard: (id) => shelf.get(id).catch(() => null),
    whyUnreadable: async (id) => {
      const name = get().sorting.board.names[id] ?? '';
      const picture = await get().pictureOnBoard(id);
      if (!picture) return `${name}: this browser no longer keeps it; add it again`;
      const answer = await api.whyUnreadable(new File([picture], name));
      const why = answer.ok ? answer.value : answer.error.message;
      return why ?? `${name}: this browser could not decode it; reload the page to try again`;
    },
    useBoard: async () => {
      const { board: made } = get().sorting;
      const message = get().training === 'idle' ? board.obstacleToUse(made) : 'A run is training: wait for its end, or stop it.';
      get().dismiss('classes');
      if (message !== null) return get().report('classes', { code: 'usage', message });
      set({ usingBoard: true });
      const classes: { readonly name: string; readonly pictures: number }[] = [];
      for (const { name, pictures } of made.buckets.filter((bucket) => bucket.pictures.length > 0)) {
        let kept = 0;
        for (let from = 0; from < pictures.length; from += PORTION) {
          const files = await Promise.all(
            pictures.slice(from, from + PORTION).map(async (id) => {
              const picture = await get().pictureOnBoard(id);
              // Two pictures may have the same name: the beginning of the id keeps them apart, and the path of a picture the same.
              const path = `${id.slice(0, 8)}-${made.names[id] ?? 'picture'}`;
              return picture ? [{ path, file: new File([picture], path, { type: picture.type }) }] : [];
            }),
          );
          kept += files.flat().length;
          await api.offer(files.flat());
        }
        classes.push({ name, pictures: kept });
      }
      const answer = await api.giveByHand(made.name.trim(), classes);
      set({ usingBoard: false, busy: null });
      if (!answer.ok) return get().report('classes', answer.error);
      await get().receiveGiven({ kind: 'data', data: answer.value }, made.name.trim());
      get().showColumn('setup');
    },
  });

export const createBucketsSlice: Slice<BucketsSlice> =
  (services) =>
  (...store) => {
    const sorting = restore(services.storage.get(KEY));
    // Pictures that were taken off the board on an earlier visit cannot be brought back.
    void services.shelf.keepOnly(Object.keys(sorting.board.names)).catch(() => undefined);
    return { sorting, usingBoard: false, ...changes(services)(...store), ...using(services)(...store) };
  };
