import type { Architecture } from './architecture.js';

export interface CostOptions {
  /** Tokens that enter each block, and what leaves the last: length depth + 1. */
  readonly tokens: readonly number[];
  /** Patches cut from the image (the embedding's rows). */
  readonly patches: number;
  readonly loraRank: number;
  readonly adapterWidth: number;
  readonly merging: 'none' | 'tome' | 'pyra';
  readonly classes: number;
}

export interface Cost {
  /** Multiply-accumulates of one image's forward, as counted below. */
  readonly macs: number;
  /** The same for each block. */
  readonly blocks: readonly number[];
}

/**
 * Multiply-accumulates of one image's forward pass (a MAC is two FLOPs). Counted: every matrix product, with LoRA and adapter
 * unfolded as they are in training (folded LoRA costs nothing), attention's two N x N x D products, matching's score
 * products; PYRA's two generators. Norms, softmax and activations are left out, as the field's counters do.
 */
export function forwardCost(architecture: Architecture, options: CostOptions): Cost {
  const { embedDim: D, heads, mlpHidden, patchSize } = architecture;
  const headDim = D / heads;
  const blocks: number[] = [];
  for (let block = 0; block < architecture.depth; block++) {
    const before = options.tokens[block] ?? 0;
    const after = options.tokens[block + 1] ?? before;
    const r = before - after;
    let macs = before * D * 3 * D + before * D * D + 2 * before * before * D;
    macs += before * options.loraRank * (D + 3 * D);
    if (r > 0 && options.merging !== 'none') {
      macs += Math.ceil(before / 2) * Math.floor(before / 2) * headDim;
      if (options.merging === 'pyra') macs += 2 * r * D;
    }
    macs += 2 * after * D * mlpHidden + 2 * after * D * options.adapterWidth;
    blocks.push(macs);
  }
  const embedding = options.patches * 3 * patchSize * patchSize * D;
  const head = D * options.classes * (architecture.distilled ? 2 : 1);
  return { macs: embedding + head + blocks.reduce((sum, value) => sum + value, 0), blocks };
}
