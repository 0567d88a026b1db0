import { describe, expect, it } from 'vitest';
import { CLASSES, D, DEPTH, fill, model } from '../../formats/fixtures/model.js';
import { writeSafetensors } from '../../containers/safetensors/safetensors.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { GivenFile } from '../../protocol/api.js';
import { NO_ANSWERS } from '../../vit/configuration.js';
import { Datasets } from './datasets.js';
import { Events } from '../events.js';
import { Intake } from './intake.js';
import { KeptData } from '../kept/kept-data.js';
import { KeptModelStore } from '../kept/kept-models.js';
import { Models } from './models.js';
import { MemoryFiles } from '../kept/private-files.js';
import { RunStore } from '../kept/run-store.js';

const ADAPTER = { name: 'none', vendor: '', architecture: '', description: '', kind: 'software' as const, features: [] };
const RANK = 2;

function bench(): { intake: Intake; models: Models; runs: RunStore } {
  const events = new Events();
  const keptModels = new KeptModelStore({ folder: async () => null, room: async () => null, exclusively: (work) => work() });
  const models = new Models(keptModels, events);
  const runs = new RunStore(new MemoryFiles());
  const parts = { models, keptModels, datasets: new Datasets(), kept: new KeptData(), runs, events };
  return { intake: new Intake({ ...parts, adapter: async () => ADAPTER }), models, runs };
}

const given = (path: string, bytes: Uint8Array<ArrayBuffer>): GivenFile => ({ path, file: new File([bytes], path) });
const backbone = (tensors: ReadonlyMap<string, NamedTensor>): GivenFile =>
  given('vit.safetensors', writeSafetensors(tensors, { num_heads: '2' }));

/** A LoRA of rank 2 on every block, as PEFT writes it for a timm model, and a new head where one is asked for. */
function adapter(head: boolean): GivenFile[] {
  const tensors = new Map<string, NamedTensor>();
  for (let block = 0; block < DEPTH; block++) {
    tensors.set(`base_model.model.blocks.${block}.attn.qkv.lora_A.weight`, fill([RANK, D], block));
    tensors.set(`base_model.model.blocks.${block}.attn.qkv.lora_B.weight`, fill([3 * D, RANK], block + 9));
  }
  if (head) {
    tensors.set('base_model.model.head.weight', fill([4, D], 40));
    tensors.set('base_model.model.head.bias', fill([4], 41));
  }
  const config = new TextEncoder().encode(JSON.stringify({ peft_type: 'LORA', r: RANK, lora_alpha: 2 * RANK }));
  return [
    given('mine/adapter_config.json', config),
    given('mine/adapter_model.safetensors', writeSafetensors(tensors, { format: 'pt' })),
  ];
}

describe('a PEFT adapter that was made elsewhere', () => {
  it('given after its backbone is a run on it, with its factor in the weights', async () => {
    const { intake, models, runs } = bench();
    const first = await intake.give([backbone(model())]);
    expect(first).toMatchObject({ kind: 'model', model: { name: 'vit.safetensors' } });
    const what = await intake.give(adapter(true));
    if (what.kind !== 'adapted') throw new Error(`it was taken for ${what.kind}`);
    expect(what.model).toBeUndefined();
    expect(what.run).toMatchObject({
      name: 'mine',
      state: 'finished',
      configuration: { model: 'vit.safetensors', ...NO_ANSWERS, peft: 'lora', loraRank: RANK, method: 'none' },
    });
    expect(what.run.classes).toHaveLength(4);
    const { metadata, trained } = await runs.weights(what.run);
    expect(metadata.architecture).toMatchObject({ embedDim: D, heads: 2 });
    // lora_alpha / r = 2.
    const b = trained.get('blocks.1.attn.LoRA_b.weight');
    expect([...(b?.data ?? [])]).toEqual([...fill([3 * D, RANK], 10).data].map((value) => 2 * value));
    expect((await models.requireFor(metadata, 'mine')).name).toBe('vit.safetensors');
  });

  it('without a head of its own keeps the backbone’s, and where that has none is folded into it', async () => {
    const { intake } = bench();
    await intake.give([backbone(model())]);
    const what = await intake.give(adapter(false));
    expect(what.kind === 'adapted' && what.run.classes.length).toBe(CLASSES);
    const headless = new Map([...model()].filter(([name]) => !name.startsWith('head.')));
    const other = bench();
    await other.intake.give([backbone(headless)]);
    const folded = await other.intake.give(adapter(false));
    expect(folded.kind === 'model' && folded.model.notes.join(' ')).toMatch(/LoRA is folded into/);
  });

  it('given with its backbone is both', async () => {
    const { intake } = bench();
    const what = await intake.give([backbone(model()), ...adapter(true)]);
    expect(what).toMatchObject({
      kind: 'adapted',
      model: { format: 'timm with a PEFT adapter' },
      run: { classes: { length: 4 } },
    });
    if (what.kind === 'adapted') expect(what.run.configuration.model).toBe(what.model?.name);
  });

  it('given with no backbone in use says what is missing', async () => {
    await expect(bench().intake.give(adapter(true))).rejects.toThrow(/made elsewhere; give the weights of its backbone with it/);
  });
});

describe('many files', () => {
  const pictures = (count: number): GivenFile[] =>
    Array.from({ length: count }, (_, i) =>
      given(`${i % 2 === 0 ? 'cat' : 'dog'}/${i}.txt`, new TextEncoder().encode('no picture')),
    );

  it('those that were offered are given with the rest', async () => {
    const { intake } = bench();
    const files = [backbone(model()), ...adapter(true)];
    intake.offer(files.slice(0, 1));
    intake.offer(files.slice(1, 2));
    expect(await intake.give(files.slice(2))).toMatchObject({ kind: 'adapted', model: { name: expect.any(String) } });
    await expect(intake.give([])).rejects.toMatchObject({ code: 'usage' });
  });

  it('cancelled files end as cancelled, and the next files are taken', async () => {
    const { intake } = bench();
    intake.offer(pictures(3));
    intake.cancel();
    await expect(intake.give([])).rejects.toMatchObject({ code: 'usage' });
    const taken = intake.give(pictures(50));
    intake.cancel();
    await expect(taken).rejects.toMatchObject({ code: 'cancelled' });
    expect(await intake.give([backbone(model())])).toMatchObject({ kind: 'model' });
  });
});
