import { describe, expect, it, vi } from 'vitest';
import { model as weights } from '../../formats/fixtures/model.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import type { WorkerEvent } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { NO_ANSWERS, PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { memoryFolder, type MemoryFolder } from '../../testing/memory-folder.js';
import { Events } from '../events.js';
import { KeptModelStore } from '../kept/kept-models.js';
import { yieldToHost } from '../../engine/training/event-loop.js';
import { asksForHeads, Models } from './models.js';

/** Eight channels: no convention says how many heads they are. */
const file = (name: string, metadata: Record<string, string> = {}): ByteSource =>
  byteSourceFromBytes(name, writeSafetensors(weights(), metadata));

interface Visit {
  readonly models: Models;
  readonly kept: KeptModelStore;
  readonly events: WorkerEvent[];
}

function visit(folder: MemoryFolder | null): Visit {
  const told: WorkerEvent[] = [];
  const events = new Events();
  events.listen((event) => told.push(event));
  const kept = new KeptModelStore({ folder: async () => folder, room: async () => null, exclusively: (work) => work() });
  return { models: new Models(kept, events), kept, events: told };
}

/** What is kept beside other work. */
const rest = async ({ events }: Visit, count = 1): Promise<void> => {
  while (events.filter(({ kind }) => kind === 'kept-models').length < count) await yieldToHost();
};

describe('a backbone whose heads nothing says', () => {
  it('is asked about, taken with the answer, and understood so on the next visit', async () => {
    const folder = memoryFolder();
    const first = visit(folder);
    const choice = await first.models.take('odd.safetensors', [file('odd.safetensors')], null);
    await expect(first.models.use(choice)).rejects.toSatisfy(asksForHeads);
    expect(folder.files.size).toBe(0);
    await expect(first.models.use({ ...choice, heads: 3 })).rejects.toThrow(/3 heads .* do not divide the 8 channels/);
    const model = await first.models.use({ ...choice, heads: 4 });
    expect(model.architecture.heads).toBe(4);
    expect(model.summary.answers).toEqual({ heads: 4, mean: null, std: null });
    await rest(first);

    const second = visit(folder);
    expect((await second.kept.list()).models[0]).toMatchObject({ name: 'odd.safetensors', answers: { heads: 4 } });
    expect((await second.models.require({ ...choice, heads: 4 })).architecture).toEqual(model.architecture);
    // The same file under another name: no second copy, and no second question.
    const again = await second.models.take('copy.safetensors', [file('copy.safetensors')], null);
    expect(again).toEqual({ model: 'odd.safetensors', heads: 4, mean: null, std: null });
    expect((await second.models.use(again)).architecture.heads).toBe(4);
    expect((await second.kept.list()).models).toHaveLength(1);
  });
});

describe('a backbone that was understood', () => {
  const given = (): [string, ByteSource[], null] => ['vit', [file('vit', { num_heads: '2' })], null];

  it('can be overruled, and goes back to what its file says', async () => {
    const { models } = visit(null);
    const choice = await models.take(...given());
    const first = await models.use(choice);
    expect(first.architecture).toMatchObject({ heads: 2, mean: [0.485, 0.456, 0.406] });
    const other = await models.use({ ...choice, heads: 1, mean: [0.4, 0.5, 0.6], std: [0.2, 0.2, 0.3] });
    expect(other.architecture).toMatchObject({ heads: 1, mean: [0.4, 0.5, 0.6], std: [0.2, 0.2, 0.3] });
    expect(other.key).not.toBe(first.key);
    expect((await models.use({ ...choice, mean: [0.4, 0.5, 0.6] })).architecture).toMatchObject({
      heads: 2,
      mean: [0.4, 0.5, 0.6],
      std: [0.229, 0.224, 0.225],
    });
    expect((await models.use(choice)).key).toBe(first.key);
    // The same numbers, stated or inferred, are the same backbone, whose weights are on the GPU once.
    expect((await models.use({ ...choice, heads: 2 })).key).toBe(first.key);
  });

  it('bears a name of its own where another one has that already', async () => {
    const folder = memoryFolder();
    const first = visit(folder);
    await first.models.use(await first.models.take(...given()));
    await rest(first);
    const second = visit(folder);
    const other = await second.models.take('vit', [file('vit', { num_heads: '2', note: 'other' })], null);
    expect(other.model).toBe('vit (2)');
    await second.models.use(other);
    await rest(second);
    expect((await visit(folder).kept.list()).models.map(({ name }) => name)).toEqual(['vit', 'vit (2)']);
    expect((await second.models.take('bundled', [file('bundled', { num_heads: '4' })], null)).model).toBe('bundled (2)');
  });

  it('is not there any more once it is deleted', async () => {
    const made = visit(memoryFolder());
    await made.models.use(await made.models.take(...given()));
    await rest(made);
    expect(await made.models.remove('vit')).toEqual({ models: [], unfinishedBytes: 0 });
    await expect(made.models.require({ model: 'vit', ...NO_ANSWERS })).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringContaining("'vit'"),
    });
  });

  it('is used all the same where it could not be kept, and that is said', async () => {
    const folder = memoryFolder();
    folder.capacity = 100;
    const made = visit(folder);
    const model = await made.models.use(await made.models.take(...given()));
    while (!made.events.some(({ kind }) => kind === 'error')) await yieldToHost();
    expect(made.events).toContainEqual({
      kind: 'error',
      error: expect.objectContaining({ message: expect.stringContaining('did not keep') }),
    });
    expect((await model.loaded.reader.read('norm.bias')).shape).toEqual([8]);
  });
});

describe('a backbone that was downloaded', () => {
  it('stays where it lies, is listed while it is asked about, and the answer is written down', async () => {
    const folder = memoryFolder();
    const source = file('model.safetensors');
    await folder.write('k.part', await source.read(0, source.size));
    await folder.write('k.json', new Uint8Array(20));
    const stored = [{ name: 'model.safetensors', stored: 'k.part', bytes: source.size }];
    const { models, kept } = visit(folder);
    const choice = await models.take('owner/name', [source], null, stored);
    await expect(models.use(choice)).rejects.toSatisfy(asksForHeads);
    expect(await kept.list()).toMatchObject({ models: [{ name: 'owner/name', bytes: source.size }], unfinishedBytes: 0 });
    await models.use({ ...choice, heads: 2 });
    await vi.waitFor(async () => expect((await visit(folder).kept.find('owner/name'))?.answers.heads).toBe(2));
    expect([...folder.files.keys()].filter((name) => !name.endsWith('.model')).sort()).toEqual(['k.json', 'k.part']);
    // The same content from elsewhere: the downloaded copy is deleted.
    await folder.write('other.part', await source.read(0, source.size));
    const again = await models.take('other/name', [source], null, [{ ...stored[0]!, stored: 'other.part' }]);
    expect(again).toMatchObject({ model: 'owner/name', heads: 2 });
    expect(folder.files.has('other.part')).toBe(false);
  });
});

describe('adapted weights', () => {
  it('find their backbone as it was understood when they were trained, and refuse another size', async () => {
    const { models } = visit(null);
    await models.take('vit', [file('vit')], null);
    const metadata: AdaptedMetadata = {
      version: 1,
      configuration: { ...PAPER_RECIPE, model: 'vit' },
      architecture: {
        ...{
          imageSize: 8,
          patchSize: 4,
          embedDim: 8,
          depth: 2,
          heads: 4,
          mlpHidden: 12,
          distilled: false,
          registers: 0,
          antialiasedPositions: false,
          framing: WHOLE_PICTURE,
        },
        ...{ layerNormEpsilon: 1e-6, mean: [0.1, 0.2, 0.3], std: [1, 1, 1] },
      },
      classes: ['a', 'b'],
      schedule: [0, 0],
      accuracy: { validation: null, test: null },
    };
    expect((await models.requireFor(metadata, 'mine')).architecture).toMatchObject({ heads: 4, mean: [0.1, 0.2, 0.3] });
    const deeper = { ...metadata, architecture: { ...metadata.architecture, depth: 3 } };
    await expect(models.requireFor(deeper, 'mine')).rejects.toThrow(
      /^mine: was trained on a backbone with depth 3, and the one that is given has 2/,
    );
  });
});

it('the backbone in use is the one that was chosen last, however long another took to open', async () => {
  const slow = visit(memoryFolder());
  await slow.models.take('slow', [file('slow', { heads: '1' })], null);
  await slow.models.take('quick', [file('quick', { heads: '2' })], null);
  const { models } = slow;
  let open = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (open = resolve));
  const require = models.require.bind(models);
  models.require = async (choice) => {
    if (choice.model === 'slow') await waiting;
    return require(choice);
  };
  const first = models.use({ model: 'slow', ...NO_ANSWERS, heads: 2 });
  const second = await models.use({ model: 'quick', ...NO_ANSWERS, heads: 4 });
  open();
  expect((await first).name).toBe('slow');
  expect(models.current).toBe(second);
  expect(second.summary.fingerprint).not.toBe((await first).summary.fingerprint);
});
