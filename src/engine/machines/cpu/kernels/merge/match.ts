// Which tokens merge: ToMe's bipartite matching by the keys averaged over heads (arXiv 2210.09461, section 3).
//   metric:   m[n] = mean_h k[n, h];  metric[n] = m[n] / ||m[n]||
//   partners: score[i, j] = metric[2 i] . metric[2 j + 1];  best[i] = max_j score[i, j], partner[i] = the first j that reaches it,
//             over j >= first, the first odd token that is not protected
//   rank:     rank[i] = #{o : best[o] > best[i], or equal and o < i} over the tokens that are not protected; of a protected one E;
//             rank[i] < r: pairs[rank] = (i, partner[i]), pairScore[rank] = best[i], and i takes its partner's row
// qkv [B, N, 3, H, D], best, partner [B, E] (E even tokens), pairs [B, r, 2], pairScore [B, r], rowOf [B, N],
// originOf [B, N - r] (the token that keeps each row)
// bestPartners reads qkv; writes (=) best, partner; scratch: matchScratch(N, D) bytes
// rankPairs reads best, partner; writes (=) pairs, pairScore, rowOf, originOf; scratch: 4 E bytes
// drawPartners: best, partner at random, from (seed, block, i) alone: h = pcg4d(seed, block, i, DRAWN), best[i] = unit(h.x),
//   partner[i] = first + h.y mod (odds - first)
// followTokens: out[t] = rowOf[source[t]], source, out [B, N0]; without a source N0 = N and source[t] = t
// pairTokens: of each pair x[src], x[dst], after[rowOf[dst]], m[src], m[dst], one after the other; x [B, N, C], after [B, N - r, C],
//   out [B, r, 3 C + 2 D]
import { packTransposed, panelsOf, scoreStride, transposedBytes } from '../attention/forward';
import { PANEL, PANEL_ROW } from '../linear/panels';
import { product, ZERO } from '../linear/product';
import { pcg4d, unit } from '../common/random';
import { loadSome, splat, storeSome, total } from '../common/vector';

/** A zero key has no direction. It stays zero, and its similarity to every other is 0. */
const SMALLEST_SQUARE: f32 = 1e-30;
/** Lower than any cosine. */
const LOWEST: f32 = -3.4e38;
/** Four scores and their places. */
const LANES = memory.data(32, 16);
/** Even tokens whose scores are computed at a time: whole tiles of six rows. */
const ROWS = 60;

export function matchScratch(tokens: i32, headWidth: i32): usize {
  const odds = tokens / 2;
  return scoreStride(odds) * ROWS + transposedBytes(odds, headWidth) + ((<usize>(tokens * headWidth) << 2) + 64);
}

export function bestPartners(
  qkv: usize, best: usize, partner: usize, images: i32, tokens: i32, heads: i32, headWidth: i32, first: i32, scratch: usize,
): void {
  const evens = (tokens + 1) / 2;
  const odds = tokens / 2;
  const row = <usize>headWidth << 2;
  const sStride = scoreStride(odds);
  const panels = scratch + sStride * ROWS;
  const metric = panels + transposedBytes(odds, headWidth);
  for (let image = 0; image < images; image++) {
    metricOf(qkv + (<usize>(image * tokens) * <usize>(3 * heads) + <usize>heads) * row, metric, tokens, heads, headWidth);
    packTransposed(metric + row, 2 * row, odds, headWidth, 1, panels);
    for (let i = 0; i < evens; i += ROWS) {
      const rows = min(ROWS, evens - i);
      for (let j = 0; j < panelsOf(odds); j++) {
        const line = <usize>j * PANEL_ROW;
        const panel = panels + line * <usize>headWidth;
        product(metric + <usize>(2 * i) * row, 2 * row, 4, rows, panel, headWidth, scratch + line, sStride, 0, ZERO, odds - j * PANEL);
      }
      for (let m = 0; m < rows; m++) {
        const at = <usize>(image * evens + i + m) << 2;
        chooseBest(scratch + <usize>m * sStride, first, odds, best + at, partner + at);
      }
    }
  }
}

/** @param keys address of the first token's keys. */
function metricOf(keys: usize, metric: usize, tokens: i32, heads: i32, headWidth: i32): void {
  const row = <usize>headWidth << 2;
  for (let n = 0; n < tokens; n++, keys += <usize>(3 * heads) * row, metric += row) {
    let squares = splat(0);
    for (let d = 0; d < headWidth; d += 4) {
      const at = <usize>d << 2;
      const mean = f32x4.div(sumOver(keys + at, heads, row, headWidth - d), splat(<f32>heads));
      squares = f32x4.add(squares, f32x4.mul(mean, mean));
      storeSome(metric + at, mean, headWidth - d);
    }
    const square = total(squares);
    const norm = splat(sqrt<f32>(square < SMALLEST_SQUARE ? SMALLEST_SQUARE : square));
    for (let d = 0; d < headWidth; d += 4) {
      const at = <usize>d << 2;
      storeSome(metric + at, f32x4.div(loadSome(metric + at, headWidth - d), norm), headWidth - d);
    }
  }
}

/** The sum over heads of the first `count` (from 4 on: four) floats at `at`. */
@inline
function sumOver(at: usize, heads: i32, row: usize, count: i32): v128 {
  let sum = splat(0);
  if (count >= 4) for (let h = 0; h < heads; h++, at += row) sum = f32x4.add(sum, v128.load(at));
  else for (let h = 0; h < heads; h++, at += row) sum = f32x4.add(sum, loadSome(at, count));
  return sum;
}

/**
 * Finds the first of the highest scores. Each lane keeps the first of its own highest scores; of equal lanes, the one that was found first
 * counts.
 */
function chooseBest(scores: usize, first: i32, odds: i32, best: usize, partner: usize): void {
  let tops = splat(LOWEST), places = i32x4.splat(first);
  let j = first;
  for (let index = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)); j + 4 <= odds; j += 4, index = i32x4.add(index, i32x4.splat(4))) {
    const some = v128.load(scores + (<usize>j << 2));
    const higher = f32x4.gt(some, tops);
    tops = v128.bitselect(some, tops, higher);
    places = v128.bitselect(index, places, higher);
  }
  v128.store(LANES, tops);
  v128.store(LANES, places, 16);
  let top = load<f32>(LANES);
  let at = load<i32>(LANES, 16);
  for (let lane: usize = 4; lane < 16; lane += 4) {
    const score = load<f32>(LANES + lane);
    const place = load<i32>(LANES + lane, 16);
    if (score > top || (score == top && place < at)) {
      top = score;
      at = place;
    }
  }
  for (; j < odds; j++) {
    const score = load<f32>(scores + (<usize>j << 2));
    if (score > top) {
      top = score;
      at = j;
    }
  }
  store<f32>(best, top);
  store<i32>(partner, at);
}

/** "pair" in ASCII, which distinguishes these draws from those of dropout. */
const DRAWN: u32 = 0x70616972;

export function drawPartners(best: usize, partner: usize, images: i32, tokens: i32, first: i32, seed: u32, block: u32): void {
  const evens = (tokens + 1) / 2;
  const choices = <u32>(tokens / 2 - first);
  for (let image = 0; image < images; image++) {
    for (let i = 0; i < evens; i++) {
      const bits = pcg4d(seed, block, i, DRAWN);
      const at = <usize>(image * evens + i) << 2;
      store<f32>(best + at, f32x4.extract_lane(unit(bits), 0));
      store<u32>(partner + at, <u32>first + <u32>i32x4.extract_lane(bits, 1) % choices);
    }
  }
}

/**
 * The row of the k-th even token that stays. After a merge, the protected tokens come first, unchanged, then the even tokens that stay,
 * ascending, then all odd ones. Of T protected tokens, (T + 1) / 2 are even and T / 2 odd.
 */
@inline
function rowOfStaying(k: i32, inFront: i32): i32 { return k < (inFront + 1) / 2 ? 2 * k : k + inFront / 2; }
/** The row of odd token 2 j + 1, if `staying` even tokens stay. */
@inline
export function rowOfOdd(j: i32, staying: i32, inFront: i32): i32 { return j < inFront / 2 ? 2 * j + 1 : staying + j; }

export function rankPairs(
  best: usize, partner: usize, pairs: usize, pairScore: usize, rowOf: usize, originOf: usize,
  images: i32, tokens: i32, r: i32, inFront: i32, scratch: usize,
): void {
  const evens = (tokens + 1) / 2;
  const odds = tokens / 2;
  const staying = evens - r;
  for (let image = 0; image < images; image++) {
    rankOf(best, evens, (inFront + 1) / 2, scratch);
    let below = 0;
    for (let i = 0; i < evens; i++) {
      const place = load<i32>(scratch + (<usize>i << 2));
      const odd = load<i32>(partner + (<usize>i << 2));
      let row = rowOfOdd(odd, staying, inFront);
      if (place < r) {
        store<i32>(pairs + (<usize>place << 3), i);
        store<i32>(pairs + (<usize>place << 3), odd, 4);
        store<f32>(pairScore + (<usize>place << 2), load<f32>(best + (<usize>i << 2)));
        below++;
      } else {
        row = rowOfStaying(i - below, inFront);
        store<i32>(originOf + (<usize>row << 2), 2 * i);
      }
      store<i32>(rowOf + (<usize>i << 3), row);
    }
    for (let j = 0; j < odds; j++) {
      const row = rowOfOdd(j, staying, inFront);
      store<i32>(rowOf + (<usize>j << 3), row, 4);
      store<i32>(originOf + (<usize>row << 2), 2 * j + 1);
    }
    best += <usize>evens << 2;
    partner += <usize>evens << 2;
    pairs += <usize>r << 3;
    pairScore += <usize>r << 2;
    rowOf += <usize>tokens << 2;
    originOf += <usize>(tokens - r) << 2;
  }
}

/** Ranks even tokens by counting those with a higher score; protected ones get a rank past the last. */
function rankOf(best: usize, evens: i32, first: i32, rank: usize): void {
  for (let i = 0; i < first; i++) store<i32>(rank + (<usize>i << 2), evens);
  let i = first;
  // Four at a time. Among tokens in front of all four, equal scores come before them; among those behind all four, they do not.
  for (; i + 4 <= evens; i += 4) {
    const own = v128.load(best + (<usize>i << 2));
    const index = i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3));
    let count = i32x4.splat(0);
    for (let o = first; o < i; o++) count = i32x4.sub(count, f32x4.ge(v128.load32_splat(best + (<usize>o << 2)), own));
    for (let o = i; o < i + 4; o++) {
      const other = v128.load32_splat(best + (<usize>o << 2));
      const equal = v128.and(f32x4.eq(other, own), i32x4.gt_s(index, i32x4.splat(o)));
      count = i32x4.sub(count, v128.or(f32x4.gt(other, own), equal));
    }
    for (let o = i + 4; o < evens; o++) count = i32x4.sub(count, f32x4.gt(v128.load32_splat(best + (<usize>o << 2)), own));
    v128.store(rank + (<usize>i << 2), count);
  }
  for (; i < evens; i++) {
    const own = load<f32>(best + (<usize>i << 2));
    let count = 0;
    for (let o = first; o < evens; o++) {
      const other = load<f32>(best + (<usize>o << 2));
      count += i32(other > own) | (i32(other == own) & i32(o < i));
    }
    store<i32>(rank + (<usize>i << 2), count);
  }
}

export function followTokens(source: usize, rowOf: usize, out: usize, images: i32, initialTokens: i32, tokens: i32): void {
  for (let image = 0; image < images; image++, rowOf += <usize>tokens << 2) {
    for (let t = 0; t < initialTokens; t++) {
      const at = <usize>(image * initialTokens + t) << 2;
      const token = source ? load<i32>(source + at) : t;
      store<i32>(out + at, load<i32>(rowOf + (<usize>token << 2)));
    }
  }
}

export function pairTokens(
  x: usize, qkv: usize, pairs: usize, rowOf: usize, after: usize, out: usize,
  images: i32, tokens: i32, channels: i32, r: i32, heads: i32, width: i32,
): void {
  const stride = <usize>channels << 2;
  const row = <usize>width << 2;
  for (let image = 0; image < images; image++) {
    for (let k = 0; k < r; k++, pairs += 8) {
      const src = image * tokens + 2 * load<i32>(pairs);
      const dst = image * tokens + 2 * load<i32>(pairs, 4) + 1;
      memory.copy(out, x + <usize>src * stride, stride);
      memory.copy(out + stride, x + <usize>dst * stride, stride);
      const kept = image * (tokens - r) + load<i32>(rowOf + (<usize>dst << 2));
      memory.copy(out + 2 * stride, after + <usize>kept * stride, stride);
      out += 3 * stride;
      meanKey(qkv + <usize>((3 * src + 1) * heads) * row, out, heads, width);
      meanKey(qkv + <usize>((3 * dst + 1) * heads) * row, out + row, heads, width);
      out += 2 * row;
    }
  }
}

function meanKey(keys: usize, out: usize, heads: i32, width: i32): void {
  for (let i = 0; i < width; i++) {
    let sum: f32 = 0;
    for (let h = 0; h < heads; h++) sum += load<f32>(keys + (<usize>(h * width + i) << 2));
    store<f32>(out + (<usize>i << 2), sum / <f32>heads);
  }
}
