import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type Triple = readonly [number, number, number];

type CutPatchesTensors = {
  /** [B, S, S] packed RGBA8 where the call normalises, otherwise [B, 3, S, S] normalised floats. */
  readonly pixels: Tensor;
  /** [B, G * G, 3 * p * p] */
  readonly patches: Tensor;
};

export interface CutPatchesCall {
  /** B */
  readonly images: number;
  /** S: side of the pictures in pixels. */
  readonly imageSize: number;
  /** p; a side has G = floor(S / p) patches, and remaining pixels are ignored. */
  readonly patchSize: number;
  readonly normalise: { readonly mean: Triple; readonly std: Triple } | null;
}

type AssembleTokensTensors = {
  /** [B, P, C] */
  readonly embedded: Tensor;
  /** [T, C]: class token, then distillation token. */
  readonly prefix: Tensor;
  /** [T + P, C] */
  readonly positions: Tensor;
  /** [B, T + P, C] */
  readonly x: Tensor;
};

type AssembleTokensBackwardTensors = {
  /** [B, T + P, C] */
  readonly dx: Tensor;
  /** [B, P, C] */
  readonly dembedded: Tensor;
  /** [T, C] */
  readonly dprefix: Tensor;
  /** [T + P, C] */
  readonly dpositions: Tensor;
};

export interface AssembleTokensCall {
  /** B */
  readonly images: number;
  /** P */
  readonly patches: number;
  /** T */
  readonly protectedTokens: number;
  /** C */
  readonly channels: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    cutPatches: { tensors: CutPatchesTensors; call: CutPatchesCall };
    assembleTokens: { tensors: AssembleTokensTensors; call: AssembleTokensCall };
    assembleTokensBackward: { tensors: AssembleTokensBackwardTensors; call: AssembleTokensCall };
  }
}

const cutPatchesDefinition = defineOperation({
  kind: 'cutPatches',
  access: { pixels: 'read', patches: 'write' },
  roundable: ['patches'],
});

/** dembedded = dx of the patches; dpositions = the sum of dx over images; dprefix = the same of the tokens in front. */
const assembleTokensBackwardDefinition = defineOperation({
  kind: 'assembleTokensBackward',
  access: { dx: 'read', dembedded: 'write', dprefix: 'write', dpositions: 'write' },
});

const assembleTokensDefinition = defineOperation({
  kind: 'assembleTokens',
  access: { embedded: 'read', prefix: 'read', positions: 'read', x: 'write' },
  flows: ['embedded'],
  roundable: ['x'],
  backward(tape, { label, tensors: { embedded, prefix, positions, x }, call }) {
    const dx = tape.gradientOf(x);
    if (!dx) return;
    const [dprefix, dpositions] = [tape.intoWeight(prefix), tape.intoWeight(positions)];
    const dembedded = tape.intoAlone(embedded);
    if (!dprefix || !dpositions || !dembedded) throw new Error(`${label}: patches, tokens in front and positions train together`);
    const tensors = { dx, dembedded, dprefix, dpositions };
    tape.record({ definition: assembleTokensBackwardDefinition, label: `d ${label}`, tensors, call });
  },
});

/** Cuts pictures into patches: patches[image, patch, (channel, y, x)] = the pixel; bytes are normalised, (pixel / 255 - mean) / std. */
export function cutPatches(
  recorder: Recorder,
  call: CutPatchesCall & { readonly label: string; readonly pixels: Tensor },
): Tensor {
  const { label, pixels, images, imageSize, patchSize, normalise } = call;
  const gridSide = Math.floor(imageSize / patchSize);
  const patches = recorder.tensor(label, images * gridSide * gridSide * 3 * patchSize * patchSize);
  recorder.record({
    definition: cutPatchesDefinition,
    label,
    tensors: { pixels, patches },
    call: { images, imageSize, patchSize, normalise },
  });
  return patches;
}

/** x[image, t] = prefix[t] + positions[t] for t < T, else embedded[image, t - T] + positions[t]. */
export function assembleTokens(
  recorder: Recorder,
  given: AssembleTokensCall & Omit<AssembleTokensTensors, 'x'> & { readonly label: string },
): Tensor {
  const { label, embedded, prefix, positions, images, patches, protectedTokens, channels } = given;
  const x = recorder.tensor(label, images * (protectedTokens + patches) * channels);
  recorder.record({
    definition: assembleTokensDefinition,
    label,
    tensors: { embedded, prefix, positions, x },
    call: { images, patches, protectedTokens, channels },
  });
  return x;
}
