/** Tables from JSON files of which each describes one picture, as labelme, Supervisely, ISIC's archive and VoTT write them. */
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { mapConcurrently } from '../../concurrent.js';
import { isImageName } from '../../pictures/image-files.js';
import { baseName, folderOf, stemOf } from '../../paths.js';
import { readText } from '../../readers/text.js';
import type { PictureIndex } from '../loose/picture-index.js';
import type { Given, Table } from '../types.js';
import { parseJson, tableOfRecords } from './json.js';
import { rowsOfVott } from './json-tools.js';

/** A longer file is not read: labelme's has the picture itself. */
const LONGEST = 64 * 2 ** 20;
/** A longer value describes nothing that a class could be called by. */
const LONGEST_VALUE = 2000;

/** The picture that a file describes by its own name: `a.json` or `a.jpg.json` beside `a.jpg`, or in a folder beside that of the pictures. */
function describedBy(file: ByteSource, index: PictureIndex): ByteSource | undefined {
  const stem = stemOf(file.name);
  const picture = index.find(stem, folderOf(file.name)) ?? index.find(beside(file.name, stem), folderOf(file.name));
  const same = picture && (isImageName(stem) ? baseName(picture.name) === stem : stemOf(picture.name) === stem);
  return same ? picture : undefined;
}

/** Supervisely's place of a picture: `train/img/a.png` for `train/ann/a.png.json`. */
const beside = (path: string, stem: string): string => `${folderOf(path).replace(/(^|\/)ann$/, '$1img')}/${stem}`;

const recordSchema = z.record(z.string(), z.unknown());

const shortened = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > LONGEST_VALUE ? null : value;

/** One table of all such files, with a row for each; none where they describe fewer than two pictures or half of all. */
export async function sidecarTables(given: Given, index: PictureIndex): Promise<readonly Table[]> {
  const files = given.others.filter(({ name, size }) => /\.json$/i.test(name) && size > 0 && size <= LONGEST);
  const found = files.flatMap((file) => {
    const picture = describedBy(file, index);
    return picture || /-asset\.json$/i.test(file.name) ? [{ file, picture }] : [];
  });
  const [first] = found;
  if (!first || found.length < 2 || found.length < 0.5 * given.pictures.length) return [];
  const read = await mapConcurrently(found, 16, async ({ file, picture }) => {
    const value = parseJson(await readText(file).catch(() => ''));
    const vott = rowsOfVott(value);
    if (vott) return vott.rows.map((cells) => Object.fromEntries(vott.header.map((name, i) => [name, cells[i] ?? ''])));
    const record = picture ? recordSchema.safeParse(parseJson(JSON.stringify(value ?? null, shortened))) : null;
    return picture && record?.success ? [{ ...record.data, file_name: picture.name }] : [];
  });
  const records = read.flat().map((value, i) => ({ value, line: i + 1 }));
  const table = records.length < 2 ? null : tableOfRecords(first.file, records);
  return table ? [table] : [];
}
