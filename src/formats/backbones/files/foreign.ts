/** Files that hold no weights which are read here, recognised by how they begin, each with what to do. */
import type { ByteSource } from '../../../containers/bytes.js';
import { looksLikeNpy } from '../../../containers/numpy/npy.js';
import { looksLikeZip, openArchive } from '../../../containers/zip-archive.js';
import { looksLikeOnnx } from '../../onnx/describe.js';
import { PlaygroundError } from '../../../vit/errors.js';

/** As much of a file as is looked at. */
const HEAD = 4096;

const AGAIN = 'so download the file again';
const PYTORCH = 'give the same model as safetensors or as a PyTorch checkpoint';

/** What a text is, by its beginning. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/git-lfs/,
    "is a Git LFS pointer, which stands for the file: run 'git lfs pull' in its repository, or download the file itself",
  ],
  [/^\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b/is, `is a web page (HTML), which came in place of the file, ${AGAIN}`],
  [/^\s*<(\?xml|error\b)/i, `is an XML answer of a server, which came in place of the file, ${AGAIN}`],
  [/^\s*[{[]/, `is a JSON text and no weights; if it came in place of the file, it is a server's answer, ${AGAIN}`],
];

/** What a file is, by bytes (one of several, as latin-1) at a place near its beginning. */
const BINARIES: readonly (readonly [at: number, bytes: readonly string[], what: string])[] = [
  [0, ['GGUF', 'ggml', 'ggjt'], `is a GGUF file, as llama.cpp has it, which is not read; ${PYTORCH}`],
  [4, ['TFL3'], `is a TensorFlow Lite model, which is not read; ${PYTORCH}`],
  [0, ['\x89HDF\r\n'], `is an HDF5 file, as Keras and TensorFlow write it, which is not read; ${PYTORCH}`],
  [0, ['\x1f\x8b'], 'is compressed by gzip; unpack it first'],
  [0, ['BZh'], 'is compressed by bzip2; unpack it first'],
  [0, ['\xfd7zXZ\0'], 'is compressed by xz; unpack it first'],
  [0, ['\x28\xb5\x2f\xfd'], 'is compressed by zstd; unpack it first'],
  [0, ['7z\xbc\xaf\x27\x1c'], 'is a 7z archive; unpack it first'],
  [0, ['Rar!\x1a'], 'is a RAR archive; unpack it first'],
  [257, ['ustar'], 'is a tar archive; unpack it first'],
  [0, ['\x89PNG', '\xff\xd8\xff', 'GIF8'], 'is a picture and no weights'],
  [8, ['WEBP'], 'is a picture and no weights'],
  [0, ['%PDF'], 'is a PDF and no weights'],
  [
    0,
    ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    'is a Python pickle that torch.save did not write; save the state_dict() with torch.save, or as safetensors',
  ],
];

const ONNX = `is an ONNX model, which is written here but not read; ${PYTORCH}`;

/** Formats that their first bytes do not tell, by the file's name. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/\.msgpack$/i, `is a Flax checkpoint (msgpack), which is not read; ${PYTORCH}`],
  [/\.onnx$/i, ONNX],
  [
    /\.ckpt-\d+\.(index|data-\d+-of-\d+|meta)$|(^|\/)checkpoint$|(^|\/)variables\.(index|data-.*)$/i,
    `belongs to a TensorFlow checkpoint, which is not read; ${PYTORCH}`,
  ],
  [/(^|\/)saved_model\.pb$|\.pb$/i, `is a TensorFlow model, which is not read; ${PYTORCH}`],
  [/\.(mlmodel|mlpackage)$/i, `is a Core ML model, which is not read; ${PYTORCH}`],
  [/\.(engine|plan|trt)$/i, `is a TensorRT engine, which is not read; ${PYTORCH}`],
  [/\.(pdparams|pdiparams)$/i, `is a checkpoint of PaddlePaddle, which is not read; ${PYTORCH}`],
  [/\.ocdbt$/i, `belongs to a checkpoint of Orbax (JAX), which is not read; ${PYTORCH}`],
  [/\.(part|crdownload|download|incomplete|aria2)$/i, 'is a download that was not finished'],
];

const match = (table: readonly (readonly [RegExp, string])[], text: string): string | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1];

/** What a zip holds that is no file of tensors itself. */
async function describeArchive(source: ByteSource): Promise<string> {
  const names = [...(await openArchive(source)).entries.keys()];
  if (names.some((name) => /(^|\/)model\.weights\.h5$/.test(name))) return `is a Keras model, which is not read; ${PYTORCH}`;
  const inner = names.find((name) => /\.(safetensors|npz|pth|pt|bin|ckpt)$/i.test(name));
  if (inner !== undefined) return `is a zip archive with '${inner}' in it; unpack it, and give that file or its folder`;
  return `is a zip archive without weights; it holds ${
    names
      .slice(0, 3)
      .map((name) => `'${name}'`)
      .join(', ') || 'nothing'
  }`;
}

/** What a file is that no reader takes, and what to do with it: the rest of a sentence about it. */
export async function describeForeign(source: ByteSource): Promise<string> {
  if (source.size === 0) return `is empty, ${AGAIN}`;
  if (await looksLikeZip(source)) return describeArchive(source);
  const head = await source.read(0, Math.min(HEAD, source.size));
  if (looksLikeNpy(head)) return 'is a single array of numpy (.npy), and a model has many; save them with numpy.savez';
  // Not by TextDecoder, whose latin-1 is windows-1252.
  const text = String.fromCharCode(...head);
  const binary = BINARIES.find(([at, bytes]) => bytes.some((some) => text.startsWith(some, at)))?.[2];
  const known = match(TEXTS, text) ?? binary ?? match(NAMES, source.name);
  if (known === undefined && head.every((byte) => byte === 0))
    return `begins with nothing but zeros: it was not written to its end, ${AGAIN}`;
  if (known !== undefined) return known;
  if (await looksLikeOnnx(source)) return ONNX;
  if (source.size < 64)
    return `has only ${source.size} bytes and is no weights file that is known here (safetensors, .npz, .pth)`;
  const isText = head.every((byte) => byte === 0x09 || byte === 0x0a || byte === 0x0d || (byte >= 0x20 && byte !== 0x7f));
  return isText ? 'is a text and no weights' : 'is no weights file that is known here (safetensors, .npz, .pth)';
}

/** Endings of weights, of any framework, and of what they are packed in. */
const MEANT_AS_WEIGHTS =
  /\.(safetensors|npz|npy|pth|pt|ckpt|bin|h5|keras|msgpack|onnx|gguf|tflite|pb|mlmodel|mlpackage|engine|plan|trt|pdparams|pdiparams|ocdbt|pkl|zip|tar|t?gz|index|data-\d+-of-\d+)$/i;

/** Whether a file was meant as weights, by its name. */
export const isMeantAsWeights = ({ name }: ByteSource): boolean => MEANT_AS_WEIGHTS.test(name);

/** The error for a file that no reader takes. */
export async function foreignFile(source: ByteSource): Promise<PlaygroundError> {
  return new PlaygroundError('file.unsupported', `${source.name}: ${await describeForeign(source)}`, { subject: source.name });
}
