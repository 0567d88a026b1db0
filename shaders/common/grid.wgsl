// The number of an invocation in a grid of `flatGrid`, which may have two dimensions. Padding invocations get numbers past the end.
fn flatIndex(id: vec3u, groups: vec3u, workgroupSize: u32) -> u32 {
  return id.y * (groups.x * workgroupSize) + id.x;
}
