// What the linear kernels read and add four at a time. They need K and N to be multiples of 4.

// The weights of one cell of columns for one cell of K: a vector of columns for each k.
fn weightBlock(cell: u32, k: u32) -> mat4x4f {
  if (TRANSPOSED) {
    let depth = u.depth / 4u;
    let at = 4u * cell * depth + k;
    return transpose(mat4x4f(weightAt(at), weightAt(at + depth), weightAt(at + 2u * depth), weightAt(at + 3u * depth)));
  }
  let columns = u.columns / 4u;
  let at = 4u * k * columns + cell;
  return mat4x4f(weightAt(at), weightAt(at + columns), weightAt(at + 2u * columns), weightAt(at + 3u * columns));
}

// Adds the products of one row's cell of K and the columns' block, in the order of K.
fn addBlock(sum: vec4f, row: vec4f, w: mat4x4f) -> vec4f {
  let one = fma(vec4f(row.x), w[0], sum);
  let two = fma(vec4f(row.y), w[1], one);
  let three = fma(vec4f(row.z), w[2], two);
  return fma(vec4f(row.w), w[3], three);
}
