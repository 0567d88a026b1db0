import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimateTraining } from '../../engine/model/estimate.js';
import { createNetwork } from '../../engine/model/network.js';
import { parseAdapted } from '../../formats/adapted/adapted.js';
import { runSchema } from '../../protocol/runs/run.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { runCommandLine } from '../command-line.js';
import { byteSourceFromPath } from '../inputs/files.js';
import { openModel } from '../inputs/inputs.js';
import type { Host } from '../machine/host.js';
import { Terminal } from '../terminal.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pretrain-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command line on the processors. @param stopAfter stops it when this was printed. */
async function pyra(args: readonly string[], stopAfter?: string): Promise<{ code: number; output: string; errors: string }> {
  const machine = await testCpu('cpu-simd');
  let [output, errors] = ['', ''];
  let stop = (): void => undefined;
  const host: Host = {
    output: {
      write: (text) => {
        output += text;
        if (stopAfter !== undefined && text.includes(stopAfter)) stop();
      },
    },
    errors: { write: (text) => (errors += text) },
    onInterrupt: (handler) => {
      stop = handler;
      return () => undefined;
    },
    openMachine: () => Promise.resolve(machine),
    openEngine: async () => ({
      adapter: machine.adapter,
      createNetwork: (...given) => createNetwork(machine, ...given),
      trainingBytes: (architecture, options, batch) => estimateTraining(machine, architecture, options, batch, batch).bytes,
      verify: () => Promise.reject(new Error('nothing is verified here')),
      close: () => undefined,
    }),
  };
  return { code: await runCommandLine(args, host), output, errors };
}

const TINY = ['--channels', '16', '--blocks', '2', '--attention-heads', '1', '--image-size', '32', '--seed', '3'];
const SHORT = ['--pictures', '72,36,36', '--epochs', '3', '--batch', '24'];
const silent = new Terminal({ write: () => undefined }, { write: () => undefined }, false);

describe('pyra pretrain', () => {
  it('trains every weight of a new backbone, and leaves one that is opened as any other, with a card', async () => {
    const out = join(folder, 'whole');
    const { code, errors, output } = await pyra(['pretrain', ...TINY, ...SHORT, '--out', out]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('36 classes, 72 + 36 + 36 pictures');
    const record = runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
    expect(record.trainedParameters).toBe(record.totalParameters);
    expect(record.epochs.at(-1)?.trainLoss).toBeLessThan(record.epochs[0]?.trainLoss ?? 0);

    const model = await openModel(join(out, 'backbone'), silent);
    expect(model.architecture).toMatchObject({
      imageSize: 32,
      patchSize: 8,
      embedDim: 16,
      depth: 2,
      heads: 1,
      mean: [0.5, 0.5, 0.5],
    });
    const begun = await openModel(record.configuration.model, silent);
    const { trained } = await parseAdapted(await byteSourceFromPath(join(out, 'adapted.safetensors')));
    for (const name of begun.reader.names()) {
      const [before, after] = [await begun.reader.read(name), await model.reader.read(name)];
      expect(after.shape, name).toEqual(before.shape);
      expect(after.data, name).toEqual(trained.get(name)?.data);
      expect(after.data, name).not.toEqual(before.data);
    }
    const card = await readFile(join(out, 'backbone', 'README.md'), 'utf8');
    expect(card).toContain(
      "Trained from new weights, every weight, on 'task:all' (72 pictures): 3 of 3 epochs, 216 pictures seen",
    );
  });

  it('goes on after a stop to the same bytes, and from a backbone that it made', async () => {
    const parts = join(folder, 'parts');
    const stopped = await pyra(['pretrain', ...TINY, ...SHORT, '--out', parts], 'epoch 1 of 3: loss');
    expect(stopped).toMatchObject({ code: 0, output: expect.stringContaining('Stopped after') });
    expect(existsSync(join(parts, 'checkpoint.safetensors'))).toBe(true);
    const resumed = await pyra(['pretrain', '--resume', parts]);
    expect(resumed).toMatchObject({ code: 0, errors: '' });
    const bytesOf = (run: string): Promise<Buffer> => readFile(join(folder, run, 'backbone', 'model.safetensors'));
    expect((await bytesOf('parts')).equals(await bytesOf('whole'))).toBe(true);

    const on = ['pretrain', '--model', join(parts, 'backbone'), '--image-size', '16', '--data', 'task:count', ...SHORT];
    const further = await pyra([...on, '--out', join(folder, 'further')]);
    expect(further).toMatchObject({ code: 0, errors: '' });
    const { architecture } = await openModel(join(folder, 'further', 'backbone'), silent);
    expect(architecture.imageSize).toBe(16);
  });

  it('refuses sizes of a new backbone where one is given, and says which option', async () => {
    const { code, errors } = await pyra(['pretrain', '--model', 'bundled', '--channels', '16']);
    expect(code).toBe(2);
    expect(errors).toContain('--channels');
  });
});
