import type { Activation, Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { HELD_TWICE, type Lowering } from '../lowering.js';

/** Numbers of kernels/linear/linear.ts. */
const LAYOUTS = { panels: 0, repack: 1, stored: 2, natural: 3 } as const;
const ACTIVATIONS: Record<Activation, { readonly forward: number; readonly backward: number }> = {
  gelu: { forward: 1, backward: 3 },
  'quick-gelu': { forward: 2, backward: 4 },
};

const isFrozen = (weight: Tensor): boolean => weight.external?.storage.role === 'frozen';

export function lowerLinear(lowering: Lowering, { label, tensors, call }: Operation<'linear'>): void {
  const { a, weight, bias, addend, residual, before, onto } = tensors;
  const out = onto ?? tensors.out;
  if (!out) throw new Error(`${label}: there is nothing to write to`);
  const { rows, columns, depth, activation, drop, dropPath } = call;
  const frozen = isFrozen(weight);
  lowering.call(
    'linear',
    ...[lowering.at(a), lowering.at(weight, frozen ? { columns, depth, turned: false } : 'plain')],
    frozen ? LAYOUTS.panels : LAYOUTS.stored,
    ...[bias, before, addend, residual, out].map((tensor) => lowering.at(tensor)),
    ...[rows, columns, depth, onto ? 1 : 0, activation ? ACTIVATIONS[activation].forward : 0],
    ...[lowering.step, rows / lowering.images],
    ...[drop?.site ?? 0, drop?.p ?? 0, dropPath?.site ?? 0, dropPath?.p ?? 0],
    lowering.scratch(lowering.kernels.linearScratch(depth)),
  );
}

/** da [M, K] of dout [M, N]: a product with the weight [N, K], whose depth is N. */
export function lowerLinearBackward(lowering: Lowering, { tensors, call }: Operation<'linearBackward'>): void {
  const { dout, weight, before, passing, da } = tensors;
  const { rows, columns, depth, activation, drop, dropPath } = call;
  const turned = weight.length <= HELD_TWICE;
  const [form, layout] = isFrozen(weight)
    ? ([{ columns, depth, turned }, turned ? LAYOUTS.panels : LAYOUTS.repack] as const)
    : (['plain', LAYOUTS.natural] as const);
  lowering.call(
    'linear',
    ...[lowering.at(dout), lowering.at(weight, form)],
    ...[layout, 0, lowering.at(before), 0, lowering.at(passing), lowering.at(da)],
    ...[rows, depth, columns, 0, activation ? ACTIVATIONS[activation].backward : 0],
    ...[lowering.step, rows / lowering.images],
    ...[drop?.site ?? 0, drop?.p ?? 0, dropPath?.site ?? 0, dropPath?.p ?? 0],
    lowering.scratch(lowering.kernels.linearScratch(columns)),
  );
}

export function lowerWeightGradient(lowering: Lowering, { tensors, call }: Operation<'weightGradient'>): void {
  const { a, dweight, dbias } = tensors;
  const { rows, columns, depth, dropPath } = call;
  // With stochastic depth, the scaled gradient comes before the product's scratch memory.
  const kept = dropPath ? 4 * rows * columns : 0;
  const scratch = lowering.scratch(kept + lowering.kernels.weightGradientScratch(rows, columns, depth));
  const dout = dropPath ? scratch : lowering.at(tensors.dout);
  if (dropPath) {
    const { rowsPerImage, site, p } = dropPath;
    lowering.call('keepRows', lowering.at(tensors.dout), dout, rows, columns, lowering.step, rowsPerImage, site, p);
  }
  if (dweight) {
    lowering.call('weightGradient', dout, lowering.at(a), lowering.at(dweight), rows, columns, depth, scratch + kept);
  }
  if (dbias) lowering.call('biasGradient', dout, lowering.at(dbias), rows, columns);
}
