// The values that change between runs of a plan. The host writes them before each submission.
struct Step {
  seed: u32,       // the run's seed
  number: u32,     // training step, 0-based; with `seed` and a site it keys every random draw
  images: u32,     // images in this batch; rows past them are padding
  correction1: f32, // 1 - beta1^t of AdamW
  correction2: f32, // 1 - beta2^t
  rate0: f32,      // learning rate of parameter group 0 (common)
  rate1: f32,      // and of group 1 (PYRA)
  decay: f32,      // decoupled weight decay of the groups that decay
  first: u32,      // the batch's image that is this group's first; a draw's element counts from image 0 of the batch
}
@group(1) @binding(0) var<uniform> step: Step;
