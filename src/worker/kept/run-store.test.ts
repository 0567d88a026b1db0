import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../engine/training/checkpoint.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { MemoryFiles } from './private-files.js';
import { RunStore, spacedEpochs } from './run-store.js';

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

function checkpointOf(id: string): Checkpoint {
  const head = new Map([['head.bias', { shape: [2], data: Float32Array.of(0.25, -1) }]]);
  return {
    epoch: 2,
    record: fakeRun(id, PAPER_RECIPE, 'running', 2),
    trained: head,
    best: head,
    optimizer: { first: Float32Array.of(1, 2), second: Float32Array.of(3, 4) },
  };
}

describe('kept runs', () => {
  it('come back newest first', async () => {
    const store = new RunStore(new MemoryFiles());
    await store.save({ ...fakeRun('old', PAPER_RECIPE, 'finished', 1), started: '2026-01-01T00:00:00Z' });
    await store.save({ ...fakeRun('new', PAPER_RECIPE, 'stopped', 1), started: '2026-02-01T00:00:00Z' });
    const { runs, problems } = await store.list();
    expect(runs.map(({ id }) => id)).toEqual(['new', 'old']);
    expect(problems).toEqual([]);
  });

  it('that another version wrote or that are damaged are named, and the others are there', async () => {
    const files = new MemoryFiles();
    const store = new RunStore(files);
    await store.save(fakeRun('good', PAPER_RECIPE, 'finished', 1));
    await files.write('runs/later/run.json', text(JSON.stringify({ format: 'pyra-playground-run', version: 2 })));
    await files.write('runs/cut/run.json', text('{"format": "pyra-'));
    const { runs, problems } = await store.list();
    expect(runs.map(({ id }) => id)).toEqual(['good']);
    expect(problems).toEqual([
      expect.objectContaining({
        code: 'file.unsupported',
        message: expect.stringContaining('later/run.json: was written by version 2'),
      }),
      expect.objectContaining({ code: 'file.damaged', message: expect.stringContaining('cut/run.json: is no JSON') }),
    ]);
  });

  it('give back the checkpoint that was kept last, until it is removed', async () => {
    const store = new RunStore(new MemoryFiles());
    expect(await store.checkpoint('a')).toBeNull();
    const checkpoint = checkpointOf('a');
    await store.saveCheckpoint(checkpoint);
    expect(await store.checkpoint('a')).toEqual(checkpoint);
    await store.removeCheckpoint('a');
    expect(await store.checkpoint('a')).toBeNull();
  });

  it('are gone with everything once they are removed', async () => {
    const files = new MemoryFiles();
    const store = new RunStore(files);
    await store.save(fakeRun('a', PAPER_RECIPE, 'finished', 1));
    await store.save(fakeRun('ab', PAPER_RECIPE, 'finished', 1));
    await store.saveCheckpoint(checkpointOf('a'));
    await store.remove('a');
    expect(await files.list('runs')).toEqual(['ab']);
    await expect(store.require('a')).rejects.toMatchObject({ code: 'option.invalid' });
  });

  it('without weights say how to have them', async () => {
    const store = new RunStore(new MemoryFiles());
    await expect(store.weights(fakeRun('bare', PAPER_RECIPE, 'finished', 1))).rejects.toThrow(
      'bare: its weights are not on this page; drop its adapted.safetensors',
    );
  });
});

describe('kept epochs', () => {
  it('keep the first and the last, and no wider gap than there has to be', () => {
    expect(spacedEpochs([1, 2, 3], 3)).toEqual([1, 2, 3]);
    expect(spacedEpochs([1, 2, 3, 4], 3)).toEqual([1, 3, 4]);
    let kept: number[] = [];
    for (let epoch = 1; epoch <= 100; epoch++) kept = spacedEpochs([...kept, epoch], 8);
    expect(kept).toHaveLength(8);
    expect([kept[0], kept.at(-1)]).toEqual([1, 100]);
    // Eight of a hundred epochs are at best 14 apart. Since they arrive one after another, not all can be spaced so well.
    for (const [index, epoch] of kept.slice(1).entries()) expect(epoch - (kept[index] ?? 0)).toBeLessThanOrEqual(32);
  });

  it('are deleted when they become too many, and with their run', async () => {
    const files = new MemoryFiles();
    const store = new RunStore(files);
    expect(await store.epochs('a')).toEqual([]);
    for (let epoch = 1; epoch <= 12; epoch++) await store.saveEpoch('a', epoch, text(`weights ${epoch}`));
    const epochs = await store.epochs('a');
    expect(epochs).toHaveLength(8);
    expect([epochs[0], epochs.at(-1)]).toEqual([1, 12]);
    expect(new TextDecoder().decode((await files.read('runs/a/epochs/12.safetensors')) ?? undefined)).toBe('weights 12');
    const gone = [2, 3, 4, 5, 6].find((epoch) => !epochs.includes(epoch));
    await expect(store.weights(fakeRun('a', PAPER_RECIPE, 'finished', 1), gone)).rejects.toThrow(
      `a: the weights after epoch ${gone} are no longer kept`,
    );
    await store.remove('a');
    expect(await store.epochs('a')).toEqual([]);
  });
});
