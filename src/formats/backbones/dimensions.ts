/** A model's sizes, read off its tensors. */
import { PlaygroundError } from '../../vit/errors.js';
import { shapeText } from '../../containers/numbers.js';
import type { NamedFileView, NameMap } from './names/map.js';
import { firstSaid, type SaidOfModel } from './said/types.js';

/** Sizes that follow from the shapes alone. */
export interface Dimensions {
  readonly embedDim: number;
  readonly patchSize: number;
  readonly depth: number;
  readonly mlpHidden: number;
  readonly distilled: boolean;
  readonly registers: number;
  /** Patches on a side of `pos_embed`'s grid. */
  readonly grid: number;
  /** Rows of `pos_embed` in front of the patches: for the class token, for all tokens in front, or for none (`no_embed_class`). */
  readonly embeddedTokens: number;
}

const MAX_DEPTH = 200;
const MAX_REGISTERS = 64;

export function unsupported(file: string, feature: string, tensor?: string): PlaygroundError {
  const where = tensor === undefined ? '' : ` (tensor '${tensor}')`;
  return new PlaygroundError(
    'weights.unsupported-architecture',
    `${file}: the model has ${feature}${where}, which is not supported`,
    { subject: tensor ?? file },
  );
}

/**
 * Reads the sizes off the shapes. Throws by name where a tensor that gives a size is missing or has a wrong shape, or where the model is of
 * another family.
 */
export function inferDimensions(map: NameMap, file: NamedFileView, said: readonly SaidOfModel[]): Dimensions {
  const { name } = file.store;
  const patch = requireShape(map, file, 'patch_embed.proj.weight', 4, '[D, 3, p, p]');
  const [embedDim = 0, channels = 0, patchSize = 0, patchWidth = 0] = patch;
  if (channels !== 3) throw unsupported(name, `${channels} input channels where red, green and blue were expected`);
  if (patchSize !== patchWidth) throw unsupported(name, `patches of ${patchSize} x ${patchWidth} pixels, which are not square`);
  if (embedDim < 1 || patchSize < 1) throw unsupported(name, `a patch embedding of shape ${shapeText(patch)}`);
  const depth = map.depth(file);
  if (depth < 1) throw unsupported(name, 'a patch embedding but none of the blocks of a vision transformer');
  if (depth > MAX_DEPTH) throw unsupported(name, `${depth} blocks (at most ${MAX_DEPTH})`);
  const [mlpHidden = 0] = requireShape(map, file, 'blocks.0.mlp.fc1.weight', 2, '[hidden, D]');
  requireUngated(map, file, mlpHidden);
  const distilled = map.resolve('dist_token', file).kind === 'tensor';
  const register = map.resolve('reg_token', file);
  const registers = register.kind === 'tensor' ? (register.shape[1] ?? 0) : 0;
  if (registers > MAX_REGISTERS) throw unsupported(name, `${registers} register tokens (at most ${MAX_REGISTERS})`);
  const sizes = { embedDim, patchSize, depth, mlpHidden, distilled, registers };
  return { ...sizes, ...positionGrid(map, file, said, sizes) };
}

/** timm packs the two halves of a gated MLP into one layer, twice as wide as the next one takes. */
function requireUngated(map: NameMap, file: NamedFileView, mlpHidden: number): void {
  const next = map.resolve('blocks.0.mlp.fc2.weight', file);
  if (next.kind !== 'tensor' || next.shape.length !== 2 || mlpHidden !== 2 * (next.shape[1] ?? 0)) return;
  throw unsupported(file.store.name, 'gated MLPs (SwiGLU: fc1 gives twice what fc2 takes)', next.sources[0]);
}

/**
 * Splits the rows of `pos_embed` into tokens in front and a square of patches. Where two splits fit, the configuration's picture size
 * decides.
 */
function positionGrid(
  map: NameMap,
  file: NamedFileView,
  said: readonly SaidOfModel[],
  sizes: Pick<Dimensions, 'patchSize' | 'distilled' | 'registers'>,
): Pick<Dimensions, 'grid' | 'embeddedTokens'> {
  const { name } = file.store;
  const { patchSize, distilled, registers } = sizes;
  const [, rows = 0] = requireShape(map, file, 'pos_embed', 3, '[1, tokens, D]');
  const tokens = distilled ? 2 : 1;
  // timm gives its registers positions exactly where the class token has one. DINOv2's own files and transformers never do.
  const isTimms = file.get('reg_token') !== undefined;
  const ways = registers === 0 ? [tokens, 0] : isTimms ? [0, tokens + registers] : [tokens];
  const square = (embeddedTokens: number): number => {
    const grid = Math.round(Math.sqrt(rows - embeddedTokens));
    return grid >= 1 && grid * grid === rows - embeddedTokens ? grid : 0;
  };
  const fitting = ways.map((embeddedTokens) => ({ embeddedTokens, grid: square(embeddedTokens) })).filter(({ grid }) => grid > 0);
  const pictures = firstSaid(said, 'imageSize')?.value;
  const chosen = fitting.find(({ grid }) => pictures !== undefined && Math.floor(pictures / patchSize) === grid) ?? fitting[0];
  if (!chosen) {
    const before = registers === 0 ? `${tokens} token(s)` : `${tokens} token(s) and ${registers} register tokens, or none,`;
    throw unsupported(name, `a position embedding of ${rows} rows, which is no square of patches with ${before} before it`);
  }
  if (map.resolve('cls_token', file).kind !== 'tensor') {
    if (chosen.embeddedTokens === 0) throw unsupported(name, 'no class token (mean pooling)');
  }
  return chosen;
}

function requireShape(map: NameMap, file: NamedFileView, name: string, rank: number, expected: string): readonly number[] {
  const resolution = map.resolve(name, file);
  if (resolution.kind === 'missing') {
    const source = resolution.source;
    throw new PlaygroundError(
      'weights.missing-tensor',
      `${file.store.name}: has no tensor '${source}'${source === name ? '' : ` (${name})`}, ${name === 'pos_embed' ? 'and positions that are rotary, relative or none are not supported' : "without which the model's shape is unknown"}`,
      { subject: source },
    );
  }
  const shape = resolution.kind === 'tensor' ? resolution.shape : resolution.found;
  if (resolution.kind === 'misshapen' || shape.length !== rank) {
    throw new PlaygroundError(
      'weights.wrong-shape',
      `${file.store.name}: tensor '${name}' has shape ${shapeText(shape)}, and ${expected} was expected`,
      { subject: name },
    );
  }
  return shape;
}
