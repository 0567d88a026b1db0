import type { Random } from '../random.js';

/** A pattern: from a position (u, v) in the picture, each 0 to 1, to a value from 0 to 1 that mixes two colours. */
export type Field = (u: number, v: number) => number;

/** Makes a random pattern of one kind. Edges are softened over `pixel`, the side of a pixel in units of the picture's side. */
export type FieldMaker = (random: Random, pixel: number) => Field;

const clamp = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);
const fraction = (x: number): number => x - Math.floor(x);

/** A smooth step from 0 to 1 around x = 0; `width` is in the units of `x`. */
const edge = (x: number, width: number): number => {
  const t = clamp(x / Math.max(width, 1e-6) + 0.5);
  return t * t * (3 - 2 * t);
};

/** The distance to the nearest whole number, 0 to 0.5. */
const toWhole = (x: number): number => Math.abs(x - Math.round(x));

const LATTICE = 32;

/** A lattice of random numbers from 0 to 1 that repeats every {@link LATTICE} cells. */
function lattice(random: Random): (column: number, row: number) => number {
  const values = Float32Array.from({ length: LATTICE * LATTICE }, () => random.unit());
  return (column, row) => values[(row & (LATTICE - 1)) * LATTICE + (column & (LATTICE - 1))] as number;
}

/** Value noise: interpolates the lattice smoothly. */
function valueNoise(random: Random): Field {
  const at = lattice(random);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fx = x - column;
    const fy = y - row;
    const sx = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const sy = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const upper = at(column, row) + (at(column + 1, row) - at(column, row)) * sx;
    const lower = at(column, row + 1) + (at(column + 1, row + 1) - at(column, row + 1)) * sx;
    return upper + (lower - upper) * sy;
  };
}

/** The sum of three octaves of noise, scaled to 0 to 1. */
function cloudNoise(random: Random): Field {
  const noise = valueNoise(random);
  return (x, y) => (noise(x, y) * 4 + noise(x * 2 + 7.3, y * 2 + 1.7) * 2 + noise(x * 4 + 3.1, y * 4 + 9.2)) / 7;
}

/** Rotates, scales, shifts and slightly bends the plane, so that the patterns of two pictures of a class never coincide. */
function placed(random: Random, frequency: number, bend: number, inner: Field): Field {
  const angle = random.unit() * 2 * Math.PI;
  const cos = Math.cos(angle) * frequency;
  const sin = Math.sin(angle) * frequency;
  const stretch = random.between(0.85, 1.18);
  const shiftX = random.unit() * LATTICE;
  const shiftY = random.unit() * LATTICE;
  const warp = valueNoise(random);
  return (u, v) => {
    const wu = u + bend * (warp(u * 2.5, v * 2.5) - 0.5);
    const wv = v + bend * (warp(u * 2.5 + 11.5, v * 2.5 + 5.5) - 0.5);
    return inner((cos * wu - sin * wv) * stretch + shiftX, sin * wu + cos * wv + shiftY);
  };
}

export const plain: FieldMaker = (random) => {
  const angle = random.unit() * 2 * Math.PI;
  const cos = Math.cos(angle) * 0.7;
  const sin = Math.sin(angle) * 0.7;
  return (u, v) => clamp(0.5 + cos * (u - 0.5) + sin * (v - 0.5));
};

export const dots: FieldMaker = (random, pixel) => {
  const frequency = random.between(4, 8.5);
  const radius = random.between(0.2, 0.34);
  const at = lattice(random);
  return placed(random, frequency, 0.05, (x, y) => {
    const row = Math.floor(y);
    const shifted = x + (row & 1) * 0.5;
    const size = radius * (0.8 + 0.35 * at(Math.floor(shifted), row));
    return edge(size - Math.hypot(fraction(shifted) - 0.5, fraction(y) - 0.5), 2 * pixel * frequency);
  });
};

export const bricks: FieldMaker = (random, pixel) => {
  const frequency = random.between(4.5, 9);
  const joint = random.between(0.06, 0.11);
  const at = lattice(random);
  const noise = valueNoise(random);
  return placed(random, frequency, 0.05, (x, y) => {
    const row = Math.floor(y);
    const along = x / 2.2 + (row & 1) * 0.5;
    const inside = Math.min(toWhole(along) * 2.2, toWhole(y)) - joint;
    const face = 0.55 + 0.35 * at(Math.floor(along), row) + 0.2 * (noise(x * 3, y * 3) - 0.5);
    return clamp(face * edge(inside, 2 * pixel * frequency));
  });
};

export const honeycomb: FieldMaker = (random, pixel) => {
  const frequency = random.between(4, 8);
  const joint = random.between(0.05, 0.09);
  const at = lattice(random);
  const rowHeight = Math.sqrt(3) / 2;
  return placed(random, frequency, 0.05, (x, y) => {
    // Finds the two nearest centres of a triangular lattice. A cell's wall is where both are equally far.
    let nearest = 9;
    let second = 9;
    let value = 0;
    const middle = Math.round(y / rowHeight);
    for (let row = middle - 1; row <= middle + 1; row++) {
      const shift = (row & 1) * 0.5;
      const base = Math.round(x - shift);
      for (let column = base - 1; column <= base + 1; column++) {
        const dx = x - shift - column;
        const dy = y - row * rowHeight;
        const distance = dx * dx + dy * dy;
        if (distance < nearest) {
          second = nearest;
          nearest = distance;
          value = at(column, row);
        } else if (distance < second) second = distance;
      }
    }
    return (0.6 + 0.4 * value) * edge((second - nearest) / 2 - joint, 2 * pixel * frequency);
  });
};

export const cells: FieldMaker = (random, pixel) => {
  const frequency = random.between(3.5, 7);
  const alongX = lattice(random);
  const alongY = lattice(random);
  const joint = random.between(0.03, 0.07);
  return placed(random, frequency, 0.08, (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    let nearest = 9;
    let second = 9;
    let value = 0;
    for (let j = row - 1; j <= row + 1; j++) {
      for (let i = column - 1; i <= column + 1; i++) {
        const dx = i + 0.5 + 0.9 * (alongX(i, j) - 0.5) - x;
        const dy = j + 0.5 + 0.9 * (alongY(i, j) - 0.5) - y;
        const distance = dx * dx + dy * dy;
        if (distance < nearest) {
          second = nearest;
          nearest = distance;
          value = alongX(i + 7, j + 3);
        } else if (distance < second) second = distance;
      }
    }
    return (0.5 + 0.5 * value) * edge(Math.sqrt(second) - Math.sqrt(nearest) - joint, 2 * pixel * frequency);
  });
};

export const chevrons: FieldMaker = (random, pixel) => {
  const frequency = random.between(4, 8);
  const rise = random.between(0.7, 1.3);
  const share = random.between(0.2, 0.3);
  return placed(random, frequency, 0.04, (x, y) => edge(toWhole(y + rise * 2 * toWhole(x / 2)) - share, 3 * pixel * frequency));
};

export const clouds: FieldMaker = (random) => {
  const noise = cloudNoise(random);
  return placed(random, random.between(2.5, 5), 0, (x, y) => clamp(0.5 + 1.5 * (noise(x, y) - 0.5)));
};

export const marble: FieldMaker = (random) => {
  const noise = cloudNoise(random);
  const frequency = random.between(2.4, 4.5);
  const veins = random.between(2.2, 3.4);
  return placed(random, frequency, 0, (x, y) => {
    const wave = Math.abs(Math.sin(Math.PI * (x * 0.5 + veins * noise(x * 0.7, y * 0.7))));
    return clamp(1 - (1 - wave) ** 3);
  });
};

export const wood: FieldMaker = (random) => {
  const noise = valueNoise(random);
  const grain = valueNoise(random);
  const rings = random.between(5, 9);
  return placed(random, 1, 0.05, (x, y) => {
    const ring = fraction(rings * (x + 0.55 * noise(x * 1.6, y * 0.45)));
    return clamp(
      0.15 + 0.7 * ring * ring * (3 - 2 * ring) * (ring > 0.92 ? (1 - ring) / 0.08 : 1) + 0.35 * (grain(x * 38, y * 3) - 0.5),
    );
  });
};

export const weave: FieldMaker = (random, pixel) => {
  const frequency = random.between(5, 10);
  const gap = random.between(0.08, 0.14);
  return placed(random, frequency, 0.04, (x, y) => {
    const over = ((Math.floor(x) + Math.floor(y)) & 1) === 0;
    const across = over ? toWhole(x) : toWhole(y);
    const along = over ? fraction(y) : fraction(x);
    const round = 0.45 + 0.55 * Math.sin(Math.PI * along);
    return clamp(round * edge(across - gap, 2 * pixel * frequency) * (over ? 1 : 0.78));
  });
};

export const scales: FieldMaker = (random, pixel) => {
  const frequency = random.between(4, 7);
  const radius = random.between(0.58, 0.66);
  const at = lattice(random);
  return placed(random, frequency, 0.04, (x, y) => {
    // Rows of discs overlap like tiles: the uppermost row that covers a point is the one that shows.
    for (let row = Math.ceil((y - radius) * 2); row <= Math.ceil(y * 2) + 1; row++) {
      const shift = (row & 1) * 0.5;
      const column = Math.round(x - shift);
      const distance = Math.hypot(x - shift - column, y - row / 2);
      if (distance >= radius) continue;
      const rim = edge(radius - 0.1 - distance, 3 * pixel * frequency);
      return clamp(rim * (0.5 + 0.25 * at(column, row) + 0.25 * (distance / radius)));
    }
    return 0;
  });
};

export const grain: FieldMaker = (random) => {
  const noise = valueNoise(random);
  return placed(random, random.between(16, 30), 0, (x, y) => {
    // Two lattices at an angle to each other, so that neither is visible.
    const mixed = noise(x, y) + noise(0.6 * x - 0.8 * y + 9.1, 0.8 * x + 0.6 * y) + 0.8 * noise(0.3 * x, 0.3 * y);
    return clamp(0.5 + 0.9 * (mixed - 1.4));
  });
};
