import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';

const fromBytes = defineKernel({
  shader: 'patches/from-bytes',
  includes: ['common/grid'],
  buffers: { pixels: 'read', patches: 'write' },
  uniforms: {
    images: 'u32',
    side: 'u32',
    patchSide: 'u32',
    gridSide: 'u32',
    mean0: 'f32',
    mean1: 'f32',
    mean2: 'f32',
    scale0: 'f32',
    scale1: 'f32',
    scale2: 'f32',
  },
});

const fromFloats = defineKernel({
  shader: 'patches/from-floats',
  includes: ['common/grid'],
  buffers: { pixels: 'read', patches: 'write' },
  uniforms: { images: 'u32', side: 'u32', patchSide: 'u32', gridSide: 'u32' },
});

const assemble = defineKernel({
  shader: 'patches/assemble',
  includes: ['common/grid'],
  buffers: { embedded: 'read', prefix: 'read', positions: 'read', x: 'write' },
  uniforms: { images: 'u32', patches: 'u32', prefixTokens: 'u32', channels: 'u32' },
});

export interface CutPatches {
  readonly label: string;
  /** [B, S, S] packed RGBA8 where `normalise` is given, else [B, 3, S, S] normalised floats. */
  readonly pixels: Tensor;
  readonly normalise?: { readonly mean: readonly [number, number, number]; readonly std: readonly [number, number, number] };
  /** [B, G * G, 3 * p * p] */
  readonly patches: Tensor;
  readonly images: number;
  /** S, p and G = floor(S / p). */
  readonly side: number;
  readonly patchSide: number;
  readonly gridSide: number;
}

/** Pictures to rows that the patch embedding multiplies. */
export function recordCutPatches(plan: PlanRecorder, call: CutPatches): void {
  const { images, side, patchSide, gridSide, normalise } = call;
  const pixels = images * gridSide * gridSide * patchSide * patchSide;
  const buffers = { pixels: call.pixels, patches: call.patches };
  const shape = { images, side, patchSide, gridSide };
  if (normalise) {
    const { mean, std } = normalise;
    plan.dispatch(fromBytes, {
      label: call.label,
      buffers,
      uniforms: {
        ...shape,
        mean0: mean[0],
        mean1: mean[1],
        mean2: mean[2],
        scale0: 1 / std[0],
        scale1: 1 / std[1],
        scale2: 1 / std[2],
      },
      grid: flatGrid(pixels, 64),
    });
  } else {
    plan.dispatch(fromFloats, { label: call.label, buffers, uniforms: shape, grid: flatGrid(3 * pixels, 64) });
  }
}

export interface AssembleTokens {
  readonly label: string;
  /** [B, P, C] */
  readonly embedded: Tensor;
  /** [T, C] */
  readonly prefix: Tensor;
  /** [T + P, C] */
  readonly positions: Tensor;
  /** [B, T + P, C] */
  readonly x: Tensor;
  readonly images: number;
  readonly patches: number;
  readonly prefixTokens: number;
  readonly channels: number;
}

/** Prefix tokens, embedded patches and positions to the residual stream. */
export function recordAssembleTokens(plan: PlanRecorder, call: AssembleTokens): void {
  const { images, patches, prefixTokens, channels } = call;
  plan.dispatch(assemble, {
    label: call.label,
    buffers: { embedded: call.embedded, prefix: call.prefix, positions: call.positions, x: call.x },
    uniforms: { images, patches, prefixTokens, channels },
    grid: flatGrid(images * (prefixTokens + patches) * channels, 64),
  });
}
