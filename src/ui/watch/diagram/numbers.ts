import { counted, significant } from '../../format.js';

/** Three significant digits, with a true minus sign. */
export const written = (value: number): string => significant(value).replace('-', '−');

/** Two decimals, with a true minus sign; zero has none. */
export const signed = (value: number): string =>
  value
    .toFixed(2)
    .replace(/^-(?=0\.00$)/, '')
    .replace('-', '−');

export const patchesOf = (size: number): string => counted(size, 'patch', 'patches');
