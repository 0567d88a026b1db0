import { z } from 'zod';
import type { TunerMemory } from '../../engine/machines/webgpu/autotuner.js';
import type { FileStore } from '../kept/private-files.js';

const FILE = 'kernel-choices.json';
const schema = z.record(z.string(), z.string());

/** What the autotuner measured on this computer's adapters: read once, and written half a second after a change. */
export async function openTunerMemory(files: FileStore): Promise<TunerMemory> {
  const choices = new Map(Object.entries(await readChoices(files)));
  let writing: ReturnType<typeof setTimeout> | null = null;
  const write = (): void => {
    writing = null;
    const text = JSON.stringify(Object.fromEntries(choices));
    // What could not be written is measured again on the next visit.
    files.write(FILE, new TextEncoder().encode(text)).catch(() => undefined);
  };
  return {
    get: (key) => choices.get(key),
    set: (key, value) => {
      choices.set(key, value);
      writing ??= setTimeout(write, 500);
    },
  };
}

async function readChoices(files: FileStore): Promise<Record<string, string>> {
  const bytes = await files.read(FILE).catch(() => null);
  if (!bytes) return {};
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}
