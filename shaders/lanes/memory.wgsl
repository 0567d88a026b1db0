// LANES invocations (dimension x of the workgroup) share one row, and a workgroup has ROWS rows (dimension y). `lanes/lane1` or
// `lanes/lane4` says what a lane sums.
var<workgroup> shared_lanes: array<Lane, LANES * ROWS>;

// An invocation's lane (x) and row (y).
fn laneOf(id: vec3u) -> vec3u { return id; }

// Joins the values of a row's lanes, by adding or by taking the highest.
fn overLanes(value: Lane, local: vec3u, highest: bool) -> Lane {
  let base = local.y * LANES;
  shared_lanes[base + local.x] = value;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    if (local.x < half) {
      shared_lanes[base + local.x] = join(shared_lanes[base + local.x], shared_lanes[base + local.x + half], highest);
    }
    workgroupBarrier();
  }
  let total = shared_lanes[base];
  workgroupBarrier();
  return total;
}
