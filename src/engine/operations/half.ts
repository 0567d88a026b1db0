import { defineOperation, usesOf, withTensors, type Kind, type Operation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type PackHalfTensors = {
  /** [length] */
  readonly x: Tensor;
  /** [ceil(length / 2)]: two float16 in a word, the earlier in its lower half; after an odd number of them there is a zero. */
  readonly packed: Tensor;
};

type UnpackHalfTensors = {
  readonly packed: Tensor;
  /** [length] */
  readonly y: Tensor;
};

export interface HalfCall {
  readonly length: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    packHalf: { tensors: PackHalfTensors; call: HalfCall };
    unpackHalf: { tensors: UnpackHalfTensors; call: HalfCall };
  }
}

/** Rounds to the nearest float16, ties to even; what is beyond float16's largest becomes the largest, and NaN stays NaN. */
const packHalfDefinition = defineOperation({ kind: 'packHalf', access: { x: 'read', packed: 'write' } });

const unpackHalfDefinition = defineOperation({ kind: 'unpackHalf', access: { packed: 'read', y: 'write' } });

/** Stores x in half of its memory, rounded. */
export function packHalf(x: Tensor): Operation<'packHalf'> & { readonly tensors: PackHalfTensors } {
  const packed: Tensor = { label: `${x.label} half`, length: Math.ceil(x.length / 2), type: 'u32' };
  const label = `${x.label} pack`;
  return { definition: packHalfDefinition, label, tensors: { x, packed }, call: { length: x.length } };
}

/** Gives a new tensor of the float32 numbers that {@link packHalf} stored; `like` is what was packed. */
export function unpackHalf(packed: Tensor, like: Tensor): Operation<'unpackHalf'> {
  const y: Tensor = { ...like, label: `${like.label} rounded` };
  return {
    definition: unpackHalfDefinition,
    label: `${like.label} unpack`,
    tensors: { packed, y },
    call: { length: like.length },
  };
}

/**
 * Keeps in float16 what the recorded backward reads of its forward's activations: after its last use in the forward each is packed, and
 * before its use in the backward it is unpacked. Operations that follow one another share what is unpacked. The forward itself has the same
 * bits as without this. Recomputed segments keep their activations in the same way.
 */
export function keepInHalf(recorder: Recorder): void {
  const { operations, forwards } = recorder;
  const uses = usesByTensor(operations);
  const after = new Map<number, Operation[]>();
  const before = new Map<number, Operation[]>();
  const read = operations.map(() => new Map<Tensor, Tensor>());
  const add = (where: Map<number, Operation[]>, index: number, operation: Operation): void => {
    where.set(index, [...(where.get(index) ?? []), operation]);
  };
  for (const { begin, end } of forwards) {
    for (const tensor of operations.slice(begin, end).flatMap(roundableOf)) {
      const places = uses.get(tensor) ?? [];
      const later = places.filter((index) => index >= end);
      if (later.length === 0) continue;
      const packing = packHalf(tensor);
      add(after, Math.max(...places.filter((index) => index < end)), packing);
      let unpacked: Operation<'unpackHalf'> | undefined;
      later.forEach((index, place) => {
        if (!unpacked || later[place - 1] !== index - 1) {
          unpacked = unpackHalf(packing.tensors.packed, tensor);
          add(before, index, unpacked);
        }
        read[index]?.set(tensor, unpacked.tensors.y);
      });
    }
  }
  recorder.replace(
    operations.flatMap((operation, index) => [
      ...(before.get(index) ?? []),
      withTensors(operation, (tensor) => read[index]?.get(tensor) ?? tensor),
      ...(after.get(index) ?? []),
    ]),
  );
}

/** The indices of the operations that use each tensor, in order. */
function usesByTensor(operations: readonly Operation[]): Map<Tensor, number[]> {
  const uses = new Map<Tensor, number[]>();
  operations.forEach((operation, index) => {
    for (const tensor of new Set(usesOf(operation).map((use) => use.tensor))) {
      uses.set(tensor, [...(uses.get(tensor) ?? []), index]);
    }
  });
  return uses;
}

/** The plan's own tensors that an operation writes and that may be rounded afterwards. */
function roundableOf<K extends Kind>(operation: Operation<K>): Tensor[] {
  const roundable: readonly PropertyKey[] = operation.definition.roundable;
  return usesOf(operation).flatMap(({ name, tensor }) => (roundable.includes(name) && !tensor.external ? [tensor] : []));
}
