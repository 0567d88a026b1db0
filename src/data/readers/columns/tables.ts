import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Given, Table } from '../../readings/types.js';
import { pictureColumn } from './choose.js';
import { looksLikeParquet, openParquet } from './parquet.js';

/** The most rows of a table that names pictures. */
const MOST_ROWS = 5_000_000;

/** A text, number or truth value as it stands in a table of text. */
export function cellOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

/** Reads a parquet file as a table of its texts, numbers and booleans; null where it has pictures or cannot be read. */
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
    // `readParquetSets` reports what is wrong with the file.
    if (cause instanceof PlaygroundError) return null;
    throw cause;
  }
}

/** Reads tables that may name pictures from parquet files such as `metadata.parquet`. */
export async function parquetTables(given: Given): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const file of given.others) {
    if (file.size < 12 || !looksLikeParquet(await given.head(file))) continue;
    const table = await tableOf(file);
    if (table) tables.push(table);
  }
  return tables;
}
