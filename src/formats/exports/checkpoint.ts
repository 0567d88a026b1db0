/** A checkpoint of any form that is read, written under timm's or Hugging Face's names. */
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { adaptedEntry } from '../adapted/adapted.js';
import { readTrained } from '../backbones/weights.js';
import type { AdaptedModel, Checkpoint } from '../types.js';
import { composeSafetensors, type WrittenType } from './compose.js';
import { json, SAFETENSORS } from './files.js';
import { huggingFaceConfig, huggingFacePreprocessor, huggingFaceTensors } from './huggingface.js';
import { architectureEntries, timmConfig, withTimmPositions } from './timm.js';
import { extraTensors, foldedMetadata, foldedTensors, wholeOf, wholeOfCheckpoint, type WholeModel } from './whole.js';

export const CHECKPOINT_FORMATS = ['timm', 'hf'] as const;
export type CheckpointFormat = (typeof CHECKPOINT_FORMATS)[number];

/** The checkpoint's model with what was trained on it, where it was adapted. */
async function adaptedModel(checkpoint: Checkpoint): Promise<AdaptedModel | null> {
  const { adapted, reader } = checkpoint;
  return adapted && { metadata: adapted, backbone: reader, trained: await readTrained(checkpoint) };
}

/** A single-headed distilled model has no class in timm: its second head is zeros, and the first twice as large, for their mean. */
function withBothHeads({ architecture, tensors, labels }: WholeModel): WholeModel {
  if (!architecture.distilled || !tensors.has('head.weight') || tensors.has('head_dist.weight'))
    return { architecture, tensors, labels };
  const both = new Map(tensors);
  for (const part of ['weight', 'bias']) {
    const own = tensors.get(`head.${part}`);
    if (!own) continue;
    const { shape } = own;
    both.set(`head.${part}`, { shape, read: async () => ({ shape, data: (await own.read()).data.map((value) => 2 * value) }) });
    both.set(`head_dist.${part}`, {
      shape,
      read: async () => ({ shape, data: new Float32Array((await own.read()).data.length) }),
    });
  }
  return { architecture, tensors: both, labels };
}

/**
 * `model.safetensors` with the configuration files that its library loads it by. LoRA is folded in; what else was trained stays in
 * timm's form under the authors' names, and is refused by name in Hugging Face's.
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  format: CheckpointFormat,
  type: WrittenType = 'F32',
): Promise<readonly NamedFile[]> {
  const adapted = await adaptedModel(checkpoint);
  const whole = adapted ? wholeOf(adapted) : wholeOfCheckpoint(checkpoint);
  if (format === 'hf') {
    const [extra] = adapted ? extraTensors(adapted) : [];
    if (extra !== undefined) {
      const message = `${checkpoint.name}: tensor '${extra}' has no name in transformers; 'export' writes ONNX, or a PEFT adapter with it beside`;
      throw new PlaygroundError('file.unsupported', message, { subject: extra });
    }
    return [
      { ...SAFETENSORS, bytes: await composeSafetensors(huggingFaceTensors(whole, checkpoint.name), { format: 'pt' }, type) },
      json('config.json', huggingFaceConfig(whole)),
      json('preprocessor_config.json', huggingFacePreprocessor(whole.architecture)),
    ];
  }
  const model = withBothHeads(whole);
  const tensors = withTimmPositions(model.architecture, adapted ? foldedTensors(adapted) : model.tensors);
  const metadata = {
    ...architectureEntries(model.architecture),
    ...(adapted ? adaptedEntry(foldedMetadata(adapted.metadata)) : {}),
  };
  return [{ ...SAFETENSORS, bytes: await composeSafetensors(tensors, metadata, type) }, json('config.json', timmConfig(model))];
}
