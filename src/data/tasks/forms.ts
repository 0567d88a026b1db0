/**
 * The signed distance from a point to a form's outline, negative inside, in units of the form's radius. The form lies within radius 1 of
 * its centre.
 */
export type Form = (x: number, y: number) => number;

type Point = readonly [x: number, y: number];

/** The signed distance to a closed polygon whose corners are rounded with radius `rounding`. */
function polygon(points: readonly Point[], rounding = 0): Form {
  const count = points.length;
  const xs = Float64Array.from(points, ([x]) => x);
  const ys = Float64Array.from(points, ([, y]) => y);
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    for (let i = 0, j = count - 1; i < count; j = i++) {
      const ax = xs[i] as number;
      const ay = ys[i] as number;
      const bx = xs[j] as number;
      const by = ys[j] as number;
      const ex = bx - ax;
      const ey = by - ay;
      const t = Math.min(1, Math.max(0, ((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey)));
      const dx = x - ax - t * ex;
      const dy = y - ay - t * ey;
      nearest = Math.min(nearest, dx * dx + dy * dy);
      // A ray to the right crosses this edge: inside and outside swap.
      if (ay > y !== by > y && x < (ex * (y - ay)) / ey + ax) inside = !inside;
    }
    const distance = Math.sqrt(nearest);
    return (inside ? -distance : distance) - rounding;
  };
}

function regular(corners: number, radius: number, inner = radius): Point[] {
  const steps = inner === radius ? corners : corners * 2;
  return Array.from({ length: steps }, (_, i) => {
    const angle = (2 * Math.PI * i) / steps - Math.PI / 2;
    const r = i % 2 === 1 ? inner : radius;
    return [r * Math.cos(angle), r * Math.sin(angle)] as const;
  });
}

function traced(steps: number, at: (turn: number) => Point): Point[] {
  return Array.from({ length: steps }, (_, i) => at((2 * Math.PI * i) / steps));
}

function box(halfWidth: number, halfHeight: number, rounding: number): Form {
  return (x, y) => {
    const dx = Math.abs(x) - halfWidth + rounding;
    const dy = Math.abs(y) - halfHeight + rounding;
    return Math.min(Math.max(dx, dy), 0) + Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) - rounding;
  };
}

const disc =
  (radius: number): Form =>
  (x, y) =>
    Math.hypot(x, y) - radius;

export const FORMS = {
  crescent: (x, y) => Math.max(Math.hypot(x, y) - 0.9, 0.74 - Math.hypot(x - 0.42, y)),
  cross: (x, y) => Math.min(box(0.88, 0.29, 0.05)(x, y), box(0.29, 0.88, 0.05)(x, y)),
  disc: disc(0.8),
  drop: polygon(
    traced(40, (turn) => {
      const narrow = Math.sin(turn / 2) ** 1.6;
      return [0.72 * Math.sin(turn) * narrow, 0.95 * -Math.cos(turn)];
    }),
  ),
  heart: polygon(
    traced(56, (turn) => [
      0.92 * Math.sin(turn) ** 3,
      -0.06 - (0.75 * Math.cos(turn) - 0.29 * Math.cos(2 * turn) - 0.115 * Math.cos(3 * turn) - 0.06 * Math.cos(4 * turn)),
    ]),
  ),
  pentagon: polygon(regular(5, 0.88), 0.04),
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.66) - 0.2,
  square: box(0.7, 0.7, 0.06),
  star: polygon(regular(5, 0.96, 0.42), 0.03),
  triangle: polygon(regular(3, 0.9), 0.05),
} as const satisfies Record<string, Form>;

export const bar = box(1, 0.16, 0.16);

/** Points towards +x, and extends from -0.96 to 0.96. */
export const arrow = polygon(
  [
    [-0.92, -0.19],
    [0.1, -0.19],
    [0.1, -0.6],
    [0.92, 0],
    [0.1, 0.6],
    [0.1, 0.19],
    [-0.92, 0.19],
  ],
  0.04,
);
