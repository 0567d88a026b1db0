import { partOfName, wordsOf } from '../../parts.js';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** What lies beside pictures and tells of them pixel by pixel or in words. */
const ABOUT_PICTURES = set(
  'annotation annotations mask masks segmentation segmentations seg trimap trimaps bbox bboxes boxes xml xmls depth depths ' +
    'thumbnail thumbnails thumb thumbs preview previews overlay overlays heatmap heatmaps contour contours landmarks keypoints ' +
    'semantic instance segmentationclass segmentationobject labelimages labels groundtruth',
);
const WITH_ABOUT = set('image images png class classes object objects file files data binary full raw id ids');

/** What a folder is called that only gathers pictures. */
const PICTURES = set(
  'image images img imgs jpegimages jpg jpgs jpeg jpegs png pngs data dataset datasets photos pictures pics samples frames raw rgb input inputs original originals',
);

/** Pieces of one thing, numbered for size and not for kind. */
const PIECES = set(
  'batch batches part parts chunk chunks shard shards group dir folder session seq sequence vol volume day page split block images image img',
);

/** Of which nobody says what they are. */
const UNLABELLED = set(
  'unlabeled unlabelled unknown unannotated unsorted unsup pred predict prediction predictions inference submission holdout',
);

const FILLERS = set(
  'set sets data dataset image images img imgs pictures photos split fold folder part partial all new full final',
);

const allIn = (words: readonly string[], ...sets: ReadonlySet<string>[]): boolean =>
  words.length > 0 && words.every((word) => sets.some((each) => each.has(word)));

/** `annotations`, `SegmentationClass`, `mask_images`: masks and the like, by their folder's name alone. */
export function tellsAboutPictures(name: string): boolean {
  const words = wordsOf(name);
  return allIn(words, ABOUT_PICTURES, WITH_ABOUT) && words.some((word) => ABOUT_PICTURES.has(word));
}

/** `images`, `JPEGImages`, `data`: a folder that gathers and does not tell apart. */
export const gathersPictures = (name: string): boolean => allIn(wordsOf(name), PICTURES);

/** `batch0`, `part_2`. */
export const isPiece = (name: string): boolean => /\d/.test(name) && allIn(wordsOf(name), PIECES);

export const isUnlabelled = (name: string): boolean => wordsOf(name).some((word) => UNLABELLED.has(word));

/** Whether a name says a part and nothing else: `train`, `Training Set`, `test1`, but not `test tubes`. */
export function isPurePart(name: string): boolean {
  if (partOfName(name) === null) return false;
  return wordsOf(name).every((word) => partOfName(word) !== null || FILLERS.has(word));
}

/** What is left of a name without its words for parts: `train_cat` is `cat`. */
export function withoutPart(name: string): string {
  const kept = name.split(/([-._ ]+)/).filter((word) => partOfName(word) === null);
  return kept.join('').replace(/^[-._ ]+|[-._ ]+$/g, '');
}

/** A mask in the folder of its picture: `benign (1)_mask`, `0_mask_1`. */
export const maskedStem = (stem: string): string | null =>
  /^(.+?)[-_ ](mask|seg|segmentation|label|trimap|gt)([-_ ]?\d+)?$/i.exec(stem)?.[1] ?? null;
