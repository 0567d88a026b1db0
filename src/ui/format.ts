/** Numbers as people read them: with their unit, large ones in k and M, times as 1 min 20 s. */
import { BUNDLED } from '../vit/configuration.js';

/** A space between a number and its unit that no line breaks at. */
const GAP = '\u00a0';

/** A value of any size in `digits` significant digits, without an exponent. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return 'not finite';
  if (value === 0) return '0';
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(Number(value.toPrecision(digits))))));
  return value.toFixed(Math.min(decimals, 12));
}

/** 950, 2600, 38.3 k, 1.36 M, 4.2 G. */
export function count(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return String(Math.round(value * 10) / 10);
  if (size < 9_999.5) return String(Math.round(value));
  if (size < 999_500) return `${significant(value / 1e3)}${GAP}k`;
  if (size < 999_500_000) return `${significant(value / 1e6)}${GAP}M`;
  return `${significant(value / 1e9)}${GAP}G`;
}

/** `1 picture`, `36 pictures`, `38.3 k patches`. @param several where it is not the word with an s. */
export const counted = (value: number, one: string, several = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : several}`;

export function bytes(value: number): string {
  if (value < 1000) return `${value}${GAP}B`;
  if (value < 999_500) return `${significant(value / 1e3)}${GAP}kB`;
  if (value < 999_500_000) return `${significant(value / 1e6)}${GAP}MB`;
  return `${significant(value / 1e9)}${GAP}GB`;
}

/** A fraction from 0 to 1 as 84.3 %. */
export function percent(fraction: number, digits = 1): string {
  return `${(fraction * 100).toFixed(digits)}${GAP}%`;
}

/** 0.8 s, 42 s, 1 min 20 s, 2 h 5 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return 'unknown';
  if (seconds < 10) return `${seconds.toFixed(1)}${GAP}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${GAP}s`;
  if (whole < 3600)
    return whole % 60 === 0 ? `${whole / 60}${GAP}min` : `${Math.floor(whole / 60)}${GAP}min ${whole % 60}${GAP}s`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 === 0 ? `${minutes / 60}${GAP}h` : `${Math.floor(minutes / 60)}${GAP}h ${minutes % 60}${GAP}min`;
}

/** `42 s left`: in whole seconds, and rounded to ten above 90, so that the words do not change all the time. */
export function timeLeft(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.ceil(seconds))}${GAP}s left`;
  return `${duration(seconds < 90 ? seconds : Math.round(seconds / 10) * 10)} left`;
}

export function milliseconds(value: number): string {
  return value < 1000 ? `${significant(value)}${GAP}ms` : duration(value / 1000);
}

/** Multiply-accumulates, always in GMACs, so that every figure and button has the same unit. */
export function macs(value: number): string {
  return `${significant(value / 1e9)}${GAP}GMACs`;
}

/** A learning rate or a bound: 0.001, 3.2e-5. */
export function small(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

export function perSecond(value: number): string {
  return `${count(Number(value.toPrecision(3)))}${GAP}img/s`;
}

/** A backbone's name in a sentence. */
export const modelName = (name: string): string => (name === BUNDLED ? 'the bundled ViT' : name);

/** A name or sentence as it begins a line. */
export const capitalised = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;

export { dataName } from '../results/words/names.js';
