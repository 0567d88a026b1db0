"""Fills models with random tensors, and writes their results."""
import os
import torch, transformers
from safetensors.torch import save_file


def drawn(model):
    """Fills every tensor with random numbers, none so small that an error in it would go unnoticed."""
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            scale = 0.3 if tensor.ndim > 1 else 0.2
            tensor.copy_(torch.randn_like(tensor) * scale + (1.0 if 'norm' in name and name.endswith('weight') else 0.0))
    return model.eval()


def features(model, pixels, **more):
    tokens = model.forward_features(pixels) if hasattr(model, 'forward_features') else model(pixel_values=pixels, **more).last_hidden_state
    return tokens[:, 0]


def expect(folder, model, side, headless=False, **more):
    """Writes expect.safetensors: `pixels` [2, 3, side, side], and `logits`, or `features` for a model without a head."""
    pixels = torch.randn(2, 3, side, side)
    with torch.no_grad():
        exact = model.double()
        if headless:
            answer = {'features': features(exact, pixels.double(), **more)}
        else:
            found = exact(pixels.double()) if not isinstance(exact, transformers.PreTrainedModel) else exact(pixel_values=pixels.double(), **more).logits
            answer = {'logits': found}
    answer = {name: value.float().contiguous() for name, value in answer.items()}
    save_file({'pixels': pixels, **answer}, os.path.join(folder, 'expect.safetensors'))
    model.float()
