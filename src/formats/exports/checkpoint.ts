/** A checkpoint of any form that is read, written under timm's or Hugging Face's names. */
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isTrainedName } from '../../vit/weights.js';
import { adaptedEntry } from '../adapted/adapted.js';
import { huggingFaceNames } from '../backbones/names/huggingface.js';
import type { Checkpoint, ResolvedTensor } from '../types.js';
import { composeSafetensors, type WrittenType } from './compose.js';
import { huggingFaceConfig, huggingFacePreprocessor } from './huggingface.js';

export const CHECKPOINT_FORMATS = ['timm', 'hf'] as const;
export type CheckpointFormat = (typeof CHECKPOINT_FORMATS)[number];

/** Under transformers' names: query, key and value are thirds of timm's joint layer. Refuses PYRA's own tensors, by name. */
function huggingFaceTensors({ name: file, reader, architecture }: Checkpoint): Map<string, ResolvedTensor> {
  const tensors = new Map<string, ResolvedTensor>();
  for (const name of reader.names()) {
    const shape = reader.shape(name) ?? [];
    const theirs = huggingFaceNames(name, architecture.distilled ? 'deit with teacher' : 'vit');
    if (theirs.length === 0) {
      const message = `${file}: tensor '${name}' has no name in transformers${isTrainedName(name) ? "; 'export' folds LoRA in or writes a PEFT adapter" : ''}`;
      throw new PlaygroundError('file.unsupported', message, { subject: name });
    }
    theirs.forEach((target, part) => {
      const [rows = 0, ...rest] = shape;
      tensors.set(target, {
        shape: theirs.length === 1 ? shape : [rows / theirs.length, ...rest],
        read: async () => {
          const tensor = await reader.read(name);
          if (theirs.length === 1) return tensor;
          const length = tensor.data.length / theirs.length;
          return { shape: [rows / theirs.length, ...rest], data: tensor.data.subarray(part * length, (part + 1) * length) };
        },
      });
    });
  }
  return tensors;
}

function json(name: string, value: unknown): NamedFile {
  return { name, mediaType: 'application/json', bytes: new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`) };
}

/**
 * `model.safetensors`, in Hugging Face's form with `config.json` and `preprocessor_config.json` beside it. What the shapes do not say
 * (heads, normalisation, epsilon) goes into timm's form as metadata, which is read back here.
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  format: CheckpointFormat,
  type: WrittenType = 'F32',
): Promise<readonly NamedFile[]> {
  const { architecture, reader, adapted } = checkpoint;
  const mediaType = 'application/octet-stream';
  if (format === 'hf') {
    const classes = reader.shape('head.weight')?.[0] ?? 0;
    const { labels } = checkpoint;
    // Unnamed ones are called as transformers calls them.
    const named = labels?.length === classes ? labels : Array.from({ length: classes }, (_, index) => `LABEL_${index}`);
    const bytes = await composeSafetensors(huggingFaceTensors(checkpoint), { format: 'pt' }, type);
    return [
      { name: 'model.safetensors', mediaType, bytes },
      json('config.json', huggingFaceConfig(architecture, named)),
      json('preprocessor_config.json', huggingFacePreprocessor(architecture)),
    ];
  }
  const tensors = new Map(
    reader
      .names()
      .map((name): [string, ResolvedTensor] => [name, { shape: reader.shape(name) ?? [], read: () => reader.read(name) }]),
  );
  const metadata = {
    format: 'pt',
    num_heads: String(architecture.heads),
    layer_norm_eps: String(architecture.layerNormEpsilon),
    mean: architecture.mean.join(','),
    std: architecture.std.join(','),
    ...(adapted ? adaptedEntry(adapted) : {}),
  };
  return [{ name: 'model.safetensors', mediaType, bytes: await composeSafetensors(tensors, metadata, type) }];
}
