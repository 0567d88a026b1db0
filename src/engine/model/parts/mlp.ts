import { layerNorm } from '../../operations/layer-norm.js';
import { linear } from '../../operations/linear.js';
import type { Tensor } from '../../plan/tensor.js';
import { dropPathIn, backboneIn, nameIn, type BlockContext, type Stream } from '../state.js';
import { adapter } from './adapter.js';

/** x + adapter(dropPath(mlp(norm2(x)))), GELU by the error function. */
export function mlpHalf(context: BlockContext, { x, tokens }: Stream): Tensor {
  const { recorder, state, call } = context;
  const { embedDim: channels, mlpHidden, layerNormEpsilon: epsilon } = state.architecture;
  const rows = call.images * tokens;
  const adapts = state.options.adapterWidth > 0;
  const normed = layerNorm(recorder, {
    label: nameIn(context, 'norm2'),
    x,
    gamma: backboneIn(context, 'norm2.weight'),
    beta: backboneIn(context, 'norm2.bias'),
    ...{ channels, epsilon },
  });
  const hidden = linear(recorder, {
    label: nameIn(context, 'fc1'),
    a: normed.y,
    weight: backboneIn(context, 'mlp.fc1.weight'),
    bias: backboneIn(context, 'mlp.fc1.bias'),
    activation: 'gelu',
    ...{ rows, columns: mlpHidden, depth: channels },
  });
  const y = linear(recorder, {
    label: nameIn(context, 'fc2'),
    a: hidden,
    weight: backboneIn(context, 'mlp.fc2.weight'),
    bias: backboneIn(context, 'mlp.fc2.bias'),
    dropPath: dropPathIn(context, 'mlpPath', tokens),
    residual: adapts ? undefined : x,
    ...{ rows, columns: channels, depth: mlpHidden },
  });
  return adapts ? adapter(context, y, x, rows) : y;
}
