// Four channels of dout for one head of a query; zero past its width. A kernel declares dout.
fn doutCell(token: u32, cell: u32) -> vec4f {
  if (4u * cell >= u.headWidth) { return vec4f(); }
  let begin = askedBegin(token) + 4u * cell;
  if (CELL == 4u) { return vec4f(dout[begin / 4u]); }
  var four = vec4f();
  let left = min(4u, u.headWidth - 4u * cell);
  for (var i = 0u; i < left; i++) { four[i] = total(dout[begin + i]); }
  return four;
}
