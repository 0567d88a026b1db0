import { expose } from 'comlink';
import { createPlaygroundApi } from './playground.js';
import { privateFiles } from './private-files.js';

expose(createPlaygroundApi(privateFiles()));
