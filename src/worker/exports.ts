import { exportModel } from '../formats/export/index.js';
import type { ExportFormat } from '../protocol/api.js';
import type { NamedFile } from '../protocol/bytes.js';
import type { RunRecord } from '../protocol/run.js';
import type { Models } from './models.js';
import { encodeRecord, type RunStore } from './run-store.js';

/** A kept run as the files of a format, ready to be downloaded. */
export async function exportRun(
  record: RunRecord,
  format: ExportFormat,
  runs: RunStore,
  models: Models,
): Promise<readonly NamedFile[]> {
  if (format === 'run') return [{ name: 'run.json', mediaType: 'application/json', bytes: encodeRecord(record) }];
  if (format === 'pyra') {
    const bytes = await runs.weightsFile(record);
    return [{ name: 'adapted.safetensors', mediaType: 'application/octet-stream', bytes }];
  }
  const { metadata, trained } = await runs.weights(record);
  const model = await models.requireFor(metadata, record.name);
  return exportModel({ metadata, backbone: model.loaded.reader, trained }, format);
}
