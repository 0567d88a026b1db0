import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Given, Table } from '../../readings/types.js';
import { pictureColumn } from './choose.js';
import { looksLikeParquet, openParquet } from './parquet.js';

/** More rows than a folder of pictures has files. */
const MOST_ROWS = 5_000_000;

function cellOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

/** A parquet file without pictures as a table: its words, numbers and truth values; null where it has pictures or cannot be read. */
async function tableOf(file: ByteSource): Promise<Table | null> {
  try {
    const columns = await openParquet(file);
    if (columns.rows > MOST_ROWS || (await pictureColumn(columns)) !== null) return null;
    const plain = columns.columns.filter(({ type }) => type !== 'picture' && type !== 'list' && type !== 'other');
    const values: unknown[][] = [];
    for (const { name } of plain) values.push(await columns.values(name));
    const rows = Array.from({ length: columns.rows }, (_, row) => ({
      cells: values.map((column) => cellOf(column[row])),
      line: row + 1,
    }));
    return { file, header: plain.map(({ name }) => name), rows };
  } catch (cause) {
    // The parquet reader names what is wrong with it.
    if (cause instanceof PlaygroundError) return null;
    throw cause;
  }
}

/** `metadata.parquet` and the like: tables that name pictures beside them. */
export async function parquetTables(given: Given): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const file of given.others) {
    if (file.size < 12 || !looksLikeParquet(await given.head(file))) continue;
    const table = await tableOf(file);
    if (table) tables.push(table);
  }
  return tables;
}
