import { protectedTokens } from '../../../vit/architecture.js';
import { linear } from '../../operations/linear.js';
import { assembleTokens, cutPatches } from '../../operations/patches.js';
import type { Recorder } from '../../plan/record.js';
import { backboneWeight, type ForwardOptions, type NetworkState, type Stream } from '../state.js';

/** Pictures to tokens: patches times the projection, the protected tokens in front, plus positions. Reads the input `pixels`. */
export function embedding(recorder: Recorder, state: NetworkState, call: ForwardOptions): Stream {
  const { architecture, options, backbone, trained } = state;
  const { embedDim: channels, patchSize, mean, std } = architecture;
  const { imageSize } = options;
  const { images, form } = call;
  const patches = Math.floor(imageSize / patchSize) ** 2;
  const words = images * imageSize * imageSize;
  const bytes = form === 'bytes';
  const cut = cutPatches(recorder, {
    label: 'patches',
    pixels: bytes ? recorder.input('pixels', words, 'u32') : recorder.input('pixels', 3 * words, 'f32'),
    normalise: bytes ? { mean, std } : null,
    ...{ images, imageSize, patchSize },
  });
  const embedded = linear(recorder, {
    label: 'patch embedding',
    a: cut,
    weight: backboneWeight(state, 'patch_embed.proj.weight'),
    bias: backboneWeight(state, 'patch_embed.proj.bias'),
    ...{ rows: images * patches, columns: channels, depth: 3 * patchSize * patchSize },
  });
  const T = protectedTokens(architecture);
  const x = assembleTokens(recorder, {
    label: 'tokens',
    embedded,
    // Where they train, they are stored as in the file, and there is only one token in front.
    prefix: options.trainsBackbone ? trained.value('cls_token') : backbone.get('prefix'),
    positions: options.trainsBackbone ? trained.value('pos_embed') : backbone.get('positions'),
    ...{ images, patches, protectedTokens: T, channels },
  });
  return { x, tokens: T + patches };
}
