/** An adapted model as files that other tools load. */
import type { ModelFormat } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import { requireTrained, writeAdapted } from '../adapted/adapted.js';
import { exportOnnx } from '../onnx/export.js';
import type { PeftForm } from '../adapted/peft.js';
import type { AdaptedModel } from '../types.js';
import { composeSafetensors } from './compose.js';
import { peftBytes, peftConfig } from './peft.js';
import { onnxReadme, peftReadme, timmReadme } from './readme.js';
import { foldedTensors, timmMetadata } from './timm.js';

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

/** What writes each form. */
const WRITERS: Readonly<Record<ModelFormat, (model: AdaptedModel) => Promise<readonly NamedFile[]>>> = {
  pyra: async ({ metadata, trained }) => [
    { name: 'adapted.safetensors', mediaType: BINARY, bytes: writeAdapted(metadata, trained) },
  ],
  timm: async (model) => [
    { name: 'model.safetensors', mediaType: BINARY, bytes: await composeSafetensors(foldedTensors(model), timmMetadata(model)) },
    text('README.md', 'text/markdown', timmReadme(model)),
  ],
  'peft-timm': (model) => peft(model, 'timm'),
  'peft-hf': (model) => peft(model, 'Hugging Face'),
  onnx: async (model) => [
    { name: 'model.onnx', mediaType: BINARY, bytes: await exportOnnx(model) },
    text('README.md', 'text/markdown', onnxReadme(model)),
  ],
};

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
  return WRITERS[format](model);
}
