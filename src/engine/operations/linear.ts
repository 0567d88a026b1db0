import { defineOperation, type Activation, type Dropout } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type LinearTensors = {
  /** [M, K] */
  readonly a: Tensor;
  /** [N, K], as checkpoints store it. */
  readonly weight: Tensor;
  /** [N] */
  readonly bias?: Tensor;
  /** [M, N]: is added before dropout and stochastic depth. */
  readonly addend?: Tensor;
  /** [M, N]: is added last. */
  readonly residual?: Tensor;
  /** [M, N]: the sum before the activation, for the backward. */
  readonly before?: Tensor;
  /** [M, N]; there is either `out` or `onto`. */
  readonly out?: Tensor;
  /** [M, N]: the output of an earlier operation, to which the product and the bias are added in place. */
  readonly onto?: Tensor;
};

type LinearBackwardTensors = {
  /** [M, N] */
  readonly dout: Tensor;
  /** [N, K] */
  readonly weight: Tensor;
  /** [M, K]: the input before its activation. */
  readonly before?: Tensor;
  /** [M, K]: is added. */
  readonly passing?: Tensor;
  /** [M, K] */
  readonly da: Tensor;
};

type WeightGradientTensors = {
  /** [M, N] */
  readonly dout: Tensor;
  /** [M, K] */
  readonly a: Tensor;
  /** [N, K] */
  readonly dweight?: Tensor;
  /** [N] */
  readonly dbias?: Tensor;
};

export interface LinearShape {
  /** M */
  readonly rows: number;
  /** N: outputs. */
  readonly columns: number;
  /** K: inputs. */
  readonly depth: number;
}

/** Stochastic depth: one factor, 0 or 1 / (1 - p), for each image's rows, drawn by (seed, step, site, image). */
export interface DropPath extends Dropout {
  readonly rowsPerImage: number;
}

export interface LinearCall extends LinearShape {
  readonly activation: Activation | null;
  readonly drop: Dropout | null;
  readonly dropPath: DropPath | null;
}

/**
 * As the forward's call: `activation` and `drop` are those of the input's end, whose derivative is applied, and `dropPath` is the forward's
 * own.
 */
export type LinearBackwardCall = LinearCall;

export interface WeightGradientCall extends LinearShape {
  /** The forward's stochastic depth: rows of dropped images count zero, the others by their factor. */
  readonly dropPath: DropPath | null;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    linear: { tensors: LinearTensors; call: LinearCall };
    linearBackward: { tensors: LinearBackwardTensors; call: LinearBackwardCall };
    weightGradient: { tensors: WeightGradientTensors; call: WeightGradientCall };
  }
}

const products = ({ rows, columns, depth }: LinearShape): number => rows * columns * depth;

/** da = passing + dropPath(drop(dout weight * activation'(before))) */
const linearBackwardDefinition = defineOperation({
  kind: 'linearBackward',
  access: { dout: 'read', weight: 'read', before: 'read', passing: 'read', da: 'write' },
  macs: products,
});

/** dweight = dropPath(dout)ᵀ a, dbias = the column sums of dropPath(dout). */
const weightGradientDefinition = defineOperation({
  kind: 'weightGradient',
  access: { dout: 'read', a: 'read', dweight: 'write', dbias: 'write' },
  macs: (shape, { dweight }) => (dweight ? products(shape) : 0),
});

const linearDefinition = defineOperation({
  kind: 'linear',
  access: {
    ...{ a: 'read', weight: 'read', bias: 'read', addend: 'read', residual: 'read' },
    ...{ before: 'write', out: 'write', onto: 'update' },
  },
  flows: ['a', 'addend', 'residual'],
  spare: ['before'],
  roundable: ['before', 'out'],
  macs: products,
  ends({ tensors: { out, before }, call: { activation, drop } }) {
    if (!out || !(activation ?? drop)) return [];
    const end = { sum: out, ...(activation && before ? { activation, before } : {}), ...(drop ? { drop } : {}) };
    return [[out, end]];
  },
  backward(tape, { label, tensors, call }) {
    const { a, weight, bias, addend, residual, out, onto } = tensors;
    const { rows, columns, depth, dropPath } = call;
    const dout = tape.gradientOf(out ?? onto);
    if (!dout) return;
    if (residual) tape.hand(residual, dout);
    if (addend) tape.hand(addend, dout);
    const shape = { rows, columns, depth };
    const dweight = tape.intoWeight(weight);
    const dbias = tape.intoWeight(bias);
    if (dweight ?? dbias) {
      const gradients = { ...(dweight ? { dweight } : {}), ...(dbias ? { dbias } : {}) };
      tape.record({
        definition: weightGradientDefinition,
        label: `d ${label} weight`,
        tensors: { dout, a, ...gradients },
        call: { ...shape, dropPath },
      });
    }
    const target = tape.into(a);
    if (!target) return;
    const { gradient: da, passing, end } = target;
    tape.record({
      definition: linearBackwardDefinition,
      label: `d ${label}`,
      tensors: { dout, weight, ...(end?.before ? { before: end.before } : {}), ...(passing ? { passing } : {}), da },
      call: { ...shape, activation: end?.activation ?? null, drop: end?.drop ?? null, dropPath },
    });
  },
});

export interface Linear extends LinearShape {
  readonly label: string;
  readonly a: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor | undefined;
  readonly activation?: Activation;
  readonly addend?: Tensor | undefined;
  readonly drop?: Dropout | undefined;
  readonly dropPath?: DropPath | undefined;
  readonly residual?: Tensor | undefined;
  /** Adds to this tensor instead of writing a new one. */
  readonly onto?: Tensor | undefined;
}

/**
 * out = residual + dropPath(drop(activation(onto + a weightᵀ + bias) + addend)); parts that are not given are left out.
 * @returns out, or `onto` where that was given.
 */
export function linear(recorder: Recorder, given: Linear): Tensor {
  const { label, a, weight, rows, columns, depth, activation, drop, dropPath, onto } = given;
  const out = onto ?? recorder.tensor(label, rows * columns);
  recorder.record({
    definition: linearDefinition,
    label,
    tensors: {
      a,
      weight,
      ...(given.bias ? { bias: given.bias } : {}),
      ...(given.addend ? { addend: given.addend } : {}),
      ...(given.residual ? { residual: given.residual } : {}),
      ...(activation ? { before: recorder.tensor(`${label} before`, rows * columns) } : {}),
      ...(onto ? { onto } : { out }),
    },
    call: { rows, columns, depth, activation: activation ?? null, drop: drop ?? null, dropPath: dropPath ?? null },
  });
  return out;
}
