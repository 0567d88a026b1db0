import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const fromBytes = defineKernel({
  shader: 'patches/from-bytes',
  includes: ['common/grid', 'patches/place'],
  buffers: { pixels: 'read', patches: 'write' },
  uniforms: {
    ...{ images: 'u32', imageSize: 'u32', patchSize: 'u32', gridSide: 'u32' },
    ...{ mean0: 'f32', mean1: 'f32', mean2: 'f32', scale0: 'f32', scale1: 'f32', scale2: 'f32' },
  },
});

const fromFloats = defineKernel({
  shader: 'patches/from-floats',
  includes: ['common/grid', 'patches/place'],
  buffers: { pixels: 'read', patches: 'write' },
  uniforms: { images: 'u32', imageSize: 'u32', patchSize: 'u32', gridSide: 'u32' },
});

const assemble = defineKernel({
  shader: 'patches/assemble',
  includes: ['common/grid'],
  buffers: { embedded: 'read', prefix: 'read', positions: 'read', x: 'write' },
  uniforms: { images: 'u32', patches: 'u32', protectedTokens: 'u32', channels: 'u32' },
});

const assembleBackward = defineKernel({
  shader: 'patches/assemble-backward',
  includes: ['common/grid'],
  buffers: { dx: 'read', dembedded: 'write', dprefix: 'write', dpositions: 'write' },
  uniforms: { images: 'u32', patches: 'u32', protectedTokens: 'u32', channels: 'u32' },
});

export function lowerCutPatches(lowering: Lowering, { label, tensors: buffers, call }: Operation<'cutPatches'>): void {
  const { images, imageSize, patchSize, normalise } = call;
  const gridSide = Math.floor(imageSize / patchSize);
  const pixels = images * gridSide * gridSide * patchSize * patchSize;
  const shape = { images, imageSize, patchSize, gridSide };
  if (!normalise) {
    lowering.dispatch(fromFloats, { label, buffers, uniforms: shape, grid: flatGrid(3 * pixels, 64) });
    return;
  }
  const { mean, std } = normalise;
  lowering.dispatch(fromBytes, {
    label,
    buffers,
    uniforms: {
      ...shape,
      ...{ mean0: mean[0], mean1: mean[1], mean2: mean[2] },
      ...{ scale0: 1 / std[0], scale1: 1 / std[1], scale2: 1 / std[2] },
    },
    grid: flatGrid(pixels, 64),
  });
}

export function lowerAssembleTokens(lowering: Lowering, operation: Operation<'assembleTokens'>): void {
  const { label, tensors: buffers, call } = operation;
  const { images, patches, protectedTokens, channels } = call;
  lowering.dispatch(assemble, {
    label,
    buffers,
    uniforms: { images, patches, protectedTokens, channels },
    grid: flatGrid(images * (protectedTokens + patches) * channels, 64),
  });
}

export function lowerAssembleTokensBackward(lowering: Lowering, operation: Operation<'assembleTokensBackward'>): void {
  const { label, tensors: buffers, call } = operation;
  const { images, patches, protectedTokens, channels } = call;
  lowering.dispatch(assembleBackward, {
    label,
    buffers,
    uniforms: { images, patches, protectedTokens, channels },
    grid: flatGrid((protectedTokens + patches) * channels, 64),
  });
}
