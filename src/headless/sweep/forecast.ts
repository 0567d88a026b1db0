/** Forecasts what a sweep will take, by measuring a step of its most expensive run on this machine. */
import { setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { SweepWork } from '../../engine/training/sweep.js';
import { initialTokens, protectedTokens, type Architecture } from '../../vit/architecture.js';
import { trainsOnAll, scheduleOf, type Configuration } from '../../vit/configuration.js';
import { configurationCost } from '../../vit/cost.js';
import { requireSchedule } from '../../vit/schedule.js';
import type { DataFingerprint } from '../../protocol/runs/run.js';
import type { Engine } from '../machine/host.js';
import type { SweepTask } from './config.js';
import type { OpenBackbone } from './inputs.js';

/** Multiply-accumulates of one picture's forward, without the head, whose size depends on the number of classes. */
export function macsOf(configuration: Configuration, architecture: Architecture): number {
  const schedule = requireSchedule(scheduleOf(configuration), {
    tokens: initialTokens(architecture, configuration.imageSize),
    protectedTokens: protectedTokens(architecture),
    depth: architecture.depth,
    distilled: architecture.distilled,
  });
  return configurationCost(configuration, architecture, schedule.tokens, 1).macs;
}

/** A forward costs about a third of a training step. */
const FORWARD_SHARE = 1 / 3;

/** Pictures of a whole run in units of a training step's; a forward alone counts as a third. */
export function picturesOfRun(configuration: Configuration, { listed }: Pick<DataFingerprint, 'listed'>): number {
  const { train = 0, validation = 0, test = 0 } = listed ?? {};
  const { epochs, measureEvery, protocol } = configuration;
  const trained = (train + (trainsOnAll(configuration) ? validation : 0)) * epochs;
  const times = Math.ceil(epochs / measureEvery);
  const measured = { choose: validation * times + test, search: validation * times, published: test, released: test * times };
  return trained + measured[protocol] * FORWARD_SHARE;
}

export interface ForecastRun extends SweepWork {
  readonly configuration: Configuration;
  readonly backbone: OpenBackbone;
  readonly task: SweepTask;
}

export interface Forecast {
  readonly runs: number;
  readonly hours: number;
  /** Memory of the most expensive run: weights, training plan and evaluation together. */
  readonly bytes: number;
  readonly machine: string;
}

/** Steps before and during the timing. The first step includes costs that occur only once. */
const STEPS = { before: 1, timed: 2 } as const;

/** @param runs that are still to be computed. */
export async function forecast(runs: readonly ForecastRun[], engine: Engine): Promise<Forecast> {
  const [dearest] = [...runs].sort((a, b) => b.macs - a.macs);
  if (!dearest) return { runs: 0, hours: 0, bytes: 0, machine: engine.adapter.name };
  const { model } = dearest.backbone;
  const setup = setUpRun(dearest.configuration, model.architecture, 10);
  const { seconds, bytes } = await measureStep(setup, dearest, engine);
  const perMac = seconds / (dearest.configuration.batchSize * dearest.macs);
  const all = runs.reduce((sum, run) => sum + run.macs * run.epochs * run.pictures * perMac, 0);
  return { runs: runs.length, hours: all / 3600, bytes, machine: engine.adapter.name };
}

async function measureStep(
  setup: RunSetup,
  { backbone }: ForecastRun,
  engine: Engine,
): Promise<{ seconds: number; bytes: number }> {
  const { batchSize, imageSize } = setup.configuration;
  const network = await engine.createNetwork(setup.architecture, backbone.model.reader, setup.options);
  try {
    const trainer = await network.trainer(batchSize);
    const evaluator = await network.evaluator(batchSize);
    const bytes = network.bytes + trainer.bytes + evaluator.bytes;
    evaluator.destroy();
    const batch = {
      pixels: new Uint8Array(batchSize * imageSize * imageSize * 4),
      labels: new Uint32Array(batchSize),
      count: batchSize,
    };
    let began = 0;
    for (let number = 0; number < STEPS.before + STEPS.timed; number++) {
      if (number === STEPS.before) began = performance.now();
      await trainer.step(batch, { number, learningRate: 0, pyraLearningRate: 0, weightDecay: 0 });
    }
    const seconds = (performance.now() - began) / 1000 / STEPS.timed;
    trainer.destroy();
    return { seconds, bytes };
  } finally {
    network.destroy();
  }
}
