import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { curvesCsv, runsCsv } from '../runs/run-csv.js';
import { accuracyDomain, accuracyOf, dataIdentity, linesOf, paretoFront, pointsOf, referencesOf } from './points.js';

interface Sketch {
  readonly configuration?: Partial<Configuration>;
  readonly accuracy: number;
  readonly macs: number;
  readonly state?: RunRecord['state'];
  readonly parameters?: number;
  readonly name?: string;
  readonly started?: string;
  readonly pictures?: RunRecord['dataFingerprint'];
}

let made = 0;
function run(sketch: Sketch): RunRecord {
  const { configuration, accuracy, macs, state = 'finished', parameters = 1000, name = 'run' } = sketch;
  const finished = state === 'finished';
  const evaluation = {
    images: 100,
    loss: 1,
    accuracy,
    classAccuracy: [],
    confusion: [],
    imagesPerSecond: 1e9 / macs,
    seconds: 1,
  };
  return {
    format: 'pyra-playground-run',
    version: 1,
    id: `run-${made++}`,
    name,
    started: sketch.started ?? '2026-01-01T00:00:00Z',
    finished: null,
    state,
    configuration: { ...PAPER_RECIPE, ...configuration },
    adapter: { name: 'a', vendor: '', architecture: '', description: '', kind: 'gpu', features: [] },
    classes: [],
    pictures: { train: 1, validation: 1, test: 1 },
    dataFingerprint: sketch.pictures ?? null,
    schedule: [],
    tokens: [10, 5],
    macs,
    trainedParameters: 10,
    totalParameters: parameters,
    epochs: [
      {
        epoch: 1,
        trainLoss: 1,
        trainAccuracy: 0.5,
        validationLoss: 1,
        validationAccuracy: accuracy,
        learningRate: 1e-3,
        imagesPerSecond: 1,
        seconds: 1,
      },
    ],
    bestEpoch: 1,
    test: finished ? evaluation : null,
    validation: null,
    stepMilliseconds: null,
    gpuBytes: 0,
    error: null,
  };
}

describe('points of the figure', () => {
  it('combine runs that differ only in the seed, with the sample deviation', () => {
    const [point, ...rest] = pointsOf(
      [0.7, 0.8, 0.9].map((accuracy, seed) => run({ accuracy, macs: 2e9, configuration: { seed } })),
      'macs',
    );
    expect(rest).toEqual([]);
    expect(point?.y).toBeCloseTo(0.8, 12);
    expect(point?.deviation).toBeCloseTo(0.1, 12);
    expect(point?.x).toBe(2);
  });

  it('have an interval: over seeds by t, the range of two seeds, or over the pictures of one; and one of measured speeds', () => {
    const seeds = (accuracies: readonly number[]) =>
      pointsOf(
        accuracies.map((accuracy, seed) => run({ accuracy, macs: 2e9, configuration: { seed } })),
        'macs',
      )[0];
    // Three values 0.1 apart: t = 4.302653 with two degrees of freedom, standard error 0.1 / sqrt 3.
    expect(seeds([0.7, 0.8, 0.9])?.interval.high).toBeCloseTo(0.8 + (4.302652729749462 * 0.1) / Math.sqrt(3), 9);
    expect(seeds([0.7, 0.9])).toMatchObject({ interval: { low: 0.7, high: 0.9 }, over: 'two seeds' });
    expect(seeds([0.5])?.over).toBe('pictures');
    // Wilson, 50 of 100.
    expect(seeds([0.5])?.interval.low).toBeCloseTo(0.40383, 4);
    const speeds = [1e9, 2e9].map((macs, seed) => run({ accuracy: 0.5, macs, configuration: { seed } }));
    expect(pointsOf(speeds, 'speed')[0]?.across).toEqual({ value: 0.75, low: 0.5, high: 1 });
    expect(pointsOf(speeds.slice(1), 'speed')[0]?.across).toBeNull();
  });

  it('count tokens after any block', () => {
    expect(pointsOf([run({ accuracy: 0.5, macs: 1 })], 'tokens')[0]?.x).toBe(5);
    expect(pointsOf([run({ accuracy: 0.5, macs: 1 })], 'tokens', 0)[0]?.x).toBe(10);
    expect(pointsOf([run({ accuracy: 0.5, macs: 1 })], 'tokens', 7)).toEqual([]);
  });

  it('separate runs that differ in anything else, except in a schedule that is not used', () => {
    const two = [run({ accuracy: 0.7, macs: 2e9 }), run({ accuracy: 0.7, macs: 2e9, configuration: { loraRank: 4 } })];
    expect(pointsOf(two, 'macs').length).toBe(2);
    const plain = ['low', 'none'].map((schedule) =>
      run({ accuracy: 0.7, macs: 2e9, configuration: { method: 'none', schedule } }),
    );
    expect(pointsOf(plain, 'macs').length).toBe(1);
  });

  it('count a seed once that was run twice, by its newest run', () => {
    const again = ['2026-01-01', '2026-01-03', '2026-01-02'].map((started, index) =>
      run({ accuracy: [0.5, 0.7, 0.9][index] ?? 0, macs: 1e9, configuration: { seed: 0 }, started }),
    );
    const [one] = pointsOf(again, 'macs');
    expect(one).toMatchObject({ y: 0.7, deviation: 0 });
    expect(one?.runs).toHaveLength(1);
    expect(one?.members).toHaveLength(3);
    const [two] = pointsOf([...again, run({ accuracy: 0.8, macs: 1e9, configuration: { seed: 1 } })], 'macs');
    expect(two?.runs.map(({ configuration }) => configuration.seed)).toEqual([0, 1]);
    expect(two?.y).toBeCloseTo(0.75, 12);
  });

  it('separate runs on different pictures of the same name, but not those of a task, which each seed draws differently', () => {
    const on = (data: string, pictures: string, seed: number): RunRecord =>
      run({
        accuracy: 0.5,
        macs: 1e9,
        configuration: { data, seed },
        pictures: { train: pictures, validation: pictures, test: pictures },
      });
    expect(pointsOf([on('flowers', 'a', 0), on('flowers', 'a', 1), on('flowers', 'b', 2)], 'macs')).toHaveLength(2);
    expect(pointsOf([on('task:texture', 'a', 0), on('task:texture', 'b', 1)], 'macs')).toHaveLength(1);
    expect(dataIdentity(on('flowers', 'a', 0))).not.toBe(dataIdentity(on('flowers', 'b', 0)));
  });

  it('do not average a test part with a validation part', () => {
    const tested = run({ accuracy: 0.8, macs: 1e9, configuration: { seed: 0 } });
    const untested = { ...run({ accuracy: 0.2, macs: 1e9, configuration: { seed: 1 } }), test: null, validation: tested.test };
    expect(pointsOf([untested, tested], 'macs')[0]).toMatchObject({ y: 0.8, part: 'test' });
  });

  it('do not average a finished run with one that trains', () => {
    const [point] = pointsOf(
      [run({ accuracy: 0.9, macs: 1e9 }), run({ accuracy: 0.1, macs: 1e9, state: 'running', configuration: { seed: 1 } })],
      'macs',
    );
    expect(point).toMatchObject({ y: 0.9, settled: true });
    expect(pointsOf([run({ accuracy: 0.1, macs: 1e9, state: 'running' })], 'macs')[0]).toMatchObject({
      settled: false,
      part: 'validation',
    });
  });
});

it('the Pareto front has the points that no cheaper one beats', () => {
  const runs = [
    run({ accuracy: 0.6, macs: 1e9, configuration: { schedule: 'a' } }),
    run({ accuracy: 0.5, macs: 2e9, configuration: { schedule: 'b' } }),
    run({ accuracy: 0.8, macs: 3e9, configuration: { schedule: 'c' } }),
    run({ accuracy: 0.7, macs: 3e9, configuration: { schedule: 'd' } }),
  ];
  expect(paretoFront(pointsOf(runs, 'macs'), 'macs').map((point) => point.y)).toEqual([0.6, 0.8]);
  // By speed, the fastest is the cheapest, at the right end.
  expect(paretoFront(pointsOf(runs, 'speed'), 'speed').map((point) => point.y)).toEqual([0.6, 0.8]);
});

describe('references', () => {
  it('name the smaller backbone only when there is a run for it', () => {
    const full = run({ accuracy: 0.9, macs: 10e9, configuration: { method: 'none' } });
    const merged = run({ accuracy: 0.7, macs: 4e9 });
    const without = referencesOf(pointsOf([full, merged], 'macs'));
    expect(without.uncompressed?.y).toBe(0.9);
    expect(without.smaller).toBeNull();
    const small = run({
      accuracy: 0.8,
      macs: 3e9,
      parameters: 200,
      configuration: { method: 'none', model: 'vit-s.safetensors' },
    });
    expect(referencesOf(pointsOf([full, merged, small], 'macs')).smaller).toMatchObject({
      name: 'smaller backbone vit-s',
      point: { y: 0.8 },
    });
    const pixels = run({ accuracy: 0.75, macs: 3e9, configuration: { method: 'none', imageSize: 48 } });
    expect(referencesOf(pointsOf([full, pixels], 'macs')).smaller?.name).toBe('same backbone at 48 px');
  });

  it('there are none without a run that does not merge', () => {
    expect(referencesOf(pointsOf([run({ accuracy: 0.7, macs: 4e9 })], 'macs'))).toEqual({ uncompressed: null, smaller: null });
  });
});

it('lines go from left to right in the methods’ order', () => {
  const runs = [
    run({ accuracy: 0.6, macs: 3e9, configuration: { schedule: 'low' } }),
    run({ accuracy: 0.5, macs: 1e9, configuration: { schedule: 'high' } }),
    run({ accuracy: 0.5, macs: 1e9, configuration: { schedule: 'high', method: 'tome' } }),
    run({ accuracy: 0.4, macs: 2e9, configuration: { schedule: 'low', imageSize: 48 } }),
  ];
  expect(linesOf(pointsOf(runs, 'macs')).map((line) => [line.method, line.points.map((point) => point.x)])).toEqual([
    ['tome', [1]],
    ['pyra', [1, 3]],
    ['pyra', [2]],
  ]);
});

it('the CSV quotes cells where needed and has the whole configuration', () => {
  const [head, line] = runsCsv([run({ accuracy: 0.5, macs: 1e9, name: 'PYRA, "high"' })]).split('\n');
  expect(head?.split(',')).toContain('loraRank');
  expect(line).toMatch(/^"PYRA, ""high""",finished,0.5,test,100,.*,5,5,10,/);
});

it('accuracy is that of the test part once it was measured', () => {
  expect(accuracyOf(run({ accuracy: 0.5, macs: 1 }))?.part).toBe('test');
  expect(accuracyOf({ ...run({ accuracy: 0.5, macs: 1 }), test: null, epochs: [] })).toBeNull();
});

it('the CSV of curves has a line for each epoch', () => {
  expect(curvesCsv(run({ accuracy: 0.25, macs: 1 }))).toBe(
    'epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate,images_per_second,seconds\n1,1,0.5,1,0.25,0.001,1,1\n',
  );
});

describe('the accuracy axis', () => {
  it('spans the finished points and their error bars, whatever a run is that has just begun', () => {
    const settled = [0.8, 0.9].map((accuracy, seed) => run({ accuracy, macs: 2e9, configuration: { seed } }));
    const begun = run({ accuracy: 0.1, macs: 1e9, state: 'running', configuration: { schedule: 'high' } });
    const [low, high] = accuracyDomain(pointsOf([...settled, begun], 'macs'));
    // The bar of two seeds reaches from one to the other.
    expect(low).toBeLessThan(0.8);
    expect(low).toBeGreaterThan(0.7);
    expect(high).toBeGreaterThan(0.9);
    expect(high).toBeLessThanOrEqual(1);
    expect(accuracyDomain(pointsOf([begun], 'macs'))[0]).toBeLessThan(0.1);
  });

  it('does not magnify a small difference', () => {
    const near = [0.5, 0.501].map((accuracy, index) => {
      const made = run({ accuracy, macs: (index + 1) * 1e9 });
      return { ...made, test: made.test && { ...made.test, images: 1_000_000 } };
    });
    const [low, high] = accuracyDomain(pointsOf(near, 'macs'));
    expect(high - low).toBeCloseTo(0.1, 9);
  });
});
