// Gradients of a linear layer's trained weight and bias.
//   dweight[n, k] = sum_m dout[m, n] a[m, k]     dbias[n] = sum_m dout[m, n]        dout [M, N], a [M, K], dweight [N, K], dbias [N]
// reads dout, a   writes (=) dweight, dbias   scratch: weightGradientScratch(M, N, K) bytes; every sum runs over m in order
//   keepRows: out[m, n] = dout[m, n] keep of the row's image (stochastic depth), which then replaces dout
// Adapted layers are narrow on one side (a rank, an adapter's width, the classes). The wide side is packed, and the narrow one is read
// unpacked. Where dout is the wide side, the product is dweight^T, which is transposed while it is stored.
import { packRows, PANEL, PANEL_ROW } from './panels';
import { product, ZERO } from './product';
import { keep } from '../common/random';
import { firstOf, numberOf, seedOf } from '../common/step';
import { loadSome, splat, storeSome } from '../common/vector';

export function weightGradientScratch(rows: i32, columns: i32, depth: i32): usize {
  return <usize>(rows + min(columns, depth)) * PANEL_ROW;
}

export function weightGradient(dout: usize, a: usize, dweight: usize, rows: i32, columns: i32, depth: i32, scratch: usize): void {
  const turned = columns > depth;
  const wide = turned ? columns : depth;
  const narrow = turned ? depth : columns;
  const wideFrom = turned ? dout : a;
  const narrowFrom = turned ? a : dout;
  const panel = scratch;
  const sums = panel + <usize>rows * PANEL_ROW;
  for (let j = 0; j < wide; j += PANEL) {
    const width = min(PANEL, wide - j);
    packRows(wideFrom + (<usize>j << 2), <usize>wide << 2, width, rows, panel);
    product(narrowFrom, 4, <usize>narrow << 2, narrow, panel, rows, sums, PANEL_ROW, 0, ZERO, width);
    for (let i = 0; i < narrow; i++) {
      const from = sums + <usize>i * PANEL_ROW;
      if (turned) {
        for (let q = 0; q < width; q++) {
          store<f32>(dweight + ((<usize>(j + q) * <usize>depth + <usize>i) << 2), load<f32>(from + (<usize>q << 2)));
        }
      } else {
        const to = dweight + ((<usize>i * <usize>depth + <usize>j) << 2);
        for (let q = 0; q < width; q += 4) {
          storeSome(to + (<usize>q << 2), v128.load(from + (<usize>q << 2)), width - q);
        }
      }
    }
  }
}

export function biasGradient(dout: usize, dbias: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  for (let n = 0; n < columns; n += 4) {
    const at = <usize>n << 2;
    let sum = f32x4.splat(0);
    for (let m = 0; m < rows; m++) sum = f32x4.add(sum, loadSome(dout + <usize>m * stride + at, columns - n));
    storeSome(dbias + at, sum, columns - n);
  }
}

export function keepRows(
  dout: usize, out: usize, rows: i32, columns: i32, step: usize, rowsPerImage: i32, site: u32, p: f32,
): void {
  const length = rowsPerImage * columns;
  for (let image = 0; image * rowsPerImage < rows; image++) {
    const factor = splat(keep(seedOf(step), numberOf(step), site, firstOf(step) + <u32>image, p));
    for (let i = 0; i < length; i += 4) {
      const at = <usize>i << 2;
      storeSome(out + at, f32x4.mul(loadSome(dout + at, length - i), factor), length - i);
    }
    dout += <usize>length << 2;
    out += <usize>length << 2;
  }
}
