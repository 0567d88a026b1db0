const files = import.meta.glob<string>('/shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true });

/** The text of `shaders/PATH.wgsl` in the package. Throws if there is none. */
export function readShader(path: string): string {
  const text = files[`/shaders/${path}.wgsl`];
  if (text === undefined) throw new Error(`the package holds no shader ${path}.wgsl`);
  return text;
}
