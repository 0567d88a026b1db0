/**
 * VTAB-1k: its 19 tasks in three groups (Zhai et al. 2019, arXiv 1910.04867), and the mean that papers print, which is the mean of the
 * three groups' means.
 */
export const VTAB_GROUPS = ['natural', 'specialised', 'structured'] as const;
export type VtabGroup = (typeof VTAB_GROUPS)[number];

export interface VtabTask {
  /** The name of its folder in PYRA's scripts. */
  readonly name: string;
  /** Other names of the folder, as VTAB's generator writes them. */
  readonly also: readonly string[];
  readonly group: VtabGroup;
  readonly classes: number;
}

const task = (group: VtabGroup, name: string, classes: number, ...also: readonly string[]): VtabTask => ({
  name,
  also,
  group,
  classes,
});

/** In the order of the papers' tables. */
export const VTAB_TASKS: readonly VtabTask[] = [
  task('natural', 'cifar100', 100, 'cifar'),
  task('natural', 'caltech101', 102),
  task('natural', 'dtd', 47),
  task('natural', 'oxford_flowers102', 102),
  task('natural', 'oxford_pet', 37, 'oxford_iiit_pet'),
  task('natural', 'svhn', 10),
  task('natural', 'sun397', 397),
  task('specialised', 'patch_camelyon', 2),
  task('specialised', 'eurosat', 10),
  task('specialised', 'resisc45', 45),
  task('specialised', 'diabetic_retinopathy', 5),
  task('structured', 'clevr_count', 8),
  task('structured', 'clevr_dist', 6),
  task('structured', 'dmlab', 6),
  task('structured', 'kitti', 4),
  task('structured', 'dsprites_loc', 16),
  task('structured', 'dsprites_ori', 16),
  task('structured', 'smallnorb_azi', 18),
  task('structured', 'smallnorb_ele', 9),
];

/** The task of a folder's name, whatever its case and separators; undefined for other folders. */
export function vtabTask(folder: string): VtabTask | undefined {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return VTAB_TASKS.find(({ name, also }) => [name, ...also].some((known) => plain(known) === plain(folder)));
}

export interface VtabMeans {
  /** Mean over the group's tasks that were run; null if none was. */
  readonly groups: Readonly<Record<VtabGroup, number | null>>;
  /** Mean of the groups' means; null unless all 19 tasks were run, since it would not be comparable with a paper's. */
  readonly mean: number | null;
}

/** @param accuracies by task name (fractions), any of the 19. */
export function vtabMeans(accuracies: ReadonlyMap<string, number>): VtabMeans {
  const meanOf = (group: VtabGroup): number | null => {
    const values = VTAB_TASKS.filter((entry) => entry.group === group).flatMap(({ name }) => accuracies.get(name) ?? []);
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  };
  const groups = { natural: meanOf('natural'), specialised: meanOf('specialised'), structured: meanOf('structured') };
  const complete = VTAB_TASKS.every(({ name }) => accuracies.has(name));
  const sum = (groups.natural ?? 0) + (groups.specialised ?? 0) + (groups.structured ?? 0);
  return { groups, mean: complete ? sum / VTAB_GROUPS.length : null };
}

/** A row of the paper's table 1 for ViT-B/16: accuracy in per cent over VTAB-1k, images/s on the authors' GPU. */
export interface PaperRow {
  readonly method: 'none' | 'tome' | 'pyra' | 'smaller';
  readonly rate: 'none' | 'low' | 'high';
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

/** Xiong et al., ECCV 2024, ViT-B/16 with LoRA; `smaller` is ViT-S with LoRA, of about the speed that `high` reaches. */
export const PAPER_VIT_B: readonly PaperRow[] = [
  { method: 'none', rate: 'none', accuracy: 74.76, imagesPerSecond: 425 },
  { method: 'tome', rate: 'low', accuracy: 74.1, imagesPerSecond: 753 },
  { method: 'pyra', rate: 'low', accuracy: 74.69, imagesPerSecond: 745 },
  { method: 'smaller', rate: 'high', accuracy: 71.85, imagesPerSecond: 1350 },
  { method: 'tome', rate: 'high', accuracy: 70.43, imagesPerSecond: 1381 },
  { method: 'pyra', rate: 'high', accuracy: 72.06, imagesPerSecond: 1365 },
];
