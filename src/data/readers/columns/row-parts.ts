/** Parts that a column of parquet or Arrow gives, where the rows of one file belong to several. */
import { PlaygroundError } from '../../../vit/errors.js';
import type { Part } from '../../../protocol/maps.js';
import { asideQuestion, columnOf, findPartColumn, mayNameParts, strangePart } from '../../readings/tables/columns.js';
import type { Question } from '../../readings/types.js';
import { cellOf } from './tables.js';
import type { ColumnFile } from './types.js';

export interface RowParts {
  /** The column that has the parts or is named for them, which is therefore no label column; null where there is none. */
  readonly column: string | null;
  /** The part of each row; null where no column has parts. */
  readonly parts: readonly (Part | null)[] | null;
  readonly questions: readonly Question[];
}

/**
 * Reads the column of parts, by its name and values: `split`, `is_train`. Only columns whose names fit are read, since others may be large.
 *
 * @param wanted the column that was asked for, `none` for none.
 * @throws PlaygroundError `data.label` for a row whose value is no part.
 */
export async function rowParts(file: ColumnFile, wanted: string | undefined): Promise<RowParts> {
  const able = file.columns.filter(
    ({ name, type }) =>
      (type === 'text' || type === 'integer' || type === 'boolean') &&
      file.features.get(name)?.kind !== 'class' &&
      (mayNameParts(name) || name === wanted),
  );
  const columns = [];
  for (const { name } of able) columns.push(columnOf(columns.length, name, (await file.values(name)).map(cellOf)));
  const { found, unclear } = findPartColumn(columns, wanted);
  if (found) {
    const { column } = found;
    return { column: column.name, parts: column.values.map((value) => found.partOf(value)), questions: [] };
  }
  if (!unclear || wanted !== undefined) return { column: null, parts: null, questions: [] };
  const strange = strangePart(unclear);
  if (strange !== null) {
    const { name } = file.file;
    const message = `${name}#${strange}: '${unclear.values[strange] ?? ''}' in its column '${unclear.name}' is no part; expected train, validation or test`;
    throw new PlaygroundError('data.label', message, { subject: name });
  }
  return { column: unclear.name, parts: null, questions: [asideQuestion(file.file.name, unclear)] };
}
