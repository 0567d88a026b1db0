/**
 * Makes a backbone of the first blocks of another and its last norm: a smaller network, without training, to compare compression with. It
 * was never trained to end there, so a trained network of the same cost would be at least as accurate.
 *
 *   npx tsx scripts/study/first-blocks.ts public/models/photo-formula-vit.safetensors 3 public/models/first-3-blocks.safetensors
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { layOutSafetensors, openSafetensors } from '../../src/containers/safetensors/safetensors.js';
import { byteSourceFromPath } from '../../src/headless/inputs/files.js';

const [from, count, to] = process.argv.slice(2);
const blocks = Number(count);
if (from === undefined || to === undefined || !Number.isInteger(blocks) || blocks < 1) {
  throw new Error('first-blocks: give a safetensors file in float16, how many of its blocks, and the file to write');
}
const file = await openSafetensors(await byteSourceFromPath(from, basename(from)));
const kept = [...file.tensors].filter(([name]) => Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? 0) < blocks);
const other = kept.find(([, { type }]) => type !== 'F16');
if (other) throw new Error(`first-blocks: ${from}: '${other[0]}' is ${other[1].type}, and F16 was expected`);
if (!kept.some(([name]) => name.startsWith(`blocks.${blocks - 1}.`))) {
  throw new Error(`first-blocks: ${from}: has fewer than ${blocks} blocks`);
}
const bytes = readFileSync(from);
const shapes = kept.map(([name, { shape }]) => [name, shape] as const);
const pretraining = [file.metadata['pretraining'], `its first ${blocks} blocks and its last norm alone`]
  .filter(Boolean)
  .join('; ');
const layout = layOutSafetensors(shapes, { ...file.metadata, depth: String(blocks), pretraining }, 'F16');
const out = new Uint8Array(layout.size);
out.set(layout.head);
for (const { name, offset } of layout.tensors) {
  const tensor = file.tensors.get(name);
  if (tensor) out.set(bytes.subarray(tensor.offset, tensor.offset + tensor.byteLength), offset);
}
writeFileSync(to, out);
console.log(`${to}: ${kept.length} tensors, ${out.length} bytes`);
