/** Writes an adapted model as files that other tools load. */
import type { ModelFormat } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import { adapterSizes } from '../../vit/adapters/index.js';
import { PlaygroundError } from '../../vit/errors.js';
import { writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { requireTrained, writeAdapted } from '../adapted/adapted.js';
import { COMPANION_ENTRY, type PeftForm } from '../adapted/peft.js';
import { outsideUnits } from '../adapted/units.js';
import { exportOnnx } from '../onnx/export.js';
import type { AdaptedModel } from '../types.js';
import { composeSafetensors } from './compose.js';
import { BINARY, json, markdown, SAFETENSORS } from './files.js';
import { huggingFaceConfig, huggingFacePreprocessor, huggingFaceTensors } from './huggingface.js';
import { peftBytes, peftConfig } from './peft.js';
import { huggingFaceReadme, onnxReadme, peftReadme, timmReadme, transformersJsReadme } from './readme.js';
import type { Measured } from './measured.js';
import { pageFiles } from './page.js';
import { timmConfig, timmMetadata, withTimmPositions } from './timm.js';
import { extraTensors, foldedTensors, wholeOf } from './whole.js';

export interface ExportOptions {
  /** Writes everything of a whole checkpoint into one file of tensors, including what other tools have no place for. */
  readonly oneFile?: boolean;
  /** The files of the built page, from a host that has them: needed for `page`. */
  readonly builtPage?: () => Promise<readonly NamedFile[]>;
  /** The accuracy on unseen pictures, which an exported `page` shows. */
  readonly measured?: Measured | null;
}

async function peft(model: AdaptedModel, form: PeftForm): Promise<NamedFile[]> {
  const { adapter, beside } = peftBytes(model, form);
  return [
    json('adapter_config.json', peftConfig(model, form)),
    { name: 'adapter_model.safetensors', mediaType: BINARY, bytes: adapter },
    ...(beside ? [{ name: 'pyra.safetensors', mediaType: BINARY, bytes: beside }] : []),
    markdown(peftReadme(model, form)),
  ];
}

/**
 * Trained weights that a library's own model has no place for, in a folder of their own, since timm refuses two files of tensors in one
 * folder.
 */
function besideModel(model: AdaptedModel): NamedFile[] {
  const extra = extraTensors(model);
  if (extra.length === 0) return [];
  const tensors = new Map([...model.trained].filter(([name]) => extra.includes(name)));
  return [
    { name: 'pyra/pyra.safetensors', mediaType: BINARY, bytes: writeSafetensors(tensors, { format: 'pt', ...COMPANION_ENTRY }) },
  ];
}

async function timm(model: AdaptedModel, { oneFile = false }: ExportOptions): Promise<NamedFile[]> {
  const whole = wholeOf(model);
  const tensors = withTimmPositions(whole.architecture, oneFile ? foldedTensors(model) : whole.tensors);
  return [
    { ...SAFETENSORS, bytes: await composeSafetensors(tensors, timmMetadata(model)) },
    json('config.json', timmConfig(whole)),
    ...(oneFile ? [] : besideModel(model)),
    markdown(timmReadme(model)),
  ];
}

async function huggingFace(model: AdaptedModel): Promise<NamedFile[]> {
  const [outside] = outsideUnits(adapterSizes(model.metadata.configuration));
  if (outside) {
    const message = `hf: the run trained ${outside.tag}, which transformers' model has no place for; export it as onnx or transformers-js`;
    throw new PlaygroundError('option.invalid', message, { subject: 'to' });
  }
  const whole = wholeOf(model);
  return [
    { ...SAFETENSORS, bytes: await composeSafetensors(huggingFaceTensors(whole, 'the run'), { format: 'pt' }) },
    json('config.json', huggingFaceConfig(whole)),
    json('preprocessor_config.json', huggingFacePreprocessor(whole.architecture)),
    markdown(huggingFaceReadme(model)),
  ];
}

async function transformersJs(model: AdaptedModel): Promise<NamedFile[]> {
  const whole = wholeOf(model);
  // transformers.js loads the graph as a ViT of this name and asks for nothing else.
  const config = { ...huggingFaceConfig(whole), model_type: 'vit', architectures: ['ViTForImageClassification'] };
  const processor = huggingFacePreprocessor(whole.architecture);
  return [
    { name: 'onnx/model.onnx', mediaType: BINARY, bytes: await exportOnnx(model) },
    json('config.json', config),
    json('preprocessor_config.json', processor),
    markdown(transformersJsReadme(model)),
  ];
}

/** The writer of each format. */
const WRITERS: Readonly<Record<ModelFormat, (model: AdaptedModel, options: ExportOptions) => Promise<readonly NamedFile[]>>> = {
  pyra: async ({ metadata, trained }) => [
    { name: 'adapted.safetensors', mediaType: BINARY, bytes: writeAdapted(metadata, trained) },
  ],
  timm,
  hf: huggingFace,
  'peft-timm': (model) => peft(model, 'timm'),
  'peft-hf': (model) => peft(model, 'Hugging Face'),
  'transformers-js': transformersJs,
  onnx: async (model) => [{ name: 'model.onnx', mediaType: BINARY, bytes: await exportOnnx(model) }, markdown(onnxReadme(model))],
  page: async (model, { builtPage, measured = null }) => {
    if (builtPage) return pageFiles(model, await builtPage(), measured);
    const message = 'page: there is no built page here to put the weights beside; export it from the page or the command line';
    throw new PlaygroundError('option.invalid', message, { subject: 'to' });
  },
};

/**
 * The files of one format:
 * - `pyra`: `adapted.safetensors`, the trained weights under the authors' names (their code loads it with `strict=False`).
 * - `timm`: a folder that timm loads by name: `model.safetensors` with LoRA folded into qkv, `config.json`, and `pyra/pyra.safetensors`
 *   where the run trained what timm has no place for.
 * - `hf`: a folder that transformers loads by name, LoRA folded in.
 * - `peft-timm`, `peft-hf`: a PEFT adapter directory's files, with `pyra.safetensors` beside them where there is more than LoRA.
 * - `transformers-js`: a folder that transformers.js loads by name, with the ONNX file of the token merging inside.
 * - `onnx`: `model.onnx`, with the token merging inside.
 * - `page`: a page that classifies with this project's kernels for processors, and `weights.safetensors` beside it.
 *
 * Each but `pyra` has a `README.md`, which says how to load it. The same model gives the same bytes. Rejects with
 * `weights.missing-tensor` or `weights.wrong-shape` where the trained weights do not fit the configuration, `option.invalid` where the
 * format cannot hold the run.
 */
export async function exportModel(
  model: AdaptedModel,
  format: ModelFormat,
  options: ExportOptions = {},
): Promise<readonly NamedFile[]> {
  requireTrained(model.metadata, model.trained, 'the run');
  return WRITERS[format](model, options);
}
