import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pyra } from '../../testing/command-line.js';

const report = z.object({
  imageSize: z.number(),
  batch: z.number(),
  rows: z.array(
    z.object({
      name: z.string(),
      schedule: z.string(),
      inferenceImagesPerSecond: z.number().positive(),
      trainingImagesPerSecond: z.number().positive().nullable(),
    }),
  ),
});

describe('benchmark', () => {
  it('measures the methods and schedules that are asked for, the uncompressed network first, training only where wanted', async () => {
    const { code, output } = await pyra([
      'benchmark',
      '--methods',
      'pyra,none',
      '--schedules',
      'low;4',
      '--train',
      'no',
      '--batch',
      '3',
      '--seconds',
      '0',
      '--json',
    ]);
    expect(code).toBe(0);
    const { rows, batch } = report.parse(JSON.parse(output));
    expect(batch).toBe(3);
    expect(rows.map(({ name, schedule }) => `${name} ${schedule}`)).toEqual(['none none', 'pyra low', 'pyra 4']);
    expect(rows.every((row) => row.trainingImagesPerSecond === null)).toBe(true);
  });

  it('says first how long it takes, then prints each row', async () => {
    const { code, output } = await pyra(['benchmark', '--methods', 'tome', '--schedules', 'high', '--seconds', '0']);
    expect(code).toBe(0);
    const lines = output.split('\n');
    const at = (pattern: RegExp): number => lines.findIndex((text) => pattern.test(text));
    expect(at(/^Machine: .*64 pixels, batches of 16/)).toBeGreaterThanOrEqual(0);
    expect(at(/^About \d+ s/)).toBeGreaterThan(at(/^Machine/));
    expect(at(/^tome +high/)).toBeGreaterThan(at(/^About/));
  });

  it('prints where the time goes, by operation, where that is asked for', async () => {
    const choices = ['--methods', 'tome', '--schedules', 'high', '--seconds', '0', '--profile'];
    const { code, output } = await pyra(['benchmark', ...choices]);
    expect(code).toBe(0);
    expect(output).toMatch(/qkv +linear +2 +3 +4 +75\.0 %\n *AdamW +adamw +1 +1 +25\.0 %/);
    expect(output).toMatch(/Inference: 4 ms in all operations/);
    expect(output).toMatch(/A training step: 4 ms in all operations/);
    const plain = await pyra(['benchmark', ...choices.filter((choice) => choice !== '--profile')]);
    expect(plain.output).not.toContain('AdamW');
  });

  it('names everything that does not fit into the time of --full, ends, and says so in one JSON value too', async () => {
    const { code, output } = await pyra(['benchmark', '--full', '--minutes', '0', '--methods', 'pyra', '--schedules', 'high']);
    expect(code).toBe(0);
    expect(output).toContain('not measured: golden file pyra_lora.safetensors: it did not fit into the time');
    expect(output).toContain('not measured: ViT-L/16, pyra, high, batch 16: it did not fit into the time');
    expect(output).toContain('\nNot measured:\n');
    const json = await pyra(['benchmark', '--full', '--minutes', '0', '--methods', 'pyra', '--schedules', 'high', '--json']);
    const full = z.object({ rows: z.array(z.object({ section: z.literal('missing'), what: z.string() })) });
    const { rows } = full.parse(JSON.parse(json.output));
    expect(rows.map(({ what }) => what)).toContain('candidates for ViT-B/16 fc2, high, backward');
  });

  it('writes everything that --full measured to a file, beside the table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pyra-'));
    const file = join(folder, 'full.json');
    const { code, output } = await pyra(['benchmark', '--full', '--minutes', '0', '--write', file]);
    expect(code).toBe(0);
    expect(output).toContain('\nNot measured:\n');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ toggles: null, choices: {}, rows: expect.any(Array) });
    rmSync(folder, { recursive: true });
  });

  it.each([
    [['--write', 'x.json'], '--write is for --full'],
    [['--minutes', '3'], '--minutes is for --full'],
    [['--full', '--model', 'x.safetensors'], '--model does not go with --full'],
    [['--full', '--minutes', '-1'], '--minutes is -1, expected a number from 0 to 1440'],
    [['--batch', '0'], '--batch is 0, expected a number from 1 to 1024'],
    [['--methods', 'tomb'], "--methods has 'tomb', which is none of"],
    [['--train', 'maybe'], "--train is 'maybe', expected one of yes, no"],
    [['--schedules', '2,2'], 'schedule'],
  ])('refuses %j', async (options, sentence) => {
    const { code, errors } = await pyra(['benchmark', '--seconds', '0', ...options]);
    expect(code).toBe(2);
    expect(errors).toContain(sentence);
  });
});
