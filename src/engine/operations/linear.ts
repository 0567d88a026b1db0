import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { Candidate, PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';

const contract = {
  includes: ['common/grid', 'common/random'],
  buffers: { a: 'read', weight: 'read', bias: 'read', residual: 'read', aux: 'update', out: 'update' },
  uniforms: {
    rows: 'u32',
    columns: 'u32',
    depth: 'u32',
    flags: 'u32',
    rowsPerImage: 'u32',
    dropSite: 'u32',
    dropout: 'f32',
    pathSite: 'u32',
    dropPath: 'f32',
  },
  step: true,
} as const;

const registers = defineKernel({ shader: 'linear/registers', ...contract });
const tiled = defineKernel({ shader: 'linear/tiled', ...contract });
const scalar = defineKernel({ shader: 'linear/scalar', ...contract });

const weightGradient = defineKernel({
  shader: 'linear/weight-gradient',
  includes: ['common/grid'],
  buffers: { dy: 'read', x: 'read', partial: 'write' },
  uniforms: { rows: 'u32', columns: 'u32', depth: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

const biasGradient = defineKernel({
  shader: 'linear/bias-gradient',
  includes: ['common/grid'],
  buffers: { dy: 'read', partial: 'write' },
  uniforms: { rows: 'u32', columns: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

const sumChunks = defineKernel({
  shader: 'linear/sum-chunks',
  includes: ['common/grid'],
  buffers: { partial: 'read', out: 'write' },
  uniforms: { length: 'u32', chunks: 'u32' },
});

/** Names of `ACTIVATION` in `shaders/linear/epilogue.wgsl`. */
const ACTIVATIONS = { none: 0, gelu: 1, quickGelu: 2, geluBackward: 3, quickGeluBackward: 4, addAux: 5 } as const;

/** Bits of `flags` there. */
const FLAGS = { accumulate: 1, bias: 2, save: 4, drop: 8, dropPath: 16, residual: 32 } as const;

export interface Linear {
  readonly label: string;
  /** [rows, depth] */
  readonly a: Tensor;
  /** [columns, depth] as checkpoints store it, or [depth, columns] where `transposed` is false (a backward). */
  readonly weight: Tensor;
  readonly transposed: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** [rows, columns] */
  readonly out: Tensor;
  /** Adds to what `out` holds. */
  readonly accumulate?: boolean;
  readonly bias?: Tensor;
  readonly activation?: keyof typeof ACTIVATIONS;
  /** What the activation's backward needs: written by the forward, read by the backward, added by `addAux`. */
  readonly aux?: Tensor;
  /** Dropout of each element. */
  readonly drop?: { readonly p: number; readonly site: number };
  /** Stochastic depth: one factor for each image. */
  readonly dropPath?: { readonly p: number; readonly site: number; readonly rowsPerImage: number };
  readonly residual?: Tensor;
}

/** A product of matrices with the epilogue of `shaders/linear/epilogue.wgsl`; the faster family on this adapter is taken. */
export function recordLinear(plan: PlanRecorder, call: Linear): void {
  if (call.columns % 4 !== 0 || call.depth % 4 !== 0) {
    recordFamily(plan, call, 'scalar');
    return;
  }
  const family = plan.choose(tuningKey(plan, call), candidates(plan, call));
  recordFamily(plan, call, family === 'tiled' ? 'tiled' : 'registers');
}

type Family = 'registers' | 'tiled' | 'scalar';

/** Exposed so that a test can hold the families against each other; the model takes {@link recordLinear}. */
export function recordFamily(plan: PlanRecorder, call: Linear, family: Family): void {
  const { rows, columns, depth } = call;
  const activation = ACTIVATIONS[call.activation ?? 'none'];
  const forwardActivation = call.activation === 'gelu' || call.activation === 'quickGelu';
  const kernel = family === 'registers' ? registers : family === 'tiled' ? tiled : scalar;
  const cell = family === 'scalar' ? '1' : '4';
  plan.dispatch(kernel, {
    label: call.label,
    buffers: {
      a: call.a,
      weight: call.weight,
      bias: call.bias ?? plan.unused,
      residual: call.residual ?? plan.unused,
      aux: call.aux ?? plan.unusedWrite(),
      out: call.out,
    },
    uniforms: {
      rows,
      columns,
      depth,
      flags:
        (call.accumulate === true ? FLAGS.accumulate : 0) |
        (call.bias ? FLAGS.bias : 0) |
        (forwardActivation && call.aux ? FLAGS.save : 0) |
        (call.drop ? FLAGS.drop : 0) |
        (call.dropPath ? FLAGS.dropPath : 0) |
        (call.residual ? FLAGS.residual : 0),
      rowsPerImage: call.dropPath?.rowsPerImage ?? 1,
      dropSite: call.drop?.site ?? 0,
      dropout: call.drop?.p ?? 0,
      pathSite: call.dropPath?.site ?? 0,
      dropPath: call.dropPath?.p ?? 0,
    },
    constants: { TRANSPOSED: call.transposed ? 1 : 0, ACTIVATION: activation },
    includes: [`common/cell${cell}`, `common/keep${cell}`, 'common/gelu', 'linear/epilogue'],
    grid:
      family === 'registers'
        ? flatGrid(Math.ceil(rows / 8) * Math.ceil(columns / 8), 64)
        : family === 'tiled'
          ? [Math.ceil(columns / 64), Math.ceil(rows / 64), 1]
          : flatGrid(rows * columns, 64),
    macs: rows * columns * depth,
  });
}

/**
 * Shapes that share a choice: on hardware the weight's own shape and rows within a factor of eight; on a software adapter all
 * of them, since there the families are tenfold apart whatever the shape, and every trial costs a compilation.
 */
function tuningKey(plan: PlanRecorder, call: Linear): string {
  const direction = call.transposed ? 'forward' : 'backward';
  if (!plan.gpu.adapter.hardware) return `linear ${direction}`;
  const rows = 8 ** Math.ceil(Math.log(Math.max(1, call.rows)) / Math.log(8));
  return `linear ${direction} rows<=${rows} ${call.columns}x${call.depth}`;
}

/** Multiply-accumulates of one trial: enough to stand out from noise, and about 15 ms on a software adapter. */
const TRIAL_MACS = { hardware: 2e9, software: 3e7 };

function candidates(plan: PlanRecorder, call: Linear): readonly Candidate[] {
  const { columns, depth, transposed } = call;
  const { hardware } = plan.gpu.adapter;
  const budget = hardware ? TRIAL_MACS.hardware : TRIAL_MACS.software;
  const rows = Math.max(8, Math.min(call.rows, Math.ceil(budget / (columns * depth))));
  const trial = (name: 'registers' | 'tiled'): Candidate => ({
    name,
    record: (trialPlan) => {
      const a = trialPlan.tensor('a', rows * depth);
      const weight = trialPlan.tensor('weight', columns * depth);
      const out = trialPlan.tensor('out', rows * columns);
      recordFamily(trialPlan, { label: `tune ${name}`, a, weight, transposed, rows, columns, depth, out }, name);
    },
  });
  return hardware ? [trial('tiled'), trial('registers')] : [trial('registers'), trial('tiled')];
}

/** Rows of one chunk and the number of chunks, so that `tiles` independent sums fill the adapter. */
function chunking(plan: PlanRecorder, rows: number, tiles: number): { rowsPerChunk: number; chunks: number } {
  const wanted = plan.gpu.adapter.hardware ? 16_384 : 512;
  const chunks = Math.max(1, Math.min(64, Math.ceil(wanted / tiles), Math.ceil(rows / 16)));
  const rowsPerChunk = Math.ceil(rows / chunks);
  return { rowsPerChunk, chunks: Math.ceil(rows / rowsPerChunk) };
}

export interface WeightGradient {
  readonly label: string;
  /** [rows, columns] */
  readonly dy: Tensor;
  /** [rows, depth]; leave out for a bias, whose "weight" is a column of ones. */
  readonly x?: Tensor;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** [columns, depth], or [columns] for a bias. */
  readonly out: Tensor;
}

/** dW = dy^T x, or db = the column sums of dy. Deterministic: chunks of rows are summed in order. */
export function recordWeightGradient(plan: PlanRecorder, call: WeightGradient): void {
  const { rows, columns, depth } = call;
  const cell = depth % 4 === 0 ? 4 : 1;
  const tiles = call.x ? Math.ceil(columns / 4) * (depth / cell) : columns;
  const { rowsPerChunk, chunks } = chunking(plan, rows, tiles);
  const length = call.x ? columns * depth : columns;
  const partial = chunks > 1 ? plan.tensor(`${call.label} chunks`, chunks * length) : call.out;
  if (call.x) {
    plan.dispatch(weightGradient, {
      label: call.label,
      buffers: { dy: call.dy, x: call.x, partial },
      uniforms: { rows, columns, depth, rowsPerChunk, chunks },
      includes: [`common/cell${cell}`],
      grid: flatGrid(chunks * tiles, 64),
      macs: rows * columns * depth,
    });
  } else {
    plan.dispatch(biasGradient, {
      label: call.label,
      buffers: { dy: call.dy, partial },
      uniforms: { rows, columns, rowsPerChunk, chunks },
      grid: flatGrid(chunks * columns, 64),
    });
  }
  if (chunks > 1) {
    plan.dispatch(sumChunks, {
      label: `${call.label} sum`,
      buffers: { partial, out: call.out },
      uniforms: { length, chunks },
      grid: flatGrid(length, 64),
    });
  }
}
