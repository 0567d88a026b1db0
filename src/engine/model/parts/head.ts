import { headNames } from '../../../vit/weights.js';
import { layerNorm } from '../../operations/layer-norm.js';
import { linear } from '../../operations/linear.js';
import type { Recorder } from '../../plan/record.js';
import type { Tensor } from '../../plan/tensor.js';
import { backboneWeight, type ForwardOptions, type NetworkState, type Stream } from '../state.js';

/** The factor of the logits: 1, or 1/2 for the mean of two heads. */
export const logitScale = (state: NetworkState): number => 1 / headNames(state.architecture).length;

/** The final norm and a linear head for each token that has one. @returns [B, K]; with a distillation token, the sum of both heads. */
export function head(recorder: Recorder, state: NetworkState, { images }: ForwardOptions, { x, tokens }: Stream): Tensor {
  const { architecture, options, trained } = state;
  const { embedDim: channels, layerNormEpsilon: epsilon } = architecture;
  let logits: Tensor | undefined;
  for (const [token, name] of headNames(state.architecture).entries()) {
    const normed = layerNorm(recorder, {
      label: `${name} norm`,
      x,
      gamma: backboneWeight(state, 'norm.weight'),
      beta: backboneWeight(state, 'norm.bias'),
      pick: { every: tokens, offset: token },
      ...{ channels, epsilon },
    });
    logits = linear(recorder, {
      label: name,
      a: normed.y,
      weight: trained.value(`${name}.weight`),
      bias: trained.value(`${name}.bias`),
      onto: logits,
      ...{ rows: images, columns: options.classes, depth: channels },
    });
  }
  if (!logits) throw new Error('there is no head');
  return logits;
}
