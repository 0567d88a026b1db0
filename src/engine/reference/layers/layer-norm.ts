import { requireLength } from '../shapes.js';

export interface LayerNormShape {
  /** M: rows, each normalised by itself; B * N for tokens. */
  readonly rows: number;
  /** C: channels of a row. */
  readonly channels: number;
}

/** The mean and 1 / sqrt(variance + eps) of row m, with the biased variance, as in PyTorch. */
function statistics(x: Float64Array, m: number, channels: number, epsilon: number): { mean: number; rstd: number } {
  let mean = 0;
  for (let c = 0; c < channels; c++) mean += x[m * channels + c]!;
  mean /= channels;
  let variance = 0;
  for (let c = 0; c < channels; c++) variance += (x[m * channels + c]! - mean) ** 2;
  return { mean, rstd: 1 / Math.sqrt(variance / channels + epsilon) };
}

/**
 * y = (x - mean) / sqrt(var + eps) * gamma + beta over the channels of each row.
 *
 * x [M, C], gamma [C], beta [C]; returns y [M, C].
 */
export function layerNorm(
  x: Float64Array,
  gamma: Float64Array,
  beta: Float64Array,
  epsilon: number,
  shape: LayerNormShape,
): Float64Array {
  const { rows, channels } = shape;
  requireLength('layerNorm: x', x, rows, channels);
  requireLength('layerNorm: gamma', gamma, channels);
  requireLength('layerNorm: beta', beta, channels);
  const y = new Float64Array(rows * channels);
  for (let m = 0; m < rows; m++) {
    const { mean, rstd } = statistics(x, m, channels, epsilon);
    for (let c = 0; c < channels; c++) y[m * channels + c] = (x[m * channels + c]! - mean) * rstd * gamma[c]! + beta[c]!;
  }
  return y;
}

/**
 * With x̂ the normalised row and g = dy * gamma: dx = rstd (g - mean(g) - x̂ mean(g x̂)), dgamma = Σ dy x̂, dbeta = Σ dy.
 *
 * dy [M, C], x [M, C], gamma [C]; returns dx [M, C], dgamma [C], dbeta [C].
 */
export function layerNormBackward(
  dy: Float64Array,
  x: Float64Array,
  gamma: Float64Array,
  epsilon: number,
  shape: LayerNormShape,
): { dx: Float64Array; dgamma: Float64Array; dbeta: Float64Array } {
  const { rows, channels } = shape;
  requireLength('layerNormBackward: dy', dy, rows, channels);
  requireLength('layerNormBackward: x', x, rows, channels);
  requireLength('layerNormBackward: gamma', gamma, channels);
  const dx = new Float64Array(rows * channels);
  const dgamma = new Float64Array(channels);
  const dbeta = new Float64Array(channels);
  for (let m = 0; m < rows; m++) {
    const { mean, rstd } = statistics(x, m, channels, epsilon);
    let meanG = 0;
    let meanGX = 0;
    for (let c = 0; c < channels; c++) {
      const normalised = (x[m * channels + c]! - mean) * rstd;
      const gradient = dy[m * channels + c]!;
      meanG += gradient * gamma[c]!;
      meanGX += gradient * gamma[c]! * normalised;
      dgamma[c]! += gradient * normalised;
      dbeta[c]! += gradient;
    }
    meanG /= channels;
    meanGX /= channels;
    for (let c = 0; c < channels; c++) {
      const normalised = (x[m * channels + c]! - mean) * rstd;
      dx[m * channels + c] = rstd * (dy[m * channels + c]! * gamma[c]! - meanG - normalised * meanGX);
    }
  }
  return { dx, dgamma, dbeta };
}
