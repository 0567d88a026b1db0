// Tests the exponent's bits, because a compiler may assume that comparisons never have NaN or infinity.
fn isFinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }
