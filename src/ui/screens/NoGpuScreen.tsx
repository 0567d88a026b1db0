import { Button } from '../common/controls.js';
import { usePlayground } from '../playground.js';
import { problemAt } from '../../store/facts.js';

/** Without WebGPU nothing here can run: says what was found and what to do about it. */
export function NoGpuScreen() {
  const problem = usePlayground((state) => problemAt(state, 'connection'));
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body prose">
        <h2>No GPU adapter to train on</h2>
        <p role="alert">{problem?.message ?? 'The browser gave no WebGPU adapter.'}</p>
        <h3>What to do</h3>
        <ul>
          <li>Use a browser with WebGPU: Chrome or Edge 113 and newer, Safari 26, Firefox 141 and newer on Windows.</li>
          <li>
            On Linux, start Chrome with <code>--enable-unsafe-webgpu --enable-features=Vulkan</code>.
          </li>
          <li>
            Without a GPU, Chrome’s software adapter works, slowly:{' '}
            <code>--enable-unsafe-webgpu --use-webgpu-adapter=swiftshader</code>.
          </li>
          <li>
            <code>chrome://gpu</code> says why WebGPU is off; a remote desktop or a blocked driver is the usual reason.
          </li>
          <li>
            The page must come from <code>https://</code> or <code>localhost</code>.
          </li>
        </ul>
        <p style={{ marginTop: 16 }}>
          <Button look="filled" onClick={() => location.reload()}>
            Try again
          </Button>
        </p>
      </div>
    </main>
  );
}
