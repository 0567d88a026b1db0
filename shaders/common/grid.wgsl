// Number of an invocation in a grid that `flatGrid` spread over two dimensions; past the end for the padding.
fn flatIndex(id: vec3u, groups: vec3u, workgroupSize: u32) -> u32 {
  return id.y * (groups.x * workgroupSize) + id.x;
}
