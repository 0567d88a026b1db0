/** A weight in row-major float64. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Weights by the authors' names: timm's, and PYRA's for its own weights. */
export type Weights = ReadonlyMap<string, Tensor>;

/** Converts weights to float64. */
export function toWeights(
  tensors: Iterable<readonly [string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }]>,
): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const [name, { shape, data }] of tensors) weights.set(name, { shape, data: Float64Array.from(data) });
  return weights;
}

export function tensor(weights: Weights, name: string): Tensor {
  const found = weights.get(name);
  if (!found) throw new RangeError(`reference model: the weight ${name} is missing`);
  return found;
}

export const data = (weights: Weights, name: string): Float64Array => tensor(weights, name).data;

/** The bias of a layer that may have none. */
export const optional = (weights: Weights, name: string): Float64Array | null => weights.get(name)?.data ?? null;

/** Whether adapting changes a weight: PEFT's weights, PYRA's and the head's; all others are the backbone's. */
export const isTrained = (name: string): boolean => /adapter|LoRA|pyra|head/.test(name);

/** Whether a tensor has weight decay: all but those of one dimension, positions, and the tokens in front (timm's `no_weight_decay`). */
export const decays = (name: string, { shape }: Tensor): boolean =>
  shape.length >= 2 && !/^(pos_embed|(cls|dist)_token)$/.test(name);

/** Gradients of the trained weights, by name. */
export class Gradients {
  readonly byName = new Map<string, Float64Array>();

  /** @param everything whether the backbone's weights are trained too. */
  constructor(readonly everything: boolean) {}

  /** Adds to the gradient of a trained weight; the gradient of a frozen weight is ignored. */
  add(name: string, gradient: Float64Array): void {
    if (!this.everything && !isTrained(name)) return;
    const before = this.byName.get(name);
    this.byName.set(name, before ? before.map((value, i) => value + gradient[i]!) : gradient);
  }
}
