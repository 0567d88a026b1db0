import type { Measured } from '../../formats/exports/measured.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import { proportionInterval } from '../../results/intervals.js';
import { paintScene } from '../../results/maps/paint.js';
import { patchColours, regionsAt } from '../../results/maps/regions.js';
import { drops, methodUnit, reduces } from '../../vit/methods/index.js';
import type { Classified, Classifier } from '../classifier.js';
import { element } from './elements.js';

/** How many classes are listed, the most probable first. */
const LISTED = 5;

const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

/** How accurate the classifier was when it was measured, in words. */
function measuredWords({ part, images, right, mostFrequent }: Measured): string {
  const { value, low, high } = proportionInterval(right, images);
  const chance =
    mostFrequent === null ? '' : ` Always predicting the most frequent class is right for ${percent(mostFrequent / images)}.`;
  return `Right for ${percent(value)} of ${images} ${part} pictures that it was not trained on (95 % interval ${percent(low)} to ${percent(high)}).${chance}`;
}

/** `Is it cat, dog or horse?`, or `Which of 10 classes is it?` */
function questionOf(classes: readonly string[]): string {
  if (classes.length > 4) return `Which of ${classes.length} classes is it?`;
  return `Is it ${classes.slice(0, -1).join(', ')} or ${classes.at(-1) ?? ''}?`;
}

/** The contents of the page once the model is loaded: its name, the answer, and the picture with its merges. */
export class View {
  readonly #metadata: AdaptedMetadata;
  readonly #block = element('block', HTMLInputElement);
  readonly #canvas = element('map', HTMLCanvasElement);
  #shown: Classified | null = null;

  constructor({ metadata, measured }: Pick<Classifier, 'metadata' | 'measured'>) {
    this.#metadata = metadata;
    element('measured', HTMLElement).textContent = measured ? measuredWords(measured) : '';
    const { classes, configuration, schedule } = metadata;
    const title = questionOf(classes);
    document.title = title;
    element('title', HTMLElement).textContent = title;
    element('lead', HTMLElement).textContent = 'The picture is classified on this machine and never leaves it.';
    const merging = reduces(configuration.method);
    const does = drops(configuration.method) ? 'drop' : 'merge';
    element('model', HTMLElement).textContent = [
      `A vision transformer adapted with PYRA Playground: ${configuration.imageSize} pixels, ${methodUnit(configuration.method).label}`,
      merging ? `, whose ${schedule.length} blocks ${does} ${schedule.join(', ')} tokens.` : '.',
    ].join('');
    this.#block.max = String(schedule.length);
    this.#block.value = this.#block.max;
    this.#block.addEventListener('input', () => this.#paint());
    element('blocks', HTMLElement).hidden = !merging;
    element('controls', HTMLElement).hidden = false;
  }

  /** Shows a sentence above the answer; an empty one removes it. */
  say(sentence: string, isProblem = false): void {
    const status = element('status', HTMLElement);
    status.textContent = sentence;
    status.classList.toggle('wrong', isProblem);
  }

  show(found: Classified): void {
    this.#shown = found;
    const { classes } = this.#metadata;
    const { label, probabilities, milliseconds } = found;
    const answer = element('answer', HTMLElement);
    const name = classes[label] ?? `class ${label}`;
    // Set only when it changes, so that screen readers do not repeat the same answer.
    if (answer.textContent !== name) answer.textContent = name;
    const order = [...probabilities.keys()].sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));
    const rows = order.slice(0, LISTED).map((index) => row(classes[index] ?? `class ${index}`, probabilities[index] ?? 0));
    element('classes', HTMLElement).replaceChildren(...rows);
    element('time', HTMLElement).textContent = `Computed in ${milliseconds.toFixed(1)} ms on one processor of this machine.`;
    element('shown', HTMLElement).hidden = false;
    this.#paint();
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d');
    if (!this.#shown || !context) return;
    const { map } = this.#shown;
    const { pixels, imageSize } = map;
    const picture = new OffscreenCanvas(imageSize, imageSize);
    picture.getContext('2d')?.putImageData(new ImageData(pixels.slice(), imageSize, imageSize), 0, 0);
    const position = this.#block.valueAsNumber;
    const regions = regionsAt(map, position, patchColours(map));
    const scene = { map, from: regions, to: regions, blend: 1, position, overlay: 'none', pointed: null, pair: null } as const;
    paintScene(context, picture, scene, this.#canvas.width, '#0066a1');
    const caption = this.#caption(position, regions.tokens, regions.members.size);
    element('caption', HTMLElement).textContent = caption;
    this.#canvas.setAttribute('aria-label', `The picture. ${caption}`);
    this.#block.setAttribute('aria-valuetext', caption);
  }

  #caption(position: number, tokens: number, regions: number): string {
    const { schedule, configuration } = this.#metadata;
    if (!reduces(configuration.method)) return `${tokens} tokens in every block: this model merges none.`;
    const where = position === 0 ? 'Before the first block' : `After block ${position} of ${schedule.length}`;
    const others = tokens - regions;
    return `${where}: ${regions} ${regions === 1 ? 'region' : 'regions'} and ${others === 1 ? 'the class token' : `${others} other tokens`}. Each outline is one token.`;
  }
}

function row(name: string, probability: number): HTMLLIElement {
  const item = document.createElement('li');
  const [label, value, bar, filled] = [0, 1, 2, 3].map(() => document.createElement('span'));
  label?.append(name);
  value?.append(percent(probability));
  bar?.classList.add('bar');
  if (filled) filled.style.width = `${100 * probability}%`;
  if (filled) bar?.append(filled);
  item.append(...[label, value, bar].filter((part) => part !== undefined));
  return item;
}
