// Loads a panel while the product with the one before it is computed, a few lines of the cache between two tiles. Otherwise the first
// tile of each panel would wait for its lines, which come from the slowest cache or from memory, one after the other.

/** What is still to be loaded, and how much at a time. */
let next: usize = 0;
let end: usize = 0;
let bytesAtOnce: usize = 0;
/** Takes what was loaded, since a load whose result nobody uses may be left out. */
const SINK = memory.data(16, 16);

/** From now on `bytes` bytes from `from` on are loaded in `times` parts. It replaces what is still to be loaded; 0 bytes end it. */
export function loadAhead(from: usize, bytes: usize, times: i32): void {
  next = from;
  end = from + bytes;
  bytesAtOnce = (bytes / <usize>max(times, 1) + 63) & ~63;
}

/** Loads the next part. */
export function loadPart(): void {
  if (next >= end) return;
  const to = min(next + bytesAtOnce, end);
  let words = 0;
  let at = next;
  for (; at < to; at += 64) words ^= load<i32>(at);
  next = at;
  store<i32>(SINK, words);
}
