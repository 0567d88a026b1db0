/** Names and shapes of a vision transformer's weights: timm's names for the backbone and its heads, the authors' for what is trained. */
import { ADAPTERS, type Adapter, type AdapterName, type AdapterSizes } from './adapters/index.js';
import { initialTokens, type Architecture } from './architecture.js';
import { METHODS, methodUnit, type Method } from './methods/index.js';
import { GIVEN, sideLength, ZERO, type RateGroup, type Start, type WeightDescription } from './trained-weights.js';

type Shape = readonly number[];
type Sizes = Pick<Architecture, 'embedDim' | 'mlpHidden'>;

/** Weights of one block of the backbone, without `blocks.i.`. */
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

/** Weights before and after the blocks, except the tokens in front and the position embedding. */
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

/**
 * Shapes of the tokens in front and of the position embedding, which is resampled to the grid of these pictures before use. Like vectors
 * they do not decay, as in timm's `no_weight_decay`.
 */
export const tokenShapes = (
  architecture: Pick<Architecture, 'embedDim' | 'patchSize' | 'distilled' | 'registers'>,
  imageSize: number,
): readonly (readonly [string, Shape])[] => {
  const { embedDim: C, distilled, registers } = architecture;
  return [
    ['cls_token', [1, 1, C]],
    ...(distilled ? [['dist_token', [1, 1, C]] as const] : []),
    ...(registers > 0 ? [['reg_token', [1, registers, C]] as const] : []),
    ['pos_embed', [1, initialTokens(architecture, imageSize), C]],
  ];
};

/** A weight that is trained, by its whole name. */
export interface TrainedShape {
  readonly name: string;
  readonly shape: Shape;
  readonly start: Start;
  readonly group: RateGroup;
  /** Whether weight decay applies: to matrices, except positions and tokens. */
  readonly decays: boolean;
  /** What the weight belongs to. */
  readonly owner: AdapterName | 'method' | 'head' | 'backbone';
}

export interface TrainedChoice {
  readonly method: Method;
  readonly sizes: AdapterSizes;
  /** Tokens that each block reduces by. */
  readonly schedule: readonly number[];
  readonly classes: number;
  /** Side of the pictures in pixels where the whole backbone trains: its positions then have that grid. Null where it is frozen. */
  readonly trainsBackboneFor: number | null;
}

/** Everything that is trained, in the order of the forward pass. */
export function trainedShapes(architecture: ShapesOf, choice: TrainedChoice): TrainedShape[] {
  const { embedDim: C, depth } = architecture;
  const { method, sizes, schedule, classes, trainsBackboneFor } = choice;
  const own = (
    prefix: string,
    owner: TrainedShape['owner'],
    weights: readonly WeightDescription[],
    size: number,
  ): TrainedShape[] =>
    size === 0
      ? []
      : weights.map(({ name, shape: sides, start, group }) => {
          const shape = sides.map((side) => sideLength(side, C, size));
          return { name: prefix + name, shape, start, group, decays: shape.length > 1, owner };
        });
  const backbone = trainsBackboneFor === null ? undefined : backboneShapes(architecture, trainsBackboneFor);
  const blocks = Array.from({ length: depth }, (_, block) => {
    const prefix = `blocks.${block}.`;
    const of = (half: Adapter['half']): TrainedShape[] =>
      ADAPTERS.filter((unit) => unit.half === half).flatMap(({ name, weights }) => own(prefix, name, weights, sizes[name]));
    return [
      ...(backbone?.block(prefix) ?? []),
      ...of('attention'),
      ...own(prefix, 'method', methodUnit(method).weights, schedule[block] ?? 0),
      ...of('mlp'),
    ];
  });
  const head = { group: 'common', owner: 'head' } as const;
  const heads = headNames(architecture).flatMap((name): TrainedShape[] => [
    { name: `${name}.weight`, shape: [classes, C], start: HEAD, decays: true, ...head },
    { name: `${name}.bias`, shape: [classes], start: ZERO, decays: false, ...head },
  ]);
  return [...(backbone?.before ?? []), ...blocks.flat(), ...(backbone?.after ?? []), ...heads];
}

type ShapesOf = Pick<Architecture, 'embedDim' | 'mlpHidden' | 'patchSize' | 'depth' | 'distilled' | 'registers'>;

const HEAD: Start = { kind: 'normal', std: 0.02, truncated: true };

/** The backbone's own weights, for the case that all of them train. */
function backboneShapes(architecture: ShapesOf, imageSize: number) {
  const { embedding, norm } = outerShapes(architecture);
  const trained =
    (decays: boolean) =>
    ([name, shape]: readonly [string, Shape]): TrainedShape => {
      return { name, shape, start: GIVEN, group: 'common', decays: decays && shape.length > 1, owner: 'backbone' };
    };
  return {
    before: [...tokenShapes(architecture, imageSize).map(trained(false)), ...embedding.map(trained(true))],
    block: (prefix: string) => blockShapes(architecture).map(([name, shape]) => trained(true)([prefix + name, shape])),
    after: norm.map(trained(true)),
  };
}

/** The weights of each unit in a block. A file holds all weights of a unit or none. */
export function trainedGroups(): readonly (readonly WeightDescription[])[] {
  const groups = [...ADAPTERS.map(({ weights }) => weights), ...METHODS.map((method) => methodUnit(method).weights)];
  const byNames = new Map(groups.map((group) => [group.map(({ name }) => name).join(), group]));
  return [...byNames.values()].filter((group) => group.length > 0);
}

/** Whether a tensor is trained, decided by the letters in its name that the authors' code selects by. */
export function isTrainedName(name: string): boolean {
  return /pyra|head/.test(name) || ADAPTERS.some(({ letters }) => name.includes(letters));
}
