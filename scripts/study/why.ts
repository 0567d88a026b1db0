/**
 * Helps to explain the results of PYRA's runs: what their weights do to pairs of tokens, and how large their gradients are.
 *
 *   npx tsx scripts/study/why.ts RUN...       folders of finished runs, as `pyra sweep` and `adapt` leave them
 *
 * For each block that merges, over 64 test pictures: the cosine similarity of the merging pairs, |g_r|, the distance of g_D from 1, and
 * how far tokens are moved before they merge away, as a share of their length. For each group of trained weights: the norm of its mean
 * gradient over 8 training batches, at the run's final and initial weights, with the run's dropout.
 */
import { epochOrder, readBatches, type PixelCache } from '../../src/data/batches.js';
import { layOutParameters, unflatten } from '../../src/engine/model/parameters.js';
import type { BlockTrace, Network } from '../../src/engine/model/types.js';
import { setUpAdapted, type RunSetup } from '../../src/engine/training/setup.js';
import { readTrained } from '../../src/formats/backbones/weights.js';
import { openEngine } from '../../src/headless/engine.js';
import { openData, picturesOf } from '../../src/headless/inputs/inputs.js';
import { processHost } from '../../src/headless/machine/process-host.js';
import { openAdapted } from '../../src/headless/runs/adapted.js';
import { dataPlaceOf } from '../../src/headless/runs/local.js';
import { significant, table, Terminal } from '../../src/headless/terminal.js';

const PICTURES = 64;
const BATCHES = 8;
/** AdamW's first moment after one step from none is (1 - 0.9) times the gradient. */
const FIRST_MOMENT = 0.1;
const GROUPS = ['head', 'LoRA_a', 'LoRA_b', 'pyra_a', 'pyra_b', 'pyra_norm'] as const;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const norm = (values: Iterable<number>): number => {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
};

async function pairsOf(network: Network, pictures: PixelCache): Promise<string[]> {
  const tracer = await network.tracer();
  const traced: (readonly BlockTrace[])[] = [];
  for (const index of pictures.dataset.parts.test.slice(0, PICTURES)) {
    traced.push((await tracer.trace(new Uint8Array(await pictures.get(index)))).blocks);
  }
  tracer.destroy();
  const rows = (traced[0] ?? []).flatMap(({ mergedRow, pairModulation }, block) => {
    if (mergedRow.length === 0) return [];
    const all = (of: (block: BlockTrace) => Iterable<number>): number =>
      mean(traced.flatMap((blocks) => (blocks[block] ? [...of(blocks[block])] : [])));
    const modulated =
      pairModulation.length === 0
        ? []
        : [
            all(({ pairModulation: g }) => g.map(Math.abs)),
            all(({ channelModulation: g }) => g.map((value) => Math.abs(value - 1))),
            all(({ modulationStrength }) => modulationStrength),
          ];
    const numbers = [all(({ similarity }) => similarity), ...modulated].map((value) => value.toFixed(3));
    return [[String(block), String(mergedRow.length), ...numbers]];
  });
  return table([['block', 'pairs', 'similarity', '|g_r|', '|g_D - 1|', 'moved'], ...rows]);
}

/** The norm of the mean gradient of each group of weights. */
async function pulls(network: Network, setup: RunSetup, pictures: PixelCache): Promise<Map<string, number>> {
  const { seed, batchSize } = setup.configuration;
  const layout = layOutParameters(setup.architecture, setup.options);
  const sum = new Float32Array(layout.length);
  const none = { first: new Float32Array(layout.length), second: new Float32Array(layout.length) };
  const trainer = await network.trainer(batchSize);
  const order = epochOrder(seed, 0, pictures.dataset.parts.train).slice(0, BATCHES * batchSize);
  let number = 0;
  for await (const { pixels, labels, indices } of readBatches(pictures, order, batchSize, { dropLast: true })) {
    network.writeOptimizer(none);
    const rates = { number: number++, learningRate: 0, pyraLearningRate: 0, weightDecay: 0 };
    await trainer.step({ pixels, labels, count: indices.length }, rates);
    const { first } = await network.readOptimizer();
    first.forEach((value, at) => (sum[at]! += value / FIRST_MOMENT / BATCHES));
  }
  trainer.destroy();
  const named = unflatten(layout, sum);
  return new Map(
    GROUPS.map((group) => [group, norm([...named].flatMap(([name, { data }]) => (name.includes(group) ? [...data] : [])))]),
  );
}

async function describe(path: string, terminal: Terminal): Promise<void> {
  const { metadata, loaded, backbone, local } = await openAdapted({ path, given: undefined, overrides: {}, terminal });
  const { data, seed, splitSeed, splitShares, taskPictures, imageSize } = metadata.configuration;
  const where = dataPlaceOf(path, data, { options: {} }, local);
  const setup = setUpAdapted(metadata);
  const pictures = picturesOf(
    await openData({ ...where, seed, splitSeed, splitShares, taskPictures }),
    imageSize,
    setup.architecture,
  );
  const engine = await openEngine();
  const network = await engine.createNetwork(setup.architecture, backbone, setup.options);
  terminal.line(`${path}:`);
  const before = await pulls(network, setup, pictures);
  const trained = await readTrained(loaded);
  network.writeTrained(trained);
  for (const line of await pairsOf(network, pictures)) terminal.line(line);
  const after = await pulls(network, setup, pictures);
  const rows = GROUPS.filter((group) => (before.get(group) ?? 0) > 0 || (after.get(group) ?? 0) > 0).map((group) => {
    const weights = [...trained].flatMap(([name, tensor]) => (name.includes(group) ? [...tensor.data] : []));
    const numbers = [before.get(group), after.get(group), norm(weights)].map((value) => significant(value, 3));
    return [group, ...numbers];
  });
  for (const line of table([['weights', 'gradient at the start', 'at the end', 'their norm'], ...rows])) terminal.line(line);
  network.destroy();
  engine.close();
}

const { output, errors } = processHost();
const terminal = new Terminal(output, errors, false);
for (const path of process.argv.slice(2)) await describe(path, terminal);
