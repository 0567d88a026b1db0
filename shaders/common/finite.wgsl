// Tests the exponent's bits: a compiler may assume in comparisons that there is no NaN and no infinity.
fn isFinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }
