/** `npm start`: from a fresh clone to the opened page. Plain JavaScript, since nothing may be installed yet. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, installModules, requireNode, root } from './modules.mjs';

const USAGE = `Usage: npm start -- [--no-open]
Installs what is missing, builds when a source is newer than the build, serves the page on localhost and opens it.
The environment variable PORT chooses the port (otherwise 4173, or the next free one).`;

const BUILD_INPUTS = ['src', 'shaders', 'public', 'index.html', 'vite.config.ts', 'tsconfig.json', 'package-lock.json'];

const options = process.argv.slice(2);
if (options.includes('--help')) {
  console.log(USAGE);
  process.exit(0);
}
const unknown = options.find((option) => option !== '--no-open');
if (unknown !== undefined) fail(`npm start: unknown option '${unknown}'.\n${USAGE}`, 2);
const port = readPort(process.env.PORT);

requireNode();
installModules();
process.chdir(root);
const vite = await import('vite');
if (newest(BUILD_INPUTS) > modified('dist/index.html')) {
  console.log('Building the page ...');
  await vite.build({ logLevel: 'warn' });
}
const server = await vite
  .preview({ logLevel: 'warn', preview: { host: 'localhost', port: port ?? 4173, strictPort: port !== undefined } })
  .catch((/** @type {Error} */ error) => fail(`The page could not be served on localhost: ${error.message}.`));
const address = server.resolvedUrls?.local[0] ?? `http://localhost:${port ?? 4173}/`;
console.log(`PYRA Playground: ${address}  (Ctrl-C ends it)`);
if (!options.includes('--no-open')) open(address);

/** @param {string | undefined} text */
function readPort(text) {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65535) fail(`PORT is '${text}', expected a number from 1 to 65535.`, 2);
  return number;
}

/** Time of the last change under the given files and folders, in milliseconds. @param {string[]} paths */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    latest = Math.max(latest, modified(path));
    if (!statSync(path).isDirectory()) continue;
    for (const entry of readdirSync(path, { recursive: true })) latest = Math.max(latest, modified(join(path, String(entry))));
  }
  return latest;
}

/** @param {string} path */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Opens the address in the person's browser; without one, the printed address is enough. @param {string} url */
function open(url) {
  const [command, ...before] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
