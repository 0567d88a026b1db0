// Copies the first tokens of each image, and computes the gradient of that.
//   y[image, t] = x[image, t]     dx[image, t] = passing[image, t] + dy[image, t], both for t < kept; dx of the others is passing, or 0
// x, passing, dx [B, N, C], y, dy [B, kept, C], passing or 0
// reads x; dy, passing   writes (=) y; dx
import { loadSome, storeSome } from './common/vector';

export function firstTokens(x: usize, y: usize, images: i32, tokens: i32, kept: i32, channels: i32): void {
  const bytes = <usize>(kept * channels) << 2;
  for (let image = 0; image < images; image++) {
    memory.copy(y, x, bytes);
    x += <usize>(tokens * channels) << 2;
    y += bytes;
  }
}

export function firstTokensBackward(
  dy: usize, passing: usize, dx: usize, images: i32, tokens: i32, kept: i32, channels: i32,
): void {
  const whole = <usize>(tokens * channels) << 2;
  const bytes = <usize>(kept * channels) << 2;
  for (let image = 0; image < images; image++) {
    if (passing) {
      memory.copy(dx, passing, whole);
      addTo(dx, dy, kept * channels);
      passing += whole;
    } else {
      memory.copy(dx, dy, bytes);
      memory.fill(dx + bytes, 0, whole - bytes);
    }
    dy += bytes;
    dx += whole;
  }
}

function addTo(out: usize, a: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const at = <usize>i << 2;
    storeSome(out + at, f32x4.add(loadSome(out + at, length - i), loadSome(a + at, length - i)), length - i);
  }
}
