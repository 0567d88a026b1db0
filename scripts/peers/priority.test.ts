import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { threadsBelow } from './priority.js';

it.runIf(process.platform === 'linux')(
  'finds the threads of processes below another, by a word of their command line',
  async () => {
    const script = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'wanted' + '-word']);
    process.on('SIGTERM', () => { child.kill(); process.exit(); });
    console.log(child.pid);`;
    const parent = spawn(process.execPath, ['-e', script]);
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const child = Number(String(line));
      await expect.poll(() => threadsBelow(process.pid, 'wanted-word')).toContain(child);
      await expect.poll(() => threadsBelow(process.pid, 'wanted-word').length).toBeGreaterThan(1);
      expect(threadsBelow(process.pid, 'wanted-word')).not.toContain(parent.pid);
      expect(threadsBelow(process.pid, 'another-word')).toEqual([]);
    } finally {
      parent.kill();
    }
  },
);
