import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { TunerMemory } from '../../engine/machines/webgpu/autotuner.js';

const FILE = fileURLToPath(new URL('../../../.cache/kernel-choices.json', import.meta.url));
const schema = z.record(z.string(), z.string());

function readChoices(file: string): Record<string, string> {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

/**
 * The autotuner's measurements on this machine's adapters, kept in a file of the project's cache. Measurements that cannot be read or
 * written are repeated.
 */
export function diskTunerMemory(file: string = FILE): TunerMemory {
  const choices = new Map(Object.entries(readChoices(file)));
  return {
    get: (key) => choices.get(key),
    set: (key, value) => {
      choices.set(key, value);
      // Another process may have added choices meanwhile: they are kept.
      const all = { ...readChoices(file), ...Object.fromEntries(choices) };
      const part = `${file}.${process.pid}.part`;
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(part, JSON.stringify(all, null, 1));
        renameSync(part, file);
      } catch {
        // In a read-only checkout nothing can be kept.
      }
    },
  };
}
