/** A checkpoint of any form that is read, written under timm's or Hugging Face's names. */
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { adaptedEntry } from '../adapted/adapted.js';
import { withBothHeads } from '../backbones/heads.js';
import { readTrained } from '../backbones/weights.js';
import type { AdaptedModel, Checkpoint } from '../types.js';
import { composeSafetensors, type WrittenType } from './compose.js';
import { json, SAFETENSORS } from './files.js';
import { huggingFaceConfig, huggingFacePreprocessor, huggingFaceTensors } from './huggingface.js';
import { architectureEntries, timmConfig, withTimmPositions } from './timm.js';
import { extraTensors, foldedMetadata, foldedTensors, wholeOf, wholeOfCheckpoint } from './whole.js';

export const CHECKPOINT_FORMATS = ['timm', 'hf'] as const;
export type CheckpointFormat = (typeof CHECKPOINT_FORMATS)[number];

/** The checkpoint's model with what was trained on it, where it was adapted. */
async function adaptedModel(checkpoint: Checkpoint): Promise<AdaptedModel | null> {
  const { adapted, reader } = checkpoint;
  return adapted && { metadata: adapted, backbone: reader, trained: await readTrained(checkpoint) };
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
  // timm has no class of a distilled model with one head.
  const model = whole.architecture.distilled ? { ...whole, tensors: withBothHeads(whole.tensors) } : whole;
  const tensors = withTimmPositions(model.architecture, adapted ? foldedTensors(adapted) : model.tensors);
  const metadata = {
    ...architectureEntries(model.architecture),
    ...(adapted ? adaptedEntry(foldedMetadata(adapted.metadata)) : {}),
  };
  return [{ ...SAFETENSORS, bytes: await composeSafetensors(tensors, metadata, type) }, json('config.json', timmConfig(model))];
}
