/** Counts the bytes of typed arrays that are created by length, since the length may come from a file. */

const CLASSES = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const;

export interface Counted {
  readonly bytes: number;
  end(): void;
}

/**
 * Starts counting, until `end` is called. A single array above the limit is refused with a RangeError, as on a machine with little memory.
 */
export function countAllocations(limit: number): Counted {
  let bytes = 0;
  const before = CLASSES.map((name) => [name, globalThis[name]] as const);
  for (const [name, original] of before) {
    const width = 'BYTES_PER_ELEMENT' in original ? original.BYTES_PER_ELEMENT : 1;
    const counting: object = new Proxy(original, {
      construct(target, args: unknown[], newTarget): object {
        const [length] = args;
        if (typeof length === 'number' && Number.isFinite(length)) {
          bytes += Math.max(0, length) * width;
          if (length * width > limit) throw new RangeError(`an array of ${length * width} bytes is asked for`);
        }
        const made: unknown = Reflect.construct(target, args, newTarget === counting ? target : newTarget);
        if (typeof made !== 'object' || made === null) throw new TypeError(`${name} made nothing`);
        return made;
      },
    });
    Reflect.set(globalThis, name, counting);
  }
  return {
    get bytes() {
      return bytes;
    },
    end: () => {
      for (const [name, original] of before) Reflect.set(globalThis, name, original);
    },
  };
}
