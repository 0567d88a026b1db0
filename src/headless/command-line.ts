import { toErrorRecord, type ErrorCode } from '../vit/errors.js';
import { adapt } from './commands/adapt.js';
import { benchmark } from './commands/benchmark.js';
import { convert } from './commands/convert.js';
import { evaluate } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { inspect } from './commands/inspect.js';
import { pack } from './commands/pack.js';
import { predict } from './commands/predict.js';
import { pretrain } from './commands/pretrain.js';
import { report } from './commands/report.js';
import { sweep } from './commands/sweep.js';
import { verify } from './commands/verify.js';
import { EXIT, type Command, type Host } from './machine/host.js';
import { systemSentence } from './machine/system-errors.js';

const COMMANDS: readonly Command[] = [
  adapt,
  evaluate,
  predict,
  inspect,
  verify,
  benchmark,
  exportCommand,
  convert,
  pack,
  pretrain,
  sweep,
  report,
];

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

function help(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2;
  return [
    'npm run -s pyra -- COMMAND [OPTION...]',
    '',
    'Adapts vision transformers with PYRA, without a page: on a graphics card where there is one, else on the processors.',
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
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
    host.output.write(`${help()}\n`);
    return EXIT.done;
  }
  const command = COMMANDS.find((entry) => entry.name === name);
  if (!command) {
    const what = name === undefined ? 'no command was given' : `there is no command '${name}'`;
    host.errors.write(`${what}; the commands are ${COMMANDS.map((entry) => entry.name).join(', ')}, and --help says more\n`);
    return EXIT.bad;
  }
  try {
    return await command.run(rest, host);
  } catch (thrown) {
    const { code, message: said } = toErrorRecord(thrown);
    const message = systemSentence(thrown) ?? said;
    host.errors.write(`${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
    return NOT_INPUT.has(code) ? EXIT.no : EXIT.bad;
  }
}
