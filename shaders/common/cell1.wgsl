// The element type of buffers whose rows are not multiples of four floats.
alias Cell = f32;
const CELL = 1u;
fn total(cell: Cell) -> f32 { return cell; }
fn cellFrom(four: vec4f, at: u32) -> Cell { return four[at]; }
fn element(cell: Cell, at: u32) -> f32 { return cell; }
fn addProduct(sum: f32, a: Cell, b: Cell) -> f32 { return fma(a, b, sum); }
