// AdamW with decoupled decay, over all trained weights at once (Loshchilov and Hutter, arXiv 1711.05101; PyTorch's order).
//   w -= rate decay w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= rate (m / c1) / (sqrt(v / c2) + epsilon)
// with c1 = 1 - b1^t and c2 = 1 - b2^t of the step. Each run of 64 weights belongs to one group: bit 0 the learning rate that it
// takes, bit 1 whether it decays. A gradient that is not finite marks the run as unhealthy: from then on nothing is changed.
// weight, gradient, first (m), second (v) [length], groups [length / 64], health [1]
// checkGradient reads gradient; updates health     adamw reads gradient, groups, health; updates weight, first, second
import { correction1Of, correction2Of, decayOf, rate0Of, rate1Of } from './common/step';
import { fma, isFinite, loadSome, splat, storeSome } from './common/vector';

const GROUP = 64;

export function checkGradient(gradient: usize, health: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    if (!isFinite(load<f32>(gradient + (<usize>i << 2)))) {
      store<u32>(health, 1);
      return;
    }
  }
}

export function adamw(
  gradient: usize, groups: usize, health: usize, weight: usize, first: usize, second: usize, length: i32,
  beta1: f32, beta2: f32, epsilon: f32, step: usize,
): void {
  if (load<u32>(health) != 0) return;
  const c1 = splat(correction1Of(step));
  const c2 = splat(correction2Of(step));
  for (let i = 0; i < length; i += 4) {
    const at = <usize>i << 2;
    const count = length - i;
    const group = load<u32>(groups + (<usize>(i / GROUP) << 2));
    const rate = group & 1 ? rate1Of(step) : rate0Of(step);
    const decay: f32 = group & 2 ? decayOf(step) : 0;
    const g = loadSome(gradient + at, count);
    const m = fma(splat(beta1), loadSome(first + at, count), f32x4.mul(splat(1 - beta1), g));
    const v = fma(splat(beta2), loadSome(second + at, count), f32x4.mul(f32x4.mul(splat(1 - beta2), g), g));
    storeSome(first + at, m, count);
    storeSome(second + at, v, count);
    const change = f32x4.div(
      f32x4.mul(splat(rate), f32x4.div(m, c1)),
      f32x4.add(f32x4.sqrt(f32x4.div(v, c2)), splat(epsilon)),
    );
    const kept = f32x4.mul(loadSome(weight + at, count), splat(1 - rate * decay));
    storeSome(weight + at, f32x4.sub(kept, change), count);
  }
}

/** out += part: the gradients of groups of images are summed in the order of groups. Both [length]. */
export function addInto(out: usize, part: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const at = <usize>i << 2;
    const count = length - i;
    storeSome(out + at, f32x4.add(loadSome(out + at, count), loadSome(part + at, count)), count);
  }
}
