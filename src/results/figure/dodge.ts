/**
 * Moves places on a line apart, as little as possible in least squares, so that neighbours are at least `gap` from each other. This is
 * isotonic regression (pool adjacent violators) of place i minus i times the gap.
 *
 * @param places in ascending order.
 * @param room the ends that no place may pass, if there is room for all between them.
 */
export function dodged(places: readonly number[], gap: number, room: readonly [number, number]): number[] {
  const pools: { mean: number; count: number }[] = [];
  places.forEach((place, index) => {
    pools.push({ mean: place - index * gap, count: 1 });
    for (;;) {
      const [before, last] = pools.slice(-2);
      if (!before || !last || before.mean <= last.mean) break;
      const count = before.count + last.count;
      pools.splice(-2, 2, { mean: (before.mean * before.count + last.mean * last.count) / count, count });
    }
  });
  const [low, high] = [room[0], Math.max(room[0], room[1] - (places.length - 1) * gap)];
  const free = pools.flatMap(({ mean, count }) => Array<number>(count).fill(Math.min(high, Math.max(low, mean))));
  return free.map((place, index) => place + index * gap);
}
