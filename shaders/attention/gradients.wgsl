// The common part of attention's backward kernels: operands, and what becomes of the products. A kernel declares qkv, out, dout and lse.

// The logits, and the products of dout with values.
const PRODUCTS = 2u;

fn queryCell(product: u32, token: u32, cell: u32) -> vec4f {
  if (product == 1u) { return doutCell(token, cell); }
  return qkvCell(qkvBegin(image, min(token, u.queries - 1u), head, 0u), cell);
}

fn keyCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 1u + product), cell); }

// -lse of four queries. A query past the last gets a value that makes its probabilities zero.
fn queryBias(token: u32) -> vec4f {
  var bias = vec4f();
  for (var i = 0u; i < 4u; i++) {
    if (token + i < u.queries) { bias[i] = -lse[(image * u.heads + head) * u.queries + token + i]; } else { bias[i] = NEVER; }
  }
  return bias;
}

// dout_i.out_i of four queries.
fn freshDeltas(token: u32) -> vec4f {
  var four = vec4f();
  for (var i = 0u; i < 4u; i++) {
    let begin = askedBegin(token + i) / CELL;
    for (var c = 0u; c < u.headWidth / CELL; c++) { four[i] = addProduct(four[i], dout[begin + c], out[begin + c]); }
  }
  return four;
}

// exp(logit - lse): of products of four keys or queries, with the bias of keys, log(size), and that of queries, -lse.
fn probabilities(product: vec4f, keys: vec4f, queries: vec4f) -> vec4f { return exp(fma(product, vec4f(u.scale), keys) + queries); }

// The gradient of four logits, from their probabilities and the products of dout with values.
fn logitGradients(p: vec4f, product: vec4f, delta: vec4f) -> vec4f { return p * (product - delta) * u.scale; }
