/**
 * Reads the head of a data set's card (README.md): the files of each configuration and part, and the class names.
 * https://huggingface.co/docs/hub/datasets-manual-configuration
 */
import type { ByteSource } from '../../../containers/bytes.js';
import type { Part } from '../../../protocol/maps.js';
import { partOfName } from '../../parts.js';
import { baseName, folderOf, joinPath } from '../../paths.js';
import type { Given } from '../../readings/types.js';
import { readText } from '../text.js';
import { cardHead, parseYaml, type Yaml, type YamlMap } from './yaml.js';

export interface Configuration {
  readonly name: string;
  readonly isDefault: boolean;
  readonly files: readonly { readonly split: string; readonly part: Part | null; readonly patterns: readonly RegExp[] }[];
}

export interface Card {
  readonly configurations: readonly Configuration[];
  /** The class names of all columns that have any. */
  readonly declared: readonly (readonly string[])[];
  /** The class names of a column in a configuration; `null` for the names that the card gives for all. */
  names(configuration: string | null, column: string): readonly string[] | null;
}

export const asMap = (value: Yaml | undefined): YamlMap | null => (value instanceof Map ? value : null);
const isList = (value: Yaml | undefined): value is readonly Yaml[] => Array.isArray(value);
const asList = (value: Yaml | undefined): readonly Yaml[] => (isList(value) ? value : value === undefined ? [] : [value]);
const asText = (value: Yaml | undefined): string | null => (typeof value === 'string' ? value : null);

/**
 * The pattern of a glob as the hub reads it: `*` within a folder, `**` across folders, `?`, `[a-c]`, `{a,b}`. A folder matches everything
 * in it.
 */
export function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/^\.\//, '')
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replaceAll('?', '[^/]')
    .replace(/\*\*\/|\*\*|\*/g, (stars) => (stars === '**/' ? '(?:.*/)?' : stars === '**' ? '.*' : '[^/]*'))
    .replace(/\{([^}]*)\}/g, (_, choices: string) => `(?:${choices.split(',').join('|')})`)
    .replace(/\/$/, '');
  return new RegExp(`^${source}(?:/.*)?$`);
}

/** The patterns of one split, from a text or a list of texts. */
function patternsOf(value: Yaml | undefined, folder: string): RegExp[] {
  return asList(value).flatMap((each) => {
    const text = asText(each);
    return text === null ? [] : [globPattern(joinPath(folder, text))];
  });
}

function configurationOf(value: Yaml): Configuration | null {
  const map = asMap(value);
  const name = asText(map?.get('config_name'));
  if (!map || name === null) return null;
  const folder = asText(map.get('data_dir')) ?? '';
  const given = map.get('data_files');
  const bySplit = asMap(given);
  const files = bySplit
    ? [...bySplit].map(([split, value_]) => ({ split, part: partOfName(split), patterns: patternsOf(value_, folder) }))
    : asList(given).map((each) => {
        const split = asText(asMap(each)?.get('split')) ?? '';
        return { split, part: partOfName(split), patterns: patternsOf(asMap(each)?.get('path') ?? each, folder) };
      });
  const all = files.length === 0 && folder !== '' ? [{ split: '', part: null, patterns: [globPattern(folder)] }] : files;
  return { name, isDefault: asText(map.get('default')) === 'true' || name === 'default', files: all };
}

/** Names in a list, or in a map from their numbers; null where it is neither. */
export function listedNames(names: Yaml | undefined): string[] | null {
  const map = asMap(names);
  if (!map) return isList(names) ? names.filter((name) => typeof name === 'string') : null;
  const found: string[] = [];
  for (const [number, name] of map) {
    const at = Number(number);
    if (!Number.isInteger(at) || at < 0 || at > 1_000_000 || typeof name !== 'string') return null;
    found[at] = name;
  }
  return Array.from(found, (name: string | undefined, at) => name ?? String(at));
}

/** The names of a class label. Null where the card gives none. */
const namesOf = (dtype: YamlMap | null): string[] | null => listedNames(asMap(dtype?.get('class_label'))?.get('names'));

/** The class names by configuration (`` where the card names none) and then by column. */
function declaredNames(head: YamlMap): Map<string, Map<string, string[]>> {
  const found = new Map<string, Map<string, string[]>>();
  for (const each of asList(head.get('dataset_info'))) {
    const info = asMap(each);
    const columns = new Map<string, string[]>();
    for (const feature of asList(info?.get('features'))) {
      const name = asText(asMap(feature)?.get('name'));
      const names = namesOf(asMap(asMap(feature)?.get('dtype')));
      if (name !== null && names !== null) columns.set(name, names);
    }
    found.set(asText(info?.get('config_name')) ?? '', columns);
  }
  return found;
}

/** Reads the topmost README.md; null where there is none or it has no head. */
export async function readCard(given: Given): Promise<{ card: Card; file: ByteSource } | null> {
  const depth = ({ name }: ByteSource): number => name.split('/').length;
  const [file] = given.others.filter(({ name }) => /^readme\.md$/i.test(baseName(name))).sort((a, b) => depth(a) - depth(b));
  if (!file || file.size > 16 * 2 ** 20) return null;
  const head = asMap(parseYaml(cardHead(await readText(file).catch(() => ''))));
  if (!head) return null;
  const configurations = asList(head.get('configs')).flatMap((value) => configurationOf(value) ?? []);
  const declared = declaredNames(head);
  const card: Card = {
    configurations,
    declared: [...declared.values()].flatMap((columns) => [...columns.values()]),
    names: (configuration, column) => {
      const exact = declared.get(configuration ?? '')?.get(column);
      const [only] = declared.size === 1 ? declared.values() : [];
      return exact ?? declared.get('')?.get(column) ?? declared.get('default')?.get(column) ?? only?.get(column) ?? null;
    },
  };
  return { card, file };
}

/** A file's path relative to the card's folder, as in the card's patterns. */
export const pathBelow = (card: ByteSource, file: ByteSource): string => {
  const folder = folderOf(card.name);
  return folder !== '' && file.name.startsWith(`${folder}/`) ? file.name.slice(folder.length + 1) : file.name;
};
