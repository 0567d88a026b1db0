import { METHODS, type Method } from '../../vit/methods/index.js';
import { invalid } from '../arguments.js';

/** Methods separated by commas; throws `option.invalid` for an unknown one. */
export function readMethods(text: string): Method[] {
  return text.split(',').map((word) => {
    const found = METHODS.find((method) => method === word.trim());
    if (!found) throw invalid('methods', `has '${word}', which is none of ${METHODS.join(', ')}`);
    return found;
  });
}

/** Schedules separated by blanks or semicolons: a list of r has commas in it. */
export const readSchedules = (text: string): string[] => text.split(/[\s;]+/).filter((word) => word !== '');
