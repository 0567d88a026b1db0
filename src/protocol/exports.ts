/** The formats that a run is exported in: what each is called and holds. They are written by `src/formats/exports`. */
interface ExportUnit {
  readonly label: string;
  readonly line: string;
  /** What the command line's help says. */
  readonly help: string;
  /** Holds the whole backbone, not only what was trained. */
  readonly whole: boolean;
}

const MODELS = {
  pyra: {
    label: 'Adapted weights',
    line: 'safetensors under the authors’ names; loads back here',
    help: 'the trained weights under the authors’ names',
    whole: false,
  },
  timm: {
    label: 'Merged weights, timm',
    line: "timm.create_model('local-dir:FOLDER', pretrained=True)",
    help: 'a folder that timm loads by name, LoRA folded in',
    whole: true,
  },
  hf: {
    label: 'Merged weights, transformers',
    line: "pipeline('image-classification', model=FOLDER)",
    help: 'a folder that transformers loads by name, LoRA folded in',
    whole: true,
  },
  'peft-timm': {
    label: 'PEFT adapter, timm',
    line: 'an adapter directory for a timm model',
    help: "a PEFT adapter's folder for a timm model",
    whole: false,
  },
  'peft-hf': {
    label: 'PEFT adapter, Hugging Face',
    line: 'an adapter directory for transformers’ ViT',
    help: "a PEFT adapter's folder for transformers' ViT",
    whole: false,
  },
  'transformers-js': {
    label: 'transformers.js',
    line: "pipeline('image-classification', FOLDER), merging inside",
    help: 'a folder that transformers.js loads by name, token merging inside',
    whole: true,
  },
  onnx: {
    label: 'ONNX',
    line: 'the model with its token merging inside',
    help: 'the model with its token merging inside',
    whole: true,
  },
  page: {
    label: 'A page that classifies',
    line: 'a dropped picture or the camera’s, merges drawn; any static server',
    help: 'a folder with a page that classifies pictures and the camera, for any static server',
    whole: true,
  },
} as const satisfies Record<string, ExportUnit>;

/** A form that holds a model. */
export type ModelFormat = keyof typeof MODELS;
export const MODEL_FORMATS: readonly ModelFormat[] = Object.keys(MODELS).filter((name): name is ModelFormat =>
  Object.hasOwn(MODELS, name),
);
export const exportUnit = (format: ModelFormat): ExportUnit => MODELS[format];

/**
 * A model's format; or the run's own record without a model; or what the page drew of the run, as a zip; or all of it as one zip, which
 * restores the run when it is given to the page.
 */
export type ExportChoice = ModelFormat | 'run' | 'maps' | 'everything';
