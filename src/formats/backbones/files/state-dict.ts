/** Finds the model's tensors in what a training script saved. */
import { PickleArray, PickleDict, PickleTensor, PickleTuple, type PickleValue } from '../../../containers/pickle/values.js';
import { PlaygroundError } from '../../../vit/errors.js';

/** Names under which training scripts store the model in a checkpoint, without case, `-` and `_`. */
const WRAPPERS = [
  ...['statedict', 'modelstatedict', 'modelstate', 'model', 'modelweights', 'shadow'],
  ...['teacher', 'student', 'net', 'network', 'module', 'backbone', 'encoder', 'weights', 'params'],
];

/** Names of a checkpoint's other parts, whose tensors are no model's. */
const OTHER_PARTS = /optim|sched|scaler|criterion|loss|queue|centroid|rng|metric|prototype/i;

/** Tensors that every vision transformer has, under any library's names. */
const TRANSFORMER = /(^|[./])(cls_token|class_token|class_embedding|pos_embed|pos_embedding|position_embeddings?|patch_embed)/;

type Entries = ReadonlyMap<PickleValue, PickleValue>;

/** How deep the model may lie: a training script's dict in a wrapper's dict. */
const MAX_DEPTH = 4;

const plainName = (name: PickleValue): string => (typeof name === 'string' ? name.toLowerCase().replace(/[-_]/g, '') : '');

/** A dict's entries, where at least one of them is a tensor with a name. */
function tensorsIn(value: PickleValue | undefined): Entries | undefined {
  if (!(value instanceof PickleDict)) return undefined;
  return [...value.entries].some(([name, item]) => typeof name === 'string' && item instanceof PickleTensor)
    ? value.entries
    : undefined;
}

/** Where a checkpoint keeps its smoothed weights: `ema`, `model_ema`, `ema_state_dict`, and MSN's `target_encoder`. */
const isSmoothed = (name: PickleValue): boolean => typeof name === 'string' && /(^|_)ema(_|$)|^target_encoder$/i.test(name);

/** The model inside what a training script wrapped around it, or the dict itself. Smoothed weights (EMA) are preferred, as in timm's loader. */
function underKnownNames(value: PickleValue | undefined, depth = 0): Entries | undefined {
  if (!(value instanceof PickleDict) || depth > MAX_DEPTH) return undefined;
  const inside = (item: PickleValue): Entries | undefined => underKnownNames(item, depth + 1);
  for (const [name, item] of value.entries) {
    const found = isSmoothed(name) ? inside(item) : undefined;
    if (found) return found;
  }
  for (const wrapper of WRAPPERS) {
    for (const [name, item] of value.entries) {
      const found = plainName(name) === wrapper ? inside(item) : undefined;
      if (found) return found;
    }
  }
  return tensorsIn(value);
}

/** The dicts of named tensors under any other names, those of a vision transformer alone where there are some. */
function underOtherNames(root: PickleValue): (readonly [where: string, Entries])[] {
  const found: (readonly [string, Entries])[] = [];
  const look = (value: PickleValue, where: string, depth: number): void => {
    const tensors = underKnownNames(value);
    if (tensors) return void found.push([where, tensors]);
    const items = value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : [];
    const named = value instanceof PickleDict ? [...value.entries] : items.map((item, index) => [index, item] as const);
    for (const [name, item] of depth < MAX_DEPTH ? named : []) {
      if (typeof name === 'bigint' || (typeof name !== 'string' && typeof name !== 'number')) continue;
      if (!OTHER_PARTS.test(String(name))) look(item, where === '' ? String(name) : `${where}.${name}`, depth + 1);
    }
  };
  look(root, '', 0);
  const transformers = found.filter(([, tensors]) =>
    [...tensors.keys()].some((name) => typeof name === 'string' && TRANSFORMER.test(name)),
  );
  return transformers.length > 0 ? transformers : found;
}

function holdsArrays(value: PickleValue, depth = 0): boolean {
  if (!(value instanceof PickleDict) || depth > MAX_DEPTH) return false;
  return [...value.entries].some(
    ([name, item]) => (typeof name === 'string' && item instanceof PickleArray) || holdsArrays(item, depth + 1),
  );
}

/** Whether it is a tensor, or a list or tuple of tensors: pictures and their labels, as torchvision kept MNIST. */
function listsTensors(value: PickleValue): boolean {
  const items = value instanceof PickleTuple ? value.items : Array.isArray(value) ? value : [value];
  return items.some((item) => item instanceof PickleTensor);
}

/** The entries of the state dict. Throws `file.unsupported` where there is none, or several of which none is known to be the model. */
export function stateDict(file: string, root: PickleValue): Entries {
  const known = underKnownNames(root);
  if (known) return known;
  const refuse = (why: string): PlaygroundError => new PlaygroundError('file.unsupported', `${file}: ${why}`, { subject: file });
  const others = underOtherNames(root);
  const [first, second] = others;
  if (first && second) {
    const names = others.map(([where]) => `'${where}'`).join(', ');
    throw refuse(`its pickle holds several dicts of tensors (${names}), and none is known to be the model; save that one alone`);
  }
  if (first) return first[1];
  if (holdsArrays(root))
    throw refuse("its pickle holds numpy's arrays and no tensors; save them with numpy.savez, or as safetensors");
  if (listsTensors(root))
    throw refuse(
      "its pickle holds tensors without names, which are no model; where they are pictures and labels, save both as one .npz: numpy.savez('data.npz', images=..., labels=...)",
    );
  throw refuse("its pickle holds no dict of named tensors; save the model's state_dict() with torch.save, or as safetensors");
}
