import { describe, expect, it } from 'vitest';
import type { UnlabelledPicture } from '../../data/unlabelled.js';
import type { Network } from '../../engine/model/types.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { MeanPixelNetwork } from '../../testing/mean-pixel-network.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Method } from '../../vit/methods/index.js';
import { Events } from '../events.js';
import { Labelling } from './labelling.js';
import { smallBackbone } from '../../testing/page/small-backbone.js';
import { SMALL_ARCHITECTURE } from '../../testing/small-architecture.js';
import { LiveLooks } from './live-looks.js';

const SIDE = 8;
const CLASSES = ['red', 'green', 'blue'];
const MODEL = smallBackbone();

const frame = { width: 2, height: 2, data: new Uint8ClampedArray(16).fill(90) };
const picture = (name: string): UnlabelledPicture => ({
  name,
  picture: async () => frame,
  pixels: async () => new Uint8Array(SIDE * SIDE * 4).fill(200),
});
const broken: UnlabelledPicture = {
  name: 'broken.png',
  picture: () => Promise.reject(new PlaygroundError('data.image', 'breaks off')),
  pixels: () => Promise.reject(new PlaygroundError('data.image', 'breaks off')),
};

/** A run's weights, and the networks that were made for them and are not destroyed yet. */
async function parts(method: Method = 'pyra') {
  const configuration = { ...PAPER_RECIPE, imageSize: SIDE, method, schedule: '1' };
  const metadata: AdaptedMetadata = {
    ...{ version: 1, configuration, architecture: SMALL_ARCHITECTURE, classes: CLASSES, schedule: [method === 'none' ? 0 : 1] },
    accuracy: { validation: null, test: null },
  };
  const trained = await new MeanPixelNetwork({ side: SIDE, classes: CLASSES.length }).readTrained();
  const alive = new Set<Network>();
  let made = 0;
  const network = async (): Promise<Network> => {
    made++;
    const inner = new MeanPixelNetwork({ side: SIDE, classes: CLASSES.length });
    alive.add(inner);
    return Object.assign(inner, { destroy: () => void alive.delete(inner) });
  };
  const run = { ...fakeRun('one', configuration, 'finished', 1), classes: CLASSES };
  const given = {
    engine: async () => ({ network }),
    models: { requireFor: async () => MODEL },
    runs: { require: async () => run, weights: async () => ({ metadata, trained }) },
    events: new Events(),
  };
  return { given, alive, made: () => made };
}

describe('pictures of a folder', () => {
  it('are labelled in portions, in order; unreadable pictures are named, and the network is destroyed at the end', async () => {
    const { given, alive } = await parts();
    const labelling = new Labelling(given);
    const pictures = [picture('a.png'), broken, ...Array.from({ length: 40 }, (_, index) => picture(`c${index}.png`))];
    const skipped = [{ name: 'notes.txt', reason: 'is no picture' }];
    const { of, value: job } = await labelling.begin('one', { pictures, skipped });
    expect({ of, job }).toEqual({ of: { run: 'one' }, job: { id: 1, pictures: 42, skipped } });
    const rows = [];
    const left = [];
    for (let ended = false; !ended;) {
      const portion = await labelling.more(job.id);
      rows.push(...portion.rows);
      left.push(...portion.skipped);
      ended = portion.ended;
    }
    expect(rows.map(({ index, picture: name }) => [index, name])).toEqual(
      pictures.map(({ name }, index) => [index, name]).filter(([, name]) => name !== 'broken.png'),
    );
    expect(CLASSES).toContain(rows[0]?.class);
    expect(left).toEqual([{ name: 'broken.png', reason: 'breaks off' }]);
    expect(alive.size).toBe(0);
    expect(await labelling.more(job.id)).toEqual({ rows: [], skipped: [], ended: true });
    expect((await labelling.thumbnail(job.id, 0, 4)).pixels).toHaveLength(SIDE * SIDE * 4);
    expect((await labelling.thumbnail(job.id, 1, 4)).pixels).toBeNull();
    expect(await labelling.picture(job.id, 0)).toBe(frame);
    await expect(labelling.picture(job.id, 99)).rejects.toThrow('there is no number 99');
  });

  it('are dropped when they are stopped, or when others come', async () => {
    const { given, alive } = await parts();
    const labelling = new Labelling(given);
    const pictures = [picture('a.png')];
    const first = await labelling.begin('one', { pictures, skipped: [] });
    await labelling.stop();
    expect(alive.size).toBe(0);
    expect(await labelling.more(first.value.id)).toMatchObject({ ended: true, rows: [] });
    const second = await labelling.begin('one', { pictures, skipped: [] });
    expect(alive.size).toBe(1);
    await expect(labelling.more(first.value.id)).rejects.toThrow(/replaced by others/);
    expect((await labelling.more(second.value.id)).rows).toHaveLength(1);
  });
});

describe('the camera’s pictures', () => {
  it('are classified with the run’s merging and without it, by networks that are kept until the end', async () => {
    const { given, alive, made } = await parts();
    const live = new LiveLooks(given);
    const { of, value } = await live.look('one', frame);
    await live.look('one', frame);
    expect(of).toEqual({ run: 'one' });
    expect([value.own.tokens, value.whole?.tokens]).toEqual([4, 5]);
    expect(value.own.top).toHaveLength(3);
    expect(value.own.top.reduce((sum, { confidence }) => sum + confidence, 0)).toBeCloseTo(1, 5);
    expect([made(), alive.size]).toEqual([2, 2]);
    await live.end();
    expect(alive.size).toBe(0);
  });

  it('are classified once by a run that does not merge', async () => {
    const { given, made } = await parts('none');
    expect((await new LiveLooks(given).look('one', frame)).value.whole).toBeNull();
    expect(made()).toBe(1);
  });
});
