/**
 * Checks models under the hub's names, which `hub.py` builds: which are read and which are refused, whether the facts about those that are
 * read are right, and what one of their blocks computes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ByteSource } from '../../src/containers/bytes.js';
import { loadWeights } from '../../src/formats/backbones/weights.js';
import type { LoadedWeights } from '../../src/formats/types.js';
import { byteSourceFromPath } from '../../src/headless/inputs/files.js';
import { byteSourcesFromPath } from '../../src/headless/inputs/folders.js';
import type { Architecture } from '../../src/vit/architecture.js';
import { toErrorRecord, type ErrorRecord } from '../../src/vit/errors.js';
import { compareForm } from './compare.js';

const factsSchema = z.object({
  heads: z.number(),
  embedDim: z.number(),
  depth: z.number(),
  layerNormEpsilon: z.number(),
  imageSize: z.number(),
  patchSize: z.number(),
  mean: z.array(z.number()).optional(),
  std: z.array(z.number()).optional(),
});
type Facts = z.infer<typeof factsSchema>;

const rowSchema = z.object({
  folder: z.string(),
  library: z.enum(['timm', 'transformers']),
  architecture: z.string(),
  /** The hub's name, if it is not the folder's. */
  hub: z.string().optional(),
  /** Whether it is a plain vision transformer, by its modules; `facts` describes it. */
  plain: z.boolean().optional(),
  facts: factsSchema.optional(),
  /** The folder of the same model with one block and random tensors. */
  numbers: z.string().optional(),
  /** Why the library did not build it. */
  unbuilt: z.string().optional(),
});
type HubName = z.infer<typeof rowSchema>;

type Outcome = { readonly loaded: LoadedWeights } | { readonly refused: ErrorRecord };

async function read(sources: readonly ByteSource[]): Promise<Outcome> {
  try {
    return { loaded: await loadWeights(sources) };
  } catch (error) {
    return { refused: toErrorRecord(error) };
  }
}

const differing = (facts: Facts, found: Architecture, keys: readonly (keyof Facts)[]): string[] =>
  keys.flatMap((key) => {
    const [wanted, is] = [facts[key], found[key]].map((value) => JSON.stringify(value));
    return wanted === undefined || wanted === is ? [] : [`${key} is ${is}, and ${wanted} is right`];
  });

const SHAPES = ['heads', 'embedDim', 'depth', 'patchSize'] as const;
const PIXELS = ['mean', 'std'] as const;

/** What is wrong with the result. A file of tensors alone may lead to a question, and may be guessed if the guess is reported. */
function judge({ plain, facts }: HubName, outcome: Outcome, configured: boolean): string[] {
  if ('refused' in outcome) {
    const { code, message } = outcome.refused;
    const asked = !configured && code === 'option.invalid';
    return plain && !asked ? [message] : code === 'internal' ? [message] : [];
  }
  const { architecture, guesses } = outcome.loaded;
  if (!plain) return ['is read'];
  if (!facts || !architecture) return ['has no architecture'];
  if (configured) return differing(facts, architecture, [...SHAPES, ...PIXELS, 'layerNormEpsilon', 'imageSize']);
  return differing(facts, architecture, guesses.length > 0 ? SHAPES : [...SHAPES, ...PIXELS]);
}

export interface CheckedName {
  readonly name: string;
  readonly architecture: string;
  readonly library: 'timm' | 'transformers';
  readonly plain: boolean;
  /** Why it is refused; empty if it is read. */
  readonly reason: string;
  /** The largest difference of one block from the library. */
  readonly difference: number | undefined;
  readonly wrong: readonly string[];
  /** Whether it is read without a note although neither a configuration nor the file's name says what it is. */
  readonly looksPlain: boolean;
}

/** A refusal without the model's names, to group refusals. */
const reasonOf = (message: string): string =>
  /the architecture '[^']+' is (.+), which is not supported/.exec(message)?.[1] ??
  /the model is (.+?) \(model_type/.exec(message)?.[1]?.replace(/^of the type .*/, 'of another type') ??
  /the model pools by '\w+'/.exec(message)?.[0] ??
  /the model has (.+?)(?: \(tensor .*)?, which (?:is|are) not supported/.exec(message)?.[1] ??
  message.replace(/^[^:]*: /, '');

async function check(root: string, row: HubName): Promise<CheckedName> {
  const folder = join(root, row.folder);
  const own = row.folder.slice(row.library.length + 1);
  const whole = await read(await byteSourcesFromPath(folder));
  const file = await byteSourceFromPath(join(folder, 'model.safetensors'));
  const named = row.library === 'timm' ? `${own}.safetensors` : 'model.safetensors';
  const alone = await read([{ ...file, name: named }]);
  const nameless = await read([{ ...file, name: 'model.safetensors' }]);
  const wrong = [...judge(row, whole, true), ...judge(row, alone, false).map((what) => `without its configuration: ${what}`)];
  return {
    name: row.hub ?? own,
    architecture: row.architecture,
    library: row.library,
    plain: row.plain ?? false,
    reason: 'refused' in whole ? reasonOf(whole.refused.message) : '',
    difference: row.numbers === undefined ? undefined : await compareForm(join(root, row.numbers)),
    wrong,
    looksPlain: !row.plain && 'loaded' in nameless,
  };
}

/** Checks every name in `names.json` of the folder, except those that the library did not build. */
export async function checkNames(root: string): Promise<CheckedName[]> {
  const rows = z.array(rowSchema).parse(JSON.parse(await readFile(join(root, 'names.json'), 'utf8')));
  const checked: CheckedName[] = [];
  for (const row of rows) if (row.unbuilt === undefined) checked.push(await check(root, row));
  return checked;
}

function grouped(names: readonly CheckedName[], key: (name: CheckedName) => string): Map<string, CheckedName[]> {
  const groups = new Map<string, CheckedName[]>();
  for (const name of names) groups.set(key(name), [...(groups.get(key(name)) ?? []), name]);
  return groups;
}

const code = (names: Iterable<string>): string => [...new Set(names)].map((name) => `\`${name}\``).join(', ');

/** timm's names grouped by architecture, with the tags after it. */
function timmRow(architecture: string, names: readonly CheckedName[]): string {
  const tags = names.map(({ name }) => name.slice(architecture.length + 1)).filter((tag) => tag !== '');
  const difference = names.find((name) => name.difference !== undefined)?.difference;
  return `| \`timm/${architecture}\` | ${tags.join(', ')} | ${difference?.toExponential(1) ?? ''} |`;
}

/** Lines of Markdown: the names that are read, and those that are refused, by reason. */
export function hubTables(names: readonly CheckedName[]): string[] {
  const plain = names.filter((name) => name.plain);
  const timm = grouped(
    plain.filter(({ library }) => library === 'timm'),
    ({ architecture }) => architecture,
  );
  const reasons = [
    ...grouped(
      names.filter((name) => !name.plain),
      ({ reason }) => reason,
    ),
  ].sort(([, a], [, b]) => b.length - a.length);
  const looking = names.filter(({ looksPlain }) => looksPlain);
  return [
    `${plain.length} names are read:`,
    '',
    '| name | weights | largest difference |',
    '| --- | --- | ---: |',
    ...[...timm].map(([architecture, group]) => timmRow(architecture, group)),
    ...plain
      .filter(({ library }) => library === 'transformers')
      .map(({ name, difference }) => `| \`${name}\` | | ${difference?.toExponential(1) ?? ''} |`),
    '',
    `${names.length - plain.length} are refused:`,
    '',
    '| what they are | names |',
    '| --- | --- |',
    ...reasons.map(([reason, group]) => {
      const words = group.map(({ library, architecture, name }) => (library === 'timm' ? architecture : name));
      return `| ${reason.replaceAll('|', '\\|')} | ${code(words)} |`;
    }),
    '',
    looking.length === 0
      ? 'Each is refused by its tensors alone, too.'
      : `All but ${code(looking.map(({ name }) => name))} are refused by their tensors alone, too; those look like plain ones where neither a configuration nor the file's name tells.`,
  ];
}
