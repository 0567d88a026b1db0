import { runCommandLine } from '../headless/command-line.js';
import type { Host } from '../headless/machine/host.js';
import { PlaygroundError } from '../vit/errors.js';
import { referenceMachine } from './machines/reference-machine.js';
import { MeanPixelNetwork, type MeanPixelOptions } from './mean-pixel-network.js';

export interface Result {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command line in a host that cannot compute. */
export async function pyraWithoutMachine(...args: readonly string[]): Promise<Result> {
  let output = '';
  let errors = '';
  const nothing = (): Promise<never> => Promise.reject(new PlaygroundError('gpu.unavailable', 'no adapter here'));
  const code = await runCommandLine(args, {
    output: { write: (text) => (output += text) },
    errors: { write: (text) => (errors += text) },
    onInterrupt: () => () => undefined,
    openEngine: nothing,
    openMachine: nothing,
  });
  return { code, output, errors };
}

/** Runs a command line with a regression on mean pixels instead of the engine. */
export async function pyra(
  args: readonly string[],
  options: { network?: Partial<MeanPixelOptions>; interrupt?: (stop: () => void) => Partial<MeanPixelOptions> } = {},
): Promise<Result> {
  let output = '';
  let errors = '';
  let stop = (): void => undefined;
  const host: Host = {
    output: { write: (text) => (output += text) },
    errors: { write: (text) => (errors += text) },
    onInterrupt: (handler) => {
      stop = handler;
      return () => undefined;
    },
    openMachine: () => Promise.resolve(referenceMachine()),
    openEngine: async () => ({
      adapter: { name: 'none', vendor: '', architecture: '', description: '', kind: 'software', features: [] },
      createNetwork: async (architecture, _backbone, { imageSize, classes, seed }) =>
        new MeanPixelNetwork({
          side: imageSize,
          classes,
          seed,
          width: architecture.embedDim,
          ...options.network,
          ...options.interrupt?.(() => stop()),
        }),
      trainingBytes: (_architecture, { halfActivations }) => (halfActivations === true ? 1 : 2) * 2 ** 20,
      verify: async (file) => ({
        file: file.name,
        passed: file.size > 10,
        rows: [{ tensor: 'logits', error: 3e-7, bound: 2e-5, passed: file.size > 10 }],
      }),
      close: () => undefined,
    }),
  };
  const code = await runCommandLine(args, host);
  return { code, output, errors };
}
