/** Class names that a data set's description declares: a card's head, `dataset_info.json`, or the `data.yaml` of detection tools. */
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { baseName } from '../../paths.js';
import { asMap, listedNames, readCard } from '../../readers/columns/card.js';
import { parseYaml } from '../../readers/columns/yaml.js';
import { readText } from '../../readers/text.js';
import type { Given } from '../types.js';
import type { NameList } from './class-names.js';
import { parseJson } from './json.js';

const LONGEST = 16 * 2 ** 20;
const DEEPEST = 8;

const labelSchema = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()).min(2) });
const recordSchema = z.record(z.string(), z.unknown());

/** The names of every ClassLabel in a description as `datasets` writes it. */
function classLabels(value: unknown, depth = 0): string[][] {
  const label = labelSchema.safeParse(value);
  if (label.success) return [label.data.names];
  const record = depth < DEEPEST ? recordSchema.safeParse(value) : null;
  return record?.success ? Object.values(record.data).flatMap((inner) => classLabels(inner, depth + 1)) : [];
}

/** `names` of a `data.yaml`. */
function yamlNames(text: string): string[][] {
  const names = listedNames(asMap(parseYaml(text))?.get('names'));
  return names ? [names] : [];
}

async function namesIn(file: ByteSource): Promise<string[][]> {
  const name = baseName(file.name);
  const yaml = /^(data|dataset|data_config)\.ya?ml$/i.test(name);
  if (file.size > LONGEST || !(yaml || /^dataset_infos?\.json$/i.test(name))) return [];
  const text = await readText(file).catch(() => '');
  return yaml ? yamlNames(text) : classLabels(parseJson(text));
}

/** The one list of class names that a file declares, as a list of names by number. Files that declare several lists give none. */
function listOf(file: ByteSource, lists: readonly (readonly string[])[]): NameList[] {
  const [names] = lists;
  if (!names || names.length < 2 || new Set(lists.map((each) => each.join('\n'))).size !== 1) return [];
  return [{ file, declared: true, lines: [], readings: [names.map((name, i) => ({ cells: [String(i), name], line: i + 1 }))] }];
}

/** The lists of class names that descriptions beside the pictures declare. */
export async function declaredNames(given: Given): Promise<NameList[]> {
  const card = await readCard(given);
  const others = await Promise.all(given.others.map(async (file) => listOf(file, await namesIn(file))));
  return [...(card ? listOf(card.file, card.card.declared) : []), ...others.flat()];
}
