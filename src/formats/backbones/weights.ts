/**
 * Weights in whatever form they come: recognised by content, mapped to timm's names, checked whole before anything is read,
 * then read one tensor at a time.
 */
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isTrainedName } from '../../vit/weights.js';
import { readAdaptedMetadata, requireTrained } from '../adapted/adapted.js';
import { completeArchitecture, inferDimensions } from './architecture.js';
import type { ArchitectureOverrides } from './architecture.js';
import { readerOf, requireNoProblems, resolveWeights } from './backbone.js';
import type { TensorProblem } from './backbone.js';
import { readConfigurationFiles } from './configuration-files.js';
import type { ConfigurationFiles } from './configuration-files.js';
import { flax } from './names/flax.js';
import { huggingFace } from './names/huggingface.js';
import { NamedFileView } from './names/map.js';
import type { NameMap } from './names/map.js';
import { timm } from './names/timm.js';
import { openTensorStore, sortSources } from './open.js';
import { isBesidePeft, isPeftAdapter, openPeftAdapter, peftStore, type PeftAdapter } from '../adapted/peft.js';
import { holdsTrained, inferAdapted } from '../adapted/pyra-checkpoint.js';
import { openShardedSafetensors } from '../../containers/safetensors.js';
import type { TensorStore } from '../../containers/tensor-store.js';
import type { AdaptedMetadata, LoadedWeights, WeightReader } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

export type { ArchitectureOverrides } from './architecture.js';

/** Hugging Face's come first: its `embeddings.cls_token` ends in timm's `cls_token`. */
const NAME_MAPS: readonly NameMap[] = [huggingFace, timm, flax];

export interface OpenedWeights {
  readonly store: TensorStore;
  readonly configuration: ConfigurationFiles;
  readonly notes: readonly string[];
  /** A PEFT adapter, on the store's backbone or, where none was given, as the store itself. */
  readonly peft?: PeftAdapter;
}

/** Opens what was given as one store of tensors and what lies beside it. Rejects with one sentence where that fails. */
export async function openWeights(sources: readonly ByteSource[]): Promise<OpenedWeights> {
  const sorted = await sortSources(sources);
  const configuration = await readConfigurationFiles(sorted.configuration);
  const notes = [...configuration.notes];
  if (configuration.index)
    return { store: await openShardedSafetensors(configuration.index, sorted.weights), configuration, notes };
  const stores: TensorStore[] = [];
  for (const source of sorted.weights) {
    const store = await openTensorStore(source);
    if (store) stores.push(store);
    else if (sorted.weights.length === 1) throw unrecognised(source);
    else notes.push(`${source.name} was given too and holds no weights.`);
  }
  const adapter = stores.find(isPeftAdapter);
  const beside = stores.find(isBesidePeft);
  if (adapter) {
    const others = stores.filter((store) => store !== adapter && store !== beside);
    return openWithPeft(adapter, beside, others, configuration, notes);
  }
  if (beside && stores.length === 1) {
    throw new PlaygroundError(
      'usage',
      `${beside.name}: holds what lies beside a PEFT adapter (PYRA's and the adapter's weights); give adapter_config.json and adapter_model.safetensors with it`,
      { subject: beside.name },
    );
  }
  return { store: chooseStore(stores, sources, notes), configuration, notes };
}

/** An adapter alone that does not say what it was trained on: with a backbone's files it can be read. */
export class MissingBackbone extends PlaygroundError {}

async function openWithPeft(
  adapter: TensorStore,
  beside: TensorStore | undefined,
  others: readonly TensorStore[],
  configuration: ConfigurationFiles,
  notes: string[],
): Promise<OpenedWeights> {
  if (!configuration.peft) {
    throw new PlaygroundError('usage', `${adapter.name}: is a PEFT adapter; give its adapter_config.json with it`, {
      subject: adapter.name,
    });
  }
  const peft = await openPeftAdapter(adapter, configuration.peft, beside);
  notes.push(...peft.notes);
  if (others.length > 0) return { store: chooseStore(others, [], notes), configuration, notes, peft };
  const store = peftStore(adapter, peft);
  if (!readAdaptedMetadata(store.metadata, store.name)) {
    throw new MissingBackbone(
      'file.unsupported',
      `${adapter.name}: is a PEFT adapter (${peft.form} names) that was made elsewhere; give the weights of its backbone with it`,
      { subject: adapter.name },
    );
  }
  return { store, configuration, notes, peft };
}

/** The one store of several that is meant; what was left aside is noted. */
function chooseStore(stores: readonly TensorStore[], sources: readonly ByteSource[], notes: string[]): TensorStore {
  // Hubs keep the same weights in several forms side by side; safetensors is the one made for strangers.
  const best = stores.filter((store) => store.container === 'safetensors');
  const [store, second] = best.length > 0 ? best : stores;
  if (!store) {
    const name = sources[0]?.name ?? '';
    throw new PlaygroundError('file.unsupported', `${name}: holds no weights, and no file that does was given with it`, {
      subject: name,
    });
  }
  if (second) {
    throw new PlaygroundError(
      'usage',
      `${store.name} and ${second.name}: two weights files were given at once; give one, or shards with their model.safetensors.index.json`,
    );
  }
  for (const other of stores) if (other !== store) notes.push(`${other.name} was given too; ${store.name} is read.`);
  return store;
}

function unrecognised(source: ByteSource): PlaygroundError {
  const what = source.size === 0 ? 'is empty' : 'is no weights file that is known here (safetensors, .npz, .pth)';
  return new PlaygroundError('file.unsupported', `${source.name}: ${what}`, { subject: source.name });
}

/** The name map whose surest anchor a store has, with the prefix that the names stand below. */
export function findNameMap(store: TensorStore): { map: NameMap; file: NamedFileView } | undefined {
  const deepest = Math.max(...NAME_MAPS.map((map) => map.anchors.length));
  for (let rank = 0; rank < deepest; rank++) {
    for (const map of NAME_MAPS) {
      const anchor = map.anchors[rank];
      const prefix = anchor === undefined ? undefined : findPrefix(store, anchor, map.preferredPrefixes);
      if (prefix !== undefined) return { map, file: new NamedFileView(store, prefix) };
    }
  }
  return undefined;
}

function findPrefix(store: TensorStore, anchor: string, preferred: readonly string[]): string | undefined {
  const prefixes: string[] = [];
  for (const name of store.tensors.keys()) {
    if (!name.endsWith(anchor)) continue;
    const prefix = name.slice(0, -anchor.length);
    if (prefix === '' || prefix.endsWith('.') || prefix.endsWith('/')) prefixes.push(prefix);
  }
  const known = preferred.find((prefix) => prefixes.includes(prefix));
  return known ?? prefixes.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

/** Loaded weights together with every tensor that is missing or has a wrong shape: {@link loadWeights} throws the first. */
export interface ExaminedWeights {
  readonly loaded: LoadedWeights;
  readonly problems: readonly TensorProblem[];
}

/** Maps an opened store to timm's names, infers the architecture, and checks every shape. Reads no elements. */
export function examineWeights(opened: OpenedWeights, overrides: ArchitectureOverrides): ExaminedWeights {
  const { store, configuration, peft } = opened;
  const adapted = readAdaptedMetadata(peft?.metadata ?? store.metadata, store.name);
  const found = findNameMap(store);
  if (!found) {
    if (adapted) return { loaded: adaptedAlone(opened, adapted), problems: [] };
    const some = [...store.tensors.keys()].slice(0, 3).map((name) => `'${name}'`);
    throw new PlaygroundError(
      'file.unsupported',
      `${store.name}: holds no vision transformer under names that are known here (timm, Hugging Face, AugReg); its tensors are ${some.length ? `${some.join(', ')}${store.tensors.size > 3 ? ', ...' : ''}` : 'none'}`,
      { subject: store.name },
    );
  }
  const { map, file } = found;
  const dimensions = inferDimensions(map, file);
  const saidHeads = adapted?.architecture.heads;
  const { architecture, notes } = completeArchitecture(dimensions, map, file, configuration, {
    ...(adapted && saidHeads !== undefined
      ? {
          heads: saidHeads,
          mean: adapted.architecture.mean,
          std: adapted.architecture.std,
          layerNormEpsilon: adapted.architecture.layerNormEpsilon,
        }
      : {}),
    ...overrides,
  });
  const resolved = resolveWeights(map, file, dimensions);
  const tensors = peft ? new Map([...resolved.tensors, ...peft.tensors]) : resolved.tensors;
  const reader = readerOf(store.name, tensors);
  const inferred = !adapted && holdsTrained(reader) ? inferAdapted(architecture, reader, store.name) : null;
  const metadata = adapted ?? inferred?.metadata ?? null;
  if (peft && metadata) requireTrained(metadata, tensors, store.name);
  return {
    loaded: {
      name: store.name,
      format: peft ? `${map.format} with a PEFT adapter` : formatOf(map, file, reader),
      architecture,
      reader,
      adapted: metadata,
      ...(configuration.labels ? { labels: configuration.labels } : {}),
      notes: [
        ...(file.prefix === '' ? [] : [`The names stand below '${file.prefix}'.`]),
        ...notes,
        ...resolved.notes,
        ...(inferred?.notes ?? []),
        ...opened.notes,
      ],
      unused: resolved.unused,
    },
    problems: resolved.problems,
  };
}

function formatOf(map: NameMap, file: NamedFileView, reader: WeightReader): string {
  if (map === timm) {
    if (holdsTrained(reader)) return 'PYRA checkpoint';
    if (file.get('decoder_pos_embed') || file.get('mask_token')) return 'MAE';
    if (file.prefix.includes('base_encoder.')) return 'MoCo v3';
    return reader.shape('dist_token') ? 'DeiT distilled' : 'timm';
  }
  if (map === huggingFace) return reader.shape('dist_token') ? 'Hugging Face DeiT' : 'Hugging Face ViT';
  const bigVision = [...file.localNames()].some((name) => name === 'pos_embedding' || name.includes('/MlpBlock_0/'));
  return bigVision ? 'big_vision npz' : map.format;
}

function adaptedAlone({ store, peft, notes }: OpenedWeights, adapted: AdaptedMetadata): LoadedWeights {
  requireTrained(adapted, store.tensors, store.name);
  const names = [...store.tensors.keys()];
  const tensors = new Map(
    names
      .filter(isTrainedName)
      .map((name) => [name, { shape: store.tensors.get(name)?.shape ?? [], read: () => store.read(name) }]),
  );
  return {
    name: store.name,
    format: peft ? `PEFT adapter, ${peft.form} names` : 'adapted weights',
    architecture: null,
    reader: readerOf(store.name, tensors),
    adapted,
    notes,
    unused: names.filter((name) => !isTrainedName(name)),
  };
}

/**
 * Loads weights from the files of one model: a file alone, with `config.json` and `preprocessor_config.json`, or shards with
 * their index. Everything is checked before it returns; elements are read when the reader is asked. Rejects with a
 * `PlaygroundError` whose sentence names the file and the tensor or option.
 */
export async function loadWeights(sources: readonly ByteSource[], overrides: ArchitectureOverrides = {}): Promise<LoadedWeights> {
  const { loaded, problems } = examineWeights(await openWeights(sources), overrides);
  requireNoProblems(problems);
  return loaded;
}

/** The trained tensors of a PYRA checkpoint or of adapted weights. */
export async function readTrained(loaded: LoadedWeights): Promise<Map<string, NamedTensor>> {
  const trained = new Map<string, NamedTensor>();
  for (const name of loaded.reader.names()) if (isTrainedName(name)) trained.set(name, await loaded.reader.read(name));
  return trained;
}

/** Elements of all tensors together. */
export function countParameters(reader: WeightReader): number {
  return reader
    .names()
    .reduce((sum, name) => sum + (reader.shape(name) ?? []).reduce((product, length) => product * length, 1), 0);
}
