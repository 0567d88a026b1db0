/** Which pictures a classifier got right, as a run's record holds them: a bit each, the first in the first byte's highest bit. */

/** @returns base64, a sixth of a letter a picture. */
export function packRight(right: readonly boolean[]): string {
  const bytes = new Uint8Array(Math.ceil(right.length / 8));
  right.forEach((hit, index) => {
    if (hit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  });
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/** What {@link packRight} packed; null where it does not hold as many pictures. */
export function unpackRight(packed: string, pictures: number): boolean[] | null {
  const bytes = atob(packed);
  if (bytes.length !== Math.ceil(pictures / 8)) return null;
  // Plain loops: the page does this for every picture of every run of a figure.
  const right = new Array<boolean>(pictures);
  for (let index = 0; index < pictures; index++) right[index] = (bytes.charCodeAt(index >> 3) & (0x80 >> (index & 7))) !== 0;
  return right;
}
