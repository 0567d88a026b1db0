/** The bytes of the two times of a pass, its begin and its end in nanoseconds. */
const BYTES = 16;

/** Measures a compute pass by the card's own clock. Browsers round it to about 0.1 ms, so a pass should take a few milliseconds. */
export class Stopwatch {
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  /** @param device with the feature `timestamp-query`. */
  constructor(device: GPUDevice) {
    this.#queries = device.createQuerySet({ label: 'stopwatch', type: 'timestamp', count: 2 });
    const buffer = (usage: GPUBufferUsageFlags): GPUBuffer =>
      device.createBuffer({ label: 'stopwatch', size: BYTES, usage: usage | GPUBufferUsage.COPY_DST });
    this.#resolved = buffer(GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
    this.#staging = buffer(GPUBufferUsage.MAP_READ);
  }

  get writes(): GPUComputePassTimestampWrites {
    return { querySet: this.#queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
  }

  /** Is called after the pass, with the same encoder. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, BYTES);
  }

  /** The milliseconds of the pass, after it is done; null if the clock showed none. Only one pass can be measured at a time. */
  async read(): Promise<number | null> {
    await this.#staging.mapAsync(GPUMapMode.READ);
    const [begin = 0n, end = 0n] = new BigUint64Array(this.#staging.getMappedRange().slice(0));
    this.#staging.unmap();
    return end > begin ? Number(end - begin) / 1e6 : null;
  }
}
