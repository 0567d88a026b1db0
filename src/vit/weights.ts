/** Names and shapes of a vision transformer's weights: timm's names for the backbone and its heads, the authors' for what is trained. */
import { ADAPTERS, type Adapter, type AdapterName, type AdapterSizes } from './adapters/index.js';
import type { Architecture } from './architecture.js';
import { METHODS, methodUnit, type Method } from './methods/index.js';
import { sideLength, ZERO, type RateGroup, type Start, type WeightDescription } from './trained-weights.js';

type Shape = readonly number[];
type Sizes = Pick<Architecture, 'embedDim' | 'mlpHidden'>;

/** Frozen weights of one block, without `blocks.i.`. */
export function blockShapes({ embedDim: C, mlpHidden }: Sizes): readonly (readonly [string, Shape])[] {
  return [
    ['norm1.weight', [C]],
    ['norm1.bias', [C]],
    ['attn.qkv.weight', [3 * C, C]],
    ['attn.qkv.bias', [3 * C]],
    ['attn.proj.weight', [C, C]],
    ['attn.proj.bias', [C]],
    ['norm2.weight', [C]],
    ['norm2.bias', [C]],
    ['mlp.fc1.weight', [mlpHidden, C]],
    ['mlp.fc1.bias', [mlpHidden]],
    ['mlp.fc2.weight', [C, mlpHidden]],
    ['mlp.fc2.bias', [C]],
  ];
}

/** Frozen weights before and after the blocks, but for the tokens in front and their positions. */
export function outerShapes({ embedDim: C, patchSize }: Pick<Architecture, 'embedDim' | 'patchSize'>) {
  return {
    embedding: [
      ['patch_embed.proj.weight', [C, 3, patchSize, patchSize]],
      ['patch_embed.proj.bias', [C]],
    ],
    norm: [
      ['norm.weight', [C]],
      ['norm.bias', [C]],
    ],
  } as const satisfies Record<string, readonly (readonly [string, Shape])[]>;
}

/** The heads, one for each protected token. */
export const headNames = ({ distilled }: Pick<Architecture, 'distilled'>): readonly string[] =>
  distilled ? ['head', 'head_dist'] : ['head'];

/** A weight that is trained, by its whole name. */
export interface TrainedShape {
  readonly name: string;
  readonly shape: Shape;
  readonly start: Start;
  readonly group: RateGroup;
  /** Whose weight it is. */
  readonly owner: AdapterName | 'method' | 'head';
}

export interface TrainedChoice {
  readonly method: Method;
  readonly sizes: AdapterSizes;
  /** Tokens that each block reduces by. */
  readonly schedule: readonly number[];
  readonly classes: number;
}

/** Everything that is trained, in the order of the forward pass. */
export function trainedShapes(
  { embedDim: C, depth, distilled }: Pick<Architecture, 'embedDim' | 'depth' | 'distilled'>,
  { method, sizes, schedule, classes }: TrainedChoice,
): TrainedShape[] {
  const own = (
    prefix: string,
    owner: TrainedShape['owner'],
    weights: readonly WeightDescription[],
    size: number,
  ): TrainedShape[] =>
    size === 0
      ? []
      : weights.map(({ name, shape, start, group }) => ({
          name: prefix + name,
          shape: shape.map((side) => sideLength(side, C, size)),
          start,
          group,
          owner,
        }));
  const blocks = Array.from({ length: depth }, (_, block) => {
    const prefix = `blocks.${block}.`;
    const of = (half: Adapter['half']): TrainedShape[] =>
      ADAPTERS.filter((unit) => unit.half === half).flatMap(({ name, weights }) => own(prefix, name, weights, sizes[name]));
    return [...of('attention'), ...own(prefix, 'method', methodUnit(method).weights, schedule[block] ?? 0), ...of('mlp')];
  });
  const head = { group: 'common', owner: 'head' } as const;
  const heads = headNames({ distilled }).flatMap((name): TrainedShape[] => [
    { name: `${name}.weight`, shape: [classes, C], start: { kind: 'normal', std: 0.02, truncated: true }, ...head },
    { name: `${name}.bias`, shape: [classes], start: ZERO, ...head },
  ]);
  return [...blocks.flat(), ...heads];
}

/** What units train in a block: groups of which a file has all or none. */
export function trainedGroups(): readonly (readonly WeightDescription[])[] {
  const groups = [...ADAPTERS.map(({ weights }) => weights), ...METHODS.map((method) => methodUnit(method).weights)];
  const byNames = new Map(groups.map((group) => [group.map(({ name }) => name).join(), group]));
  return [...byNames.values()].filter((group) => group.length > 0);
}

/** Whether a tensor is trained. The authors select by letters in the name, so whatever has them counts. */
export function isTrainedName(name: string): boolean {
  return /pyra|head/.test(name) || ADAPTERS.some(({ letters }) => name.includes(letters));
}
