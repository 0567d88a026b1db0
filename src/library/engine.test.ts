import { expect, it } from 'vitest';
import { createEngine } from './engine.js';

it('says what it needs where there is no adapter', async () => {
  await expect(createEngine({ adapter: null })).rejects.toMatchObject({
    code: 'gpu.unavailable',
    message: 'WebGPU has no adapter here; the library needs one, while the command line computes on processors too',
  });
});
