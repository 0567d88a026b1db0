/** The first `kept` rows of each image. x [images, rows, ...] -> [images, kept, ...]. */
export function firstRows(x: Float64Array, images: number, rows: number, kept: number): Float64Array {
  const row = x.length / images / rows;
  return x.filter((_, i) => Math.floor(i / row) % rows < kept);
}

/** The inverse of {@link firstRows}: x [images, kept, ...] -> [images, rows, ...], with zeros in the missing rows. */
export function spreadRows(x: Float64Array, images: number, kept: number, rows: number): Float64Array {
  const each = x.length / images;
  const out = new Float64Array((x.length / kept) * rows);
  for (let b = 0; b < images; b++) out.set(x.subarray(b * each, (b + 1) * each), (b * each * rows) / kept);
  return out;
}
