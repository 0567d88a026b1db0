import { openDawn } from '/work/main/src/headless/dawn.js';
import { verifyGolden } from '/work/main/src/engine/training/verify.js';
import { readGoldenFile } from '/work/main/src/formats/golden.js';
import { byteSourceFromPath } from '/work/main/src/headless/files.js';
const gpu = await openDawn();
console.log(gpu.adapter.name);
for (const f of process.argv.slice(2)) {
  const t = performance.now();
  const rep = await verifyGolden(gpu, await readGoldenFile(await byteSourceFromPath(f)));
  console.log(f.split('/').pop(), rep.passed, rep.rows.length, (performance.now() - t).toFixed(0), 'ms');
  for (const r of rep.rows) if (!r.passed || r.error / r.bound > 0.3) console.log('  ', r.tensor, r.error.toExponential(2), r.bound.toExponential(2));
}
process.exit(0);
