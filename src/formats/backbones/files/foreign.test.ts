import { describe, expect, it } from 'vitest';
import { byteSourceFromBytes } from '../../../containers/sources.js';
import { loadWeights } from '../weights.js';

const source = (name: string, text: string) =>
  byteSourceFromBytes(
    name,
    Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
  );
const refusal = (name: string, text: string): Promise<string> =>
  loadWeights([source(name, text)]).then(
    () => 'was read',
    (error: unknown) => String(error),
  );

const ZEROS = '\0'.repeat(300);
const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 12345\n';

describe('a file that is no weights is told by its content, whatever its name', () => {
  it.each<[string, string, RegExp]>([
    ['a pointer of Git LFS', POINTER, /Git LFS pointer.*git lfs pull/],
    ['a web page', '\n <!DOCTYPE html><html><head></head></html>', /web page \(HTML\).*download/],
    ['an XML error', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /XML answer/],
    ['a JSON error', '{"error":"Repository not found"}', /JSON text and no weights/],
    ['GGUF', `GGUF\x03${ZEROS}`, /GGUF/],
    ['TensorFlow Lite', `\x1c\0\0\0TFL3${ZEROS}`, /TensorFlow Lite/],
    ['HDF5', `\x89HDF\r\n\x1a\n${ZEROS}`, /HDF5.*Keras/],
    ['ONNX', `\x08\x08\x12\x07pytorch\x1a\x032.0${ZEROS}`, /ONNX/],
    ['gzip', `\x1f\x8b\x08${ZEROS}`, /gzip; unpack/],
    ['zstd', `\x28\xb5\x2f\xfd${ZEROS}`, /zstd; unpack/],
    ['7z', `7z\xbc\xaf\x27\x1c${ZEROS}`, /7z archive; unpack/],
    ['a tar', `${'a'.repeat(257)}ustar${ZEROS}`, /tar archive; unpack/],
    ['an array', `\x93NUMPY\x01\0${ZEROS}`, /single array.*numpy\.savez/],
    ['a pickle', `\x80\x04}.${ZEROS}`, /Python pickle that torch\.save did not write/],
    ['a picture', `\x89PNG\r\n\x1a\n${ZEROS}`, /picture and no weights/],
    ['zeros', ZEROS, /nothing but zeros/],
    ['nothing', '', /is empty/],
    ['a few bytes', 'Not found', /only 9 bytes/],
    ['a text', 'No such repository. '.repeat(9), /is a text and no weights/],
    ['anything else', `\x01\x02${'\x7f\x03'.repeat(90)}`, /no weights file that is known here/],
  ])('%s', async (_, text, message) => {
    expect(await refusal('model.safetensors', text)).toMatch(message);
  });

  it.each<[string, RegExp]>([
    ['flax_model.msgpack', /Flax/],
    ['model.ckpt-100.index', /TensorFlow checkpoint/],
    ['saved_model.pb', /TensorFlow model/],
    ['m.mlmodel', /Core ML/],
    ['model.safetensors.part', /download that was not finished/],
  ])('where the content does not tell, by its name: %s', async (name, message) => {
    expect(await refusal(name, `\x02\x01${ZEROS}`)).toMatch(message);
  });

  it('in a folder, the file that was meant as weights is named, and none of the others', async () => {
    const configuration = source('vit/config.json', '{"model_type":"vit","hidden_size":64,"num_attention_heads":4}');
    const readme = source('vit/README.md', 'A model.'.repeat(20));
    await expect(loadWeights([configuration, readme, source('vit/model.safetensors', POINTER)])).rejects.toThrow(
      "vit/model.safetensors: is a Git LFS pointer, which stands for the file: run 'git lfs pull' in its repository, or download the file itself",
    );
    await expect(loadWeights([configuration, readme])).rejects.toThrow('holds no weights');
  });
});
