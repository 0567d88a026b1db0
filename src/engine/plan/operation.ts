import type { Tensor } from './tensor.js';

/** How an operation uses a tensor: `update` reads what is there and writes over it. */
export type Access = 'read' | 'write' | 'update';

/**
 * The kinds of operations there are, each with its tensors and its call of plain data. Every file of `src/engine/operations` adds
 * its own, so that a machine's table of kinds is checked for holes and a new operation is registered nowhere else.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface OperationKinds {}

export type Kind = keyof OperationKinds;
export type TensorsOf<K extends Kind> = OperationKinds[K]['tensors'];
export type CallOf<K extends Kind> = OperationKinds[K]['call'];

/** One operation of a record: what is computed of which tensors, and not a word of how. */
export type Operation<K extends Kind = Kind> = {
  [P in K]: {
    readonly definition: Definition<P>;
    readonly label: string;
    readonly tensors: TensorsOf<P>;
    readonly call: CallOf<P>;
  };
}[K];

/**
 * What was done at the end of an operation to the sum that it stored: an activation, then dropout. The gradient of such a tensor is
 * kept as the gradient of `sum`, before that end: whoever adds into it applies the end's derivative, in its own last pass.
 */
export interface End {
  /** The tensor whose gradient is kept. */
  readonly sum: Tensor;
  readonly activation?: Activation;
  /** The sum as it was before the activation. */
  readonly before?: Tensor;
  readonly drop?: Dropout;
}

export type Activation = 'gelu' | 'quick-gelu';

/** Dropout of each element with probability `p`; the draws are keyed by (seed, step, site, element). */
export interface Dropout {
  readonly p: number;
  readonly site: number;
}

/** Where an operation's backward puts the gradient of one of its inputs. */
export interface Target {
  /** To be written: `passing` (where there is one) plus what the operation gives. */
  readonly gradient: Tensor;
  /** The gradient that came on other ways. */
  readonly passing: Tensor | undefined;
  /** What the input went through when it was stored: the operation multiplies what it gives by the derivative of that. */
  readonly end: End | undefined;
}

/** What an operation's backward is given: the gradients of what it wrote, and places for those of what it read. */
export interface Gradients {
  /** The gradient that arrived so far. */
  gradientOf(tensor: Tensor | undefined): Tensor | undefined;
  /** Where to put the gradient of an input; nothing where nothing below it learns. */
  into(tensor: Tensor): Target | undefined;
  /** The same for an operation that can neither add nor apply an end's derivative. */
  intoAlone(tensor: Tensor): Tensor | undefined;
  /** Where to put a trained weight's gradient; nothing for a frozen one. */
  intoWeight(weight: Tensor | undefined): Tensor | undefined;
  /** Hands a gradient on to an input that it reaches as it is. */
  hand(tensor: Tensor, gradient: Tensor): void;
  record(operation: Operation): void;
}

/** What a kind of operation is, for the tape, the arena and every machine. Methods, so that definitions of all kinds fit one type. */
export interface Definition<K extends Kind> {
  readonly kind: K;
  readonly access: { readonly [N in keyof TensorsOf<K>]-?: Access };
  /** Inputs that a gradient goes on to; trained weights (tensors with a `gradient`) get theirs without being named here. */
  readonly flows: readonly (keyof TensorsOf<K>)[];
  /** Outputs that nobody may read, which are then left out of the record; the operation goes where all of its outputs do. */
  readonly spare: readonly (keyof TensorsOf<K>)[];
  /** Multiply-accumulates. */
  macs(call: CallOf<K>, tensors: TensorsOf<K>): number;
  /** Outputs that went through an end, by output. */
  ends?(operation: Operation<K>): readonly (readonly [Tensor, End])[];
  /** Records the gradients of what it read from those of what it wrote. Left out where nothing differentiates through it. */
  backward?(tape: Gradients, operation: Operation<K>): void;
}

export function defineOperation<K extends Kind>(
  definition: Omit<Definition<K>, 'flows' | 'spare' | 'macs'> & Partial<Definition<K>>,
): Definition<K> {
  return { flows: [], spare: [], macs: () => 0, ...definition };
}

export interface Use {
  readonly name: string;
  readonly tensor: Tensor;
  readonly access: Access;
}

/** The tensors of an operation that are there, in the order of its definition. */
export function usesOf<K extends Kind>({ tensors, definition }: Operation<K>): Use[] {
  const named: Readonly<Record<string, Tensor | undefined>> = tensors;
  const access: Readonly<Record<string, Access>> = definition.access;
  return Object.entries(access).flatMap(([name, how]) => {
    const tensor = named[name];
    return tensor ? [{ name, tensor, access: how }] : [];
  });
}

/** The same operation on other tensors; one that is mapped to nothing is left out. */
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
