// The element type of buffers whose rows are not multiples of four floats.
alias Cell = f32;
const CELL = 1u;
fn total(cell: Cell) -> f32 { return cell; }
