import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testGpu } from '../testing/machines/gpu.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
/** The path of this project's Dawn, for the program in the empty folder, which has none. */
const dawn = pathToFileURL(createRequire(import.meta.url).resolve('webgpu')).href;

/** A program of a user who installed the package. */
const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { adapt, createEngine, openAdapted, openBackbone, predict, saveAdapted, trace } from 'pyra-playground';

const { create, globals } = await import(${JSON.stringify(dawn)});
Object.assign(globalThis, globals);
const gpu = create([]);
const engine = await createEngine({ adapter: await gpu.requestAdapter() });
const file = fileURLToPath(import.meta.resolve('pyra-playground/photo-formula-vit.safetensors'));
const backbone = await openBackbone([{ name: 'photo-formula-vit.safetensors', bytes: await readFile(file) }]);

const solid = (blue, shade) => ({
  width: 8,
  height: 8,
  data: new Uint8Array(256).map((_, i) => (i % 4 === 3 ? 255 : i % 4 === (blue ? 2 : 0) ? shade : 0)),
});
const some = (count, from) => Array.from({ length: count }, (_, i) => ({ picture: solid(i % 2 === 1, from + i), label: i % 2 }));
const pictures = { name: 'two colours', classes: ['red', 'blue'], train: some(16, 100), validation: some(4, 200), test: some(4, 230) };
const configuration = { imageSize: 16, method: 'pyra', schedule: '1', epochs: 4, batchSize: 8, learningRate: 0.03, dropout: 0, dropPath: 0 };
const { record, model } = await adapt(engine, { backbone, pictures, configuration });
const again = await openAdapted({ name: 'adapted.safetensors', bytes: saveAdapted(model) }, backbone);
const asked = [solid(false, 210), solid(true, 215)];
const { probabilities } = await predict(engine, again, asked);
const traced = await trace(engine, again, asked[0]);
engine.close();
console.log(JSON.stringify({
  state: record.state,
  test: record.test.accuracy,
  guesses: probabilities.map((row) => row.indexOf(Math.max(...row))),
  traced: [...traced.probabilities],
  first: [...probabilities[0]],
  tokens: traced.blocks.map((block) => block.tokens),
  recorded: record.tokens.slice(1),
}));
process.exit(0);
`;

const answerSchema = z.object({
  state: z.string(),
  test: z.number(),
  guesses: z.array(z.number()),
  traced: z.array(z.number()),
  first: z.array(z.number()),
  tokens: z.array(z.number()),
  recorded: z.array(z.number()),
});

let folder = '';
beforeAll(async () => {
  // Selects these tests' driver for Dawn, through the environment, which the program inherits.
  await testGpu();
  folder = await mkdtemp(join(tmpdir(), 'pyra-package-'));
  // Called by name, since npm's hooks (`prepack`) may be switched off.
  await run('npm', ['run', 'build:package'], { cwd: root });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [tarball = ''] = await readdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: folder });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package, installed in an empty folder', () => {
  it('installs no other package', async () => {
    const installed = await readdir(join(folder, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['pyra-playground']);
  });

  it('adapts, saves, opens, predicts and traces', async () => {
    await writeFile(join(folder, 'program.js'), PROGRAM);
    const { stdout } = await run('node', ['program.js'], { cwd: folder });
    const answer = answerSchema.parse(JSON.parse(stdout));
    expect(answer.state).toBe('finished');
    expect(answer.test).toBe(1);
    expect(answer.guesses).toEqual([0, 1]);
    expect(answer.tokens).toEqual(answer.recorded);
    // The picture was traced alone and predicted in a batch: float32 sums in two orders.
    answer.traced.forEach((value, index) => expect(value).toBeCloseTo(answer.first[index] ?? NaN, 4));
  });

  it('has the command line', async () => {
    const pyra = join(folder, 'node_modules/.bin/pyra');
    expect((await run(pyra, ['--help'], { cwd: folder })).stdout).toMatch(/^npx pyra COMMAND /);
    expect((await run(pyra, ['adapt', '--help'], { cwd: folder })).stdout).toMatch(/^npx pyra adapt /);
    const model = join(folder, 'node_modules/pyra-playground/package/public/models/photo-formula-vit.safetensors');
    const { stdout } = await run(pyra, ['inspect', model, '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ architecture: { depth: 12 } });
  });

  it('computes on the processors if there is no card', async () => {
    const pyra = join(folder, 'node_modules/.bin/pyra');
    const drawn = ['--data', 'task:texture', '--image-size', '16', '--epochs', '1', '--schedule', '1', '--out', 'run'];
    await run(pyra, ['adapt', ...drawn], { cwd: folder, env: { ...process.env, PYRA_ADAPTER: 'cpu' } });
    expect(await readdir(join(folder, 'run'))).toContain('adapted.safetensors');
  });
});
