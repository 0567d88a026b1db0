import { PROGRAM } from './arguments.js';
import { toErrorRecord, type ErrorCode } from '../vit/errors.js';
import { answersLine } from './inputs/data-words.js';
import { EXIT, type Command, type Host } from './machine/host.js';
import { systemSentence } from './machine/system-errors.js';

/** The commands by name. Only the modules of the one that runs are loaded, which is most of the time that a short one takes. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['adapt', async () => (await import('./commands/adapt.js')).adapt],
  ['evaluate', async () => (await import('./commands/evaluate.js')).evaluate],
  ['predict', async () => (await import('./commands/predict.js')).predict],
  ['inspect', async () => (await import('./commands/inspect.js')).inspect],
  ['verify', async () => (await import('./commands/verify.js')).verify],
  ['benchmark', async () => (await import('./commands/benchmark.js')).benchmark],
  ['export', async () => (await import('./commands/export.js')).exportCommand],
  ['convert', async () => (await import('./commands/convert.js')).convert],
  ['pack', async () => (await import('./commands/pack.js')).pack],
  ['pretrain', async () => (await import('./commands/pretrain.js')).pretrain],
  ['sweep', async () => (await import('./commands/sweep.js')).sweep],
  ['report', async () => (await import('./commands/report.js')).report],
]);

/** Error codes of failures that the input did not cause. */
const NOT_INPUT: ReadonlySet<ErrorCode> = new Set([
  'gpu.unavailable',
  'gpu.lost',
  'gpu.out-of-memory',
  'gpu.shader',
  'gpu.validation',
  'training.not-finite',
  'cancelled',
  'file.unwritable',
  'internal',
]);

async function help(): Promise<string> {
  const commands = await Promise.all([...COMMANDS.values()].map((load) => load()));
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    `${PROGRAM} COMMAND [OPTION...]`,
    '',
    'Adapts vision transformers with PYRA, without a page: on a graphics card where there is one, else on the processors.',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'Each has --json for machines and --help. Exit codes: 0 done, 1 it ran and the answer is no, 2 bad usage or bad input.',
    'HF_TOKEN opens private and gated models of the hub; HF_ENDPOINT names another hub.',
    'PYRA_ADAPTER chooses what computes: auto (the best there is), cpu, cpu-simd (the same bytes everywhere), llvmpipe, swiftshader.',
  ].join('\n');
}

/** Runs one command line; the result is the exit code, and an error is one sentence on standard error. */
export async function runCommandLine(args: readonly string[], host: Host): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') {
    host.output.write(`${await help()}\n`);
    return EXIT.done;
  }
  const load = COMMANDS.get(name ?? '');
  if (!load) {
    const what = name === undefined ? 'no command was given' : `there is no command '${name}'`;
    host.errors.write(`${what}; the commands are ${[...COMMANDS.keys()].join(', ')}, and --help says more\n`);
    return EXIT.bad;
  }
  try {
    const command = await load();
    return await command.run(rest, host);
  } catch (thrown) {
    const { code, message: said, question } = toErrorRecord(thrown);
    const message = systemSentence(thrown) ?? (question ? `${said}: ${answersLine(question)}` : said);
    host.errors.write(`${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
    return NOT_INPUT.has(code) ? EXIT.no : EXIT.bad;
  }
}
