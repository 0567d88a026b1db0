// The rows of a as they are stored, and the residual.
@group(0) @binding(4) var<storage, read> residual: array<Cell>;

fn rowCell(row: u32, k: u32) -> Cell { return a[(row * u.aStride + u.firstDepth) / CELL + k]; }

fn residualAt(index: u32) -> Cell { return residual[index]; }
