/**
 * Prints GPU memory and multiply-accumulates of a training step at the paper's sizes, for each schedule, with activations kept, kept in
 * half precision, and recomputed. Plans are recorded but not compiled and get no memory, so any adapter will do.
 *
 *   npx tsx scripts/training-memory.ts
 */
import { estimateTraining } from '../src/engine/model/estimate.js';
import type { NetworkOptions } from '../src/engine/model/types.js';
import { openDawn } from '../src/headless/machine/dawn.js';
import { plainArchitecture } from '../src/vit/architecture.js';
import { requireSchedule } from '../src/vit/schedule.js';

const [BATCH, CLASSES, SIDE] = [32, 100, 224];
const SHAPES = [
  { name: 'ViT-S/16', embedDim: 384, depth: 12, heads: 6 },
  { name: 'ViT-B/16', embedDim: 768, depth: 12, heads: 12 },
  { name: 'ViT-L/16', embedDim: 1024, depth: 24, heads: 16 },
];

const machine = await openDawn();
console.log(`${SIDE} pixels, batch ${BATCH}, LoRA of rank 8`);
/** What each column of memory chooses. */
const CHOICES = {
  kept: {},
  'half activations': { halfActivations: true },
  recomputed: { recompute: true },
  'recomputed, half weights': { recompute: true, halfWeights: true },
  'recomputed, both halves': { recompute: true, halfWeights: true, halfActivations: true },
} as const;
const columns = [...Object.keys(CHOICES).map((name) => `GiB, ${name}`), 'TMACs a step, kept', 'TMACs a step, recomputed'];
console.log(`| backbone | schedule | ${columns.join(' | ')} |`);
console.log(`|---|---|${columns.map(() => '---:|').join('')}`);
for (const { name, embedDim, depth, heads } of SHAPES) {
  const architecture = plainArchitecture({ imageSize: SIDE, patchSize: 16, embedDim, depth, heads });
  for (const schedule of ['none', 'low', 'high']) {
    const { r } = requireSchedule(schedule, { tokens: (SIDE / 16) ** 2 + 1, protectedTokens: 1, depth });
    const options: NetworkOptions = {
      ...{ imageSize: SIDE, classes: CLASSES, method: schedule === 'none' ? 'none' : 'pyra', schedule: r },
      ...{ loraRank: 8, adapterWidth: 0, proportionalAttention: true, dropout: 0.1, dropPath: 0.1, seed: 0 },
    };
    const measured = Object.values(CHOICES).map((choice) =>
      estimateTraining(machine, architecture, { ...options, ...choice }, BATCH, BATCH),
    );
    const memory = measured.map(({ bytes }) => (bytes / 2 ** 30).toFixed(2));
    const work = [measured[0], measured[2]].map((one) => ((one?.stepMacs ?? NaN) / 1e12).toFixed(3));
    console.log(`| ${name} | ${schedule} | ${[...memory, ...work].join(' | ')} |`);
  }
}
machine.destroy();
