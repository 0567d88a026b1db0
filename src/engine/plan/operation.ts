import type { Tensor } from './tensor.js';

/** How an operation uses a tensor: `update` reads its content and overwrites it. */
export type Access = 'read' | 'write' | 'update';

/**
 * All kinds of operations, each with its tensors and its call of plain data. Every file of `src/engine/operations` adds its own kinds, so
 * that the compiler finds missing entries in a machine's table and an operation is registered nowhere else.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface OperationKinds {}

export type Kind = keyof OperationKinds;
export type TensorsOf<K extends Kind> = OperationKinds[K]['tensors'];
export type CallOf<K extends Kind> = OperationKinds[K]['call'];

/** One operation of a record: what is computed from which tensors. How is left to the machine. */
export type Operation<K extends Kind = Kind> = {
  [P in K]: {
    readonly definition: Definition<P>;
    readonly label: string;
    readonly tensors: TensorsOf<P>;
    readonly call: CallOf<P>;
    /** Whether it was recorded before and is computed again for the backward. */
    readonly repeated?: boolean;
  };
}[K];

/**
 * The last steps of an operation on its sum: an activation, then dropout. For such an output the tape keeps the gradient of `sum`, before
 * these steps: an operation that computes the gradient also applies their derivative, in its own last pass.
 */
export interface End {
  /** The tensor whose gradient is kept. */
  readonly sum: Tensor;
  readonly activation?: Activation;
  /** The sum before the activation. */
  readonly before?: Tensor;
  readonly drop?: Dropout;
}

export type Activation = 'gelu' | 'quick-gelu';

/** Dropout of each element with probability `p`; the draws are keyed by (seed, step, site, element). */
export interface Dropout {
  readonly p: number;
  readonly site: number;
}

/** Where an operation's backward writes the gradient of one of its inputs. */
export interface Target {
  /** The tensor to write: `passing`, where there is one, plus the operation's own gradient. */
  readonly gradient: Tensor;
  /** The gradient that other operations gave the input. */
  readonly passing: Tensor | undefined;
  /** The end of the operation that wrote the input; this operation multiplies its own gradient by that end's derivative. */
  readonly end: End | undefined;
}

/** What an operation's backward uses: the gradients of its outputs, and places for those of its inputs. */
export interface Gradients {
  /** The gradient of a tensor; undefined where it has none. */
  gradientOf(tensor: Tensor | undefined): Tensor | undefined;
  /** Where to write the gradient of an input; undefined where the input depends on no trained weight. */
  into(tensor: Tensor): Target | undefined;
  /** The same for an operation that can neither add to a passing gradient nor apply an end's derivative. */
  intoAlone(tensor: Tensor): Tensor | undefined;
  /** Where to write a trained weight's gradient; undefined for a frozen weight. */
  intoWeight(weight: Tensor | undefined): Tensor | undefined;
  /** Makes a gradient that is not changed by the operation the gradient of an input. */
  hand(tensor: Tensor, gradient: Tensor): void;
  record(operation: Operation): void;
}

/**
 * Describes a kind of operation for the tape, the arena and the machines. Its functions are methods, so that definitions of all kinds fit
 * one type.
 */
export interface Definition<K extends Kind> {
  readonly kind: K;
  readonly access: { readonly [N in keyof TensorsOf<K>]-?: Access };
  /** Inputs that get a gradient. Trained weights (tensors with a `gradient`) are not listed here. */
  readonly flows: readonly (keyof TensorsOf<K>)[];
  /** Outputs that may be left out if nothing reads them. The operation is left out if nothing reads any of its outputs. */
  readonly spare: readonly (keyof TensorsOf<K>)[];
  /** Outputs that a backward may read rounded to float16: activations, but no statistics. */
  readonly roundable: readonly (keyof TensorsOf<K>)[];
  /**
   * Whether it decides something, such as which tokens merge, that must not change where activations are computed again from rounded ones:
   * its outputs, which are small, are kept instead.
   */
  readonly decides: boolean;
  /** Multiply-accumulates. */
  macs(call: CallOf<K>, tensors: TensorsOf<K>): number;
  /** The ends of its outputs, by output. */
  ends?(operation: Operation<K>): readonly (readonly [Tensor, End])[];
  /** Records the gradients of its inputs, given those of its outputs. Left out where nothing differentiates through it. */
  backward?(tape: Gradients, operation: Operation<K>): void;
}

export function defineOperation<K extends Kind>(
  definition: Omit<Definition<K>, 'flows' | 'spare' | 'roundable' | 'decides' | 'macs'> & Partial<Definition<K>>,
): Definition<K> {
  return { flows: [], spare: [], roundable: [], decides: false, macs: () => 0, ...definition };
}

export interface Use {
  readonly name: string;
  readonly tensor: Tensor;
  readonly access: Access;
}

/** The tensors that an operation uses, in the order of its definition. */
export function usesOf<K extends Kind>({ tensors, definition }: Operation<K>): Use[] {
  const named: Readonly<Record<string, Tensor | undefined>> = tensors;
  const access: Readonly<Record<string, Access>> = definition.access;
  return Object.entries(access).flatMap(([name, how]) => {
    const tensor = named[name];
    return tensor ? [{ name, tensor, access: how }] : [];
  });
}

/** The same operation on other tensors; a tensor that is mapped to undefined is left out. */
export function withTensors<K extends Kind>(
  operation: Operation<K>,
  map: (tensor: Tensor, name: string) => Tensor | undefined,
): Operation<K> {
  const tensors: Record<string, Tensor> = {};
  for (const { name, tensor } of usesOf(operation)) {
    const mapped = map(tensor, name);
    if (mapped) tensors[name] = mapped;
  }
  return { ...operation, tensors: tensors as TensorsOf<K> };
}
