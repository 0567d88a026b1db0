/** Tables from XML: CVAT's form for pictures, in which a picture's class is a tag. */
import type { ByteSource } from '../../../containers/bytes.js';
import type { Table } from '../types.js';

const IMAGE = /<image\b([^>]*?)(?:\/>|>([^]*?)<\/image>)/g;
const TAG = /<tag\b([^>]*?)(?:\/>|>([^]*?)<\/tag>)/g;
const TAG_ATTRIBUTE = /<attribute\b([^>]*)>([^<]*)<\/attribute>/g;
const ATTRIBUTE = /([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex?: string, decimal?: string, name?: string) => {
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return name === undefined ? (code <= 0x10ffff ? String.fromCodePoint(code) : all) : (ENTITIES[name] ?? all);
  });

const attributesOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(ATTRIBUTE)].map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')] as const),
  );

/** Whether XML is CVAT's and has boxes, outlines or points. */
export const hasCvatShapes = (text: string): boolean =>
  /<annotations\b/.test(text) && /<image\b[^]*?<(box|polygon|polyline|points|mask|ellipse|cuboid|skeleton)\b/.test(text);

/** A table of CVAT's pictures with a row for each tag. Null where it is other XML, or has no tags. */
export function tableOfCvat(file: ByteSource, text: string): Table | null {
  if (!/<annotations\b/.test(text) || hasCvatShapes(text)) return null;
  const attributes = new Set<string>();
  const rows = [...text.matchAll(IMAGE)].flatMap(([, own = '', inner = '']) => {
    const image = attributesOf(own);
    const tags = [...inner.matchAll(TAG)].map(([, tag = '', within = '']) => {
      const said = [...within.matchAll(TAG_ATTRIBUTE)].map(
        ([, name = '', value = '']) => [attributesOf(name).get('name') ?? '', unescaped(value).trim()] as const,
      );
      for (const [name] of said) attributes.add(name);
      return { label: attributesOf(tag).get('label') ?? '', said: new Map(said) };
    });
    const none = { label: '', said: new Map<string, string>() };
    return (tags.length === 0 ? [none] : tags).map((tag) => ({
      ...tag,
      name: image.get('name') ?? '',
      subset: image.get('subset') ?? '',
    }));
  });
  if (rows.every(({ label }) => label === '')) return null;
  // One tag for all has the class in an attribute, `<attribute name="kind">cat</attribute>`; otherwise the tag is the class.
  const single = new Set(rows.map(({ label }) => label)).size === 1;
  const names = single ? [...attributes] : [];
  return {
    file,
    header: ['name', 'label', 'subset', ...names],
    rows: rows.map(({ name, label, subset, said }, i) => ({
      cells: [name, label, subset, ...names.map((each) => said.get(each) ?? '')],
      line: i + 1,
    })),
  };
}
