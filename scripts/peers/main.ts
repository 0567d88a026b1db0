/**
 * Measures the CPU machine against onnxruntime, native and in WebAssembly, on this project's own ONNX export of the same network of
 * random weights, in Node and in Chromium, with the same number of threads; and against itself: the GFLOP/s of training over those of the
 * forward, all threads over one, the speed-up by merging over that of its multiply-accumulates, and merging's share of the time. The two
 * sides of a pair take turns, so that other work disturbs both. Ratios above 1 are in favour of the CPU machine.
 *
 *   npm run peers -- [--hosts chromium,node] [--models ti,s,bundled] [--builds cpu-relaxed,cpu-simd] [--batch 8] [--threads N]
 *                    [--seconds 10] [--only web,native,training,threads,low,high,share]
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { env as nativeEnv } from 'onnxruntime-node';
import { env as webEnv } from 'onnxruntime-web';
import { measureInChromium } from './chromium.js';
import { BUILDS, measure, PARTS, type Choices } from './measure.js';
import { nodeHost } from './node.js';
import { HEAD, rowLine, type Row } from './pairs.js';

const HOSTS = ['chromium', 'node'] as const;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: HOSTS.join() },
    models: { type: 'string', default: 'ti,s,bundled' },
    builds: { type: 'string', default: BUILDS.join() },
    batch: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    threads: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string', default: PARTS.join() },
  },
});
const hosts = chosen('hosts', values.hosts, HOSTS);
const choices: Choices = {
  models: chosen('models', values.models, ['ti', 's', 'b', 'bundled'] as const),
  builds: chosen('builds', values.builds, BUILDS),
  parts: chosen('only', values.only, PARTS),
  batch: whole('batch', values.batch),
  threads: whole('threads', values.threads),
  seconds: Number(values.seconds),
};
if (!(choices.seconds >= 0)) throw new Error(`--seconds: '${values.seconds}' is no number from 0`);

function chosen<Name extends string>(option: string, text: string, names: readonly Name[]): Name[] {
  return text.split(',').map((word) => {
    const name = names.find((one) => one === word);
    if (!name) throw new Error(`--${option}: '${word}' is none of ${names.join(', ')}`);
    return name;
  });
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option}: '${text}' is no whole number from 1`);
  return number;
}

const print = (row: Row): void => console.log(rowLine(row));

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; ${choices.threads} threads, batch ${choices.batch}`,
);
console.log(
  `onnxruntime-web ${webEnv.versions.web ?? ''}, onnxruntime-node ${nativeEnv.versions.node ?? ''}; load ${loadavg()[0]?.toFixed(1) ?? ''}`,
);
console.log(`\n${HEAD.join('\n')}`);
if (hosts.includes('chromium')) await measureInChromium(choices, print);
if (hosts.includes('node')) for await (const row of measure(nodeHost, choices)) print(row);
// Threads of onnxruntime would keep the process running.
process.exit();
