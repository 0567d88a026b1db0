const files = import.meta.glob<string>('/shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true });

/** The text of `shaders/PATH.wgsl`, which the build carries along. */
export function readShader(path: string): string {
  const text = files[`/shaders/${path}.wgsl`];
  if (text === undefined) throw new Error(`the build holds no shader ${path}.wgsl`);
  return text;
}
