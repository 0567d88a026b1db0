/**
 * Exports a backbone with each merging schedule, and prints the time of one image in onnxruntime beside its multiply-accumulates.
 *
 *   npx tsx scripts/onnx-speed.ts [--model FILE | --shape ti|s|b] [--image-size PIXELS] [--batch 8] [--method pyra] [--seconds 3] [--threads 1]
 *
 * The default model is the bundled backbone; `--shape` makes one with random weights, as wide as ViT-Ti, S or B. Trained weights are random
 * too, since LoRA is folded in and the values of weights do not change the time.
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loadWeights } from '../src/formats/backbones/weights.js';
import { byteSourceFromPath } from '../src/headless/inputs/files.js';
import { initialTokens, protectedTokens } from '../src/vit/architecture.js';
import { METHODS, UNREDUCED } from '../src/vit/methods/index.js';
import { forwardCost } from '../src/vit/cost.js';
import { requireSchedule } from '../src/vit/schedule.js';
import { Fixtures } from '../src/testing/fixtures.js';
import { NOTHING_ELSE, CLASSES, onnxOf, randomBackbone, type BackboneParts } from './peers/backbone.js';

const random = new Fixtures(1);

interface Timing {
  /** Wall time of the fastest run, since other work on the machine can only add to it. */
  readonly wall: number;
  /** Median of the processor time of all threads, which is steady on a busy machine too. */
  readonly processor: number;
}

/** Times a run in milliseconds, after a warm-up run. */
async function time(session: InferenceSession, images: Tensor, seconds: number): Promise<Timing> {
  await session.run({ pixel_values: images });
  const wall: number[] = [];
  const processor: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (wall.length < 3 || performance.now() < end) {
    const before = process.cpuUsage();
    const start = performance.now();
    await session.run({ pixel_values: images });
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  return { wall: Math.min(...wall), processor: processor.sort((a, b) => a - b)[Math.floor(processor.length / 2)] ?? NaN };
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    shape: { type: 'string' },
    'image-size': { type: 'string' },
    batch: { type: 'string', default: '8' },
    method: { type: 'string', default: 'pyra' },
    seconds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
  },
});
const method = METHODS.find((name) => name === values.method);
if (!method) throw new Error(`--method: '${values.method}' is none of ${METHODS.join(', ')}`);

async function backboneOf(): Promise<BackboneParts> {
  const shape = values.shape;
  if (shape === 'ti' || shape === 's' || shape === 'b') return randomBackbone(shape);
  if (shape !== undefined) throw new Error(`--shape: '${shape}' is none of ti, s, b`);
  const path = values.model ?? fileURLToPath(new URL('../public/models/photo-formula-vit.safetensors', import.meta.url));
  const { architecture, reader } = await loadWeights([await byteSourceFromPath(path)]);
  if (!architecture) throw new Error(`${path}: has no backbone in it`);
  return { architecture, backbone: reader };
}

const { architecture, backbone } = await backboneOf();
const imageSize = Number(values['image-size'] ?? architecture.imageSize);
const batch = Number(values.batch);
const { depth, embedDim } = architecture;
const shape = { tokens: initialTokens(architecture, imageSize), protectedTokens: protectedTokens(architecture), depth };
const side = Math.floor(imageSize / architecture.patchSize);
const images = new Tensor('float32', Float32Array.from(random.normal(batch * 3 * imageSize ** 2)), [
  batch,
  3,
  imageSize,
  imageSize,
]);

const constant = (share: number): string => String(Math.max(1, Math.round((share * side * side) / depth)));
const schedules = ['none', constant(0.2), constant(0.4), constant(0.8), 'low', 'high'];
console.log(`${embedDim} channels, ${depth} blocks, ${imageSize} x ${imageSize} pixels, batch ${batch}, ${method}`);
console.log('| schedule | tokens left | GMACs | of none | processor ms an image | of none | fastest ms an image | of none |');
console.log('|---|---:|---:|---:|---:|---:|---:|---:|');
let first: ({ macs: number } & Timing) | undefined;
for (const text of schedules) {
  const { r, tokens } = requireSchedule(text, shape);
  const bytes = await onnxOf({ architecture, backbone }, { imageSize, method, text, schedule: r });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: Number(values.threads) });
  const { wall, processor } = await time(session, images, Number(values.seconds));
  await session.release();
  const { macs } = forwardCost(architecture, {
    ...{ tokens, patches: side * side, sizes: NOTHING_ELSE, method: text === 'none' ? UNREDUCED : method, classes: CLASSES },
  });
  first ??= { macs, wall, processor };
  const share = (value: number): string => `${(100 * value).toFixed(0)} %`;
  const both = (value: number, of: number): string => `${(value / batch).toFixed(2)} | ${share(value / of)}`;
  const cost = `${(macs / 1e9).toFixed(3)} | ${share(macs / first.macs)}`;
  console.log(`| ${text} | ${tokens.at(-1) ?? 0} | ${cost} | ${both(processor, first.processor)} | ${both(wall, first.wall)} |`);
}
