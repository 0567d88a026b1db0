// The right side of a product of matrices, cut into panels: B [K, N] becomes [ceil(N / 16)][K][16], the columns past N zero, so that
// the inner loop reads it in order. Frozen weights are packed once; everything else one panel at a time, just before it is used.
import { loadSome } from '../common/vector';

export const PANEL = 16;
/** Bytes of one row of a panel. */
export const PANEL_ROW: usize = 64;

/** Transposes rows a, b, c, d of four into four columns at `to`, `stride` bytes apart. */
@inline
function storeTransposed(to: usize, stride: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + stride, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * stride, v128.shuffle<f32>(AB, CD, 0, 1, 4, 5));
  v128.store(to + 3 * stride, v128.shuffle<f32>(AB, CD, 2, 3, 6, 7));
}

/** Packs sixteen columns, of which `columns` exist, of B [depth, .], rows `stride` bytes apart: panel[k, j] = B[k, j]. */
export function packRows(from: usize, stride: usize, columns: i32, depth: i32, panel: usize): void {
  if (columns >= PANEL) {
    for (let k = 0; k < depth; k++, from += stride, panel += PANEL_ROW) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
      v128.store(panel, v128.load(from, 32), 32);
      v128.store(panel, v128.load(from, 48), 48);
    }
    return;
  }
  for (let k = 0; k < depth; k++, from += stride, panel += PANEL_ROW) {
    for (let j = 0; j < PANEL; j += 4) {
      v128.store(panel + (<usize>j << 2), columns > j ? loadSome(from + (<usize>j << 2), columns - j) : f32x4.splat(0));
    }
  }
}

/** Packs sixteen rows, of which `columns` exist, of W [., depth], rows `stride` bytes apart: panel[k, j] = scale W[j, k]. */
export function packColumns(from: usize, stride: usize, columns: i32, depth: i32, scale: f32, panel: usize): void {
  const s = f32x4.splat(scale);
  const zero = f32x4.splat(0);
  const whole = depth & ~3;
  for (let j = 0; j < PANEL; j += 4) {
    const to = panel + (<usize>j << 2);
    const count = columns - j;
    const r0 = from + <usize>j * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    for (let k = 0; k < whole; k += 4) {
      const at = <usize>k << 2;
      const a = count > 0 ? f32x4.mul(v128.load(r0 + at), s) : zero;
      const b = count > 1 ? f32x4.mul(v128.load(r1 + at), s) : zero;
      const c = count > 2 ? f32x4.mul(v128.load(r2 + at), s) : zero;
      const d = count > 3 ? f32x4.mul(v128.load(r3 + at), s) : zero;
      storeTransposed(to + <usize>k * PANEL_ROW, PANEL_ROW, a, b, c, d);
    }
    for (let k = whole; k < depth; k++) {
      for (let i = 0; i < 4; i++) {
        const value = i < count ? load<f32>(r0 + <usize>i * stride + (<usize>k << 2)) * scale : 0;
        store<f32>(to + <usize>k * PANEL_ROW + (<usize>i << 2), value);
      }
    }
  }
}

/** Packs W [columns, depth], a linear layer's weight as in checkpoints, for x W^T. */
export function packWeight(weight: usize, columns: i32, depth: i32, panels: usize): void {
  const stride = <usize>depth << 2;
  for (let n = 0; n < columns; n += PANEL) {
    packColumns(weight + <usize>n * stride, stride, columns - n, depth, 1, panels);
    panels += <usize>depth * PANEL_ROW;
  }
}

/** Packs W [columns, depth] for dout W, where it is the right operand without transposing. */
export function packTurned(weight: usize, columns: i32, depth: i32, panels: usize): void {
  for (let n = 0; n < depth; n += PANEL) {
    packRows(weight + (<usize>n << 2), <usize>depth << 2, depth - n, columns, panels);
    panels += <usize>columns * PANEL_ROW;
  }
}

/**
 * Makes one panel for dout W out of the panels of W [depth, columns] that {@link packWeight} made for x W^T: panel[o, i] = W[o, first + i].
 * So a large frozen weight is stored once for both directions.
 */
export function repackPanel(panels: usize, columns: i32, depth: i32, first: i32, panel: usize): void {
  const zero = f32x4.splat(0);
  for (let o = 0; o < depth; o += PANEL) {
    const block = panels + <usize>(o >> 4) * <usize>columns * PANEL_ROW;
    for (let i = 0; i < PANEL; i += 4) {
      const count = columns - first - i;
      const from = block + <usize>(first + i) * PANEL_ROW;
      for (let q = 0; q < PANEL && o + q < depth; q += 4) {
        const at = from + (<usize>q << 2);
        const to = panel + <usize>(o + q) * PANEL_ROW + (<usize>i << 2);
        const a = count > 0 ? v128.load(at) : zero;
        const b = count > 1 ? v128.load(at, 64) : zero;
        const c = count > 2 ? v128.load(at, 128) : zero;
        const d = count > 3 ? v128.load(at, 192) : zero;
        storeTransposed(to, PANEL_ROW, a, b, c, d);
      }
    }
  }
}
