// The pixel at place `within` of a patch, by its number in a picture of S rows of S pixels, for kernels whose uniforms have imageSize,
// patchSize and gridSide.
fn pixelOf(patchIndex: u32, within: u32) -> u32 {
  let y = (patchIndex / u.gridSide) * u.patchSize + within / u.patchSize;
  let x = (patchIndex % u.gridSide) * u.patchSize + within % u.patchSize;
  return y * u.imageSize + x;
}
