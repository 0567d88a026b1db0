import { expose, wrap } from 'comlink';
import { describe, expect, it, vi } from 'vitest';
import { PlaygroundError } from '../vit/errors.js';
import { answer, answerMoved, moved } from './answers.js';

describe('an answer', () => {
  it('is the value, or the record of what was thrown', async () => {
    expect(await answer(() => 3)).toEqual({ ok: true, value: 3 });
    const thrown = new PlaygroundError('data.empty', 'nothing there', { subject: 'data' });
    expect(await answer(() => Promise.reject(thrown))).toEqual({
      ok: false,
      error: { code: 'data.empty', message: 'nothing there', subject: 'data' },
    });
  });

  it('of what was not foreseen is written to the console, with its place', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const thrown = new TypeError('undefined is no function');
    const given = await answer(() => {
      throw thrown;
    });
    expect(given).toEqual({ ok: false, error: { code: 'internal', message: 'undefined is no function' } });
    expect(log).toHaveBeenCalledWith(thrown);
    log.mockRestore();
  });

  it('moves each array once, and no empty one, which may be shared', async () => {
    const shared = Float32Array.of(1, 2);
    const none = new Uint32Array(0);
    const message = { blocks: [{ size: shared, rows: none }, { size: shared }], pixels: new Uint8ClampedArray(4) };
    const { port1, port2 } = new MessageChannel();
    expose({ ask: () => moved({ message }, message) }, port1);
    // The platform refuses a list with a buffer twice.
    const sent = await wrap<{ ask(): { message: typeof message } }>(port2).ask();
    expect(sent.message.blocks.map(({ size }) => [...size])).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([shared.byteLength, message.pixels.byteLength]).toEqual([0, 0]);
    // The empty one's buffer is still there to be sent.
    expect(() => port1.postMessage(none, [none.buffer])).not.toThrow();
    port1.close();
  });

  it('that failed moves nothing', async () => {
    expect(await answerMoved(() => Promise.reject(new PlaygroundError('usage', 'no')))).toMatchObject({ ok: false });
  });
});
