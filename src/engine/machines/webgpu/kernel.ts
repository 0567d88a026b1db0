/** How a kernel uses a buffer. It decides the type of the binding, and in a plan the buffer's lifetime. */
export type Access = 'read' | 'write' | 'update';

type FieldType = 'u32' | 'i32' | 'f32';

/**
 * One WGSL file and its contract. By convention the file declares
 * - `@group(0) @binding(0) var<uniform> u: Uniforms`, a struct of 4-byte scalars in the order of `uniforms`;
 * - `@group(0) @binding(1..)` its buffers, named and ordered as in `buffers`;
 * - `@group(1) @binding(0) var<uniform> step: Step` (from `common/step.wgsl`) where `step` is true. A test compares each declaration with
 *   its file.
 */
export interface Kernel<B extends string = string, U extends string = string> {
  readonly shader: string;
  readonly includes: readonly string[];
  readonly wide: readonly string[];
  readonly forms: Readonly<Record<string, (cell: CellWidth) => string>>;
  readonly sizes: readonly string[];
  readonly buffers: Readonly<Record<B, Access>>;
  readonly uniforms: Readonly<Record<U, FieldType>>;
  readonly step: boolean;
  readonly enables: readonly WgslExtension[];
}

/** What a shader can ask for that not every adapter has. */
export type WgslExtension = 'subgroups';

/** All declared kernels, for the test that compares declarations with files. */
export const declaredKernels: Kernel[] = [];

export function defineKernel<const B extends string, const U extends string>(declaration: {
  /** The path below `shaders/`, without the extension. */
  readonly shader: string;
  /** Shared files that are put in front of it. */
  readonly includes?: readonly string[];
  /** Shared files in two widths, by their names without the width: `common/cell` is `common/cell1` or `common/cell4`. */
  readonly wide?: readonly string[];
  /** Alternative shared files by name, of which a dispatch chooses one; the first by default. */
  readonly forms?: Readonly<Record<string, (cell: CellWidth) => string>>;
  /** Constants of a dispatch that cannot be overrides, such as the size of a private array. */
  readonly sizes?: readonly string[];
  readonly buffers: Readonly<Record<B, Access>>;
  readonly uniforms: Readonly<Record<U, FieldType>>;
  /** Whether it reads the step's values, such as the seed and the number of images. */
  readonly step?: boolean;
  /** Extensions of WGSL without which it does not compile. */
  readonly enables?: readonly WgslExtension[];
}): Kernel<B, U> {
  const step = declaration.step ?? false;
  const kernel: Kernel<B, U> = {
    shader: declaration.shader,
    includes: [...(step ? ['common/step'] : []), ...(declaration.includes ?? [])],
    wide: declaration.wide ?? [],
    forms: declaration.forms ?? {},
    sizes: declaration.sizes ?? [],
    buffers: declaration.buffers,
    uniforms: declaration.uniforms,
    step,
    enables: declaration.enables ?? [],
  };
  declaredKernels.push(kernel);
  return kernel;
}

/** The floats of a cell, which a kernel with `wide` files reads at a time. */
export type CellWidth = 1 | 4;

/** What is put in front of a kernel's text: generated lines, then shared files. */
export function prefixOf(
  kernel: Kernel,
  cell: CellWidth,
  sizes: Readonly<Record<string, number>>,
  form: string | undefined = Object.keys(kernel.forms)[0],
) {
  const lengths = kernel.sizes.map((name) => {
    const value = sizes[name];
    if (value === undefined) throw new Error(`${kernel.shader}: no value for the size ${name}`);
    return `const ${name} = ${value}u;`;
  });
  const header = [...kernel.enables.map((extension) => `enable ${extension};`), ...lengths];
  const formFile = form === undefined ? undefined : kernel.forms[form]?.(cell);
  const files = [...kernel.wide.map((file) => `${file}${cell}`), ...(formFile === undefined ? [] : [formFile])];
  return { header: header.join('\n'), includes: [...kernel.includes, ...files] };
}

/** Packs uniforms as WGSL lays out a struct of 4-byte scalars. */
export function packUniforms(kernel: Kernel, values: Readonly<Record<string, number>>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(kernel.uniforms);
  const bytes = new Uint8Array(Math.max(16, Math.ceil((names.length * 4) / 16) * 16));
  const view = new DataView(bytes.buffer);
  names.forEach((name, index) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${kernel.shader}: no value for the uniform ${name}`);
    const type = kernel.uniforms[name];
    if (type === 'f32') view.setFloat32(index * 4, value, true);
    else if (type === 'i32') view.setInt32(index * 4, value, true);
    else view.setUint32(index * 4, value, true);
  });
  return bytes;
}

/** WebGPU's limit on workgroups in one dimension. */
const MOST_GROUPS = 65_535;

/**
 * The workgroups for `count` invocations, in two dimensions where one is too short. In the shader, `flatIndex` of `common/grid.wgsl` gives
 * the invocation's number.
 */
export function flatGrid(count: number, workgroupSize: number): readonly [number, number, number] {
  const groups = Math.ceil(count / workgroupSize);
  if (groups <= MOST_GROUPS) return [Math.max(1, groups), 1, 1];
  const rows = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}
