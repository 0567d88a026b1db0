/**
 * Throws where an array is not as long as its shape says: a short array would otherwise read as NaN and a long one hide a mistake.
 */
export function requireLength(where: string, array: ArrayLike<number>, ...shape: readonly number[]): void {
  const expected = shape.reduce((product, value) => product * value, 1);
  if (array.length !== expected) {
    throw new RangeError(`${where} has ${array.length} numbers, expected ${shape.join(' x ')} = ${expected}`);
  }
}
