import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Shaders and golden files as text inside the modules that read them from the project's folders otherwise. */
function carried(): Plugin {
  const files = (folder: string, ending: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  const shaders = (): string => {
    const texts = files('shaders', '.wgsl').map((name) => [
      name.replaceAll('\\', '/').slice(0, -'.wgsl'.length),
      readFileSync(join('shaders', name), 'utf8'),
    ]);
    return `const texts = ${JSON.stringify(Object.fromEntries(texts))};\nexport const readShaderFile = (path) => texts[path];\n`;
  };
  const golden = (): string => {
    const texts = files('public/golden', '.safetensors').map((name) => [
      name,
      readFileSync(join('public/golden', name)).toString('base64'),
    ]);
    return [
      `import { byteSourceFromBytes } from '${join(import.meta.dirname, 'src/containers/safetensors/safetensors.ts')}';`,
      `const texts = ${JSON.stringify(Object.fromEntries(texts))};`,
      'const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));',
      'export const goldenSources = () => Object.entries(texts).map(([name, text]) => ({',
      '  name, open: () => Promise.resolve(byteSourceFromBytes(name, bytes(text))) }));',
    ].join('\n');
  };
  const replaced = new Map([
    ['src/headless/machine/shaders.ts', shaders],
    ['src/headless/inputs/golden-sources.ts', golden],
  ]);
  return {
    name: 'carried',
    enforce: 'pre',
    load(id) {
      const found = [...replaced].find(([file]) => id.endsWith(file));
      return found ? { code: found[1](), moduleType: 'js' } : null;
    },
  };
}

/** `pyra benchmark --full` as one file: `node bundle/pyra-benchmark.mjs`, with Dawn (the package `webgpu`) beside it. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'node20',
    outDir: 'bundle',
    emptyOutDir: true,
    minify: false,
    ssr: true,
    rolldownOptions: {
      input: { 'pyra-benchmark': 'src/headless/benchmark-bundle.ts' },
      output: { entryFileNames: '[name].mjs', codeSplitting: false },
      checks: { bundlerTimings: false },
    },
  },
  ssr: { noExternal: true, external: ['webgpu', 'sharp', 'assemblyscript'] },
  plugins: [carried()],
});
