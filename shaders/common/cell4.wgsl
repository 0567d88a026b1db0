// The element that buffers are read in where rows are whole multiples of four floats.
alias Cell = vec4f;
const CELL = 4u;
fn total(cell: Cell) -> f32 { return (cell.x + cell.y) + (cell.z + cell.w); }
fn cellFrom(four: vec4f, at: u32) -> Cell { return four; }
fn element(cell: Cell, at: u32) -> f32 { return cell[at]; }
fn addProduct(sum: f32, a: Cell, b: Cell) -> f32 { return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum)))); }
