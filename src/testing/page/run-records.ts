import type { Evaluation, RunRecord } from '../../protocol/runs/run.js';
import { PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';

export interface RunSketch {
  readonly configuration?: Partial<Configuration>;
  /** Test accuracy, 0 to 1, over `images` pictures of two classes. */
  readonly accuracy: number;
  readonly loss?: number;
  readonly images?: number;
  readonly macs?: number;
  readonly change?: Partial<RunRecord>;
}

/** A finished run's record with a test result of two classes, enough for figures and tables. */
export function sketchRun({ configuration, accuracy, loss = 1, images = 1000, macs = 5e7, change }: RunSketch): RunRecord {
  const right = Math.round(accuracy * images);
  const half = Math.floor(right / 2);
  const each = Math.floor(images / 2);
  const test: Evaluation = {
    images,
    loss,
    accuracy,
    classAccuracy: [half / each, (right - half) / (images - each)],
    confusion: [
      [half, each - half],
      [images - each - (right - half), right - half],
    ],
    imagesPerSecond: 100,
    seconds: images / 100,
  };
  return {
    format: 'pyra-playground-run',
    version: 1,
    id: 'run',
    name: 'run',
    started: '2026-01-01T00:00:00Z',
    finished: '2026-01-01T01:00:00Z',
    state: 'finished',
    configuration: { ...PAPER_RECIPE, ...configuration },
    adapter: { name: 'a machine', vendor: '', architecture: '', description: '', kind: 'gpu', features: [] },
    classes: ['one', 'two'],
    pictures: { train: 800, validation: 200, test: images },
    dataFingerprint: { train: 'aa', validation: 'bb', test: 'cc' },
    schedule: [],
    tokens: [145, 20],
    macs,
    trainedParameters: 40_000,
    totalParameters: 1_400_000,
    epochs: [],
    bestEpoch: 1,
    test,
    validation: test,
    stepMilliseconds: null,
    gpuBytes: 0,
    error: null,
    ...change,
  };
}
