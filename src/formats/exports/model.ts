/** An adapted model as files that other tools load. */
import { EXPORT_FORMATS, type ExportFormat } from '../../protocol/api.js';
import type { NamedFile } from '../../protocol/files.js';
import { requireTrained, writeAdapted } from '../adapted/adapted.js';
import { exportOnnx } from '../onnx/export.js';
import type { PeftForm } from '../adapted/peft.js';
import type { AdaptedModel } from '../types.js';
import { composeSafetensors } from './compose.js';
import { peftBytes, peftConfig } from './peft.js';
import { onnxReadme, peftReadme, timmReadme } from './readme.js';
import { foldedTensors, timmMetadata } from './timm.js';

/** `run` is the run's own record, which holds no model. */
export type ModelFormat = Exclude<ExportFormat, 'run'>;
export const MODEL_FORMATS: readonly ModelFormat[] = EXPORT_FORMATS.filter((format) => format !== 'run');

const BINARY = 'application/octet-stream';

function text(name: string, mediaType: string, content: string): NamedFile {
  return { name, mediaType, bytes: new TextEncoder().encode(content) };
}

async function peft(model: AdaptedModel, form: PeftForm): Promise<NamedFile[]> {
  const { adapter, beside } = peftBytes(model, form);
  return [
    text('adapter_config.json', 'application/json', `${JSON.stringify(peftConfig(model.metadata, form), null, 2)}\n`),
    { name: 'adapter_model.safetensors', mediaType: BINARY, bytes: adapter },
    ...(beside ? [{ name: 'pyra.safetensors', mediaType: BINARY, bytes: beside }] : []),
    text('README.md', 'text/markdown', peftReadme(model, form)),
  ];
}

/**
 * The files of one format:
 * - `pyra`: `adapted.safetensors`, the trained weights under the authors' names (their code loads it with `strict=False`).
 * - `timm`: `model.safetensors`, a full checkpoint with LoRA folded into qkv, and `README.md`, which says how to load it.
 * - `peft-timm`, `peft-hf`: a PEFT adapter directory's files, with `pyra.safetensors` beside them where there is more than LoRA.
 * - `onnx`: `model.onnx`, with the token merging inside, and `README.md`, which says how to run it.
 *
 * The same model gives the same bytes. Rejects with `weights.missing-tensor` or `weights.wrong-shape` where the trained weights do not
 * fit the configuration, `option.invalid` where the format cannot hold the run.
 */
export async function exportModel(model: AdaptedModel, format: ModelFormat): Promise<readonly NamedFile[]> {
  requireTrained(model.metadata, model.trained, 'the run');
  switch (format) {
    case 'pyra':
      return [{ name: 'adapted.safetensors', mediaType: BINARY, bytes: writeAdapted(model.metadata, model.trained) }];
    case 'timm':
      return [
        {
          name: 'model.safetensors',
          mediaType: BINARY,
          bytes: await composeSafetensors(foldedTensors(model), timmMetadata(model)),
        },
        text('README.md', 'text/markdown', timmReadme(model)),
      ];
    case 'peft-timm':
      return peft(model, 'timm');
    case 'peft-hf':
      return peft(model, 'Hugging Face');
    case 'onnx':
      return [
        { name: 'model.onnx', mediaType: BINARY, bytes: await exportOnnx(model) },
        text('README.md', 'text/markdown', onnxReadme(model)),
      ];
  }
}
