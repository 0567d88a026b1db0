/** `npm test`: installs the packages, then starts the test stages, which are TypeScript. */
import { spawnSync } from 'node:child_process';
import { installModules, requireNode, root } from './modules.mjs';

requireNode();
installModules();
const stages = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/test/main.ts', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(stages.status ?? 1);
