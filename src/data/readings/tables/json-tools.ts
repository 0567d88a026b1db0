/** Tables from the JSON of single annotation tools: VoTT, Edge Impulse, FiftyOne. */
import { z } from 'zod';

export interface ToolRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const boxSchema = z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() });
const assetSchema = z.object({
  asset: z.object({ name: z.string(), size: z.object({ width: z.number(), height: z.number() }).optional() }),
  regions: z.array(z.object({ tags: z.array(z.string()), boundingBox: boxSchema.optional() })),
});
type Asset = z.infer<typeof assetSchema>;
const exportSchema = z.object({ assets: z.record(z.string(), assetSchema) });

/** The column of a table of boxes, which is refused as such wherever it occurs. */
const BOXES = 'regions.bbox';
/** A box that leaves at most this share of a side free is the whole picture. */
const MARGIN = 0.03;

function isWhole({ asset: { size } }: Asset, box: z.infer<typeof boxSchema>): boolean {
  if (!size) return false;
  const fills = (from: number, length: number, side: number): boolean =>
    from <= MARGIN * side && from + length >= (1 - MARGIN) * side;
  return fills(box.left, box.width, size.width) && fills(box.top, box.height, size.height);
}

/**
 * VoTT's export of a project, or its file of one asset: a row for each tag of a picture. Boxes that cover the picture stand for it; others
 * make a table of boxes. Null for other JSON.
 */
export function rowsOfVott(value: unknown): ToolRows | null {
  const one = assetSchema.safeParse(value);
  const whole = one.success ? null : exportSchema.safeParse(value);
  const assets = one.success ? [one.data] : Object.values(whole?.data?.assets ?? {});
  if (assets.length === 0) return null;
  const boxed = assets.some((each) => each.regions.some(({ boundingBox: box }) => box !== undefined && !isWhole(each, box)));
  const rows = assets.flatMap(({ asset, regions }) => {
    const tags = [...new Set(regions.flatMap((region) => region.tags))];
    return (tags.length === 0 ? [''] : tags).map((tag) => [asset.name, tag, ...(boxed ? ['box'] : [])]);
  });
  return { header: ['file_name', 'label', ...(boxed ? [BOXES] : [])], rows };
}

const edgeBoxesSchema = z.object({
  boundingBoxes: z.record(z.string(), z.array(z.object({ label: z.string() }))),
});

/** Edge Impulse's `bounding_boxes.labels`. Null for other JSON. */
export function rowsOfEdgeBoxes(value: unknown): ToolRows | null {
  const parsed = edgeBoxesSchema.safeParse(value);
  if (!parsed.success) return null;
  const rows = Object.entries(parsed.data.boundingBoxes).flatMap(([name, boxes]) =>
    boxes.map(({ label }) => [name, label, 'box']),
  );
  return rows.length === 0 ? null : { header: ['file_name', 'label', BOXES], rows };
}

const listSchema = z.array(z.string()).min(2);
const describedSchema = z.object({
  classes: listSchema.optional(),
  class_names: listSchema.optional(),
  label_names: listSchema.optional(),
  metainfo: z.object({ classes: listSchema.optional(), CLASSES: listSchema.optional() }).optional(),
});

/** The class names in the order of their numbers that JSON gives beside its records, as OpenMMLab's `metainfo` does; null without any. */
export function namesBeside(value: unknown): readonly string[] | null {
  const { data } = describedSchema.safeParse(value);
  return data?.classes ?? data?.class_names ?? data?.label_names ?? data?.metainfo?.classes ?? data?.metainfo?.CLASSES ?? null;
}
