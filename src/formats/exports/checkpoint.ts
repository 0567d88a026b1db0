/** Writes a checkpoint, read from any supported format, under timm's or Hugging Face's names. */
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

/** The model of the checkpoint with its trained weights, where it was adapted. */
async function adaptedModel(checkpoint: Checkpoint): Promise<AdaptedModel | null> {
  const { adapted, reader } = checkpoint;
  return adapted && { metadata: adapted, backbone: reader, trained: await readTrained(checkpoint) };
}

/**
 * `model.safetensors` with the configuration files that its library needs. LoRA is folded in. Other trained weights are kept under the
 * authors' names in timm's format; Hugging Face's format has no place for them, so there they are refused by name.
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
  // timm has no class for a distilled model with one head.
  const model = whole.architecture.distilled ? { ...whole, tensors: withBothHeads(whole.tensors) } : whole;
  const tensors = withTimmPositions(model.architecture, adapted ? foldedTensors(adapted) : model.tensors);
  const metadata = {
    ...architectureEntries(model.architecture),
    ...(adapted ? adaptedEntry(foldedMetadata(adapted.metadata)) : {}),
  };
  return [{ ...SAFETENSORS, bytes: await composeSafetensors(tensors, metadata, type) }, json('config.json', timmConfig(model))];
}
