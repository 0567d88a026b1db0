import { exportOnnx } from '../formats/onnx/export.js';
import type { AdaptedModel } from '../formats/types.js';
import type { ExportFormat } from '../protocol/api.js';
import type { NamedFile } from '../protocol/bytes.js';
import type { RunRecord } from '../protocol/run.js';
import type { Models } from './models.js';
import { encodeRecord, type RunStore } from './run-store.js';

const SAFETENSORS = 'application/octet-stream';

/** A kept run as the files of a format, ready to be downloaded. */
export async function exportRun(
  record: RunRecord,
  format: ExportFormat,
  runs: RunStore,
  models: Models,
): Promise<readonly NamedFile[]> {
  switch (format) {
    case 'run':
      return [{ name: 'run.json', mediaType: 'application/json', bytes: encodeRecord(record) }];
    case 'pyra':
      return [{ name: 'adapted.safetensors', mediaType: SAFETENSORS, bytes: await runs.weightsFile(record) }];
    case 'onnx':
      return [{ name: 'model.onnx', mediaType: SAFETENSORS, bytes: await exportOnnx(await adaptedModel(record, runs, models)) }];
    default:
      throw new Error(`not yet ${format}`);
  }
}

async function adaptedModel(record: RunRecord, runs: RunStore, models: Models): Promise<AdaptedModel> {
  const { metadata, trained } = await runs.weights(record);
  const model = await models.require(metadata.configuration.model);
  return { metadata, backbone: model.loaded.reader, trained };
}
