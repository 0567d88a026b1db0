import type { BuiltinTask } from '../../vit/configuration.js';
import type { Random } from '../random.js';
import { Canvas, type Fill, type Place } from './canvas.js';
import { drawScheme, oklch, type Colour } from './colours.js';
import * as fields from './fields.js';
import { arrow, bar, FORMS, type Form } from './forms.js';

/** A question about a picture, its possible answers, and how a picture with a given answer is drawn. */
interface Scene {
  readonly classes: readonly string[];
  /** Paints the picture whose answer is `classes[label]`. */
  paint(canvas: Canvas, label: number, random: Random): void;
}

const GROUNDS = [fields.plain, fields.plain, fields.clouds, fields.grain, fields.marble] as const;
const FILLS = [fields.plain, fields.plain, fields.clouds] as const;

const flat = (colour: Colour): Fill => ({ field: () => 0, from: colour, to: colour });

function ground(random: Random, pixel: number, colours: readonly [Colour, Colour]): Fill {
  return { field: random.pick(GROUNDS)(random, pixel), from: colours[0], to: colours[1] };
}

/** Draws small bars without meaning, so that a speck of another colour does not give away the answer. */
function scatter(canvas: Canvas, random: Random, colour: Colour, most: number): void {
  const count = random.below(most + 1);
  for (let i = 0; i < count; i++) {
    const place = {
      x: random.between(0.05, 0.95),
      y: random.between(0.05, 0.95),
      radius: random.between(0.03, 0.09),
      angle: random.unit() * 2 * Math.PI,
    };
    canvas.draw(bar, place, flat(colour), { opacity: random.between(0.35, 0.75) });
  }
}

/** One large figure on a ground, with distracting bars. */
interface Figure {
  readonly form: Form;
  /** The largest number of bars. */
  readonly bars: number;
  readonly radius: readonly [least: number, most: number];
  /** The least distance of its centre from the picture's sides. */
  readonly margin: number;
  readonly angle: (random: Random) => number;
}

function paintFigure(canvas: Canvas, random: Random, { form, bars, radius: [least, most], margin, angle }: Figure): void {
  const scheme = drawScheme(random);
  canvas.fill(ground(random, canvas.pixel, scheme.ground));
  scatter(canvas, random, scheme.other, bars);
  const radius = random.between(least, most);
  const apart = Math.max(radius, margin);
  const place = { x: random.between(apart, 1 - apart), y: random.between(apart, 1 - apart), radius, angle: angle(random) };
  canvas.shadow(form, place);
  const field = random.pick(FILLS)(random, canvas.pixel);
  canvas.draw(form, place, { field, from: scheme.figure[0], to: scheme.figure[1] });
}

const formNames = Object.keys(FORMS);
const forms: readonly Form[] = Object.values(FORMS);

const shapes: Scene = {
  classes: formNames,
  paint(canvas, label, random) {
    const form = forms[label] ?? FORMS.disc;
    // Tilted as objects in photographs are, but not upside down.
    const angle = (drawn: Random): number => drawn.between(-0.35, 0.35);
    paintFigure(canvas, random, { form, bars: 4, radius: [0.27, 0.42], margin: 0.36, angle });
  },
};

const COUNTED = [FORMS.disc, FORMS.square, FORMS.triangle, FORMS.star, FORMS.heart] as const;
const MOST = 8;

/** Throws darts for places that do not overlap. After many misses the forms become smaller. */
function spread(random: Random, count: number, largest: number): Place[] {
  const places: Place[] = [];
  let largestNow = largest;
  for (let misses = 0; places.length < count; misses++) {
    if (misses > 40) {
      largestNow *= 0.9;
      misses = 0;
    }
    const radius = largestNow * random.between(0.75, 1);
    const x = random.between(radius + 0.02, 0.98 - radius);
    const y = random.between(radius + 0.02, 0.98 - radius);
    const free = places.every((other) => Math.hypot(other.x - x, other.y - y) > 1.12 * (radius + other.radius));
    if (free) places.push({ x, y, radius, angle: random.unit() * 2 * Math.PI });
  }
  return places;
}

const count: Scene = {
  classes: Array.from({ length: MOST }, (_, i) => String(i + 1)),
  paint(canvas, label, random) {
    const scheme = drawScheme(random);
    canvas.fill(ground(random, canvas.pixel, scheme.ground));
    const alike = random.chance(0.5);
    const common = random.pick(COUNTED);
    const lightness = scheme.dark ? random.between(0.66, 0.86) : random.between(0.4, 0.62);
    const firstHue = random.unit();
    const hues = random.between(0.05, 0.6);
    for (const place of spread(random, label + 1, random.between(0.09, 0.16))) {
      const form = alike ? common : random.pick(COUNTED);
      const colour = oklch(lightness + random.between(-0.07, 0.07), random.between(0.1, 0.17), firstHue + hues * random.unit());
      canvas.shadow(form, place);
      canvas.draw(form, place, flat(colour));
    }
  },
};

/** Angles turn clockwise, since y points down. */
const DIRECTIONS = ['east', 'south-east', 'south', 'south-west', 'west', 'north-west', 'north', 'north-east'] as const;

const orientation: Scene = {
  classes: DIRECTIONS,
  paint(canvas, label, random) {
    // Up to 11 degrees to either side; the border to the next direction is at 22.5.
    const angle = (drawn: Random): number => ((label + drawn.between(-0.25, 0.25)) * Math.PI) / 4;
    paintFigure(canvas, random, { form: arrow, bars: 5, radius: [0.28, 0.44], margin: 0.38, angle });
  },
};

const TEXTURES = {
  bricks: fields.bricks,
  cells: fields.cells,
  chevrons: fields.chevrons,
  dots: fields.dots,
  grain: fields.grain,
  honeycomb: fields.honeycomb,
  marble: fields.marble,
  scales: fields.scales,
  weave: fields.weave,
  wood: fields.wood,
} as const satisfies Record<string, fields.FieldMaker>;
const textureMakers: readonly fields.FieldMaker[] = Object.values(TEXTURES);

const texture: Scene = {
  classes: Object.keys(TEXTURES),
  paint(canvas, label, random) {
    const scheme = drawScheme(random);
    const colours: [Colour, Colour] = [scheme.ground[0], random.chance(0.5) ? scheme.figure[0] : scheme.other];
    const [from, to] = random.chance(0.5) ? colours : [colours[1], colours[0]];
    const field = (textureMakers[label] ?? fields.plain)(random, canvas.pixel);
    canvas.fill({ field, from, to });
  },
};

export const SCENES: Readonly<Record<BuiltinTask, Scene>> = { shapes, count, orientation, texture };

/** Draws one picture, [side, side, 4] RGBA. The scene depends on the generator's keys, not on the side. */
export function paintScene(task: BuiltinTask, label: number, side: number, random: Random): Uint8Array<ArrayBuffer> {
  const canvas = new Canvas(side);
  SCENES[task].paint(canvas, label, random);
  return canvas.develop(random);
}
