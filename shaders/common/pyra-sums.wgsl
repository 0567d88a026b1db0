// Layout of the sums that PYRA's backward keeps for each image, in cells: four rows of channels, one cell, and two entries for each pair.
fn sumsLength(cells: u32, r: u32) -> u32 { return 4u * cells + 1u + 2u * r; }
fn pairLogits(cells: u32) -> u32 { return 4u * cells + 1u; }
fn pairShares(cells: u32, r: u32) -> u32 { return 4u * cells + 1u + r; }
