import { Fixtures } from '../fixtures.js';

/** The classes of {@link drawStripes}. */
export const STRIPE_CLASSES = 4;

/** A batch of pictures of stripes in the direction and strength of their class, with a width and noise drawn for each picture. */
export function drawStripes(seed: number, count: number, side: number) {
  const random = new Fixtures(seed);
  const labels = Uint32Array.from({ length: count }, (_, i) => (i + seed) % STRIPE_CLASSES);
  const pixels = new Uint8Array(count * side * side * 4).fill(255);
  for (const [picture, label] of labels.entries()) {
    const width = 3 + 5 * random.next();
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const light = 128 + 100 * Math.sin((label % 2 === 0 ? x : y) / width) * (label < 2 ? 1 : 0.4);
        const at = 4 * ((picture * side + y) * side + x);
        for (let channel = 0; channel < 3; channel++) pixels[at + channel] = light + 20 * random.next();
      }
    }
  }
  return { pixels, labels, count };
}
