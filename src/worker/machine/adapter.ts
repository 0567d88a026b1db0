import { PlaygroundError } from '../../vit/errors.js';

const unavailable = (why: string): PlaygroundError => new PlaygroundError('gpu.unavailable', why);

/**
 * The fastest adapter of this computer, or a software one where the browser has one. Rejects with `gpu.unavailable` and a sentence that
 * says what to do.
 */
export async function requestAdapter(): Promise<GPUAdapter> {
  if (!self.isSecureContext) {
    throw unavailable(
      'WebGPU is only there on secure pages: open this page over https, or from this machine as http://localhost.',
    );
  }
  // The types say that it is always there; older browsers have none.
  const gpu: GPU | undefined = navigator.gpu;
  if (!gpu) {
    throw unavailable(
      'This browser has no WebGPU: use a present Chrome or Edge, Safari 26 or newer, or Firefox 141 or newer, and update the graphics driver.',
    );
  }
  const adapter =
    (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ??
    (await gpu.requestAdapter({ forceFallbackAdapter: true }));
  if (adapter) return adapter;
  throw unavailable(
    "This browser knows WebGPU but found no adapter: switch on hardware acceleration in the browser's settings, update the graphics driver, or on Linux start Chrome with --enable-unsafe-webgpu (see chrome://gpu).",
  );
}
