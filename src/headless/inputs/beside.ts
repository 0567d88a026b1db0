/** Finds the files that belong to a weights file which was given alone: its configuration, or the other shards. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ByteSource } from '../../containers/bytes.js';
import { shardNames } from '../../formats/backbones/files/shards.js';
import { byteSourceFromPath } from './files.js';

/** What libraries keep beside a model's weights, and beside an adapter's. */
const CONFIGURATION = ['config.json', 'preprocessor_config.json', 'processor_config.json'];
const ADAPTER_CONFIGURATION = ['adapter_config.json'];

const ADAPTER = /^adapter_model\.(safetensors|bin)$/;
const SHARD = /-\d{5}-of-\d{5}\.(safetensors|bin)$/;
const INDEX = /\.(safetensors|bin)\.index\.json$/;
/** Names that libraries give to a model's weights. */
const USUAL = /^(model|pytorch_model|open_clip_model|open_clip_pytorch_model)(\.fp16|\.bf16)?\.(safetensors|bin)$/;
const WEIGHTS = /\.(safetensors|pth|pt|ckpt|bin)$/i;

/** The names in a file's folder that belong to it. */
async function namesBeside(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const there = await readdir(dirname(path)).catch((): string[] => []);
  if (ADAPTER.test(name)) return ADAPTER_CONFIGURATION.filter((file) => there.includes(file));
  const configuration = CONFIGURATION.filter((file) => there.includes(file));
  if (INDEX.test(name) || SHARD.test(name)) {
    const index = INDEX.test(name) ? name : there.find((file) => INDEX.test(file) && file.startsWith(name.replace(SHARD, '')));
    if (index === undefined) return configuration;
    const shards = new Set((await shardNames(await byteSourceFromPath(join(dirname(path), index), index))).values());
    return [...configuration, ...new Set([index, ...shards])].filter((file) => file !== name && there.includes(file));
  }
  // A configuration says nothing about one of several models in a folder, unless that one has the usual name.
  const belongs = USUAL.test(name) || (WEIGHTS.test(name) && there.filter((file) => WEIGHTS.test(file)).length === 1);
  return belongs ? configuration : [];
}

/**
 * The files in the same folder that belong to the weights file at `path`: without them, heads and normalisation would be guessed although
 * they are known, or a shard would be taken for the whole. Rejects with `file.damaged` where an index of shards is none.
 */
export async function sourcesBeside(path: string): Promise<ByteSource[]> {
  const names = await namesBeside(path);
  return Promise.all(names.map((name) => byteSourceFromPath(join(dirname(path), name), name)));
}
