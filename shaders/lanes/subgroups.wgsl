// The sums of lanes/memory, added in the same order, where subgroups exchange the last steps without barriers. Lanes are numbered by their
// place in a subgroup, since WGSL does not say which invocations of a workgroup share one: SPAN of them, fewer than any subgroup has, take
// the next number that is free. Which row a span computes is left to chance; how a row is summed is not.
// A power of two, no more than LANES and no more than the smallest subgroup of the adapter.
override SPAN: u32;
var<workgroup> shared_lanes: array<Lane, LANES * ROWS>;
var<workgroup> spans: atomic<u32>;

// An invocation's lane (x) and row (y). Every invocation of the workgroup must reach it, once.
fn laneOf(id: vec3u) -> vec3u {
  // The place in the subgroup.
  let place = subgroupExclusiveAdd(1u);
  var number = 0u;
  if (place % SPAN == 0u) { number = atomicAdd(&spans, 1u); }
  let lane = SPAN * subgroupShuffle(number, place - place % SPAN) + place % SPAN;
  return vec3u(lane % LANES, lane / LANES, 0u);
}

// Joins the values of a row's lanes, by adding or by taking the highest.
fn overLanes(value: Lane, local: vec3u, highest: bool) -> Lane {
  var total = value;
  if (LANES > SPAN) {
    let base = local.y * LANES;
    shared_lanes[base + local.x] = value;
    workgroupBarrier();
    for (var half = LANES / 2u; half >= SPAN; half = half / 2u) {
      if (local.x < half) {
        shared_lanes[base + local.x] = join(shared_lanes[base + local.x], shared_lanes[base + local.x + half], highest);
      }
      workgroupBarrier();
    }
    total = shared_lanes[base + local.x % SPAN];
    workgroupBarrier();
  }
  // Each of two lanes joins the other's number to its own, so both have the same.
  for (var half = SPAN / 2u; half > 0u; half = half / 2u) { total = join(total, subgroupShuffleXor(total, half), highest); }
  return total;
}
