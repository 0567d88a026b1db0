// The size-weighted mean of the tokens that go to the same row, and its gradient. A token alone in its row is copied.
//   w = x size;  out = (w_odd + sum over its pairs, in their order, of w_even factor) / outSize,  outSize = sum of sizes
//   factor = 1 + g_D[c] g_r[pair], where a missing half (0) is 1; without both halves factor = 1
//   if tokens that merge away are dropped, w_even = 0 and their gradient is zero
//   backward: dw = dout[row of n] / outSize[row of n];  dx = size (dw factor + sum over n's pairs, in their order, of dpairSum)
// x, dx [B, N, C], size [B, N] or 0 for ones, pairs [B, r, 2] (even, odd), rowOf [B, N], originOf [B, N - r], gChannels [B, C] or 0,
// gPairs [B, r] or 0, dpairSum [B, r, C] or 0, out, dout [B, N - r, C], outSize [B, N - r]
// merge reads x, size, pairs, originOf, gChannels, gPairs; writes (=) out, outSize
// mergeBackward reads dout, pairs, rowOf, size, outSize, gChannels, gPairs, dpairSum; writes (=) dx
import { copyFloats, fma, loadSome, splat, storeSome } from '../common/vector';

@inline
function sizeOf(size: usize, token: i32): f32 { return size ? load<f32>(size + (<usize>token << 2)) : 1; }

export function merge(
  x: usize, size: usize, pairs: usize, originOf: usize, gChannels: usize, gPairs: usize, out: usize, outSize: usize,
  images: i32, tokens: i32, channels: i32, r: i32, drops: i32,
): void {
  const stride = <usize>channels << 2;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < tokens - r; row++, originOf += 4, out += stride, outSize += 4) {
      const origin = load<i32>(originOf);
      const keeper = image * tokens + origin;
      const own = sizeOf(size, keeper);
      let sum = own;
      let meets = false;
      for (let k = image * r; !drops && origin & 1 && k < (image + 1) * r; k++) {
        const pair = pairs + (<usize>k << 3);
        if (load<i32>(pair, 4) != origin >> 1) continue;
        if (!meets) scaleRow(x + <usize>keeper * stride, out, channels, own);
        meets = true;
        const even = image * tokens + 2 * load<i32>(pair);
        const weight = sizeOf(size, even);
        const g = gChannels ? gChannels + <usize>image * stride : 0;
        const strength: f32 = gPairs ? load<f32>(gPairs + (<usize>k << 2)) : 1;
        addScaled(x + <usize>even * stride, out, channels, weight, g, strength, gChannels != 0 || gPairs != 0);
        sum += weight;
      }
      if (meets) divideRow(out, channels, sum);
      else copyFloats(x + <usize>keeper * stride, out, channels);
      store<f32>(outSize, sum);
    }
  }
}

function scaleRow(x: usize, out: usize, channels: i32, factor: f32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    storeSome(out + at, f32x4.mul(loadSome(x + at, channels - c), splat(factor)), channels - c);
  }
}

function divideRow(out: usize, channels: i32, divisor: f32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    storeSome(out + at, f32x4.div(loadSome(out + at, channels - c), splat(divisor)), channels - c);
  }
}

/** out += w + w g strength, w = x weight; without `modulated` out += w. */
function addScaled(x: usize, out: usize, channels: i32, weight: f32, g: usize, strength: f32, modulated: bool): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    let w = f32x4.mul(loadSome(x + at, count), splat(weight));
    if (modulated) w = fma(w, f32x4.mul(g ? loadSome(g + at, count) : splat(1), splat(strength)), w);
    storeSome(out + at, f32x4.add(loadSome(out + at, count), w), count);
  }
}

export function mergeBackward(
  dout: usize, pairs: usize, rowOf: usize, size: usize, outSize: usize, gChannels: usize, gPairs: usize, dpairSum: usize, dx: usize,
  images: i32, tokens: i32, channels: i32, r: i32, drops: i32,
): void {
  const stride = <usize>channels << 2;
  for (let image = 0; image < images; image++) {
    for (let n = 0; n < tokens; n++) {
      const token = image * tokens + n;
      const row = image * (tokens - r) + load<i32>(rowOf + (<usize>token << 2));
      const own = sizeOf(size, token);
      scaleRow(dout + <usize>row * stride, dx + <usize>token * stride, channels, own / load<f32>(outSize + (<usize>row << 2)));
    }
    for (let k = image * r; k < (image + 1) * r; k++) {
      const even = image * tokens + 2 * load<i32>(pairs + (<usize>k << 3));
      const odd = image * tokens + 2 * load<i32>(pairs + (<usize>k << 3), 4) + 1;
      if (drops) {
        memory.fill(dx + <usize>even * stride, 0, stride);
        continue;
      }
      const g = gChannels ? gChannels + <usize>image * stride : 0;
      if (gChannels || gPairs) modulate(dx + <usize>even * stride, channels, g, gPairs ? load<f32>(gPairs + (<usize>k << 2)) : 1);
      if (!dpairSum) continue;
      const sum = dpairSum + <usize>k * stride;
      addScaled(sum, dx + <usize>even * stride, channels, sizeOf(size, even), 0, 1, false);
      addScaled(sum, dx + <usize>odd * stride, channels, sizeOf(size, odd), 0, 1, false);
    }
  }
}

/** dx += dx g strength */
function modulate(dx: usize, channels: i32, g: usize, strength: f32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const v = loadSome(dx + at, count);
    storeSome(dx + at, fma(v, f32x4.mul(g ? loadSome(g + at, count) : splat(1), splat(strength)), v), count);
  }
}
