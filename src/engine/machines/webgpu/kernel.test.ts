import { describe, expect, test } from 'vitest';
import { WgslReflect } from 'wgsl_reflect';
import { readShaderFile } from '../../../headless/machine/shaders.js';
// Loading the operations declares all kernels.
import './operations/index.js';
import { declaredKernels, flatGrid, packUniforms, prefixOf, type CellWidth, type Kernel } from './kernel.js';

/** A kernel's complete text for cells of a width, with all sizes 8. */
function wholeText(kernel: Kernel, cell: CellWidth, form?: string): string {
  const { header, includes } = prefixOf(kernel, cell, Object.fromEntries(kernel.sizes.map((name) => [name, 8])), form);
  return [header, ...[...includes, kernel.shader].map(readShaderFile)].join('\n');
}

const forms = declaredKernels.flatMap((kernel) => {
  const cells: readonly CellWidth[] = kernel.wide.length > 0 ? [1, 4] : [1];
  // Some kernels are written for cells of four only.
  return cells
    .filter((cell) => cell === 4 || !/^linear\/(registers|tiled|broadcast)$/.test(kernel.shader))
    .flatMap((cell) =>
      ['', ...Object.keys(kernel.forms)]
        .slice(Object.keys(kernel.forms).length > 0 ? 1 : 0)
        .map((form) => ({ kernel, cell, form })),
    );
});

const named = forms.map(({ kernel, cell, form }) => [kernel.shader, cell, form, kernel] as const);

describe.each(named)('%s, cells of %i %s', (_, cell, form, kernel) => {
  const text = wholeText(kernel, cell, form === '' ? undefined : form);
  const reflection = new WgslReflect(text);

  test('has the declared uniforms at the packed offsets', () => {
    const uniforms = reflection.uniforms.find(({ group, binding }) => group === 0 && binding === 0);
    const members = uniforms?.members ?? [];
    expect(members.map(({ name }) => name)).toEqual(Object.keys(kernel.uniforms));
    expect(members.map(({ type }) => type.name)).toEqual(Object.values(kernel.uniforms));
    expect(members.map(({ offset }) => offset)).toEqual(members.map((_member, index) => 4 * index));
    const packed = packUniforms(kernel, Object.fromEntries(Object.keys(kernel.uniforms).map((name, index) => [name, index])));
    expect(packed.byteLength).toBeGreaterThanOrEqual(uniforms?.size ?? 0);
  });

  test('binds the declared buffers, in that order and with that access', () => {
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

  test('uses only the WGSL that every browser with WebGPU supports, and the extensions that it is declared to enable', () => {
    // Pointers to workgroup or buffer memory as parameters, subgroups and half precision were added to WGSL later.
    expect(text).not.toMatch(/ptr<\s*(workgroup|storage|uniform)|\brequires\s+\w/);
    expect([...text.matchAll(/\benable (\w+);/g)].map(([, extension]) => extension)).toEqual(kernel.enables);
    expect(/\bsubgroup[A-Z_]/.test(text)).toBe(kernel.enables.includes('subgroups'));
  });

  test('reads the step if it is declared to', () => {
    expect(reflection.uniforms.some(({ group, name }) => group === 1 && name === 'step')).toBe(kernel.step);
  });
});

test('there are kernels to compare', () => {
  expect(declaredKernels.length).toBeGreaterThan(20);
});

test('a flat grid covers every invocation and stays within the limit', () => {
  for (const count of [1, 63, 64, 65, 65_535 * 64, 65_535 * 64 + 1, 300_000_000]) {
    const [x, y] = flatGrid(count, 64);
    expect(x * y * 64).toBeGreaterThanOrEqual(count);
    expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
  }
});
