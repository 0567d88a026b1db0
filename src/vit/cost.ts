import { ADAPTERS, adapterSizes, type AdapterChoice, type AdapterSizes } from './adapters/index.js';
import { initialTokens, protectedTokens, type Architecture } from './architecture.js';
import { methodUnit, type Method } from './methods/index.js';

export interface CostOptions {
  /** Tokens that enter each block, and those that would leave the last one: length depth + 1. */
  readonly tokens: readonly number[];
  /** Patches cut from the image (the embedding's rows). */
  readonly patches: number;
  readonly sizes: AdapterSizes;
  readonly method: Method;
  readonly classes: number;
}

export interface Cost {
  /** Multiply-accumulates of one image's forward, counted as {@link forwardCost} says. */
  readonly macs: number;
  /** The same for each block. */
  readonly blocks: readonly number[];
}

/**
 * Multiply-accumulates of one image's forward pass (one MAC is two FLOPs). Counted are every matrix product, with LoRA and adapter not
 * folded, as in training (folded LoRA costs nothing), attention's two products of queries, keys and values, and what the method itself
 * adds. Norms, softmax and activations are left out, as the field's counters do. In the last block only what the heads read is computed:
 * there only the protected tokens have queries, a projection and an MLP, and nothing is reduced.
 */
export function forwardCost(architecture: Architecture, options: CostOptions): Cost {
  const { embedDim: C, heads, depth, mlpHidden, patchSize } = architecture;
  const method = methodUnit(options.method);
  const blocks = Array.from({ length: depth }, (_, block) => {
    const tokens = options.tokens[block] ?? 0;
    const last = block === depth - 1;
    const queries = last ? protectedTokens(architecture) : tokens;
    const tokensLeft = last ? queries : (options.tokens[block + 1] ?? tokens);
    const r = queries - tokensLeft;
    const products = tokens * C * 3 * C + 2 * queries * tokens * C + queries * C * C + 2 * tokensLeft * C * mlpHidden;
    const adapters = ADAPTERS.map(({ name, macs }) => macs({ tokens, tokensLeft, channels: C, size: options.sizes[name] }));
    const reduction = r > 0 ? method.macs({ tokens, r, channels: C, headWidth: C / heads }) : 0;
    return adapters.reduce((sum, value) => sum + value, products + reduction);
  });
  const embedding = options.patches * 3 * patchSize * patchSize * C;
  const head = C * options.classes * (architecture.distilled ? 2 : 1);
  return { macs: embedding + head + blocks.reduce((sum, value) => sum + value, 0), blocks };
}

/** The same for a configuration. */
export function configurationCost(
  configuration: AdapterChoice & { readonly method: Method; readonly imageSize: number },
  architecture: Architecture,
  tokens: readonly number[],
  classes: number,
): Cost {
  return forwardCost(architecture, {
    tokens,
    patches: initialTokens(architecture, configuration.imageSize) - protectedTokens(architecture),
    sizes: adapterSizes(configuration),
    method: configuration.method,
    classes,
  });
}
