import type { Architecture } from '../../vit/architecture.js';
import type { ByteSource } from '../../containers/bytes.js';
import { toErrorRecord } from '../../vit/errors.js';
import type { ErrorRecord } from '../../vit/errors.js';
import { elementCount } from '../../containers/numbers.js';
import type { ElementType } from '../../containers/numbers.js';
import type { TensorStore } from '../../containers/tensor-store.js';
import type { AdaptedMetadata, LoadedWeights } from '../types.js';
import { examineWeights, openWeights } from './weights.js';
import type { ArchitectureOverrides } from './weights.js';

export interface WeightsReport {
  readonly name: string;
  readonly container: TensorStore['container'] | null;
  /** For example `timm`; null where no model was recognised. */
  readonly format: string | null;
  readonly architecture: Architecture | null;
  readonly adapted: AdaptedMetadata | null;
  /** Elements of all the file's tensors, unused ones included. */
  readonly parameters: number;
  /** The file's own tensors, under its own names. */
  readonly tensors: readonly { readonly name: string; readonly type: ElementType; readonly shape: readonly number[] }[];
  readonly unused: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** What is only assumed by default, a sentence each. */
  readonly guesses: readonly string[];
  /** Every problem, a sentence each; empty where the file can be used. */
  readonly problems: readonly ErrorRecord[];
}

/**
 * Describes a model's files with every problem that can be found: {@link loadWeights} throws the first, this lists all, and reads every
 * tensor to find damaged and non-finite elements. Never rejects.
 */
export async function inspectWeights(
  sources: readonly ByteSource[],
  overrides: ArchitectureOverrides = {},
): Promise<WeightsReport> {
  const problems: ErrorRecord[] = [];
  let store: TensorStore | undefined;
  let loaded: LoadedWeights | undefined;
  try {
    const opened = await openWeights(sources);
    store = opened.store;
    const examined = await examineWeights(opened, overrides);
    loaded = examined.loaded;
    for (const { code, message, tensor } of examined.problems) problems.push({ code, message, subject: tensor });
    problems.push(...(await readEverything(loaded)));
  } catch (error) {
    problems.push(toErrorRecord(error));
  }
  const tensors = [...(store?.tensors ?? [])].map(([name, { type, shape }]) => ({ name, type, shape }));
  return {
    name: store?.name ?? sources[0]?.name ?? '',
    container: store?.container ?? null,
    format: loaded?.format ?? null,
    architecture: loaded?.architecture ?? null,
    adapted: loaded?.adapted ?? null,
    parameters: tensors.reduce((sum, { shape }) => sum + (elementCount(shape) ?? 0), 0),
    tensors,
    unused: loaded?.unused ?? [],
    metadata: store?.metadata ?? {},
    notes: loaded?.notes ?? [],
    guesses: loaded?.guesses ?? [],
    problems,
  };
}

/** What goes wrong where every tensor is read. */
async function readEverything({ reader }: LoadedWeights): Promise<ErrorRecord[]> {
  const problems: ErrorRecord[] = [];
  for (const name of reader.names()) {
    try {
      await reader.read(name);
    } catch (error) {
      problems.push(toErrorRecord(error));
    }
  }
  return problems;
}
