"""Builds models with the libraries, under the hub's names: python hub.py OUT

These are the models that timm lists with weights, and transformers' image models: some under the hub's names, and one of each other type.
Each is a folder with the library's configuration and a model.safetensors with the real names and shapes but no elements, so that hundreds of
them take little space. OUT/names.json describes each by its modules; the reader is compared with it.

OUT/numbers has the plain vision transformers again, with one block, pictures of 4 x 4 patches and random tensors, and the library's results.
"""
import json, os, re, struct, sys, warnings
import torch, timm, transformers
from safetensors.torch import save_file
from timm.models import vision_transformer as vits, deit, _hub as timm_hub
from transformers.models.auto import modeling_auto
from drawn import drawn, expect

warnings.filterwarnings('ignore')
transformers.logging.set_verbosity_error()
out = sys.argv[1]
torch.manual_seed(3)
TYPES = {torch.float32: 'F32', torch.int64: 'I64', torch.int32: 'I32', torch.bool: 'BOOL', torch.float16: 'F16', torch.bfloat16: 'BF16'}


def hollow(path, tensors):
    """Writes a sparse safetensors file, whose elements take no space."""
    header, at = {}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {'dtype': TYPES[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text)
        file.truncate(8 + len(text) + at)


def identity(module):
    return module is None or isinstance(module, torch.nn.Identity)


def plain_block(block):
    if type(block) is not vits.Block or type(block.attn) is not vits.Attention or type(block.mlp) is not timm.layers.Mlp:
        return False
    attention, mlp = block.attn, block.mlp
    exact = isinstance(mlp.act, torch.nn.GELU) and getattr(mlp.act, 'approximate', 'none') == 'none'
    inside = [attention.q_norm, attention.k_norm, getattr(attention, 'norm', None), mlp.norm]
    return exact and all(identity(module) for module in inside) and isinstance(block.norm1, torch.nn.LayerNorm)


def plain(model):
    """Whether this project computes timm's model, by its modules and not by its name."""
    if type(model) not in (vits.VisionTransformer, deit.VisionTransformerDistilled):
        return False
    patches = model.patch_embed
    height, width = patches.grid_size
    return (model.global_pool == 'token' and getattr(model, 'cls_token', None) is not None and model.pos_embed is not None
            and identity(model.norm_pre) and identity(model.fc_norm) and type(patches) is timm.layers.PatchEmbed and identity(patches.norm)
            and height == width and isinstance(model.norm, torch.nn.LayerNorm) and all(plain_block(block) for block in model.blocks))


def timm_facts(model):
    config, block = model.pretrained_cfg, model.blocks[0]
    return dict(heads=block.attn.num_heads, embedDim=model.embed_dim, depth=len(model.blocks), layerNormEpsilon=block.norm1.eps,
                imageSize=model.patch_embed.img_size[0], patchSize=model.patch_embed.patch_size[0], mean=list(config['mean']),
                std=list(config['std']))


def timm_numbers(architecture, patch):
    folder, side = f'{out}/numbers/timm/{architecture}', 4 * patch
    os.makedirs(folder, exist_ok=True)
    args = dict(depth=1, img_size=side)
    model = drawn(timm.create_model(architecture, num_classes=5, **args))
    timm_hub.save_config_for_hf(model, os.path.join(folder, 'config.json'), model_args=args)
    save_file(model.state_dict(), os.path.join(folder, 'model.safetensors'), {'format': 'pt'})
    expect(folder, model, side)
    return f'numbers/timm/{architecture}'


# timm's modules of which all architectures are built; of the other modules only the first.
TRANSFORMERS = ('vision_transformer', 'vision_transformer_hybrid', 'vision_transformer_relpos', 'vision_transformer_sam', 'deit', 'eva', 'beit',
                'naflexvit')


def timm_row(name):
    architecture, folder = name.split('.')[0], f'timm/{name}'
    try:
        with torch.device('meta'):
            model = timm.create_model(name)
    except Exception as error:
        return dict(folder=folder, library='timm', architecture=architecture, unbuilt=f'{type(error).__name__}: {error}'[:200])
    os.makedirs(os.path.join(out, folder), exist_ok=True)
    timm_hub.save_config_for_hf(model, os.path.join(out, folder, 'config.json'))
    hollow(os.path.join(out, folder, 'model.safetensors'), model.state_dict())
    row = dict(folder=folder, library='timm', architecture=architecture, kind=type(model).__name__, plain=plain(model))
    return {**row, 'facts': timm_facts(model)} if row['plain'] else row


def timm_names():
    """Every name of a supported architecture, and one of each other architecture."""
    names = {}
    for name in timm.list_pretrained():
        names.setdefault(name.split('.')[0], []).append(name)
    for module in timm.list_modules():
        architectures = [name for name in timm.list_models(module=module) if name in names]
        for architecture in architectures if module in TRANSFORMERS else architectures[:1]:
            first, *others = names[architecture]
            row = timm_row(first)
            if not row.get('plain'):
                yield row
                continue
            yield {**row, 'numbers': timm_numbers(architecture, row['facts']['patchSize'])}
            yield from map(timm_row, others)


VIT, DEIT, MSN = 'ViTForImageClassification', 'DeiTForImageClassificationWithTeacher', 'ViTMSNForImageClassification'
TINY = dict(hidden_size=192, num_attention_heads=3, intermediate_size=768)
SMALL = dict(hidden_size=384, num_attention_heads=6, intermediate_size=1536)
LARGE = dict(hidden_size=1024, num_attention_heads=16, num_hidden_layers=24, intermediate_size=4096)
HUGE = dict(hidden_size=1280, num_attention_heads=16, num_hidden_layers=32, intermediate_size=5120, patch_size=14)
GIANT = dict(hidden_size=1536, num_attention_heads=24, num_hidden_layers=40, use_swiglu_ffn=True)
DINO, MAE = dict(image_size=518, patch_size=14), dict(norm_pix_loss=True)


def without_mlp(sizes):
    """DINOv2 states its MLP's width as a ratio."""
    return {key: value for key, value in sizes.items() if key not in ('intermediate_size', 'patch_size')}


# The hub's names, with the class and the sizes of their configurations where they are not the class's defaults.
HUB = {
    'google/vit-base-patch16-224': (VIT, {}),
    'google/vit-base-patch16-224-in21k': ('ViTModel', {}),
    'google/vit-base-patch16-384': (VIT, dict(image_size=384)),
    'google/vit-base-patch32-384': (VIT, dict(image_size=384, patch_size=32)),
    'google/vit-large-patch16-224': (VIT, LARGE),
    'google/vit-large-patch32-384': (VIT, dict(LARGE, image_size=384, patch_size=32)),
    'google/vit-huge-patch14-224-in21k': ('ViTModel', HUGE),
    'WinKawaks/vit-tiny-patch16-224': (VIT, TINY),
    'WinKawaks/vit-small-patch16-224': (VIT, SMALL),
    'facebook/dino-vits16': ('ViTModel', SMALL),
    'facebook/dino-vits8': ('ViTModel', dict(SMALL, patch_size=8)),
    'facebook/dino-vitb16': ('ViTModel', {}),
    'facebook/dino-vitb8': ('ViTModel', dict(patch_size=8)),
    'facebook/deit-tiny-patch16-224': (VIT, TINY),
    'facebook/deit-small-patch16-224': (VIT, SMALL),
    'facebook/deit-base-patch16-224': (VIT, {}),
    'facebook/deit-tiny-distilled-patch16-224': (DEIT, TINY),
    'facebook/deit-small-distilled-patch16-224': (DEIT, SMALL),
    'facebook/deit-base-distilled-patch16-224': (DEIT, {}),
    'facebook/deit-base-distilled-patch16-384': (DEIT, dict(image_size=384)),
    'facebook/vit-msn-small': (MSN, SMALL),
    'facebook/vit-msn-base': (MSN, {}),
    'facebook/vit-msn-base-4': (MSN, dict(patch_size=4)),
    'facebook/vit-msn-large': (MSN, LARGE),
    'facebook/vit-msn-large-7': (MSN, dict(LARGE, patch_size=7)),
    'facebook/vit-mae-base': ('ViTMAEForPreTraining', MAE),
    'facebook/vit-mae-large': ('ViTMAEForPreTraining', dict(LARGE, **MAE)),
    'facebook/vit-mae-huge': ('ViTMAEForPreTraining', dict(HUGE, **MAE)),
    'facebook/dinov2-small': ('Dinov2Model', dict(without_mlp(SMALL), **DINO)),
    'facebook/dinov2-base': ('Dinov2Model', DINO),
    'facebook/dinov2-large': ('Dinov2Model', dict(without_mlp(LARGE), **DINO)),
    'facebook/dinov2-giant': ('Dinov2Model', dict(GIANT, **DINO)),
    'facebook/dinov2-small-imagenet1k-1-layer': ('Dinov2ForImageClassification', dict(without_mlp(SMALL), **DINO)),
    'facebook/dinov2-with-registers-small': ('Dinov2WithRegistersModel', dict(without_mlp(SMALL), **DINO)),
    'facebook/dinov2-with-registers-base': ('Dinov2WithRegistersModel', DINO),
    'facebook/dinov2-with-registers-large': ('Dinov2WithRegistersModel', dict(without_mlp(LARGE), **DINO)),
    'facebook/dinov2-with-registers-giant': ('Dinov2WithRegistersModel', dict(GIANT, **DINO)),
}
PLAIN_TYPES = ('vit', 'deit', 'dinov2', 'dinov2_with_registers', 'vit_msn', 'vit_mae')
MAPPINGS = ('IMAGE_CLASSIFICATION', 'ZERO_SHOT_IMAGE_CLASSIFICATION', 'DEPTH_ESTIMATION', 'OBJECT_DETECTION', 'SEMANTIC_SEGMENTATION',
            'IMAGE_SEGMENTATION', 'UNIVERSAL_SEGMENTATION', 'MASKED_IMAGE_MODELING', 'VIDEO_CLASSIFICATION')


def transformers_row(folder, model_class, sizes):
    kind = model_class.config_class.model_type
    row = dict(folder=f'transformers/{folder}', library='transformers', architecture=kind, kind=model_class.__name__)
    try:
        config = model_class.config_class(**sizes)
        with torch.device('meta'):
            model = model_class(config)
    except Exception as error:
        return dict(row, unbuilt=f'{type(error).__name__}: {error}'[:200])
    place = os.path.join(out, row['folder'])
    os.makedirs(place, exist_ok=True)
    config.architectures = [model_class.__name__]
    config.save_pretrained(place)
    hollow(os.path.join(place, 'model.safetensors'), model.state_dict())
    row['plain'] = kind in PLAIN_TYPES and not getattr(config, 'use_swiglu_ffn', False)
    if row['plain']:
        row['facts'] = dict(heads=config.num_attention_heads, embedDim=config.hidden_size, depth=config.num_hidden_layers,
                            layerNormEpsilon=config.layer_norm_eps, imageSize=config.image_size, patchSize=config.patch_size)
    return row


def transformers_numbers(name, model_class, sizes):
    folder = os.path.join(out, 'numbers/transformers', name.replace('/', '--'))
    config = model_class.config_class(**sizes)
    config.num_hidden_layers, config.image_size, config.num_labels = 1, 4 * config.patch_size, 5
    more = {}
    if config.model_type == 'vit_mae':
        # All patches, in order.
        config.mask_ratio = 0.0
        more = dict(noise=torch.arange(16).double().expand(2, -1))
    model = drawn(model_class(config))
    model.save_pretrained(folder)
    # DINOv2's head also takes the patches' mean and is left out, and MAE has no head, so the features are compared.
    classifies = model_class.__name__.endswith(('Classification', 'Teacher')) and config.model_type != 'dinov2'
    expect(folder, model if classifies else getattr(model, model.base_model_prefix, model), config.image_size, not classifies, **more)
    return os.path.relpath(folder, out)


def transformers_names():
    """The names above, and one model of each other type for pictures, with its class's defaults."""
    for name, (class_name, sizes) in HUB.items():
        model_class = getattr(transformers, class_name)
        row = dict(transformers_row(name.replace('/', '--'), model_class, sizes), hub=name)
        yield dict(row, numbers=transformers_numbers(name, model_class, sizes)) if row['plain'] else row
    types = {}
    first = lambda names: names if isinstance(names, str) else names[0]
    for mapping in MAPPINGS:
        for kind, names in getattr(modeling_auto, f'MODEL_FOR_{mapping}_MAPPING_NAMES', {}).items():
            types.setdefault(kind, first(names))
    for kind, names in modeling_auto.MODEL_MAPPING_NAMES.items():
        if re.search(r'vit|dino|deit|beit|swin|clip|eva|image', kind):
            types.setdefault(kind, first(names))
    for kind, class_name in sorted(types.items()):
        if kind not in PLAIN_TYPES and hasattr(transformers, class_name):
            yield transformers_row(kind, getattr(transformers, class_name), {})


rows = [*timm_names(), *transformers_names()]
with open(os.path.join(out, 'names.json'), 'w') as file:
    json.dump(rows, file)
print(json.dumps({'names': len(rows), 'plain': sum(bool(row.get('plain')) for row in rows), 'unbuilt': sum('unbuilt' in row for row in rows)}))
