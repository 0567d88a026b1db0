import { usesOf, type Operation } from '../../plan/operation.js';
import { macsOf, macsOfOne } from '../../plan/record.js';

/** The most groups that a batch is divided into, and so the most threads that are busy. */
const MOST_GROUPS = 8;
/** The fewest multiply-accumulates of a group, so that handing it over costs little in comparison: about 3 ms of work. */
const LEAST_MACS = 5e7;
/**
 * The fewest rows by which a weight is multiplied, on the average over a forward. Each group loads every weight anew, which dominates late
 * blocks with few tokens left. The bits of a picture do not depend on the others in its group.
 */
const LEAST_ROWS = 192;
/** The fewest groups that a forward's batch keeps in spite of that, so that several threads are busy. */
const LEAST_GROUPS = 4;

/**
 * Pictures of a group. It depends on the batch and its operations alone, never on the number of threads. Operations that are computed again
 * do not count, so that recomputing takes the sums over pictures in the same order.
 *
 * @param operations those of one picture.
 */
export function groupOf(images: number, operations: readonly Operation[]): number {
  const once = operations.filter(({ repeated }) => repeated !== true);
  const least = Math.ceil(LEAST_MACS / Math.max(1, macsOf(once)));
  const even = Math.max(least, Math.ceil(images / MOST_GROUPS));
  if (meet(operations)) return Math.min(images, even);
  const forRows = Math.min(Math.ceil(LEAST_ROWS / rowsOf(operations)), Math.ceil(images / LEAST_GROUPS));
  return filled(images, Math.max(even, forRows));
}

/** Whether pictures meet in sums, which are taken in the order of the groups: other groups would give other bits. */
function meet(operations: readonly Operation[]): boolean {
  return operations.some((operation) => usesOf(operation).some(({ tensor, access }) => tensor.external && access !== 'read'));
}

/**
 * The sizes in which groups are prepared: whole, and in halves as long as they are whole numbers, so that the last groups of a queue can be
 * shared by threads that have nothing else to do.
 */
export function partsOf(group: number, operations: readonly Operation[]): readonly number[] {
  const sizes = [group];
  for (let size = group; size % 2 === 0 && !meet(operations); sizes.push(size)) size /= 2;
  return sizes;
}

/**
 * The smallest group from `least` up to a quarter of the batch that leaves the fewest places of the last group empty, since they take as
 * long as pictures.
 */
export function filled(images: number, least: number): number {
  const empty = (group: number): number => Math.ceil(images / group) * group - images;
  let best = Math.min(images, least);
  for (let group = best + 1; group <= images / LEAST_GROUPS; group++) if (empty(group) < empty(best)) best = group;
  return best;
}

/** Rows by which a weight of the record is multiplied, averaged over the weights' elements; at least 1. */
function rowsOf(operations: readonly Operation[]): number {
  let [products, elements] = [0, 0];
  for (const operation of operations) {
    if (operation.definition.kind !== 'linear') continue;
    products += macsOfOne(operation);
    elements += usesOf(operation).find(({ name }) => name === 'weight')?.tensor.length ?? 0;
  }
  return Math.max(1, products / Math.max(1, elements));
}
