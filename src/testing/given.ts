import type { ByteSource } from '../containers/bytes.js';
import { HEAD_BYTES, type Given } from '../data/readings/types.js';

/** What readers are given for these files. Pictures are recognised by their names alone. */
export function givenOf(files: readonly ByteSource[], name = 'set'): Given {
  const isPicture = ({ name: path }: ByteSource): boolean => /\.(png|jpe?g|webp)$/.test(path);
  return {
    name,
    pictures: files.filter(isPicture),
    unreadable: new Map(),
    others: files.filter((file) => !isPicture(file)),
    head: (file) => file.read(0, Math.min(HEAD_BYTES, file.size)),
  };
}
