// The values that change between steps, which the host writes before each: the words of `Step` in shaders/common/step.wgsl, and one
// more, since a memory has only a group of the batch's images.
//   word 0 seed u32, 1 number u32 (0-based), 2 images u32 (in the whole batch; those past them are padding), 3 correction1 f32
//   (1 - beta1^t), 4 correction2 f32, 5 rate0 f32, 6 rate1 f32 (PYRA's), 7 decay f32, 8 first u32: the batch's image that is the
//   group's first
@inline
export function seedOf(step: usize): u32 { return load<u32>(step); }
@inline
export function numberOf(step: usize): u32 { return load<u32>(step, 4); }
@inline
export function imagesOf(step: usize): u32 { return load<u32>(step, 8); }
@inline
export function correction1Of(step: usize): f32 { return load<f32>(step, 12); }
@inline
export function correction2Of(step: usize): f32 { return load<f32>(step, 16); }
@inline
export function rate0Of(step: usize): f32 { return load<f32>(step, 20); }
@inline
export function rate1Of(step: usize): f32 { return load<f32>(step, 24); }
@inline
export function decayOf(step: usize): f32 { return load<f32>(step, 28); }
@inline
export function firstOf(step: usize): u32 { return load<u32>(step, 32); }
