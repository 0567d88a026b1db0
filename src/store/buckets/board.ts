/** Classes that are made by hand, as plain data, and the changes of it: each takes a board and returns a new one. */

export interface Bucket {
  readonly id: string;
  readonly name: string;
  /** Pictures by their ids, in the order in which they came. */
  readonly pictures: readonly string[];
}

export interface Board {
  /** The name that the data set will have. */
  readonly name: string;
  readonly buckets: readonly Bucket[];
  /** Pictures without a class. */
  readonly loose: readonly string[];
  /** Names of the pictures' files, by their ids. */
  readonly names: Readonly<Record<string, string>>;
}

export const EMPTY_BOARD: Board = { name: 'My pictures', buckets: [], loose: [], names: {} };

export interface NamedPicture {
  readonly id: string;
  readonly name: string;
}

/** The first board: two classes to fill. */
export const FIRST_BOARD: Board = {
  ...EMPTY_BOARD,
  buckets: [
    { id: 'first', name: 'Class 1', pictures: [] },
    { id: 'second', name: 'Class 2', pictures: [] },
  ],
};

/** The pictures of a class, or those without one. */
export const picturesOf = (board: Board, bucket: string | null): readonly string[] =>
  bucket === null ? board.loose : (board.buckets.find(({ id }) => id === bucket)?.pictures ?? []);

const without = (ids: readonly string[], gone: ReadonlySet<string>): readonly string[] =>
  ids.some((id) => gone.has(id)) ? ids.filter((id) => !gone.has(id)) : ids;

function taken(board: Board, ids: readonly string[]): Board {
  const gone = new Set(ids);
  return {
    ...board,
    loose: without(board.loose, gone),
    buckets: board.buckets.map((bucket) => ({ ...bucket, pictures: without(bucket.pictures, gone) })),
  };
}

function put(board: Board, ids: readonly string[], bucket: string | null): Board {
  if (bucket === null) return { ...board, loose: [...board.loose, ...ids] };
  return {
    ...board,
    buckets: board.buckets.map((each) => (each.id === bucket ? { ...each, pictures: [...each.pictures, ...ids] } : each)),
  };
}

const there = (board: Board, bucket: string | null): string | null =>
  board.buckets.some(({ id }) => id === bucket) ? bucket : null;

/** Adds pictures to a class; where there is no such class, they have none. */
export function withPictures(board: Board, pictures: readonly NamedPicture[], bucket: string | null): Board {
  const names = { ...board.names, ...Object.fromEntries(pictures.map(({ id, name }) => [id, name])) };
  return put(
    { ...board, names },
    pictures.map(({ id }) => id),
    there(board, bucket),
  );
}

/** Moves pictures to the end of a class, or of those without one. */
export function moved(board: Board, ids: readonly string[], bucket: string | null): Board {
  const known = ids.filter((id) => board.names[id] !== undefined);
  return known.length === 0 ? board : put(taken(board, known), known, there(board, bucket));
}

export function withoutPictures(board: Board, ids: readonly string[]): Board {
  const gone = new Set(ids);
  const names = Object.fromEntries(Object.entries(board.names).filter(([id]) => !gone.has(id)));
  return { ...taken(board, ids), names };
}

/** `Class 3`, with the first number that is not taken. */
export function freeName(board: Board): string {
  const used = new Set(board.buckets.map(({ name }) => name));
  for (let number = board.buckets.length + 1; ; number++) if (!used.has(`Class ${number}`)) return `Class ${number}`;
}

export const withBucket = (board: Board, id: string, name: string): Board => ({
  ...board,
  buckets: [...board.buckets, { id, name, pictures: [] }],
});

/** Renames a class. Under the name of another the two are merged; an empty name changes nothing. */
export function renamed(board: Board, bucket: string, to: string): Board {
  const name = to.trim();
  const from = board.buckets.find(({ id }) => id === bucket);
  if (name === '' || !from || from.name === name) return board;
  const other = board.buckets.find((each) => each.name === name);
  if (!other) return { ...board, buckets: board.buckets.map((each) => (each.id === bucket ? { ...each, name } : each)) };
  const joined = moved(board, from.pictures, other.id);
  return { ...joined, buckets: joined.buckets.filter(({ id }) => id !== bucket) };
}

/** Removes a class; its pictures then have none. */
export function withoutBucket(board: Board, bucket: string): Board {
  const loose = moved(board, picturesOf(board, bucket), null);
  return { ...loose, buckets: loose.buckets.filter(({ id }) => id !== bucket) };
}

/** Why a board cannot be used as a data set yet, as a sentence that says what to do; null where it can. */
export function obstacleToUse(board: Board): string | null {
  const filled = board.buckets.filter(({ pictures }) => pictures.length > 0);
  if (filled.length < 2) return 'Two classes with pictures are needed at least.';
  const few = filled.find(({ pictures }) => pictures.length < 2);
  if (few) return `${few.name} has one picture: two at least, one to learn from and one to check with.`;
  return board.name.trim() === '' ? 'The data set needs a name.' : null;
}

/** A board with its earlier states, and the later ones that were undone. */
export interface History {
  readonly past: readonly Board[];
  readonly board: Board;
  readonly future: readonly Board[];
}

export const NO_HISTORY: History = { past: [], board: FIRST_BOARD, future: [] };

/** Number of steps that can be undone. */
const STEPS = 100;

/**
 * @param joined whether the change belongs to the step before: the pictures that the camera takes while a button is held are one step.
 */
export function changed({ past, board: before }: History, board: Board, joined = false): History {
  if (board === before) return { past, board, future: [] };
  return { past: joined ? past : [...past, before].slice(-STEPS), board, future: [] };
}

export function undone({ past, board, future }: History): History {
  const before = past.at(-1);
  return before ? { past: past.slice(0, -1), board: before, future: [board, ...future] } : { past, board, future };
}

export function redone({ past, board, future }: History): History {
  const [after, ...rest] = future;
  return after ? { past: [...past, board], board: after, future: rest } : { past, board, future };
}
