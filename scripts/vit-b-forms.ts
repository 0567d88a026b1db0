/** Writes random weights of ViT-B/16's size (86 M parameters) as files in every form that is read. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { writeSafetensors } from '../src/containers/safetensors/safetensors.js';
import type { NamedTensor } from '../src/containers/tensors.js';
import { blockShapes, outerShapes, tokenShapes } from '../src/vit/weights.js';

type Tensors = Map<string, NamedTensor>;

const D = 768;
const DEPTH = 12;
const HEADS = 12;

/** Random numbers with a peak at 0, which compress as little as real weights. */
function random(shape: readonly number[], seed: number): NamedTensor {
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const a = state / 2 ** 32;
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (a + state / 2 ** 32 - 1) * 0.05;
  }
  return { shape, data };
}

/** Names and shapes of ViT-B/16 with ImageNet's classes. */
function timmShapes(): (readonly [string, readonly number[]])[] {
  const sizes = { embedDim: D, mlpHidden: 4 * D, patchSize: 16, distilled: false, registers: 0 };
  const { embedding, norm } = outerShapes(sizes);
  const blocks = Array.from({ length: DEPTH }, (_, i) =>
    blockShapes(sizes).map(([name, shape]) => [`blocks.${i}.${name}`, shape] as const),
  );
  return [...tokenShapes(sizes, 224), ...embedding, ...blocks.flat(), ...norm, ['head.weight', [1000, D]], ['head.bias', [1000]]];
}

const timmTensors = (): Tensors => new Map(timmShapes().map(([name, shape], seed) => [name, random(shape, seed)]));

function huggingFaceTensors(): Tensors {
  const tensors: Tensors = new Map();
  const top: Readonly<Record<string, string>> = {
    cls_token: 'vit.embeddings.cls_token',
    pos_embed: 'vit.embeddings.position_embeddings',
    'patch_embed.proj.weight': 'vit.embeddings.patch_embeddings.projection.weight',
    'patch_embed.proj.bias': 'vit.embeddings.patch_embeddings.projection.bias',
    'norm.weight': 'vit.layernorm.weight',
    'norm.bias': 'vit.layernorm.bias',
    'head.weight': 'classifier.weight',
    'head.bias': 'classifier.bias',
  };
  const layers: Readonly<Record<string, readonly string[]>> = {
    norm1: ['layernorm_before'],
    norm2: ['layernorm_after'],
    'attn.qkv': ['query', 'key', 'value'].map((name) => `attention.attention.${name}`),
    'attn.proj': ['attention.output.dense'],
    'mlp.fc1': ['intermediate.dense'],
    'mlp.fc2': ['output.dense'],
  };
  for (const [seed, [name, shape]] of timmShapes().entries()) {
    const [, block, layer = '', part = ''] = /^blocks\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
    const targets =
      block === undefined
        ? [top[name] ?? name]
        : (layers[layer] ?? []).map((target) => `vit.encoder.layer.${block}.${target}.${part}`);
    for (const target of targets) tensors.set(target, random([(shape[0] ?? 0) / targets.length, ...shape.slice(1)], seed));
  }
  return tensors;
}

/** DINOv2 under transformers' names: LayerScale, patches of 14 pixels, positions for 518 pixels. */
function dinov2Tensors(): Tensors {
  const tensors: Tensors = new Map();
  let seed = 0;
  const add = (name: string, shape: readonly number[]): void => void tensors.set(name, random(shape, seed++));
  add('embeddings.cls_token', [1, 1, D]);
  add('embeddings.mask_token', [1, D]);
  add('embeddings.position_embeddings', [1, 1 + 37 * 37, D]);
  add('embeddings.patch_embeddings.projection.weight', [D, 3, 14, 14]);
  add('embeddings.patch_embeddings.projection.bias', [D]);
  const linear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs]);
  };
  for (let i = 0; i < DEPTH; i++) {
    const layer = `encoder.layer.${i}`;
    for (const norm of ['norm1', 'norm2']) for (const part of ['weight', 'bias']) add(`${layer}.${norm}.${part}`, [D]);
    for (const name of ['query', 'key', 'value']) linear(`${layer}.attention.attention.${name}`, D, D);
    linear(`${layer}.attention.output.dense`, D, D);
    linear(`${layer}.mlp.fc1`, 4 * D, D);
    linear(`${layer}.mlp.fc2`, D, 4 * D);
    for (const scale of ['layer_scale1', 'layer_scale2']) add(`${layer}.${scale}.lambda1`, [D]);
  }
  add('layernorm.weight', [D]);
  add('layernorm.bias', [D]);
  return tensors;
}

const DINOV2_CONFIG = {
  ...{ model_type: 'dinov2', hidden_size: D, num_hidden_layers: DEPTH, num_attention_heads: HEADS, mlp_ratio: 4 },
  ...{ image_size: 518, patch_size: 14, hidden_act: 'gelu', layer_norm_eps: 1e-6 },
};

const RANK = 8;

/** PEFT's LoRA on query and value of every block, for {@link huggingFaceTensors}. */
function adapterTensors(): Tensors {
  const tensors: Tensors = new Map();
  let seed = 0;
  for (let i = 0; i < DEPTH; i++) {
    for (const name of ['query', 'value']) {
      const module = `base_model.model.vit.encoder.layer.${i}.attention.attention.${name}`;
      tensors.set(`${module}.lora_A.weight`, random([RANK, D], seed++));
      tensors.set(`${module}.lora_B.weight`, random([D, RANK], seed++));
    }
  }
  return tensors;
}

const ADAPTER_CONFIG = {
  ...{ peft_type: 'LORA', r: RANK, lora_alpha: RANK, target_modules: ['query', 'value'], bias: 'none' },
  ...{ lora_dropout: 0, modules_to_save: null },
};

/** Weights in Flax's shapes, which the reader has to transpose. */
function flaxTensors(): Tensors {
  const tensors: Tensors = new Map();
  let seed = 0;
  const add = (name: string, shape: readonly number[]): void => void tensors.set(`opt/target/${name}`, random(shape, seed++));
  add('cls', [1, 1, D]);
  add('embedding/kernel', [16, 16, 3, D]);
  add('embedding/bias', [D]);
  add('Transformer/posembed_input/pos_embedding', [1, 197, D]);
  for (let i = 0; i < DEPTH; i++) {
    const block = `Transformer/encoderblock_${i}`;
    for (const norm of ['LayerNorm_0', 'LayerNorm_2']) for (const part of ['scale', 'bias']) add(`${block}/${norm}/${part}`, [D]);
    for (const name of ['query', 'key', 'value']) {
      add(`${block}/MultiHeadDotProductAttention_1/${name}/kernel`, [D, HEADS, D / HEADS]);
      add(`${block}/MultiHeadDotProductAttention_1/${name}/bias`, [HEADS, D / HEADS]);
    }
    add(`${block}/MultiHeadDotProductAttention_1/out/kernel`, [HEADS, D / HEADS, D]);
    add(`${block}/MultiHeadDotProductAttention_1/out/bias`, [D]);
    add(`${block}/MlpBlock_3/Dense_0/kernel`, [D, 4 * D]);
    add(`${block}/MlpBlock_3/Dense_0/bias`, [4 * D]);
    add(`${block}/MlpBlock_3/Dense_1/kernel`, [4 * D, D]);
    add(`${block}/MlpBlock_3/Dense_1/bias`, [D]);
  }
  add('Transformer/encoder_norm/scale', [D]);
  add('Transformer/encoder_norm/bias', [D]);
  add('head/kernel', [D, 1000]);
  add('head/bias', [1000]);
  return tensors;
}

/** A safetensors file in bfloat16, the upper halves of the float32 numbers. */
function writeBfloat16(tensors: Tensors): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'BF16', shape, data_offsets: [offset, offset + 2 * data.length] };
    offset += 2 * data.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = Buffer.alloc(8 + text.length + offset);
  file.writeBigUInt64LE(BigInt(text.length));
  file.set(text, 8);
  let position = 8 + text.length;
  for (const { data } of tensors.values()) {
    const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
    for (const value of bits) position = file.writeUInt16LE(value >>> 16, position);
  }
  return file;
}

async function writeZip(path: string, entries: Iterable<readonly [string, Uint8Array]>, level: number): Promise<void> {
  const writer = new ZipWriter(Writable.toWeb(createWriteStream(path)), {
    level,
    useWebWorkers: false,
    extendedTimestamp: false,
  });
  for (const [name, bytes] of entries) await writer.add(name, new Uint8ArrayReader(bytes));
  await writer.close();
}

const bytesOf = (data: Float32Array<ArrayBuffer>): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function* npyEntries(tensors: Tensors): Iterable<[string, Uint8Array]> {
  for (const [name, { shape, data }] of tensors) {
    const literal = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
    const header = literal.padEnd(Math.ceil((literal.length + 11) / 64) * 64 - 11) + '\n';
    const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
    yield [`${name}.npy`, Buffer.concat([prefix, Buffer.from(header), bytesOf(data)])];
  }
}

/** The pickle that torch.save writes for {name: tensor}, with the text opcodes of protocol 0 where those are shorter to write. */
function* pthEntries(tensors: Tensors): Iterable<[string, Uint8Array]> {
  const text = (value: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(value.length);
    return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
  };
  const tuple = (values: readonly number[]): string => `(${values.map((value) => `L${value}L\n`).join('')}t`;
  const parts: Buffer[] = [Buffer.from('\x80\x02}(', 'latin1')];
  let key = 0;
  for (const [name, { shape, data }] of tensors) {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
    parts.push(
      text(name),
      Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n(('),
      text('storage'),
      Buffer.from('ctorch\nFloatStorage\n'),
    );
    parts.push(
      text(String(key++)),
      text('cpu'),
      Buffer.from(`L${data.length}L\ntQI0\n${tuple(shape)}${tuple(strides)}I00\nccollections\nOrderedDict\n)RtR`),
    );
  }
  parts.push(Buffer.from('u.'));
  yield ['archive/data.pkl', Buffer.concat(parts)];
  key = 0;
  for (const { data } of tensors.values()) yield [`archive/data/${key++}`, bytesOf(data)];
}

/** Writes all forms into a folder. Returns the files of each. */
export async function writeForms(folder: string): Promise<Map<string, string[]>> {
  const forms = new Map<string, string[]>();
  const put = (form: string, name: string, bytes: Uint8Array): void => {
    writeFileSync(join(folder, name), bytes);
    forms.set(form, [...(forms.get(form) ?? []), join(folder, name)]);
  };
  put('timm safetensors, F32', 'timm.safetensors', writeSafetensors(timmTensors(), {}));
  put('timm safetensors, BF16', 'timm-bf16.safetensors', writeBfloat16(timmTensors()));
  put('Hugging Face safetensors', 'hf.safetensors', writeSafetensors(huggingFaceTensors(), {}));
  mkdirSync(join(folder, 'dinov2'));
  put('Hugging Face DINOv2', join('dinov2', 'config.json'), Buffer.from(JSON.stringify(DINOV2_CONFIG)));
  put('Hugging Face DINOv2', join('dinov2', 'model.safetensors'), writeSafetensors(dinov2Tensors(), {}));
  mkdirSync(join(folder, 'peft'));
  put('PEFT beside its base', join('peft', 'adapter_config.json'), Buffer.from(JSON.stringify(ADAPTER_CONFIG)));
  put('PEFT beside its base', join('peft', 'adapter_model.safetensors'), writeSafetensors(adapterTensors(), {}));
  put('PEFT beside its base', join('peft', 'model.safetensors'), writeSafetensors(huggingFaceTensors(), {}));
  const entries = [...huggingFaceTensors()];
  const half = entries.length >> 1;
  const shard = (index: number): string => `model-0000${index}-of-00002.safetensors`;
  mkdirSync(join(folder, 'sharded'));
  for (const [index, part] of [entries.slice(0, half), entries.slice(half)].entries()) {
    put('Hugging Face, sharded', join('sharded', shard(index + 1)), writeSafetensors(new Map(part), {}));
  }
  const map = Object.fromEntries(entries.map(([name], index) => [name, shard(index < half ? 1 : 2)]));
  put('Hugging Face, sharded', join('sharded', 'model.safetensors.index.json'), Buffer.from(JSON.stringify({ weight_map: map })));
  await writeZip(join(folder, 'augreg.npz'), npyEntries(flaxTensors()), 0);
  forms.set('AugReg npz, stored', [join(folder, 'augreg.npz')]);
  await writeZip(join(folder, 'augreg-deflated.npz'), npyEntries(flaxTensors()), 1);
  forms.set('AugReg npz, deflated', [join(folder, 'augreg-deflated.npz')]);
  await writeZip(join(folder, 'timm.pth'), pthEntries(timmTensors()), 0);
  forms.set('timm .pth', [join(folder, 'timm.pth')]);
  return forms;
}
