import type { Random } from '../random.js';
import type { Colour } from './colours.js';
import type { Field } from './fields.js';
import type { Form } from './forms.js';

export interface Fill {
  readonly field: Field;
  readonly from: Colour;
  readonly to: Colour;
}

/** Where a form stands: centre and radius in units of the picture's side, turned by `angle` (radians, from +x towards +y). */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
}

/**
 * A square picture that is being drawn, in sRGB floats. Positions and lengths are in units of its side, so that every side shows the same
 * scene.
 */
export class Canvas {
  readonly side: number;
  /** The side of a pixel, in units of the picture's side. */
  readonly pixel: number;
  readonly #rgb: Float32Array;

  constructor(side: number) {
    this.side = side;
    this.pixel = 1 / side;
    this.#rgb = new Float32Array(side * side * 3);
  }

  fill({ field, from, to }: Fill): void {
    const rgb = this.#rgb;
    let at = 0;
    for (let y = 0; y < this.side; y++) {
      for (let x = 0; x < this.side; x++) {
        const t = field((x + 0.5) * this.pixel, (y + 0.5) * this.pixel);
        for (let c = 0; c < 3; c++) rgb[at++] = (from[c] as number) + ((to[c] as number) - (from[c] as number)) * t;
      }
    }
  }

  /** Fills the inside of a form. The edge is softened over `softness`, by default one pixel; `opacity` is from 0 to 1. */
  draw(form: Form, place: Place, fill: Fill, { softness = this.pixel, opacity = 1 } = {}): void {
    const { side, pixel } = this;
    const { field, from, to } = fill;
    const rgb = this.#rgb;
    const reach = 1.05 * place.radius + softness;
    const cos = Math.cos(place.angle) / place.radius;
    const sin = Math.sin(place.angle) / place.radius;
    const left = Math.max(0, Math.floor((place.x - reach) * side));
    const right = Math.min(side, Math.ceil((place.x + reach) * side));
    const top = Math.max(0, Math.floor((place.y - reach) * side));
    const bottom = Math.min(side, Math.ceil((place.y + reach) * side));
    for (let row = top; row < bottom; row++) {
      const y = (row + 0.5) * pixel;
      for (let column = left; column < right; column++) {
        const x = (column + 0.5) * pixel;
        const dx = x - place.x;
        const dy = y - place.y;
        const distance = form(cos * dx + sin * dy, cos * dy - sin * dx) * place.radius;
        const covered = Math.min(1, Math.max(0, 0.5 - distance / softness)) * opacity;
        if (covered === 0) continue;
        const t = field(x, y);
        const at = (row * side + column) * 3;
        for (let c = 0; c < 3; c++) {
          const below = rgb[at + c] as number;
          rgb[at + c] = below + ((from[c] as number) + ((to[c] as number) - (from[c] as number)) * t - below) * covered;
        }
      }
    }
  }

  /** Draws a soft dark shadow, a little below and to the right of the place. */
  shadow(form: Form, place: Place): void {
    const softness = 0.3 * place.radius;
    const shifted = { ...place, x: place.x + 0.08 * place.radius, y: place.y + 0.12 * place.radius };
    const night = [0.02, 0.02, 0.05] as const;
    this.draw(form, shifted, { field: () => 0, from: night, to: night }, { softness, opacity: 0.35 });
  }

  /** Adds light from one side and film grain, and rounds to 8 bits. Returns [side, side, 4] RGBA. */
  develop(random: Random): Uint8Array<ArrayBuffer> {
    const { side, pixel } = this;
    const angle = random.unit() * 2 * Math.PI;
    const strength = random.between(0.05, 0.3);
    const slopeX = Math.cos(angle) * strength;
    const slopeY = Math.sin(angle) * strength;
    const noise = random.between(0.005, 0.03);
    const result = new Uint8ClampedArray(side * side * 4);
    for (let row = 0, at = 0; row < side; row++) {
      for (let column = 0; column < side; column++, at++) {
        const light = 1 + slopeX * ((column + 0.5) * pixel - 0.5) + slopeY * ((row + 0.5) * pixel - 0.5);
        const speck = noise * (random.unit() + random.unit() - 1);
        for (let c = 0; c < 3; c++) result[at * 4 + c] = 255 * ((this.#rgb[at * 3 + c] as number) * light + speck);
        result[at * 4 + 3] = 255;
      }
    }
    return new Uint8Array(result.buffer);
  }
}
