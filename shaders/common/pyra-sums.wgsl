// Where PYRA's backward keeps each image's sums, in cells: four rows of channels, one cell, and two entries for each pair.
fn sumsLength(cells: u32, r: u32) -> u32 { return 4u * cells + 1u + 2u * r; }
fn pairLogits(cells: u32) -> u32 { return 4u * cells + 1u; }
fn pairShares(cells: u32, r: u32) -> u32 { return 4u * cells + 1u + r; }
