// What is computed over the lanes of a row; lanes/memory and lanes/subgroups are the two ways to do it (overLanes).
override LANES: u32;
override ROWS: u32;

// The sum over the lanes of a row, the same value in each of them. Every invocation of the workgroup must reach it.
fn laneSum(value: Lane, local: vec3u) -> Lane { return overLanes(value, local, false); }

// The highest value of the lanes, likewise.
fn laneMost(value: Lane, local: vec3u) -> Lane { return overLanes(value, local, true); }

fn join(one: Lane, other: Lane, highest: bool) -> Lane {
  if (highest) { return max(one, other); }
  return one + other;
}
