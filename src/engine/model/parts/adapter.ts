import { linear } from '../../operations/linear.js';
import type { Tensor } from '../../plan/tensor.js';
import { dropoutIn, nameIn, trainedIn, type BlockContext } from '../state.js';

/** residual + y + W2 dropout(quickGELU(W1 y + b1)) + b2: the adapter on the MLP's output y [rows, C]. */
export function adapter(context: BlockContext, y: Tensor, residual: Tensor, rows: number): Tensor {
  const { recorder, state } = context;
  const { embedDim: channels } = state.architecture;
  const width = state.options.adapterWidth;
  const hidden = linear(recorder, {
    label: nameIn(context, 'adapter down'),
    a: y,
    weight: trainedIn(context, 'adapter.ln1.weight'),
    bias: trainedIn(context, 'adapter.ln1.bias'),
    activation: 'quick-gelu',
    drop: dropoutIn(context, 'adapter'),
    ...{ rows, columns: width, depth: channels },
  });
  return linear(recorder, {
    label: nameIn(context, 'adapter up'),
    a: hidden,
    weight: trainedIn(context, 'adapter.ln2.weight'),
    bias: trainedIn(context, 'adapter.ln2.bias'),
    addend: y,
    residual,
    ...{ rows, columns: channels, depth: width },
  });
}
