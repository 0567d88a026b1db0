/** What each file of GPU tests begins with, whatever it shares with others. */
import { afterEach } from 'vitest';
import { checkTestMachine } from './gpu.js';

afterEach(checkTestMachine);
