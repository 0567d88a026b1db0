/** Finds the model among the given files: one store of tensors, perhaps an adapter for it, and the configuration beside them. */
import type { ByteSource } from '../../containers/bytes.js';
import { TYPE_BYTES } from '../../containers/numbers.js';
import { sameShape } from '../../containers/numbers.js';
import type { TensorStore } from '../../containers/tensor-store.js';
import { PlaygroundError } from '../../vit/errors.js';
import { readAdaptedMetadata } from '../adapted/adapted.js';
import { isBesidePeft, openPeftAdapter, peftStore, type PeftAdapter } from '../adapted/peft.js';
import { requirePlainLora } from '../adapted/peft-config.js';
import { isPeftAdapter } from '../adapted/peft-names.js';
import { splitWholePeft } from '../adapted/peft-whole.js';
import { findNameMap } from './name-maps.js';
import { describeForeign, foreignFile, isMeantAsWeights } from './files/foreign.js';
import { openTensorStore, sortSources } from './files/open.js';
import { openShards, shardNames } from './files/shards.js';
import { withoutWrappers } from './files/wrappers.js';
import { readConfigurationFiles } from './said/index.js';
import type { ConfigurationFiles, SaidOfModel } from './said/types.js';

export interface OpenedWeights {
  readonly store: TensorStore;
  /** What the configuration files say, the one nearest to the model first. */
  readonly said: readonly SaidOfModel[];
  readonly notes: readonly string[];
  /** Trained tensors that the store's format has no place for. */
  readonly beside?: TensorStore;
  /** A PEFT adapter: for the store's backbone, or alone in the store where no backbone was given. */
  readonly peft?: PeftAdapter;
}

/** An adapter was given alone. It does not say what it was trained on, so the backbone's files are needed. */
export class MissingBackbone extends PlaygroundError {}

/** Files that training scripts keep beside a model to resume training. They are not a model. */
const TRAINING_STATE =
  /(^|\/)(optimizer|scheduler|scaler|rng_state|random_states|training_args|sampler|dl_state_dict|custom_checkpoint|trainer_state)[\w-]*\.(pt|pth|bin|pkl|safetensors|json)$/i;

const SHARD = /-\d{5}-of-\d{5}\.\w+$/;

const folderOf = (name: string): string => name.slice(0, name.lastIndexOf('/') + 1);
const depthOf = (name: string): number => name.split('/').length;

/** Opens the given files as one store of tensors and what belongs to it. Rejects with one sentence where that fails. */
export async function openWeights(sources: readonly ByteSource[]): Promise<OpenedWeights> {
  const given = sources.length === 1 ? sources : sources.filter(({ name }) => !TRAINING_STATE.test(name));
  const sorted = await sortSources(given.length === 0 ? sources : given);
  const notes: string[] = [];
  const everything = await readConfigurationFiles(sorted.configuration);
  if (everything.peft) requirePlainLora(everything.peft, nameOfConfiguration(sorted.configuration));
  const wholes = new Set<TensorStore>();
  const opened = await openStores(sorted.weights, everything.index, notes);
  const stores = opened.map(withoutWrappers).flatMap((store) => {
    const whole = splitWholePeft(store);
    if (whole) wholes.add(whole.adapter);
    return whole ? [whole.backbone, whole.adapter] : [store];
  });
  const adapters = stores.filter(isPeftAdapter);
  const beside = stores.find(isBesidePeft);
  const others = stores.filter((store) => !adapters.includes(store) && store !== beside);
  const [adapter, second] = adapters;
  if (adapter && second) {
    const message = `${adapter.name} and ${second.name}: two adapters were given at once, and one can be taken`;
    throw new PlaygroundError('weights.unsupported-architecture', message, { subject: second.name });
  }
  if (adapter && wholes.has(adapter) && !everything.peft) {
    const message = `${adapter.name}: is a whole PEFT model, a backbone with LoRA that was not merged, and does not say LoRA's factor; give its adapter_config.json with it, or save merge_and_unload() of the model`;
    throw new PlaygroundError('usage', message, { subject: adapter.name });
  }
  if (adapter) return openWithPeft(adapter, beside, others, everything, notes);
  if (beside && stores.length === 1) {
    throw new PlaygroundError(
      'usage',
      `${beside.name}: holds PYRA's and the adapter's weights, which belong to a PEFT adapter or a timm model; give the other files of that folder with it`,
      { subject: beside.name },
    );
  }
  if (others.length === 0) throw await noWeights(sources, sorted.weights);
  const store = chooseStore(others, notes);
  const { said, notes: configured } = await configurationFor(store, sorted.configuration);
  return { store, said, notes: [...configured, ...notes], ...(beside ? { beside } : {}) };
}

const nameOfConfiguration = (sources: readonly ByteSource[]): string =>
  sources.find(({ name }) => name.endsWith('adapter_config.json'))?.name ?? 'adapter_config.json';

/** The configuration files in the store's own folder; all of them where that folder has none. */
async function configurationFor(store: TensorStore, sources: readonly ByteSource[]): Promise<ConfigurationFiles> {
  const own = sources.filter(({ name }) => folderOf(name) === folderOf(store.name));
  return readConfigurationFiles(own.length > 0 ? own : sources);
}

/** Opens every file of tensors, shards as one. A file that cannot be opened is an error where no other file could be the model. */
async function openStores(
  weights: readonly ByteSource[],
  index: ByteSource | undefined,
  notes: string[],
): Promise<TensorStore[]> {
  const stores: TensorStore[] = [];
  let rest = weights;
  if (index) {
    const shards = new Set((await shardNames(index)).values());
    const folder = folderOf(index.name);
    const isShard = ({ name }: ByteSource): boolean => shards.has(name) || shards.has(name.slice(folder.length));
    const whole = weights.some(
      ({ name }) => folderOf(name) === folder && /(^|\/)(model|pytorch_model)\.(safetensors|bin)$/.test(name),
    );
    if (!whole || weights.some(isShard)) stores.push(await openShards(index, weights));
    rest = weights.filter((source) => !isShard(source) && !shards.has(source.name.split('/').at(-1) ?? ''));
  }
  const shard = rest.find(({ name }) => SHARD.test(name) && !/-00001-of-00001\.\w+$/.test(name));
  if (shard)
    throw new PlaygroundError('usage', `${shard.name}: is one of several shards; give their index (*.index.json) with them`, {
      subject: shard.name,
    });
  let failure: PlaygroundError | undefined;
  for (const source of rest) {
    try {
      const store = await openTensorStore(source);
      if (store) stores.push(store);
      else notes.push(`${source.name} was given too and holds no weights: it ${await describeForeign(source)}.`);
    } catch (thrown) {
      // Safetensors and npz files are made to be read by others: a damaged one is always an error.
      if (!(thrown instanceof PlaygroundError) || weights.length === 1 || /\.(safetensors|npz)$/i.test(source.name)) throw thrown;
      failure ??= thrown;
      notes.push(`${thrown.message}; it was given too and is not read.`);
    }
  }
  if (stores.length === 0 && failure) throw failure;
  return stores;
}

async function openWithPeft(
  adapter: TensorStore,
  beside: TensorStore | undefined,
  others: readonly TensorStore[],
  configuration: ConfigurationFiles & { readonly said: readonly SaidOfModel[] },
  notes: string[],
): Promise<OpenedWeights> {
  if (!configuration.peft) {
    throw new PlaygroundError('usage', `${adapter.name}: is a PEFT adapter; give its adapter_config.json with it`, {
      subject: adapter.name,
    });
  }
  const peft = await openPeftAdapter(adapter, configuration.peft, beside);
  const all = [...configuration.notes, ...notes, ...peft.notes];
  const { said } = configuration;
  if (others.length > 0) {
    const more: string[] = [];
    const store = chooseStore(others, more);
    return { store, said, notes: [...all, ...more], peft };
  }
  const store = peftStore(adapter, peft);
  if (!readAdaptedMetadata(store.metadata, store.name)) {
    const base = configuration.peft.base_model_name_or_path;
    const on = base ? `, on '${base}'` : '';
    throw new MissingBackbone(
      'file.unsupported',
      `${adapter.name}: is a PEFT adapter (${peft.form} names) that was made elsewhere${on}; give the weights of its backbone with it`,
      { subject: adapter.name },
    );
  }
  return { store, said, notes: all, peft };
}

const isModel = (store: TensorStore): boolean =>
  findNameMap(store) !== undefined || readAdaptedMetadata(store.metadata, store.name) !== null;

/** The largest width in bytes of an element of the store's tensors. */
const widthOf = (store: TensorStore): number => Math.max(0, ...[...store.tensors.values()].map(({ type }) => TYPE_BYTES[type]));

const sameTensors = (first: TensorStore, second: TensorStore): boolean =>
  first.tensors.size === second.tensors.size &&
  [...first.tensors].every(([name, { shape }]) => sameShape(shape, second.tensors.get(name)?.shape ?? [-1]));

/** The error for files of which none holds weights: about the one that was most likely meant as such. */
async function noWeights(sources: readonly ByteSource[], others: readonly ByteSource[]): Promise<PlaygroundError> {
  const meant = sources.length === 1 ? sources[0] : sources.find(isMeantAsWeights);
  if (meant) return foreignFile(meant);
  const name = (others[0] ?? sources[0])?.name ?? '';
  return new PlaygroundError('file.unsupported', `${name}: holds no weights, and no file that does was given with it`, {
    subject: name,
  });
}

/** Chooses the store that is the model, and notes what was left aside. Throws where several could be. */
function chooseStore(stores: readonly TensorStore[], notes: string[]): TensorStore {
  const models = stores.length > 1 && stores.some(isModel) ? stores.filter(isModel) : stores;
  // Trainers keep earlier states in subfolders.
  const shallowest = Math.min(...models.map(({ name }) => depthOf(name)));
  const top = models.filter(({ name }) => depthOf(name) === shallowest);
  // Hubs keep the same weights in several formats side by side. Safetensors is the one made for exchange.
  const safe = top.filter((store) => store.container === 'safetensors');
  const candidates = safe.length > 0 ? safe : top;
  // The same model may be there in two number types. The wider one is the more exact.
  const widest = Math.max(0, ...candidates.map(widthOf));
  const [store, second] = candidates.every((other) => sameTensors(other, candidates[0] ?? other))
    ? candidates.filter((other) => widthOf(other) === widest)
    : candidates;
  if (!store) throw new PlaygroundError('internal', 'no store of tensors to choose from');
  if (second) {
    throw new PlaygroundError(
      'usage',
      `${store.name} and ${second.name}: two weights files were given at once; give one, or shards with their model.safetensors.index.json`,
    );
  }
  for (const other of stores) if (other !== store) notes.push(`${other.name} was given too; ${store.name} is read.`);
  return store;
}
