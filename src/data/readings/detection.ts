import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { baseName, stemOf } from '../paths.js';
import { hasCvatShapes } from './tables/xml.js';
import type { Given, Reader, Refusal } from './types.js';

const text = async (given: Given, file: ByteSource): Promise<string> => new TextDecoder().decode(await given.head(file));

/** Files with the name of a picture and another extension, which annotation tools write. */
function besidePictures(given: Given, ending: RegExp): ByteSource[] {
  const stems = new Set(given.pictures.map(({ name }) => stemOf(name)));
  return given.others.filter(({ name }) => ending.test(name) && stems.has(stemOf(name)));
}

function refusal(given: Given, form: string, files: readonly ByteSource[], pictures = given.pictures.length): Refusal {
  const [first] = files;
  const name = first?.name ?? given.name;
  const reason = `holds ${form}: boxes or outlines in pictures, and one class for each picture is learnt here; cut the boxes out into a folder for each class`;
  return {
    kind: 'refusal',
    form: 'detection',
    accounts: new Set(files),
    pictures,
    reason,
    error: new PlaygroundError('file.unsupported', `${given.name}: is a detection or segmentation set; ${name} ${reason}`, {
      subject: name,
    }),
  };
}

/** Whether every line has a number and four or more coordinates from 0 to 1. */
const isYolo = (content: string): boolean => {
  const lines = content.split(/\r?\n/).slice(0, -1);
  const shown = (lines.length === 0 ? [content] : lines).filter((line) => line.trim() !== '');
  return shown.length > 0 && shown.every((line) => /^\d+(\s+[01]?\.?\d+(e-?\d+)?){4,}\s*$/i.test(line));
};

const isCoco = (content: string): boolean => /"(annotations|images|categories)"\s*:/.test(content);

/** Names that COCO gives to lists of things in pictures, which may be several in one, whatever such a list says of each. */
export const namesThings = (file: string): boolean => /(instances|person_keypoints|panoptic|segm|stuff)_/i.test(baseName(file));

/** A box or an outline that is not empty; COCO's form without any gives each picture a category, and is read as a table. */
const BOXED = /"(bbox|segmentation|keypoints|segments_info)"\s*:\s*(\[\s*[^\]\s]|\{)/;
const SAMPLE_BYTES = 2 ** 20;

/** A file's text, or of a long one the beginning, the middle and the end. */
async function sampled(file: ByteSource): Promise<string> {
  const decoder = new TextDecoder();
  if (file.size <= 16 * SAMPLE_BYTES) return decoder.decode(await file.read(0, file.size));
  const middle = Math.floor(file.size / 2);
  const starts = [0, middle, file.size - SAMPLE_BYTES];
  return (await Promise.all(starts.map((start) => file.read(start, SAMPLE_BYTES))))
    .map((bytes) => decoder.decode(bytes))
    .join('\n');
}

/** Refuses detection and segmentation sets (COCO, YOLO, VOC), since their pictures have no single class. */
export const readDetection: Reader = async (given) => {
  if (given.pictures.length === 0) return [];
  const found: Refusal[] = [];
  const lists = given.others.filter(({ name }) => /\.json$/i.test(name));
  const coco: ByteSource[] = [];
  for (const file of lists.slice(0, 50)) {
    const named = /(instances|coco|annotations|segm|panoptic|person_keypoints)/i.test(baseName(file.name));
    if (named || isCoco(await text(given, file))) {
      const samples = await sampled(file);
      if (isCoco(samples) && (namesThings(file.name) || BOXED.test(samples))) coco.push(file);
    }
  }
  if (coco.length > 0) found.push(refusal(given, 'COCO annotations', coco));
  const xml = given.others.filter(({ name }) => /\.xml$/i.test(name)).slice(0, 50);
  const shaped: ByteSource[] = [];
  for (const file of xml)
    if ((await text(given, file)).includes('<annotations') && hasCvatShapes(await sampled(file))) shaped.push(file);
  if (shaped.length > 0) found.push(refusal(given, 'CVAT annotations', shaped));
  const texts = besidePictures(given, /\.txt$/i);
  if (texts.length > 0 && texts.length >= 0.5 * given.pictures.length) {
    const sample = await Promise.all(texts.slice(0, 20).map((file) => text(given, file)));
    const filled = sample.filter((content) => content.trim() !== '');
    if (filled.length > 0 && filled.every(isYolo)) found.push(refusal(given, 'YOLO labels', texts, texts.length));
  }
  const described = besidePictures(given, /\.xml$/i);
  if (described.length > 0 && described.length >= given.pictures.length / 6) {
    const sample = await Promise.all(described.slice(0, 5).map((file) => text(given, file)));
    if (sample.some((content) => /<annotation|<object|<bndbox/.test(content)))
      found.push(refusal(given, 'VOC annotations', described, described.length));
  }
  return found;
};
