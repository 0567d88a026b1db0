// Softmax cross-entropy of each image and its gradient, and their sum. `scale` is 1, or 1/2 where the logits are the sum of two heads.
//   l = scale logits;  loss_i = w_i (log sum_c exp(l_ic) - l_i,label)     dlogits_ic = w_i scale (softmax(l_i)_c - [c = label]) / images
//   w_i is the picture's weight; 1 where `weights` is 0
//   hit_i = 1 where the label has the highest logit (the first of equals)
// Images past the batch's count are padding: zero in all.
//   summary: result = (sum of losses / images, hits) in the order of images; health is set where the loss is not finite
// logits, dlogits [B, K], labels, weights [B], rows [B, 2] = (loss, hit), result [2], health [1]
// crossEntropy reads logits, labels, weights; writes (=) dlogits, rows     lossSummary reads rows; writes (=) result, updates health
import { firstOf, imagesOf } from './common/step';
import { exp1, isFinite } from './common/vector';

export function crossEntropy(
  logits: usize, labels: usize, weights: usize, dlogits: usize, rows: usize, images: i32, classes: i32, scale: f32, step: usize,
): void {
  const stride = <usize>classes << 2;
  for (let image = 0; image < images; image++, logits += stride, dlogits += stride, labels += 4, rows += 8) {
    if (firstOf(step) + <u32>image >= imagesOf(step)) {
      memory.fill(dlogits, 0, stride);
      memory.fill(rows, 0, 8);
      continue;
    }
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (load<f32>(logits + (<usize>c << 2)) > load<f32>(logits + (<usize>best << 2))) best = c;
    }
    const highest = scale * load<f32>(logits + (<usize>best << 2));
    let sum: f32 = 0;
    for (let c = 0; c < classes; c++) {
      const e = exp1(scale * load<f32>(logits + (<usize>c << 2)) - highest);
      store<f32>(dlogits + (<usize>c << 2), e);
      sum += e;
    }
    const label = load<i32>(labels);
    const weight = weights == 0 ? <f32>1 : load<f32>(weights + (<usize>image << 2));
    const share = weight * scale / <f32>imagesOf(step);
    for (let c = 0; c < classes; c++) {
      const at = dlogits + (<usize>c << 2);
      store<f32>(at, (load<f32>(at) / sum - (c == label ? <f32>1 : <f32>0)) * share);
    }
    store<f32>(rows, weight * (highest + Mathf.log(sum) - scale * load<f32>(logits + (<usize>label << 2))));
    store<f32>(rows, best == label ? 1 : 0, 4);
  }
}

export function lossSummary(rows: usize, result: usize, health: usize, images: i32, step: usize): void {
  let loss: f32 = 0;
  let hits: f32 = 0;
  for (let image = 0; image < images; image++, rows += 8) {
    loss += load<f32>(rows);
    hits += load<f32>(rows, 4);
  }
  loss /= <f32>imagesOf(step);
  store<f32>(result, loss);
  store<f32>(result, hits, 4);
  if (!isFinite(loss)) store<u32>(health, 1);
}
