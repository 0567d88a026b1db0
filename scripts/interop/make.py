"""Writes small models with the libraries: python make.py GENERATION OUT

Each form is a folder with the files and expect.safetensors, which has `pixels` [2, 3, S, S] and the library's results in float64:
`logits` [2, K], or `features` [2, D], the class token after the last norm, where there is no head. All tensors are random.
Models called `smaller` were made for larger pictures; the library interpolates their positions for S pixels.
"""
import argparse, json, os, sys
import torch, timm, transformers, peft
from safetensors.torch import save_file
import drawn as drawing
from drawn import drawn

generation, out = sys.argv[1:3]
torch.manual_seed(7)
S, K = 16, 5
VIT = dict(img_size=S, patch_size=4, embed_dim=16, depth=2, num_heads=4, mlp_ratio=3, num_classes=K)
HF = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, image_size=S, patch_size=4, num_labels=K,
          hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, id2label={i: f'animal {i}' for i in range(K)})
DINO = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, mlp_ratio=3, image_size=S, patch_size=4, num_labels=K)
forms = {}


def form(function):
    forms[function.__name__] = function
    return function


def expect(folder, model, headless=False, **more):
    drawing.expect(folder, model, S, headless, **more)


def timm_folder(folder, model, made_for=None, **more):
    """@param made_for the saved model, if it was made for pictures of another size."""
    size = S if made_for is None else made_for.patch_embed.img_size[0]
    if made_for is not None:
        more['img_size'] = size
    args = {key: value for key, value in {**VIT, **more}.items() if key != 'num_classes'}
    save_file((made_for or model).state_dict(), os.path.join(folder, 'model.safetensors'), {'format': 'pt'})
    config = dict(architecture='vit_tiny_patch16_224', num_classes=model.num_classes, num_features=16, global_pool='token', model_args=args,
                  pretrained_cfg=dict(mean=[0.5] * 3, std=[0.5] * 3, input_size=[3, size, size]), label_names=[f'animal {i}' for i in range(K)])
    with open(os.path.join(folder, 'config.json'), 'w') as file:
        json.dump(config, file)
    expect(folder, model, headless=model.num_classes == 0)


def vit(**more):
    return drawn(timm.models.vision_transformer.VisionTransformer(**{**VIT, **more}))


@form
def timm_plain(folder):
    timm_folder(folder, vit())


@form
def timm_layer_scale(folder):
    timm_folder(folder, vit(init_values=1.0), init_values=1.0)


@form
def timm_no_biases(folder):
    timm_folder(folder, vit(qkv_bias=False), qkv_bias=False)


@form
def timm_no_class_position(folder):
    timm_folder(folder, vit(no_embed_class=True), no_embed_class=True)


@form
def timm_registers(folder):
    args = dict(reg_tokens=4, no_embed_class=True, init_values=1.0)
    timm_folder(folder, vit(**args), **args)


@form
def timm_registers_with_positions(folder):
    timm_folder(folder, vit(reg_tokens=3), reg_tokens=3)


def smaller(**args):
    """A model for pictures of 28 pixels, which timm adapts to S pixels."""
    made_for, model = vit(img_size=28, **args), vit(**args)
    model.load_state_dict(timm.models.vision_transformer.checkpoint_filter_fn(made_for.state_dict(), model))
    return dict(model=model, made_for=made_for)


@form
def timm_smaller(folder):
    timm_folder(folder, **smaller())


@form
def timm_registers_smaller(folder):
    args = dict(reg_tokens=4, no_embed_class=True, init_values=1.0)
    timm_folder(folder, **smaller(**args), **args)


@form
def timm_headless(folder):
    timm_folder(folder, vit(num_classes=0), num_classes=0)


@form
def timm_distilled(folder):
    model = drawn(timm.models.deit.VisionTransformerDistilled(**VIT))
    save_file(model.state_dict(), os.path.join(folder, 'model.safetensors'), {'format': 'pt', 'num_heads': '4'})
    expect(folder, model)


@form
def timm_training_checkpoint(folder):
    model, averaged = vit(), vit()
    args = argparse.Namespace(model='vit_tiny_patch16_224', mean=[0.5, 0.5, 0.5], std=[0.25, 0.25, 0.25], model_kwargs={'num_heads': 4}, img_size=None, gp=None, input_size=None)
    torch.save({'epoch': 3, 'arch': 'vit_tiny_patch16_224', 'state_dict': model.state_dict(), 'state_dict_ema': averaged.state_dict(),
                'args': args, 'optimizer': {'state': {}, 'param_groups': []}, 'metric': 71.0}, os.path.join(folder, 'checkpoint.pth.tar'))
    expect(folder, averaged)


def hf_folder(folder, model, headless=False, **how):
    drawn(model).save_pretrained(folder, **how)
    transformers.ViTImageProcessor(size={'height': S, 'width': S}, resample=3).save_pretrained(folder)
    expect(folder, model, headless)


@form
def hf_vit(folder):
    hf_folder(folder, transformers.ViTForImageClassification(transformers.ViTConfig(**HF)))


@form
def hf_vit_bare(folder):
    hf_folder(folder, transformers.ViTModel(transformers.ViTConfig(**HF), add_pooling_layer=False), headless=True)


@form
def hf_vit_no_bias(folder):
    hf_folder(folder, transformers.ViTForImageClassification(transformers.ViTConfig(**HF, qkv_bias=False)))


@form
def hf_vit_sharded(folder):
    hf_folder(folder, transformers.ViTForImageClassification(transformers.ViTConfig(**HF)), max_shard_size='8KB')


@form
def hf_deit(folder):
    hf_folder(folder, transformers.DeiTForImageClassification(transformers.DeiTConfig(**HF)))


@form
def hf_deit_with_teacher(folder):
    hf_folder(folder, transformers.DeiTForImageClassificationWithTeacher(transformers.DeiTConfig(**HF)))


@form
def hf_msn(folder):
    hf_folder(folder, transformers.ViTMSNForImageClassification(transformers.ViTMSNConfig(**HF)))


@form
def hf_dinov2(folder):
    hf_folder(folder, transformers.Dinov2Model(transformers.Dinov2Config(**DINO)), headless=True)


def hf_smaller(folder, model, headless=False, **more):
    drawn(model).save_pretrained(folder)
    transformers.ViTImageProcessor(size={'height': S, 'width': S}, resample=3).save_pretrained(folder)
    expect(folder, model, headless, **more)


@form
def hf_vit_smaller(folder):
    config = transformers.ViTConfig(**{**HF, 'image_size': 28})
    hf_smaller(folder, transformers.ViTForImageClassification(config), interpolate_pos_encoding=True)


@form
def hf_dinov2_smaller(folder):
    hf_smaller(folder, transformers.Dinov2Model(transformers.Dinov2Config(**{**DINO, 'image_size': 28})), headless=True)


if hasattr(transformers, 'Dinov2WithRegistersModel'):
    @form
    def hf_dinov2_registers(folder):
        config = transformers.Dinov2WithRegistersConfig(**DINO, num_register_tokens=4)
        hf_folder(folder, transformers.Dinov2WithRegistersModel(config), headless=True)

    @form
    def hf_dinov2_registers_smaller(folder):
        config = transformers.Dinov2WithRegistersConfig(**{**DINO, 'image_size': 28}, num_register_tokens=4)
        hf_smaller(folder, transformers.Dinov2WithRegistersModel(config), headless=True)


@form
def hf_dinov2_classifier_features(folder):
    """Its head also takes the patches' mean, so the features before it are compared."""
    model = transformers.Dinov2ForImageClassification(transformers.Dinov2Config(**DINO))
    drawn(model).save_pretrained(folder)
    expect(folder, model.dinov2, headless=True)


def save_drawn_adapter(wrapped, folder):
    with torch.no_grad():
        for name, value in wrapped.named_parameters():
            if 'lora_' in name or 'modules_to_save' in name:
                value.copy_(torch.randn_like(value) * 0.3)
    wrapped.eval().save_pretrained(folder)


def peft_hf(folder, targets, model=None, **more):
    model = model or drawn(transformers.ViTForImageClassification(transformers.ViTConfig(**HF)))
    base = os.path.join(folder, 'base')
    model.save_pretrained(base)
    config = peft.LoraConfig(r=3, lora_alpha=7, target_modules=targets, lora_dropout=0.1, modules_to_save=['classifier'], **more)
    wrapped = peft.get_peft_model(model, config)
    save_drawn_adapter(wrapped, folder)
    for name in os.listdir(base):
        os.rename(os.path.join(base, name), os.path.join(folder, name))
    os.rmdir(base)
    expect(folder, wrapped.merge_and_unload())


NEWER = generation == 'current'


@form
def peft_hf_query_value(folder):
    peft_hf(folder, ['q_proj', 'v_proj'] if NEWER else ['query', 'value'])


@form
def peft_hf_all_linear(folder):
    names = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'fc1', 'fc2'] if NEWER else ['query', 'key', 'value', 'dense']
    peft_hf(folder, names)


@form
def peft_hf_one_block(folder):
    peft_hf(folder, ['q_proj', 'v_proj'] if NEWER else ['query', 'value'], layers_to_transform=[1], layers_pattern='layers' if NEWER else 'layer')


@form
def peft_hf_rslora(folder):
    peft_hf(folder, ['k_proj'] if NEWER else ['key'], use_rslora=True)


@form
def peft_timm_qkv_and_proj(folder):
    model = vit()
    save_file(model.state_dict(), os.path.join(folder, 'model.safetensors'), {'format': 'pt', 'num_heads': '4'})
    config = peft.LoraConfig(r=3, lora_alpha=5, target_modules=['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'], modules_to_save=['head'])
    wrapped = peft.get_peft_model(model, config)
    save_drawn_adapter(wrapped, folder)
    expect(folder, wrapped.merge_and_unload())


if NEWER:
    @form
    def hf_vit_newer_names(folder):
        hf_folder(folder, transformers.ViTForImageClassification(transformers.ViTConfig(**HF)), save_original_format=False)

    @form
    def hf_dinov2_newer_names(folder):
        hf_folder(folder, transformers.Dinov2Model(transformers.Dinov2Config(**DINO)), headless=True, save_original_format=False)

    @form
    def hf_msn_newer_names(folder):
        hf_folder(folder, transformers.ViTMSNForImageClassification(transformers.ViTMSNConfig(**HF)), save_original_format=False)


@form
def peft_hf_deit(folder):
    """One head, on the class token."""
    peft_hf(folder, ['k_proj', 'fc1'] if NEWER else ['key', 'intermediate.dense'], drawn(transformers.DeiTForImageClassification(transformers.DeiTConfig(**HF))))


@form
def pth_smoothed(folder):
    """A model and its moving average, as in the checkpoints of training scripts."""
    model, smoothed = vit(), vit()
    state = {'model': model.state_dict(), 'ema': {'module': smoothed.state_dict(), 'decay': 0.999}}
    torch.save({**state, 'args': argparse.Namespace(model='vit_tiny_patch16_224', model_kwargs={'num_heads': 4})}, os.path.join(folder, 'last.pth'))
    expect(folder, smoothed)


for name, write in forms.items():
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    write(folder)
versions = {module.__name__: module.__version__ for module in (timm, transformers, peft, torch)}
print(json.dumps({'forms': list(forms), 'versions': versions}))
