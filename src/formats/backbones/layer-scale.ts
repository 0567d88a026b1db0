/**
 * LayerScale (arXiv 2103.17239) multiplies a branch's output by a learned vector gamma. That equals scaling the rows of the branch's last
 * layer, so it is folded in there and machines need no operation for it.
 */
import type { NamedTensor } from '../../containers/tensors.js';
import type { ResolvedTensor } from '../types.js';

/** For each of timm's scales, the layer that it is folded into. */
const SCALED_LAYERS: Readonly<Record<string, string>> = { 'ls1.gamma': 'attn.proj', 'ls2.gamma': 'mlp.fc2' };

const SCALE = /^(blocks\.\d+\.)(ls[12]\.gamma)$/;

/** Row o of a layer [outputs, ...] times gamma [outputs]. */
function scaledRows({ shape, data }: NamedTensor, gamma: NamedTensor): NamedTensor {
  const width = data.length / Math.max(1, gamma.data.length);
  const scaled = new Float32Array(data);
  for (let row = 0; row < gamma.data.length; row++) {
    const factor = gamma.data[row]!;
    for (let i = row * width; i < (row + 1) * width; i++) scaled[i]! *= factor;
  }
  return { shape, data: scaled };
}

/** The same tensors without scales: each scale is folded into its layer's weight and bias when these are read. */
export function foldLayerScales(tensors: ReadonlyMap<string, ResolvedTensor>): Map<string, ResolvedTensor> {
  const folded = new Map(tensors);
  for (const [name, gamma] of tensors) {
    const [, block = '', scale = ''] = SCALE.exec(name) ?? [];
    const layer = SCALED_LAYERS[scale];
    if (layer === undefined) continue;
    folded.delete(name);
    for (const part of ['weight', 'bias']) {
      const own = tensors.get(`${block}${layer}.${part}`);
      if (!own) continue;
      folded.set(`${block}${layer}.${part}`, {
        shape: own.shape,
        read: async () => scaledRows(await own.read(), await gamma.read()),
      });
    }
  }
  return folded;
}
