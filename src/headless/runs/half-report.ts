import { compareMerges } from '../../engine/diagnostics/half-weights.js';
import type { Network } from '../../engine/model/types.js';
import { reduces } from '../../vit/methods/index.js';
import type { PixelCache } from '../../data/batches.js';
import type { RunSetup } from '../../engine/training/setup.js';
import type { Model } from '../inputs/inputs.js';
import type { Engine } from '../machine/host.js';
import type { Terminal } from '../terminal.js';

interface Rounded {
  readonly engine: Engine;
  readonly model: Model;
  readonly setup: RunSetup;
  readonly pictures: PixelCache;
  readonly terminal: Terminal;
}

/** Number of pictures whose merges are compared. */
const PICTURES = 8;

/**
 * Reports what rounding the weights changes at the start of a run: the memory that is saved, and how many merges of a few pictures differ
 * from those with exact weights.
 */
export async function reportHalf({ engine, model, setup, pictures, terminal }: Rounded, network: Network): Promise<void> {
  const { options, configuration } = setup;
  const whole = await engine.createNetwork(setup.architecture, model.reader, { ...options, halfWeights: false });
  try {
    const saved = (whole.bytes - network.bytes) / 2 ** 20;
    const memory = saved > 0 ? `${saved.toFixed(1)} MiB of weights less` : 'no memory less on this machine';
    let merges = '';
    if (reduces(configuration.method)) {
      const indices = pictures.usable(pictures.dataset.parts.train).slice(0, PICTURES);
      const shown = await Promise.all(indices.map((index) => pictures.get(index)));
      const compared = await compareMerges(whole, network, shown);
      merges = `; of ${compared.merges} merges in ${shown.length} pictures ${compared.differing} differ from those with whole weights`;
    }
    terminal.line(`Half-precision weights: ${memory}${merges}`);
  } finally {
    whole.destroy();
  }
}

/** Reports what keeping activations in half precision saves. The forward, and so what merges, stays as it is. */
export function reportHalfActivations({ engine, setup, terminal }: Pick<Rounded, 'engine' | 'setup' | 'terminal'>): void {
  const { architecture, options, configuration } = setup;
  const bytesOf = (halfActivations: boolean): number =>
    engine.trainingBytes(architecture, { ...options, halfActivations }, configuration.batchSize);
  const [whole, half] = [bytesOf(false), bytesOf(true)];
  const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  terminal.line(
    `Half-precision activations: training takes ${mebibytes(half)} MiB instead of ${mebibytes(whole)} MiB; forward and merges are unchanged`,
  );
}
