import { describe, expect, test } from 'vitest';
import { WgslReflect } from 'wgsl_reflect';
import { readShaderFile } from '../../../headless/machine/shaders.js';
// Every operation declares its kernels when it is loaded.
import './operations/index.js';
import { declaredKernels, flatGrid, packUniforms } from './kernel.js';

/** What dispatches add to a kernel's own includes: element types, and what is written over them. */
function wholeText(kernel: (typeof declaredKernels)[number]): string {
  const own = readShaderFile(kernel.shader);
  const cells = /\bCell\b/.test(own) || kernel.shader.startsWith('linear/') ? ['common/cell4'] : [];
  const linear = /^linear\/(registers|tiled|scalar)$/.test(kernel.shader)
    ? ['common/keep4', 'common/gelu', 'linear/epilogue']
    : [];
  const header = 'const HEAD_CELLS = 8u;';
  return [header, ...kernel.includes.map(readShaderFile), ...[...cells, ...linear].map(readShaderFile), own].join('\n');
}

describe.each(declaredKernels.map((kernel) => [kernel.shader, kernel] as const))('%s', (_, kernel) => {
  const reflection = new WgslReflect(wholeText(kernel));

  test('has the uniforms that its declaration names, at the offsets that they are packed to', () => {
    const uniforms = reflection.uniforms.find(({ group, binding }) => group === 0 && binding === 0);
    const members = uniforms?.members ?? [];
    expect(members.map(({ name }) => name)).toEqual(Object.keys(kernel.uniforms));
    expect(members.map(({ type }) => type.name)).toEqual(Object.values(kernel.uniforms));
    expect(members.map(({ offset }) => offset)).toEqual(members.map((_member, index) => 4 * index));
    const packed = packUniforms(kernel, Object.fromEntries(Object.keys(kernel.uniforms).map((name, index) => [name, index])));
    expect(packed.byteLength).toBeGreaterThanOrEqual(uniforms?.size ?? 0);
  });

  test('binds the buffers that its declaration names, in that order and for that access', () => {
    const bound = reflection.storage
      .filter(({ group }) => group === 0)
      .sort((a, b) => a.binding - b.binding)
      .map(({ name, binding, access }) => ({ name, binding, written: access !== 'read' }));
    const declared = Object.entries(kernel.buffers).map(([name, access], index) => ({
      name,
      binding: index + 1,
      written: access !== 'read',
    }));
    expect(bound).toEqual(declared);
    expect(declared.length).toBeLessThanOrEqual(8);
  });

  test('keeps to the WGSL that every browser with WebGPU has', () => {
    // Pointers into a workgroup's or a buffer's memory as parameters came later, as did subgroups and half precision.
    expect(wholeText(kernel)).not.toMatch(/ptr<\s*(workgroup|storage|uniform)|\b(requires|enable)\s+\w|\bsubgroup/);
  });

  test('reads the step where its declaration says so', () => {
    expect(reflection.uniforms.some(({ group, name }) => group === 1 && name === 'step')).toBe(kernel.step);
  });
});

test('there are kernels to hold', () => {
  expect(declaredKernels.length).toBeGreaterThan(20);
});

test('a flat grid covers every invocation and stays within the limit', () => {
  for (const count of [1, 63, 64, 65, 65_535 * 64, 65_535 * 64 + 1, 300_000_000]) {
    const [x, y] = flatGrid(count, 64);
    expect(x * y * 64).toBeGreaterThanOrEqual(count);
    expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
  }
});
