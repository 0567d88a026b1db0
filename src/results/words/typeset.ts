/** What is in quotation marks: an apostrophe between letters does not end it, and one after a letter does not begin it. */
const QUOTED = /(?<![\p{L}\p{N}])'([^'\s](?:[^']|(?<=\p{L})'(?=\p{L}))*)'(?![\p{L}\p{N}])/gu;

/**
 * A sentence of the engine, which terminals print as well, with the page's own signs: `the file’s` for `the file's`, `“name”` for `'name'`,
 * `96 × 96` for `96 x 96`.
 */
export const typeset = (text: string): string =>
  text
    .replace(QUOTED, '“$1”')
    .replace(/(?<=[\p{L}\p{N}.])'/gu, '’')
    .replace(/(?<=\d) x (?=\d)/g, ' × ');
