/**
 * The candidates for a product of matrices: a kernel with tiles in workgroup memory and one that broadcasts within subgroups, both in many
 * sizes, and one in which invocations share nothing. The tuner measures which is fastest on an adapter.
 */

/** Sizes of `shaders/linear/tiled.wgsl`. */
export interface Tile {
  /** Invocations of a workgroup over columns and over rows. */
  readonly across: number;
  readonly down: number;
  /** The rows, and the columns, of an invocation. */
  readonly rows: 4 | 8;
  readonly columns: 4 | 8;
  /** How much of K is staged at a time. */
  readonly step: 8 | 16 | 32;
  readonly padded: boolean;
  readonly double: boolean;
}

/** Sizes of `shaders/linear/broadcast.wgsl`. */
export interface Strip {
  /** Invocations of a workgroup, all over columns. */
  readonly invocations: 32 | 64 | 128;
  /** The rows of the workgroup and of each invocation, and the columns of an invocation. */
  readonly rows: 8 | 16;
  readonly columns: 4 | 8;
}

/**
 * A candidate. Its name gives all of its sizes: `registers`, or rows x columns of the workgroup, for a tile with the step, and the
 * rows x columns of an invocation.
 */
export type ProductCandidate = { readonly name: string } & (
  | { readonly kernel: 'registers' }
  | { readonly kernel: 'tiled'; readonly tile: Tile }
  | { readonly kernel: 'broadcast'; readonly strip: Strip }
);

/** A device's limits for a workgroup. */
export interface WorkgroupLimits {
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
}

const REGISTERS: ProductCandidate = { name: 'registers', kernel: 'registers' };

/** Few enough sums for an invocation to keep them in registers. */
const STRIPS = ([32, 64, 128] as const).flatMap((invocations) =>
  (
    [
      [8, 4],
      [8, 8],
      [16, 4],
    ] as const
  ).map(([rows, columns]): Strip => ({ invocations, rows, columns })),
);

const stripNamed = (strip: Strip): ProductCandidate => ({
  name: `${strip.rows}x${strip.invocations * strip.columns} by ${strip.rows}x${strip.columns} broadcast`,
  kernel: 'broadcast',
  strip,
});

export const rowsOf = ({ down, rows }: Tile): number => down * rows;
export const columnsOf = ({ across, columns }: Tile): number => across * columns;

function tileNamed(tile: Tile): ProductCandidate {
  const { rows, columns, step, padded, double } = tile;
  const name = `${rowsOf(tile)}x${columnsOf(tile)}x${step} by ${rows}x${columns}${padded ? ' padded' : ''}${double ? ' double' : ''}`;
  return { name, kernel: 'tiled', tile };
}

/** The bytes of workgroup memory of a tile. */
export function storageOf(tile: Tile): number {
  const { step, padded, double } = tile;
  const cells = rowsOf(tile) / 4 + columnsOf(tile) / 4 + (padded ? 2 : 0);
  return (double ? 2 : 1) * step * cells * 16;
}

/** Whether each invocation fetches at most one block of four by four of each matrix. */
const fetchable = (tile: Tile): boolean => Math.max(rowsOf(tile), columnsOf(tile)) * tile.step <= 16 * tile.across * tile.down;

const SIDES = [32, 64, 128] as const;
const OWN = [4, 8] as const;
const STEPS = [8, 16, 32] as const;
const LEAST_INVOCATIONS = 32;
/** The largest ratio of a tile's sides. The larger the ratio, the more is fetched for the same products. */
const LONGEST = 2;
/** With a smaller step, the transposed blocks cause no bank conflicts without padding. */
const LEAST_PADDED_STEP = 16;

function* allTiles(): Generator<Tile> {
  for (const height of SIDES) {
    for (const width of SIDES) {
      if (Math.max(height, width) > LONGEST * Math.min(height, width)) continue;
      for (const rows of OWN) {
        for (const columns of OWN) {
          const group = { across: width / columns, down: height / rows, rows, columns };
          if (group.across * group.down < LEAST_INVOCATIONS) continue;
          for (const step of STEPS) {
            for (const padded of step < LEAST_PADDED_STEP ? [false] : [false, true]) {
              for (const double of [false, true]) yield { ...group, step, padded, double };
            }
          }
        }
      }
    }
  }
}

/** All candidates that a device can run. @param subgroups whether its shaders can use subgroups. */
export function productCandidates(limits: WorkgroupLimits, subgroups: boolean): ProductCandidate[] {
  const tiles = [...allTiles()].filter(
    (tile) =>
      fetchable(tile) &&
      tile.across * tile.down <= limits.maxComputeInvocationsPerWorkgroup &&
      storageOf(tile) <= limits.maxComputeWorkgroupStorageSize,
  );
  return [REGISTERS, ...tiles.map(tileNamed), ...(subgroups ? STRIPS.map(stripNamed) : [])];
}

/**
 * What is tried first, by words in the adapters' names. By published measurements, 32x32 tiles of 4x4 were the best single choice over
 * cards of four makers. Larger tiles are faster on large cards. The kernel without workgroup memory is faster on Apple's GPUs and on
 * software adapters, where barriers cost most.
 */
const LEADERS: readonly { readonly maker: RegExp; readonly names: readonly string[] }[] = [
  {
    maker: /nvidia/,
    names: ['64x64x16 by 4x4 padded', '128x64x16 by 8x4 padded', '128x128x8 by 8x8', '64x64x16 by 8x4 padded double'],
  },
  { maker: /amd|radeon/, names: ['64x64x16 by 4x4 padded', '32x32x8 by 4x4', '64x64x8 by 8x4', '128x64x16 by 8x4 padded'] },
  {
    maker: /intel/,
    names: ['32x32x8 by 4x4', '8x256 by 8x4 broadcast', '32x64x16 by 4x4 padded', '64x64x16 by 4x4 padded', 'registers'],
  },
  { maker: /apple/, names: ['registers', '32x32x8 by 4x4', '64x64x16 by 4x4 padded', '64x64x8 by 8x4'] },
  { maker: /arm|qualcomm|img/, names: ['registers', '32x32x8 by 4x4', '32x64x8 by 4x4', '64x64x16 by 4x4 padded'] },
];
const SOFTWARE = ['registers', '32x32x8 by 4x4'];
const ANYWHERE = [
  ...['32x32x8 by 4x4', '64x64x16 by 4x4 padded', '32x32x32 by 4x4', 'registers', '128x64x16 by 8x4 padded'],
  ...['8x256 by 8x4 broadcast', '16x256 by 16x4 broadcast'],
];

/** The candidates of a device, the likeliest winners first. */
export function orderedCandidates(
  { vendor, description, kind }: { readonly vendor: string; readonly description: string; readonly kind: string },
  limits: WorkgroupLimits,
  subgroups: boolean,
): ProductCandidate[] {
  const words = `${vendor} ${description}`.toLowerCase();
  const known = kind === 'gpu' ? (LEADERS.find(({ maker }) => maker.test(words))?.names ?? []) : SOFTWARE;
  const first = [...known, ...ANYWHERE];
  const place = ({ name }: ProductCandidate): number => {
    const index = first.indexOf(name);
    return index === -1 ? first.length : index;
  };
  return productCandidates(limits, subgroups).toSorted((one, other) => place(one) - place(other));
}
