"""Writes pictures of odd sizes, modes and orientations, with Pillow's pixels: python pictures.py OUT COUNT

For picture N it writes N.EXT, the file; N.rgb, its pixels as RGB, rotated by its EXIF orientation; N.framed, the square that transformers'
processors make of it; and a line of pictures.json.
"""
import json, os, random, sys
import numpy
from PIL import Image, ImageOps

out, count = sys.argv[1], int(sys.argv[2])
os.makedirs(out, exist_ok=True)
random.seed(11)
FILTERS = {'nearest': 0, 'lanczos': 1, 'bilinear': 2, 'bicubic': 3, 'box': 4, 'hamming': 5}


def scene(width, height, soft):
    """Colours that vary everywhere, with edges; pictures for lossy formats are soft."""
    y, x = numpy.mgrid[0:height, 0:width]
    a, b, c = (random.uniform(5, 40) for _ in range(3))
    planes = [127 + 100 * numpy.sin(x / a + y / b), 127 + 100 * numpy.cos(y / c), 230 - 200 * x * y / max(1, width * height)]
    if not soft:
        planes[0] = numpy.where((x // 3 + y // 5) % 3 == 0, 255, planes[0])
        planes[1] = planes[1] + numpy.random.default_rng(width).integers(-20, 20, (height, width))
    return Image.fromarray(numpy.clip(numpy.stack(planes, -1), 0, 255).astype(numpy.uint8), 'RGB')


def with_alpha(image, mode):
    """No pixel is fully transparent, since only some decoders keep the colour of such a pixel."""
    alpha = Image.fromarray(numpy.random.default_rng(1).integers(1, 256, image.size[::-1], dtype=numpy.uint8))
    image = image.convert(mode[:-1])
    image.putalpha(alpha)
    return image


def encoded(index, kind, image):
    """The file's extension, whether it is lossless, and how it is saved."""
    if kind == 'jpeg':
        mode = random.choice(['RGB', 'RGB', 'L', 'CMYK'])
        more = {} if mode != 'RGB' else dict(subsampling=random.choice([0, 1, 2]))
        return image.convert(mode), 'jpg', False, dict(quality=random.choice([90, 97]), progressive=random.random() < 0.3, **more)
    if kind == 'png':
        mode = random.choice(['RGB', 'L', 'P', '1', 'RGBA', 'LA', 'I;16'])
        if mode == 'I;16':
            grey = numpy.asarray(image.convert('L')).astype(numpy.uint16) * 257
            return Image.fromarray(grey), 'png', True, {}
        return (with_alpha(image, mode) if mode.endswith('A') else image.convert(mode)), 'png', True, {}
    if kind == 'bmp':
        return image.convert(random.choice(['RGB', 'L', 'P', '1'])), 'bmp', True, {}
    if kind == 'gif':
        return image.convert('P'), 'gif', True, {}
    lossless = random.random() < 0.5
    mode = random.choice(['RGB', 'RGBA'])
    return (with_alpha(image, mode) if mode == 'RGBA' else image), 'webp', lossless, dict(lossless=lossless, exact=True, quality=95)


def seen(path):
    """The picture as RGB. Sixteen bits are reduced to their upper eight, and alpha is dropped."""
    image = Image.open(path)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith('I'):
        return Image.fromarray((numpy.asarray(image).astype(numpy.uint32) >> 8).astype(numpy.uint8)).convert('RGB')
    return image.convert('RGB')


def framed(image, framing):
    side, edge, resample = framing['side'], framing['edge'], FILTERS[framing['resampling']]
    if framing['fit'] == 'stretch':
        image = image.resize((edge, edge), resample)
    else:
        width, height = image.size
        long = int(edge * max(width, height) / min(width, height))
        image = image.resize((edge, long) if width <= height else (long, edge), resample)
    left, top = (image.size[0] - side) // 2, (image.size[1] - side) // 2
    return image.crop((left, top, left + side, top + side))


lines = []
for index in range(count):
    kind = random.choice(['jpeg', 'jpeg', 'png', 'png', 'bmp', 'gif', 'webp'])
    longest = random.choice([8, 33, 90, 180])
    size = [random.randint(1, longest), random.randint(1, longest)]
    image, ending, lossless, options = encoded(index, kind, scene(*size, soft=kind in ('jpeg', 'webp')))
    orientation = random.randint(1, 8) if kind in ('jpeg', 'png', 'webp') else 1
    if orientation > 1:
        exif = Image.Exif()
        exif[0x0112] = orientation
        options['exif'] = exif
    name = f'{index}.{ending}'
    image.save(os.path.join(out, name), **options)
    rgb = seen(os.path.join(out, name))
    side = random.choice([1, 7, 16, 31])
    fit = random.choice(['stretch', 'shortest-edge'])
    share = random.choice([1, 0.875, 0.75])
    framing = dict(side=side, fit=fit, share=share, edge=int(side / share + 1e-6), resampling=random.choice(list(FILTERS)))
    with open(os.path.join(out, f'{index}.rgb'), 'wb') as file:
        file.write(rgb.tobytes())
    with open(os.path.join(out, f'{index}.framed'), 'wb') as file:
        file.write(framed(rgb, framing).tobytes())
    lines.append(dict(name=name, index=index, mode=image.mode, orientation=orientation, width=rgb.size[0], height=rgb.size[1], lossless=lossless, **framing))
with open(os.path.join(out, 'pictures.json'), 'w') as file:
    json.dump(lines, file)
