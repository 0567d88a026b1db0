/**
 * Throws where an array does not have the length of its shape. Otherwise a short array would give NaN, and a long one would hide a mistake.
 */
export function requireLength(where: string, array: ArrayLike<number>, ...shape: readonly number[]): void {
  const expected = shape.reduce((product, value) => product * value, 1);
  if (array.length !== expected) {
    throw new RangeError(`${where} has ${array.length} numbers, expected ${shape.join(' x ')} = ${expected}`);
  }
}
