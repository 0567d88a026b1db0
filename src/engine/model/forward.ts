import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';
import { block } from './block.js';
import { embedding } from './parts/embedding.js';
import { head } from './parts/head.js';
import type { ForwardOptions, NetworkState, Stream } from './state.js';

/** Records the whole network from the input `pixels` to logits [B, K], which are still to be multiplied by `logitScale`. */
export function recordForward(recorder: Recorder, state: NetworkState, call: ForwardOptions): Tensor {
  let stream: Stream = embedding(recorder, state, call);
  for (let index = 0; index < state.architecture.depth; index++) {
    stream = block({ recorder, state, call, block: index }, stream);
  }
  return head(recorder, state, call, stream);
}
