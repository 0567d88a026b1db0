/** Checks that all shards of a part are there: `train-00000-of-00002.parquet` says that there are two. */
const NUMBERED = /^(.*?)(\d{3,6})-of-(\d{3,6})(?!\d)/;

/** A sentence for each part of whose shards some are missing, from the files' paths. */
export function missingShards(paths: readonly string[]): string[] {
  const groups = new Map<string, { readonly prefix: string; readonly total: number; readonly there: Set<number> }>();
  for (const path of paths) {
    const [, prefix = '', number = '', total = ''] = NUMBERED.exec(path) ?? [];
    if (total === '') continue;
    const key = `${prefix}\n${total}`;
    const group = groups.get(key) ?? { prefix, total: Number(total), there: new Set<number>() };
    groups.set(key, group);
    group.there.add(Number(number));
  }
  return [...groups.values()].flatMap(({ prefix, total, there }) => {
    const lost = total - there.size;
    if (lost <= 0) return [];
    const first = Array.from({ length: there.size + 1 }, (_, number) => number).find((number) => !there.has(number)) ?? 0;
    const name = `${prefix}${String(first).padStart(5, '0')}`;
    return [
      `${lost} of the ${total} shards '${prefix}...' are missing (${name}${lost > 1 ? ', ...' : ''}), so that their pictures are not read`,
    ];
  });
}
