/**
 * Writes a PEFT adapter directory (https://huggingface.co/docs/peft/developer_guides/checkpoint): `adapter_config.json` and
 * `adapter_model.safetensors`, with `pyra.safetensors` for what PEFT has no name for.
 */
import { adapterSizes } from '../../vit/adapters/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import { headNames as trainedHeads } from '../../vit/weights.js';
import { adaptedEntry, expectedTrained } from '../adapted/adapted.js';
import { OUTSIDE } from '../adapted/units.js';
import { huggingFaceNames, type HuggingFaceGeneration, type HuggingFaceKind } from '../backbones/names/huggingface.js';
import { COMPANION_ENTRY, type PeftForm } from '../adapted/peft.js';
import { PEFT_PREFIX } from '../adapted/peft-names.js';
import { writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { requireTensor } from '../../containers/tensor-store.js';
import type { AdaptedModel } from '../types.js';
import type { NamedTensor } from '../../containers/tensors.js';

/**
 * The module names of one of timm's layers: the layer itself, or in transformers one or three modules, as that generation names them in
 * memory.
 */
function modulesOf(
  form: PeftForm,
  layer: string,
  kind: HuggingFaceKind,
  generation: HuggingFaceGeneration = 'older',
): readonly string[] {
  if (form === 'timm') return [layer];
  return huggingFaceNames(`${layer}.weight`, kind, generation).map((name) => name.slice(0, -'.weight'.length));
}

/** transformers' class of the backbone. */
export function peftKind({ metadata, backbone }: Pick<AdaptedModel, 'metadata' | 'backbone'>): HuggingFaceKind {
  if (metadata.architecture.distilled) return 'deit with teacher';
  if (metadata.architecture.registers > 0) return 'dinov2_with_registers';
  return (backbone.own ?? backbone).shape('blocks.0.ls1.gamma') ? 'dinov2' : 'vit';
}

/** An adapter for transformers has its weights under the names of both generations, so that either version finds them. */
const generationsOf = (form: PeftForm): readonly HuggingFaceGeneration[] => (form === 'timm' ? ['older'] : ['newer', 'older']);

/** Our names of the heads, and the format's. */
export function headNames(form: PeftForm, kind: HuggingFaceKind): readonly (readonly [string, string])[] {
  return trainedHeads({ distilled: kind === 'deit with teacher' }).map((head) => [head, modulesOf(form, head, kind)[0] ?? head]);
}

/** The head of DINOv2 in transformers also takes the patches' mean: its weights for the mean are zeros. */
function besideZeros({ shape, data }: NamedTensor): NamedTensor {
  const [classes = 0, width = 0] = shape;
  const wide = new Float32Array(2 * data.length);
  for (let row = 0; row < classes; row++) wide.set(data.subarray(row * width, (row + 1) * width), 2 * row * width);
  return { shape: [classes, 2 * width], data: wide };
}

/** LoRA's layers and the heads, under the names that PEFT saves. Rejects runs without LoRA with `option.invalid`. */
export function peftTensors(model: AdaptedModel, form: PeftForm): Map<string, NamedTensor> {
  const { metadata, trained } = model;
  const { architecture, configuration } = metadata;
  if (adapterSizes(configuration).lora === 0) {
    const message = `peft-${form === 'timm' ? 'timm' : 'hf'}: the run trained no LoRA (it trained '${configuration.peft}'), which is all that a PEFT adapter would hold; export it as timm, onnx or pyra`;
    throw new PlaygroundError('option.invalid', message, { subject: 'to' });
  }
  const kind = peftKind(model);
  const tensors = new Map<string, NamedTensor>();
  const add = (module: string, tensor: NamedTensor): void => void tensors.set(`${PEFT_PREFIX}${module}.weight`, tensor);
  for (let block = 0; block < architecture.depth; block++) {
    const a = requireTensor(trained, `blocks.${block}.attn.LoRA_a.weight`, 'the run');
    const b = requireTensor(trained, `blocks.${block}.attn.LoRA_b.weight`, 'the run');
    for (const generation of generationsOf(form)) {
      const modules = modulesOf(form, `blocks.${block}.attn.qkv`, kind, generation);
      const [rows = 0, rank = 0] = b.shape;
      const part = b.data.length / modules.length;
      modules.forEach((module, index) => {
        add(`${module}.lora_A`, a);
        const data = b.data.slice(index * part, (index + 1) * part);
        add(`${module}.lora_B`, { shape: [rows / modules.length, rank], data });
      });
    }
  }
  for (const [ours, theirs] of headNames(form, kind)) {
    for (const part of ['weight', 'bias']) {
      const own = requireTensor(trained, `${ours}.${part}`, 'the run');
      const wider = part === 'weight' && form !== 'timm' && kind.startsWith('dinov2');
      tensors.set(`${PEFT_PREFIX}${theirs}.${part}`, wider ? besideZeros(own) : own);
    }
  }
  return tensors;
}

/** The module suffixes that are adapted, for both generations. */
function targetsOf(form: PeftForm): readonly string[] {
  if (form === 'timm') return ['attn.qkv'];
  return [
    ...['q_proj', 'k_proj', 'v_proj'].map((part) => `attention.${part}`),
    ...['query', 'key', 'value'].map((part) => `attention.attention.${part}`),
  ];
}

/** `adapter_config.json`. `lora_alpha` is the rank, since the authors' LoRA has no factor. */
export function peftConfig(model: AdaptedModel, form: PeftForm): Record<string, unknown> {
  const { configuration } = model.metadata;
  return {
    auto_mapping: null,
    base_model_name_or_path: configuration.model,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: configuration.loraRank,
    lora_dropout: configuration.dropout,
    modules_to_save: headNames(form, peftKind(model)).map(([, theirs]) => theirs),
    peft_type: 'LORA',
    r: configuration.loraRank,
    revision: null,
    target_modules: targetsOf(form),
    task_type: null,
  };
}

/** The trained weights that PEFT has no name for (the adapter's and PYRA's); empty where the run has none. */
export function besidePeft({ metadata, trained }: AdaptedModel): Map<string, NamedTensor> {
  const expected = expectedTrained(metadata);
  const isBeside = (name: string): boolean => {
    const owner = expected.get(name)?.owner ?? 'head';
    return owner === 'method' || (owner !== 'head' && owner !== 'backbone' && OUTSIDE[owner] !== null);
  };
  return new Map([...trained].filter(([name]) => isBeside(name)));
}

/** The bytes of `adapter_model.safetensors`, and those of `pyra.safetensors`, or null where that would be empty. */
export function peftBytes(
  model: AdaptedModel,
  form: PeftForm,
): { readonly adapter: Uint8Array<ArrayBuffer>; readonly beside: Uint8Array<ArrayBuffer> | null } {
  const beside = besidePeft(model);
  return {
    adapter: writeSafetensors(peftTensors(model, form), { format: 'pt', ...adaptedEntry(model.metadata) }),
    beside: beside.size === 0 ? null : writeSafetensors(beside, { format: 'pt', ...COMPANION_ENTRY }),
  };
}
