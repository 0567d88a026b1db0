import { configurationSchema, LATER_OPTIONS, PAPER_RECIPE, withEpochs } from '../vit/configuration.js';
import { firstFault } from '../vit/ranges.js';
import type { Configuration } from '../vit/configuration.js';
import type { AdapterDescription } from '../protocol/runs/run.js';

/**
 * What the page starts with: the paper's recipe over 20 epochs instead of 100 and at its high rate, so that a first result
 * takes minutes even on a processor.
 */
export const DEFAULT_CONFIGURATION: Configuration = { ...withEpochs(PAPER_RECIPE, 20), schedule: 'high' };

/**
 * Side of the pictures where no link gives it. A graphics card has the size that the bundled backbone was made for; processors half of
 * it, a quarter of the patches, so that the first epoch takes less than a minute there as well.
 */
export function startingImageSize(adapter: AdapterDescription): number {
  return adapter.kind === 'gpu' ? 96 : 48;
}

export type Link =
  | { readonly kind: 'none' }
  | { readonly kind: 'configuration'; readonly configuration: Configuration }
  /** A sentence without its end: what is set instead is for who follows the link to say. */
  | { readonly kind: 'problem'; readonly message: string };

/** Options that stand in the address only where they differ from the recipe. */
const UNSAID = ['heads', 'mean', 'std', 'taskPictures', 'select', 'protocol', 'measureEvery', ...LATER_OPTIONS] as const;

/** The whole configuration as the address's fragment, a readable `name=value` for each option. */
export function hashOf(configuration: Configuration): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(configuration)) parameters.set(name, value === null ? 'common' : String(value));
  for (const name of UNSAID) if (configuration[name] === PAPER_RECIPE[name]) parameters.delete(name);
  return `#${parameters.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%40', '@')}`;
}

function valueOf(text: string): unknown {
  if (text === 'common') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.includes(',')) return text.split(',').map(valueOf);
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

const TEXTS: ReadonlySet<string> = new Set(['model', 'data', 'method', 'peft', 'schedule', 'select', 'protocol', 'classWeights']);

/** Reads a fragment. Options that are left out take the default, and names that are no option are reported. */
export function readHash(hash: string): Link {
  const text = hash.replace(/^#/, '');
  if (text === '') return { kind: 'none' };
  const given: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) given[name] = TEXTS.has(name) ? value : valueOf(value);
  const whole = { ...DEFAULT_CONFIGURATION, ...given };
  const result = configurationSchema.safeParse(whole);
  if (result.success) return { kind: 'configuration', configuration: result.data };
  const fault = firstFault(whole);
  const what = fault ? `The link's option '${fault.option}' ${fault.why}` : 'The link could not be read';
  return { kind: 'problem', message: what };
}
