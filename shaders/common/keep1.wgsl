// keepFactor for a cell of one float.
fn keepCell(seed: u32, number: u32, site: u32, index: u32, p: f32) -> f32 {
  return keepFactor(seed, number, site, index, p);
}
