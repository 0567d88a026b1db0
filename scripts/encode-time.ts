/**
 * Prints what encoding a run of ViT-B/16 takes the host: 224 pixels, LoRA of rank 8. The time is that of the call of `step` or `logits`, which
 * writes the batch and records the commands. Finished commands are not handed to the driver, so that an adapter that computes on the same
 * processors does nothing meanwhile.
 *
 *   PYRA_ADAPTER=llvmpipe npx tsx scripts/encode-time.ts
 */
import { meaninglessWeights, architectureOf, MODELS, SIDE } from '../src/engine/diagnostics/full/shapes.js';
import { createNetwork } from '../src/engine/model/network.js';
import { setUpRun } from '../src/engine/training/setup.js';
import { openDawn } from '../src/headless/machine/dawn.js';
import { PAPER_RECIPE } from '../src/vit/configuration.js';

const [BATCH, CLASSES] = [8, 10];
const [WARM, RUNS] = [20, 80];

const model = MODELS.find(({ name }) => name === 'ViT-B/16');
if (!model) throw new Error('there is no ViT-B/16');
// Nothing is computed, so no candidate can be measured.
process.env['PYRA_TUNE'] = '0';
const machine = await openDawn();
const { queue } = machine.gpu.device;
// An empty submission, so that what was written to buffers does not pile up.
const submit = queue.submit.bind(queue);
queue.submit = () => submit([]);
const architecture = architectureOf(model);
const count = BATCH;
const pixels = new Uint8Array(count * SIDE * SIDE * 4);
const batch = { pixels, labels: new Uint32Array(count), count };

/** The median milliseconds of a call, not of what it returns a promise for. */
async function median(call: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < WARM + RUNS; run++) {
    const began = performance.now();
    const result = call();
    if (run >= WARM) times.push(performance.now() - began);
    await result;
  }
  return times.sort((one, other) => one - other)[RUNS / 2] ?? NaN;
}

console.log(`${machine.adapter.name}, Node ${process.versions.node}, batch ${BATCH}`);
console.log('| schedule | what | dispatches | ms |\n|---|---|---:|---:|');
for (const [method, schedule] of [
  ['none', 'none'],
  ['pyra', 'high'],
] as const) {
  const { options } = setUpRun({ ...PAPER_RECIPE, imageSize: SIDE, method, schedule }, architecture, CLASSES);
  const network = await createNetwork(machine, architecture, meaninglessWeights(architecture), options);
  const evaluator = await network.evaluator(count);
  const forward = await median(() => evaluator.logits(batch));
  const trainer = await network.trainer(count);
  let number = 0;
  const step = await median(() =>
    trainer.step(batch, { learningRate: 1e-4, pyraLearningRate: 1e-4, weightDecay: 0, number: number++ }),
  );
  const row = (what: string, dispatches: number | undefined, milliseconds: number): void =>
    console.log(`| ${schedule} | ${what} | ${dispatches ?? ''} | ${milliseconds.toFixed(2)} |`);
  row('forward', evaluator.handed?.dispatches, forward);
  row('step', trainer.handed?.dispatches, step);
  evaluator.destroy();
  trainer.destroy();
  network.destroy();
}
machine.destroy();
process.exit(0);
