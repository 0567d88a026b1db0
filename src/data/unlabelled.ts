import type { ByteSource } from '../containers/bytes.js';
import type { SkippedFile } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import type { Framing } from '../vit/framing.js';
import { pictureOf } from './pictures/contents.js';
import { foreignForm, foreignReason } from './pictures/foreign-forms.js';
import { isDocumentation, isLitter, naturalOrder } from './paths.js';
import { openArchives } from './readers/archives.js';
import { lookAt } from './readings/given.js';
import { framePicture } from './pictures/resize.js';
import type { ImageDecoder, Picture } from './types.js';

/** A picture that can be read as the square that a network takes. */
export interface SquarePicture {
  readonly name: string;
  /** [side, side, 4] RGBA, as from `Dataset.pixels`. Rejects with `data.image` where it cannot be decoded. */
  pixels(side: number, framing: Framing): Promise<Uint8Array<ArrayBuffer>>;
}

/** A picture without a label. */
export interface UnlabelledPicture extends SquarePicture {
  /** The decoded picture in its own size; rejects as {@link pixels} does. */
  picture(): Promise<Picture>;
}

export interface UnlabelledPictures {
  readonly pictures: readonly UnlabelledPicture[];
  /** Files that are not pictures or cannot be read, with reasons. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Finds all pictures in files, folders and archives, in the natural order of their paths. Folder names do not matter. Rejects with
 * `data.empty` where there is none; the sentence says what was found instead.
 *
 * @param name the name of the whole selection in messages.
 */
export async function openUnlabelled(
  files: readonly ByteSource[],
  decoder: ImageDecoder,
  name: string,
): Promise<UnlabelledPictures> {
  const opened = await openArchives(files.filter((file) => !isLitter(file.name)));
  const { given, skipped: hidden } = await lookAt(opened.files, name);
  const strangers = await Promise.all(
    given.others
      .filter((file) => !isDocumentation(file.name))
      .map(async (file) => {
        const form = foreignForm(await given.head(file), file.name);
        return { name: file.name, reason: form ? foreignReason(form) : 'is no picture' };
      }),
  );
  const unreadable = [...given.unreadable].map(([file, reason]) => ({ name: file.name, reason }));
  const skipped = [...opened.skipped, ...hidden, ...unreadable, ...strangers];
  if (given.pictures.length === 0) {
    const [first] = skipped;
    const detail = first
      ? `; left out: ${first.name} (${first.reason})${skipped.length > 1 ? ` and ${skipped.length - 1} more` : ''}`
      : '';
    throw new PlaygroundError('data.empty', `${name}: holds no picture that can be read${detail}`, { subject: name });
  }
  const ordered = [...given.pictures].sort((a, b) => naturalOrder(a.name, b.name));
  return {
    pictures: ordered.map((source) => {
      const { name } = source;
      const picture = (): Promise<Picture> => pictureOf({ name, content: { kind: 'file', source } }, decoder);
      return { name, picture, pixels: async (side, framing) => framePicture(await picture(), side, framing) };
    }),
    skipped,
  };
}
