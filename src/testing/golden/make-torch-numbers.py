"""Makes torch-numbers.json: small results of PyTorch (float64) that the reference operations are tested against. Run: python make-torch-numbers.py > torch-numbers.json"""
import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(*shape):
    count = math.prod(shape)
    return torch.tensor([math.sin(1.3 * i + 0.7) for i in range(count)]).reshape(shape)


def cosines(*shape):
    return torch.cos(torch.arange(float(math.prod(shape)))).reshape(shape)


flat = lambda tensor: tensor.flatten().tolist()
out = {}

for a, b in [(3, 2), (2, 5), (4, 7), (1, 3), (6, 1)]:
    grid = wave(1, a, a, 2).permute(0, 3, 1, 2)
    out[f"positions {a} {b}"] = flat(
        F.interpolate(grid, size=(b, b), mode="bicubic", align_corners=False).permute(0, 2, 3, 1)
    )

x = torch.tensor([-7.0, -5, -2, -1, -0.5, -1e-3, 0, 0.3, 1, 3, 6.5], requires_grad=True)
y = F.gelu(x)
y.sum().backward()
out["gelu"] = {"x": flat(x), "y": flat(y), "dx": flat(x.grad)}
out["erf"] = {"x": [-3.5, -1, -0.1, 0, 0.5, 1, 2, 4, 5.9]}
out["erf"]["y"] = flat(torch.erf(torch.tensor(out["erf"]["x"])))

w = torch.nn.Parameter(torch.tensor([1.0, -2, 0.5]))
optimiser = torch.optim.AdamW([w], lr=0.01, weight_decay=0.1)
for gradient in [[0.1, -0.2, 0], [0.3, 0.1, 0], [-0.5, 0.2, 1e-9]]:
    w.grad = torch.tensor(gradient)
    optimiser.step()
out["adamw"] = flat(w)

x = wave(3, 5).requires_grad_()
weight = torch.tensor([1.0, 2, -1, 0.5, 3], requires_grad=True)
bias = torch.tensor([0, 0.1, 0.2, 0.3, 0.4], requires_grad=True)
y = F.layer_norm(x, (5,), weight, bias, 1e-6)
(y * cosines(3, 5)).sum().backward()
out["layerNorm"] = {"y": flat(y), "dx": flat(x.grad), "dweight": flat(weight.grad), "dbias": flat(bias.grad)}

qkv = wave(1, 3, 3, 2, 2).requires_grad_()
size = torch.tensor([[1.0, 3, 2]])
q, k, v = qkv.permute(2, 0, 3, 1, 4)
logits = (q @ k.transpose(-1, -2)) / math.sqrt(2) + size.log()[:, None, None, :]
y = (logits.softmax(-1) @ v).transpose(1, 2).reshape(1, 3, 4)
(y * cosines(1, 3, 4)).sum().backward()
out["attention"] = {"out": flat(y), "dqkv": flat(qkv.grad)}

logits = (3 * wave(2, 4)).requires_grad_()
loss = F.cross_entropy(logits, torch.tensor([2, 0]))
loss.backward()
out["crossEntropy"] = {"loss": loss.item(), "dlogits": flat(logits.grad)}

projection = torch.tensor([math.cos(0.37 * i) for i in range(24)]).reshape(2, 3, 2, 2)
patches = F.conv2d(wave(2, 3, 4, 4), projection, torch.tensor([0.5, -0.5]), stride=2)
out["embed"] = flat(patches.flatten(2).transpose(1, 2))

print(json.dumps(out, indent=1))
