/** The adapters that can be trained beside the head, and the ways to adapt that combine them. */
import { adapter } from './adapter.js';
import { full } from './full.js';
import { lora } from './lora.js';

/** In the order of a block's forward. */
export const ADAPTERS = [lora, adapter] as const;
export type Adapter = (typeof ADAPTERS)[number];
export type AdapterName = Adapter['name'];

/** A way to adapt. The head is always trained; the units in `trains` are trained with it. */
interface Way {
  readonly label: string;
  readonly line: string;
  /** Its short name in lists that show sizes, for a way that has no size of its own. */
  readonly tag: string;
  readonly trains: readonly AdapterName[];
  /** Whether every weight of the backbone trains too. */
  readonly trainsBackbone?: boolean;
}

const WAYS = {
  lora: { label: lora.label, line: lora.line, tag: '', trains: ['lora'] },
  adapter: { label: adapter.label, line: adapter.line, tag: '', trains: ['adapter'] },
  both: { label: 'Both', line: 'LoRA in the attention and an adapter after the MLP.', tag: '', trains: ['lora', 'adapter'] },
  linear: { label: 'Linear', line: 'Only the classification head: the cheapest thing to beat.', tag: 'linear', trains: [] },
  full,
} as const satisfies Record<string, Way>;

/** What is trained besides the head (and PYRA's own weights). */
export type Peft = keyof typeof WAYS;
export const PEFTS: readonly Peft[] = Object.keys(WAYS).filter((name): name is Peft => Object.hasOwn(WAYS, name));

export const wayOf = (peft: Peft): Way => WAYS[peft];
/** The way that trains only the head. */
export const HEAD_ALONE: Peft = 'linear';

const trains = (peft: Peft, name: AdapterName): boolean => wayOf(peft).trains.includes(name);

/** The units that a way trains, in the order of a block's forward. */
export const adaptersOf = (peft: Peft): readonly Adapter[] => ADAPTERS.filter(({ name }) => trains(peft, name));

/** Whether every weight of the backbone trains. */
export const trainsBackbone = (peft: Peft): boolean => wayOf(peft).trainsBackbone === true;

/** The way that trains these units beside a frozen backbone. */
export function peftOf(names: readonly AdapterName[]): Peft {
  return (
    PEFTS.find((peft) => !trainsBackbone(peft) && ADAPTERS.every(({ name }) => trains(peft, name) === names.includes(name))) ??
    HEAD_ALONE
  );
}

/** The size of each unit; 0 for a unit that is not trained. */
export type AdapterSizes = Readonly<Record<AdapterName, number>>;

/** The part of a configuration that says what trains. */
export type AdapterChoice = { readonly peft: Peft } & Readonly<Record<Adapter['size'], number>>;

export function adapterSizes(choice: AdapterChoice): AdapterSizes {
  const sizeOf = (unit: Adapter): number => (trains(choice.peft, unit.name) ? choice[unit.size] : 0);
  return { lora: sizeOf(lora), adapter: sizeOf(adapter) };
}

/** What trains, as a few words: `LoRA 8`, `LoRA 8, adapter 8`, `linear`. */
export function adapterTags(choice: AdapterChoice): readonly string[] {
  const tags = adaptersOf(choice.peft).map((unit) => `${unit.tag} ${choice[unit.size]}`);
  return tags.length > 0 ? tags : [wayOf(choice.peft).tag];
}
