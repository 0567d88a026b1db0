import { transfer } from 'comlink';
import { toErrorRecord } from '../vit/errors.js';
import type { Answer } from '../protocol/answer.js';

/** Runs a call's work; whatever it throws becomes data. */
export async function answer<T>(work: () => Promise<T> | T): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    const error = toErrorRecord(thrown);
    // An error that has no code of ours is a defect: the console gets its stack, the person its sentence.
    if (error.code === 'internal') console.error(thrown);
    return { ok: false, error };
  }
}

/** As {@link answer}; the arrays in the value are transferred to the page instead of copied. */
export async function answerMoved<T>(work: () => Promise<T>): Promise<Answer<T>> {
  const given = await answer(work);
  return given.ok ? moved(given, given.value) : given;
}

/** Marks the arrays in `content`, a part of `message`, to be transferred instead of copied. */
export function moved<T>(message: T, content: unknown): T {
  const buffers = new Set<ArrayBuffer>();
  collect(content, buffers);
  return transfer(message, [...buffers]);
}

function collect(value: unknown, into: Set<ArrayBuffer>): void {
  if (typeof value !== 'object' || value === null) return;
  if (ArrayBuffer.isView(value)) {
    // An empty array may be a constant that several messages share, and has nothing to transfer.
    if (value.buffer instanceof ArrayBuffer && value.byteLength > 0) into.add(value.buffer);
    return;
  }
  for (const part of Object.values(value)) collect(part, into);
}
