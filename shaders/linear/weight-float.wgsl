// float32 weights, for a kernel that binds `weight`.
alias Weight = Cell;
fn weightAt(index: u32) -> Cell { return weight[index]; }
