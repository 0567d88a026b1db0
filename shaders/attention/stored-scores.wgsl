// What the kernels of attention without fusion share: scores are stored as [images, H, Q, 4 quads], 4 quads = N rounded up to a multiple of
// four, for the images from u.first on.

// The place of four scores: those of a query and the keys from `key` on, a multiple of four.
fn quadOf(query: u32, key: u32) -> u32 { return (((image - u.first) * u.heads + head) * u.queries + query) * u.quads + key / 4u; }

// Whether this place exists.
fn stored(query: u32, key: u32) -> bool { return query < u.queries && key / 4u < u.quads; }
