// LANES invocations (dimension x of the workgroup) share one row, and a workgroup has ROWS rows (dimension y). `common/lane1` or
// `common/lane4` says what a lane sums.
override LANES: u32;
override ROWS: u32;
var<workgroup> shared_lanes: array<Lane, LANES * ROWS>;

// The sum over the lanes of a row, the same value in each of them. Every invocation of the workgroup must reach it.
fn laneSum(value: Lane, local: vec3u) -> Lane {
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
