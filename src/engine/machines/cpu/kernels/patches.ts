// From pictures to the residual stream, except for the product in between.
//   from bytes:  patches[image, patch, (channel, y, x)] = (pixel / 255 - mean[channel]) scale[channel],  scale = 1 / std
//   from floats: patches[image, patch, (channel, y, x)] = pixels[image, channel, y, x]
//   assemble:    x[image, t] = prefix[t] + positions[t] for t < T, else embedded[image, t - T] + positions[t]
//   backward:    dembedded[image, t - T] = dx[image, t], dpositions[t] = sum over images of dx[image, t], dprefix[t] = dpositions[t]
// bytes [B, S, S] packed RGBA8, floats [B, 3, S, S], patches [B, G G, 3 p p], rows and columns past G p left out;
// embedded [B, P, C], prefix [T, C] (the tokens in front: class, distillation, register tokens), positions [T + P, C],
// x [B, T + P, C]; gradients have the shapes of their tensors
// Each kernel reads its first arguments and writes (=) the last; the backward reads dx and writes (=) the others.
import { loadSome, storeSome } from './common/vector';

export function patchesFromBytes(
  pixels: usize, patches: usize, images: i32, imageSize: i32, patchSize: i32, gridSide: i32,
  mean0: f32, mean1: f32, mean2: f32, scale0: f32, scale1: f32, scale2: f32,
): void {
  const plane = <usize>(patchSize * patchSize) << 2;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < gridSide; row++) {
      for (let column = 0; column < gridSide; column++) {
        for (let y = 0; y < patchSize; y++) {
          let from = pixels + (<usize>((image * imageSize + row * patchSize + y) * imageSize + column * patchSize) << 2);
          let x = 0;
          for (; x + 4 <= patchSize; x += 4, from += 16, patches += 16) {
            const four = v128.load(from);
            v128.store(patches, normalised(four, 0, mean0, scale0));
            v128.store(patches + plane, normalised(four, 8, mean1, scale1));
            v128.store(patches + 2 * plane, normalised(four, 16, mean2, scale2));
          }
          for (; x < patchSize; x++, from += 4, patches += 4) {
            store<f32>(patches, (<f32>load<u8>(from) / 255 - mean0) * scale0);
            store<f32>(patches + plane, (<f32>load<u8>(from, 1) / 255 - mean1) * scale1);
            store<f32>(patches + 2 * plane, (<f32>load<u8>(from, 2) / 255 - mean2) * scale2);
          }
        }
        patches += 2 * plane;
      }
    }
  }
}

/** (byte / 255 - mean) scale of four pixels' byte from bit `shift` on. */
@inline
function normalised(pixels: v128, shift: i32, mean: f32, scale: f32): v128 {
  const bytes = f32x4.convert_i32x4_s(v128.and(i32x4.shr_u(pixels, shift), i32x4.splat(255)));
  return f32x4.mul(f32x4.sub(f32x4.div(bytes, f32x4.splat(255)), f32x4.splat(mean)), f32x4.splat(scale));
}

export function patchesFromFloats(pixels: usize, patches: usize, images: i32, imageSize: i32, patchSize: i32, gridSide: i32): void {
  const length = <usize>patchSize << 2;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < gridSide; row++) {
      for (let column = 0; column < gridSide; column++) {
        for (let channel = 0; channel < 3; channel++) {
          for (let y = 0; y < patchSize; y++) {
            const line = ((image * 3 + channel) * imageSize + row * patchSize + y) * imageSize + column * patchSize;
            memory.copy(patches, pixels + (<usize>line << 2), length);
            patches += length;
          }
        }
      }
    }
  }
}

export function assembleTokens(
  embedded: usize, prefix: usize, positions: usize, x: usize, images: i32, patches: i32, protectedTokens: i32, channels: i32,
): void {
  const inFront = protectedTokens * channels;
  const behind = patches * channels;
  for (let image = 0; image < images; image++) {
    addRun(prefix, positions, x, inFront);
    x += <usize>inFront << 2;
    addRun(embedded, positions + (<usize>inFront << 2), x, behind);
    x += <usize>behind << 2;
    embedded += <usize>behind << 2;
  }
}

function addRun(a: usize, b: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const at = <usize>i << 2;
    storeSome(out + at, f32x4.add(loadSome(a + at, length - i), loadSome(b + at, length - i)), length - i);
  }
}

export function assembleTokensBackward(
  dx: usize, dembedded: usize, dprefix: usize, dpositions: usize, images: i32, patches: i32, protectedTokens: i32, channels: i32,
): void {
  const inFront = <usize>(protectedTokens * channels) << 2;
  const behind = <usize>(patches * channels) << 2;
  memory.copy(dpositions, dx, inFront + behind);
  for (let image = 0; image < images; image++) {
    if (image > 0) addRun(dpositions, dx, dpositions, (protectedTokens + patches) * channels);
    memory.copy(dembedded, dx + inFront, behind);
    dx += inFront + behind;
    dembedded += behind;
  }
  memory.copy(dprefix, dpositions, inFront);
}
