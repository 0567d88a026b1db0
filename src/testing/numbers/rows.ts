/** Of each image's rows the first so many. x [images, rows, ...]. */
export function firstRows(x: Float64Array, images: number, rows: number, kept: number): Float64Array {
  const row = x.length / images / rows;
  return x.filter((_, i) => Math.floor(i / row) % rows < kept);
}

/** The other way: x [images, kept, ...] with zeros for the rows that are missing. */
export function spreadRows(x: Float64Array, images: number, kept: number, rows: number): Float64Array {
  const each = x.length / images;
  const out = new Float64Array((x.length / kept) * rows);
  for (let b = 0; b < images; b++) out.set(x.subarray(b * each, (b + 1) * each), (b * each * rows) / kept);
  return out;
}
