// What each key's logit starts at: log(size) of key j, or what makes it never count past the last key. Of a kernel that binds u and size.
const NEVER = -3.0e38;

fn bias(j: u32, image: u32) -> f32 {
  if (j >= u.tokens) { return NEVER; }
  if (u.proportional != 0u) { return log(size[image * u.tokens + j]); }
  return 0.0;
}
