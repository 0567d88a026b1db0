"""Loads this project's exports with the lines of their READMEs, and compares results: python check.py GENERATION FOLDER...

Beside each folder are FOLDER.expect.safetensors (pixels and logits) and FOLDER.check.json: {form, backbone}. Prints a JSON line for each.
"""
import json, os, re, sys, traceback, warnings
import numpy, torch, timm, transformers, peft
from safetensors.torch import load_file
from PIL import Image

warnings.filterwarnings('ignore')
transformers.logging.set_verbosity_error()
generation, *folders = sys.argv[1:]


def readme(folder, backbone):
    """Runs the README's Python unchanged, except for its two placeholder paths."""
    with open(os.path.join(folder, 'README.md')) as file:
        code = '\n'.join(re.findall(r'```python\n(.*?)```', file.read(), re.S))
    code = code.replace('path/to/this/folder', folder).replace('path/to/the/backbone.safetensors', os.path.join(backbone, 'model.safetensors'))
    code = code.replace('path/to/the/backbone', backbone)
    space = {'print': lambda *_: None, 'pictures': None, 'code': code}
    here = os.getcwd()
    os.chdir(folder)
    try:
        Image.fromarray(numpy.random.default_rng(1).integers(0, 255, (20, 30, 3), dtype=numpy.uint8)).save('/tmp/picture.jpg')
        code = code.replace("'picture.jpg'", "'/tmp/picture.jpg'")
        lines = code.split('\n')
        if any('pixel_values=pictures' in line for line in lines):
            space['pictures'] = torch.zeros(1, 3, 16, 16)
        exec(code, space)
    finally:
        os.chdir(here)
    return space


def logits(form, folder, backbone, pixels):
    if form == 'onnx':
        space = readme(folder, backbone)
        return torch.from_numpy(space['session'].run(['logits'], {'pixel_values': pixels.numpy()})[0])
    space = readme(folder, backbone)
    with torch.no_grad():
        if form == 'hf':
            model = space['classify'].model
            assert model.config.id2label[0] == 'cat', model.config.id2label
            return model(pixel_values=pixels.to(model.device)).logits
        more = {'interpolate_pos_encoding': True} if 'interpolate_pos_encoding' in space['code'] else {}
        found = space['model'](pixels) if form in ('timm', 'peft-timm') else space['model'](pixel_values=pixels, **more).logits
        return found


for folder in folders:
    with open(folder + '.check.json') as file:
        about = json.load(file)
    expected = load_file(folder + '.expect.safetensors')
    try:
        found = logits(about['form'], folder, about['backbone'], expected['pixels'])
        print(json.dumps({'folder': folder, 'difference': (found - expected['logits']).abs().max().item()}), flush=True)
    except Exception as error:
        print(json.dumps({'folder': folder, 'error': f'{type(error).__name__}: {error}'[:600], 'trace': traceback.format_exc()[-800:]}), flush=True)
