// By the exponent's bits: comparisons may be compiled as if there were no NaN and no infinity.
fn isFinite(value: f32) -> bool { return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u; }
