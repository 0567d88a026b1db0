import { parquetTables } from '../../readers/columns/tables.js';
import type { Given, Table } from '../types.js';

/** Reads tables out of files that are no text. */
export type TableReader = (given: Given) => Promise<readonly Table[]>;

export const TABLE_READERS: readonly TableReader[] = [parquetTables];
