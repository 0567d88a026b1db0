import '../protocol/without-eval.js';
import { expose } from 'comlink';
import { createPlaygroundApi } from './playground.js';
import { privateFiles } from './kept/private-files.js';

expose(createPlaygroundApi(privateFiles()));
