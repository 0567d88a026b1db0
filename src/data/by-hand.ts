import type { ByteSource } from '../containers/bytes.js';
import type { SkippedFile } from '../protocol/api.js';
import { FOREIGN_BYTES, foreignForm, foreignReason } from './pictures/foreign-forms.js';
import { imageFormat, whyNoImage } from './pictures/image-files.js';
import { typicalSide } from './pictures/typical-side.js';
import type { RawDataset, RawExample } from './readers/types.js';

/** A class that a person made, with its pictures' files. */
export interface ClassByHand {
  readonly name: string;
  readonly files: readonly ByteSource[];
}

/**
 * Makes a data set of classes that a person made by hand; file names do not matter. A file that is not a picture is left out with the
 * reason.
 */
export async function labelledByHand(classes: readonly ClassByHand[]): Promise<RawDataset> {
  const examples: RawExample[] = [];
  const skipped: SkippedFile[] = [];
  for (const [label, { files }] of classes.entries()) {
    for (const source of files) {
      const head = await source.read(0, Math.min(FOREIGN_BYTES, source.size));
      const foreign = foreignForm(head, source.name);
      if (imageFormat(head) !== null) {
        examples.push({ name: source.name, label, part: null, content: { kind: 'file', source } });
      } else skipped.push({ name: source.name, reason: foreign ? foreignReason(foreign) : whyNoImage(head) });
    }
  }
  const side = await typicalSide(examples);
  return {
    form: 'classes made by hand',
    classes: classes.map(({ name }) => name),
    examples,
    skipped,
    labelsFrom: 'hand, picture by picture',
    partsFrom: null,
    questions: [],
    notes: [],
    ...(side === null ? {} : { typicalSide: side }),
  };
}
