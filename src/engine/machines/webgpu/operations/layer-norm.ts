import type { RowPick } from '../../../operations/layer-norm.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Candidate, Lowering } from '../lowering.js';
import { chooseLanes, defineLaneKernels, type Lanes } from './lanes.js';
import { forwardProduct, inChunksOfRows, lowerColumnSums } from './linear.js';
import {
  chooseProduct,
  dispatchProduct,
  hasCandidates,
  isWhole,
  plainProduct,
  productClass,
  trialRows,
  type Product,
} from './product.js';

const forward = defineLaneKernels({
  shader: 'layer-norm/forward',
  includes: ['common/random'],
  buffers: { x: 'read', gamma: 'read', beta: 'read', y: 'write', dropped: 'write', stats: 'write' },
  uniforms: {
    ...{ rows: 'u32', channels: 'u32', epsilon: 'f32', site: 'u32', dropout: 'f32' },
    ...{ rowsPerImage: 'u32', every: 'u32', offset: 'u32' },
  },
  step: true,
});

const backward = defineLaneKernels({
  shader: 'layer-norm/backward',
  buffers: { x: 'read', stats: 'read', gamma: 'read', dy: 'read', passing: 'read', dx: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', every: 'u32', offset: 'u32' },
});

const gammaGradient = defineKernel({
  shader: 'layer-norm/gamma-gradient',
  includes: ['common/grid'],
  buffers: { x: 'read', stats: 'read', dy: 'read', partial: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', every: 'u32', offset: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

type Forward = Pick<Operation<'layerNorm'>, 'label' | 'tensors' | 'call'>;
type Backward = Pick<Operation<'layerNormBackward'>, 'label' | 'tensors' | 'call'>;

export function lowerLayerNorm(lowering: Lowering, operation: Operation<'layerNorm'>): void {
  const { rows, channels } = operation.call;
  const lanes = chooseLanes(lowering, { what: 'norm', rows, channels }, (on, candidate) => {
    dispatchForward(on, { label: 'norm', tensors: normAlone(on, operation.call), call: plainCall(operation.call) }, candidate);
  });
  const products = productsAfter(lowering, operation);
  if (products.length > 0 && chooseInLoad(lowering, operation.call, products)) lowerInLoad(lowering, operation, lanes);
  else dispatchForward(lowering, operation, lanes);
}

/** A call that normalises every row, as a trial does. */
const plainCall = <C extends { readonly pick: RowPick }>(call: C): C => ({ ...call, drop: null, pick: { every: 1, offset: 0 } });

function normAlone(on: Lowering, { rows, channels }: Operation<'layerNorm'>['call']) {
  const all = (name: string): Tensor => on.scratch(name, rows * channels);
  return { x: all('x'), y: all('y'), gamma: on.scratch('gamma', channels), beta: on.scratch('beta', channels) };
}

/** The products that read the result, if nothing else does and all of them can normalise rows as they read them. */
function productsAfter(lowering: Lowering, { tensors, call }: Operation<'layerNorm'>): Product[] {
  if (tensors.dropped || call.pick.every !== 1) return [];
  const readers = lowering.readersOf(tensors.y) ?? [];
  const products = readers.flatMap((reader) => (isLinear(reader) ? [forwardProduct(reader)] : []));
  const fit = (product: Product): boolean =>
    hasCandidates(product) && isWhole(lowering.gpu, product) && product.a === tensors.y && !product.residual;
  return products.length === readers.length && products.every(fit) ? products : [];
}

const isLinear = (operation: Operation): operation is Operation<'linear'> => operation.definition.kind === 'linear';

const IN_LOAD = 'in the load';

/** Whether statistics alone, and products that normalise what they read, are faster on this adapter, as far as measured. */
function chooseInLoad(lowering: Lowering, call: Operation<'layerNorm'>['call'], products: readonly Product[]): boolean {
  const chosen = products.map((product) => chooseProduct(lowering, product));
  // While the products' candidates are open, this waits: it is asked again when they are chosen.
  if (products.some((product) => lowering.pending.has(productClass(product)))) return false;
  const classes = products.map((product, index) => `${productClass(product)} by ${chosen[index]?.name ?? ''}`);
  // The names of the products' candidates are in the key: where another becomes the fastest, this is measured again.
  const key = `norm before ${classes.join(' and ')}`;
  const rows = Math.min(...products.map((product) => trialRows(lowering.gpu, product)));
  const trial = (name: string, inLoad: boolean): Candidate => ({
    name,
    lower: (on) => {
      const alone = { ...plainCall(call), rows };
      const operation = { label: 'norm', tensors: normAlone(on, alone), call: alone };
      const lanes = chooseLanes(on, { what: 'norm', rows, channels: call.channels }, () => undefined);
      if (inLoad) lowerInLoad(on, operation, lanes);
      else dispatchForward(on, operation, lanes);
      const { y: a } = operation.tensors;
      const norm = on.normed.get(a);
      products.forEach((product, index) => {
        const plain = plainProduct(on, name, { ...product, rows });
        dispatchProduct(on, norm ? { ...plain, a: norm.x, norm } : { ...plain, a }, chosen[index]);
      });
    },
  });
  return lowering.choose(key, () => [trial('apart', false), trial(IN_LOAD, true)], { minor: true }) === IN_LOAD;
}

/** Computes the statistics, and leaves the rest to who reads the result. */
function lowerInLoad(lowering: Lowering, { label, tensors, call }: Forward, lanes: Lanes): void {
  const { x, y, gamma, beta } = tensors;
  const stats = tensors.stats ?? lowering.scratch(`${label} stats`, 2 * call.rows);
  dispatchForward(lowering, { label, tensors: { ...tensors, y: lowering.unusedWrite(), stats }, call }, lanes, false);
  lowering.normed.set(y, { x, stats, gamma, beta });
}

/** @param store whether the result is stored, and not the statistics alone. */
function dispatchForward(lowering: Lowering, { label, tensors, call }: Forward, { form, constants }: Lanes, store = true): void {
  const { x, gamma, beta, y, dropped, stats } = tensors;
  const { rows, channels, epsilon, drop, pick } = call;
  lowering.dispatch(forward[form], {
    label,
    buffers: { x, gamma, beta, y, dropped: dropped ?? lowering.unusedWrite(), stats: stats ?? lowering.unusedWrite() },
    uniforms: {
      ...{ rows, channels, epsilon },
      ...{ site: drop?.site ?? 0, dropout: drop?.p ?? 0, rowsPerImage: rows / lowering.images },
      ...{ every: pick.every, offset: pick.offset },
    },
    constants: { ...constants, STORE: store ? 1 : 0, SAVE: stats ? 1 : 0, DROP: dropped ? 1 : 0 },
    grid: flatGrid(rows, constants.ROWS),
  });
}

export function lowerLayerNormBackward(lowering: Lowering, operation: Operation<'layerNormBackward'>): void {
  const { xRows: rows, channels } = operation.call;
  const lanes = chooseLanes(lowering, { what: 'd norm', rows, channels }, (on, candidate) => {
    const all = (name: string): Tensor => on.scratch(name, rows * channels);
    const tensors = {
      x: all('x'),
      dy: all('dy'),
      dx: all('dx'),
      stats: on.scratch('stats', 2 * rows),
      gamma: on.scratch('gamma', channels),
    };
    dispatchBackward(on, { label: 'd norm', tensors, call: plainCall(operation.call) }, candidate);
  });
  dispatchBackward(lowering, operation, lanes);
}

function dispatchBackward(lowering: Lowering, { label, tensors, call }: Backward, { form, constants }: Lanes): void {
  const { x, stats, gamma, dy, passing, dx } = tensors;
  const { xRows: rows, channels, pick } = call;
  lowering.dispatch(backward[form], {
    label,
    buffers: { x, stats, gamma, dy, passing: passing ?? lowering.unused, dx },
    uniforms: { rows, channels, every: pick.every, offset: pick.offset },
    constants: { ...constants, PASSING: passing ? 1 : 0 },
    grid: flatGrid(rows, constants.ROWS),
  });
}

export function lowerLayerNormWeightGradient(lowering: Lowering, operation: Operation<'layerNormWeightGradient'>): void {
  const { label, tensors, call } = operation;
  const { x, stats, dy, dgamma, dbeta } = tensors;
  const { rows, channels, pick } = call;
  inChunksOfRows(lowering, { label, out: dgamma, rows }, (partial, chunks) =>
    lowering.dispatch(gammaGradient, {
      label,
      buffers: { x, stats, dy, partial },
      uniforms: { rows, channels, every: pick.every, offset: pick.offset, ...chunks },
      grid: flatGrid(chunks.chunks * channels, 64),
    }),
  );
  lowerColumnSums(lowering, `${label} beta`, dy, dbeta);
}
