/** Part of a tensor along its first axis. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** Whether the elements lie in row-major order without gaps. Axes of length 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = rowMajorStrides(shape);
  return shape.some((length) => length === 0) || shape.every((length, axis) => length === 1 || strides[axis] === expected[axis]);
}

/** The number of elements from a strided tensor's first to its last, gaps included; 0 for an empty one. */
export function spannedElements(shape: readonly number[], strides: readonly number[]): number {
  if (shape.some((length) => length === 0)) return 0;
  return shape.reduce((span, length, axis) => span + (length - 1) * (strides[axis] ?? 0), 1);
}

/** The elements of a strided tensor in row-major order. `data` begins at its first element. */
export function gather(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
  strides: readonly number[],
): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(count);
  const position = Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    values[to] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (position[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 0)) {
        position[axis] = next;
        from += stride;
        break;
      }
      from -= (next - 1) * stride;
      position[axis] = 0;
    }
  }
  return values;
}
