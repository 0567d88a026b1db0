// LANES invocations (workgroup dimension x) share one row, ROWS rows (dimension y) share a workgroup.
override LANES: u32;
override ROWS: u32;
var<workgroup> shared_lanes: array<f32, LANES * ROWS>;

// Sum over the lanes of a row, the same value in each of them. Must be reached by every invocation of the workgroup.
fn laneSum(value: f32, local: vec3u) -> f32 {
  let base = local.y * LANES;
  shared_lanes[base + local.x] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    if (local.x < half) { shared_lanes[base + local.x] += shared_lanes[base + local.x + half]; }
    workgroupBarrier();
  }
  let total = shared_lanes[base];
  workgroupBarrier();
  return total;
}
