/**
 * Reads weights of any supported format: they are recognised by content, mapped to timm's names, checked as a whole before anything is
 * read, and then read one tensor at a time.
 */
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isTrainedName } from '../../vit/weights.js';
import { expectedTrained, readAdaptedMetadata, requireTrained } from '../adapted/adapted.js';
import { completeLora, jointLoras, withFolded, type Lora } from '../adapted/peft.js';
import { holdsTrained, inferAdapted } from '../adapted/pyra-checkpoint.js';
import { completeArchitecture, readFileMetadata, type ArchitectureOverrides, type ModelEvidence } from './architecture.js';
import { completeWeights, readerOf, requireNoProblems, resolveWeights } from './backbone.js';
import type { TensorProblem } from './backbone.js';
import { inferDimensions, unsupported, type Dimensions } from './dimensions.js';
import { familyOfFile, familyOfTensors } from './families.js';
import { featureInstead, unsupportedFeature } from './features.js';
import { openWeights, type OpenedWeights } from './gather.js';
import { withBothHeads } from './heads.js';
import { findNameMap } from './name-maps.js';
import { huggingFace } from './names/huggingface.js';
import type { NamedFileView, NameMap } from './names/map.js';
import { timm } from './names/timm.js';
import type { Family } from './normalisation.js';
import { readTrainingArguments } from './said/timm.js';
import { firstSaid, type SaidOfModel } from './said/types.js';
import type { AdaptedMetadata, LoadedWeights, ResolvedTensor, WeightReader } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

export type { ArchitectureOverrides } from './architecture.js';
export { MissingBackbone, openWeights, type OpenedWeights } from './gather.js';

/** Loaded weights together with every tensor that is missing or has a wrong shape: {@link loadWeights} throws the first. */
export interface ExaminedWeights {
  readonly loaded: LoadedWeights;
  readonly problems: readonly TensorProblem[];
}

interface Found {
  readonly map: NameMap;
  readonly file: NamedFileView;
  readonly said: readonly SaidOfModel[];
  readonly dimensions: Dimensions;
}

/** Recognises the model by its names. Throws by name for another family of models. */
function understand({ store, said: configured }: OpenedWeights, found: { map: NameMap; file: NamedFileView }): Found {
  const { map, file } = found;
  const args = readTrainingArguments(store.metadata, store.name);
  const said = [...configured, readFileMetadata(store.metadata), ...(args ? [args] : [])];
  const refused = firstSaid(said, 'unsupported');
  if (refused !== undefined) throw new PlaygroundError('weights.unsupported-architecture', refused, { subject: store.name });
  const family = familyOfTensors(store);
  if (family) throw unsupported(store.name, `the tensors of ${family.family}`, family.tensor);
  const feature = unsupportedFeature(map, file);
  if (feature) throw unsupported(store.name, feature.feature, feature.tensor);
  const named = familyOfFile(store.name);
  if (named !== undefined) throw unsupported(store.name, `the name of ${named}`);
  return { map, file, said, dimensions: dimensionsOf(map, file, said) };
}

/** If a tensor that gives a size is missing, the error names the tensor in its place. */
function dimensionsOf(map: NameMap, file: NamedFileView, said: readonly SaidOfModel[]): Dimensions {
  try {
    return inferDimensions(map, file, said);
  } catch (error) {
    const instead =
      error instanceof PlaygroundError && error.code === 'weights.missing-tensor' ? featureInstead(map, file) : undefined;
    throw instead ? unsupported(file.store.name, instead.feature, instead.tensor) : error;
  }
}

/** The error for tensors that are not those of a vision transformer; it names the family where a tensor shows it. */
function noTransformer({ store, said }: OpenedWeights): PlaygroundError {
  const refused = firstSaid(said, 'unsupported');
  if (refused !== undefined) return new PlaygroundError('weights.unsupported-architecture', refused, { subject: store.name });
  const family = familyOfTensors(store);
  if (family) return unsupported(store.name, `the tensors of ${family.family}`, family.tensor);
  const some = [...store.tensors.keys()].slice(0, 3).map((name) => `'${name}'`);
  return new PlaygroundError(
    'file.unsupported',
    `${store.name}: holds no vision transformer under names that are known here (timm, Hugging Face, AugReg, torchvision, mmpretrain, ViT-pytorch); its tensors are ${some.length ? `${some.join(', ')}${store.tensors.size > 3 ? ', ...' : ''}` : 'none'}`,
    { subject: store.name },
  );
}

interface Combined {
  readonly own: ReadonlyMap<string, ResolvedTensor>;
  /** What the network computes with, the adapter's weights included. */
  readonly tensors: Map<string, ResolvedTensor>;
  readonly folded: readonly string[];
  readonly notes: readonly string[];
}

/** The backbone with the adapter that was given with it: LoRA on query, key and value is kept apart, all other LoRA is folded in. */
async function withAdapter(
  { peft, store }: OpenedWeights,
  own: ReadonlyMap<string, ResolvedTensor>,
  dimensions: Dimensions,
  ours: boolean,
): Promise<Combined> {
  const notes: string[] = [];
  let folds: ReadonlyMap<string, Lora> = peft?.folds ?? new Map<string, Lora>();
  // LoRA belongs to a run, and a run has a head.
  const headless = peft !== undefined && !ours && !peft.tensors.has('head.weight') && !own.has('head.weight');
  if (peft && headless) folds = new Map([...folds, ...(await jointLoras(peft.tensors))]);
  const folded = peft ? withFolded(peft.name, folds, own) : own;
  let tensors = completeWeights(folded, dimensions);
  if (peft && !headless) for (const [name, tensor] of peft.tensors) tensors.set(name, tensor);
  if (peft && !ours && dimensions.distilled) tensors = withBothHeads(tensors);
  if (!ours) {
    const without = completeLora(peft?.name ?? store.name, tensors, own, dimensions.depth);
    if (without.length > 0) notes.push(`There is no LoRA in ${without.length === 1 ? 'block' : 'blocks'} ${without.join(', ')}.`);
  }
  const layers = [...folds.keys()].map((name) => name.replace(/\.weight$/, ''));
  if (layers.length > 0) notes.push(`LoRA is folded into ${layers.length} layers: ${layers.join(', ')}.`);
  return { own: folded, tensors, folded: layers, notes };
}

/** A model that is refused in any case must not ask for its number of heads first. */
function completed(
  evidence: ModelEvidence,
  overrides: ArchitectureOverrides,
  problems: readonly TensorProblem[],
): ReturnType<typeof completeArchitecture> {
  try {
    return completeArchitecture(evidence, overrides);
  } catch (error) {
    const other = problems.filter(({ code }) => code === 'weights.unsupported-architecture');
    if (error instanceof PlaygroundError && error.code === 'option.invalid') requireNoProblems(other);
    throw error;
  }
}

/** Maps an opened store to timm's names, infers the architecture, and checks every shape. Reads no elements except an adapter's. */
export async function examineWeights(opened: OpenedWeights, overrides: ArchitectureOverrides): Promise<ExaminedWeights> {
  const { store, peft, said: configured } = opened;
  const adapted = readAdaptedMetadata(peft?.metadata ?? store.metadata, store.name);
  const named = findNameMap(store);
  if (!named) {
    if (adapted) return { loaded: adaptedAlone(opened, adapted), problems: [] };
    throw noTransformer(opened);
  }
  const { map, file, said, dimensions } = understand(opened, named);
  const resolved = resolveWeights(map, file, dimensions);
  const { own, tensors, folded, notes: combined } = await withAdapter(opened, resolved.own, dimensions, adapted !== null);
  const { beside } = opened;
  if (beside) for (const [name, { shape }] of beside.tensors) tensors.set(name, { shape, read: () => beside.read(name) });
  const reader = readerOf(store.name, tensors, own);
  const isPyra = !peft && holdsTrained(reader);
  const family = isPyra ? 'PYRA' : familyOf(map, file, said);
  const { architecture, notes, normalisation, guesses } = completed(
    { map, file, dimensions, family, classes: headOf(map, resolved.own), said },
    { ...(adapted ? saidByRun(adapted) : {}), ...overrides },
    resolved.problems,
  );
  const inferred =
    !adapted && (peft || isPyra) ? inferAdapted(architecture, reader, store.name, labelsFor(configured, reader)) : null;
  const metadata = adapted ?? inferred?.metadata ?? null;
  if (peft && metadata) requireTrained(metadata, tensors, store.name);
  const labels = firstSaid(said, 'labels');
  return {
    loaded: {
      name: store.name,
      format: peft ? `${map.format} with a PEFT adapter` : formatOf(map, file, family),
      architecture,
      reader,
      adapted: metadata,
      ...(labels ? { labels } : {}),
      normalisation,
      notes: [
        ...(file.prefix === '' ? [] : [`The names stand below '${file.prefix}'.`]),
        ...(named.others.length === 0 ? [] : [`Other models, below ${quoted(named.others)}, are left aside.`]),
        ...notes,
        ...resolved.notes,
        ...combined,
        ...(inferred?.notes ?? []),
        ...opened.notes,
      ],
      guesses,
      ...(resolved.headless === undefined ? {} : { headless: resolved.headless }),
      folded,
      unused: resolved.unused,
    },
    problems: resolved.problems,
  };
}

const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

/** The number of outputs of a head that a PyTorch training script may have made. */
const headOf = (map: NameMap, own: ReadonlyMap<string, ResolvedTensor>): number | undefined =>
  map === timm ? own.get('head.weight')?.shape[0] : undefined;

/** What a run was trained with overrides what the files say. */
function saidByRun({ architecture }: AdaptedMetadata): ArchitectureOverrides {
  const { heads, mean, std, layerNormEpsilon, antialiasedPositions, framing } = architecture;
  return { heads, mean, std, layerNormEpsilon, antialiasedPositions, framing };
}

/** The class names that a configuration has, where there is one for each output. */
function labelsFor(said: readonly SaidOfModel[], reader: WeightReader): readonly string[] | undefined {
  const labels = firstSaid(said, 'labels');
  return labels && labels.length === reader.shape('head.weight')?.[0] ? labels : undefined;
}

const TYPE_FAMILIES: Readonly<Record<string, Family>> = {
  deit: 'DeiT',
  dinov2: 'DINOv2',
  dinov2_with_registers: 'DINOv2',
  vit_msn: 'MSN',
  vit_mae: 'MAE',
};

/** The model's family, from its configuration or from the tensors that show it. */
function familyOf(map: NameMap, file: NamedFileView, said: readonly SaidOfModel[]): Family {
  const has = (name: string): boolean => map.resolve(name, file).kind !== 'missing';
  if (has('dist_token') || /(^|\.)deit\.$/.test(file.prefix)) return 'DeiT';
  const type = firstSaid(said, 'modelType')?.value;
  if (type !== undefined) return TYPE_FAMILIES[type] ?? 'ViT';
  if (has('blocks.0.ls1.gamma')) {
    const dinov2 = map === huggingFace || has('reg_token') || file.get('mask_token') !== undefined;
    return dinov2 || file.get('patch_embed.proj.weight')?.shape[2] === 14 ? 'DINOv2' : 'DeiT III';
  }
  // transformers writes MAE's decoder beside `vit.`.
  if (map === huggingFace && file.store.tensors.has('decoder.decoder_pos_embed')) return 'MAE';
  if (map !== timm) return 'ViT';
  if (file.get('decoder_pos_embed') || file.get('mask_token')) return 'MAE';
  // The name that MoCo's scripts give their small model, also where it is evaluated with a linear head; timm's has more to it.
  if (/(^|\.)(base|momentum)_encoder\.$/.test(file.prefix) || file.store.metadata['arch'] === 'vit_small') return 'MoCo v3';
  return /(^|\.)(teacher|student)\./.test(file.prefix) ? 'DINO' : 'ViT';
}

function formatOf(map: NameMap, file: NamedFileView, family: Family | 'PYRA'): string {
  if (family === 'PYRA') return 'PYRA checkpoint';
  if (map === timm) {
    if (family === 'DeiT') return 'DeiT distilled';
    return family === 'ViT' ? 'timm' : family;
  }
  if (map === huggingFace) return `Hugging Face ${family}`;
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
    guesses: [],
    folded: [],
    unused: names.filter((name) => !isTrainedName(name)),
  };
}

/**
 * Loads weights from the files of one model: a single file, a file with its configuration, shards with their index, or any of these with an
 * adapter. Everything is checked before it returns; elements are read on demand. Rejects with a `PlaygroundError` whose sentence names the
 * file and the tensor or option.
 */
export async function loadWeights(sources: readonly ByteSource[], overrides: ArchitectureOverrides = {}): Promise<LoadedWeights> {
  const { loaded, problems } = await examineWeights(await openWeights(sources), overrides);
  requireNoProblems(problems);
  return loaded;
}

/** The trained tensors of a PYRA checkpoint or of adapted weights. */
export async function readTrained(loaded: LoadedWeights): Promise<Map<string, NamedTensor>> {
  const trained = new Map<string, NamedTensor>();
  const expected = loaded.adapted ? expectedTrained(loaded.adapted) : undefined;
  for (const name of loaded.reader.names())
    if (isTrainedName(name) || expected?.has(name)) trained.set(name, await loaded.reader.read(name));
  return trained;
}

/** Elements of all tensors together. */
export function countParameters(reader: WeightReader): number {
  return reader
    .names()
    .reduce((sum, name) => sum + (reader.shape(name) ?? []).reduce((product, length) => product * length, 1), 0);
}
