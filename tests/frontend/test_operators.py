"""Every operator and form of the front end: captured and canonical graphs compute what the module computes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.frontend.models import Call, check_module

IMAGE, SEQUENCE, VECTOR = (1, 4, 9, 7), (1, 6, 11), (1, 12)

CONVOLUTIONS = {
    "conv2d": (nn.Conv2d(4, 5, 3), IMAGE),
    "conv2d no bias": (nn.Conv2d(4, 5, 3, bias=False), IMAGE),
    "conv2d stride, padding, dilation": (nn.Conv2d(4, 5, (3, 2), (2, 1), (2, 1), (1, 2)), IMAGE),
    "conv2d groups": (nn.Conv2d(4, 6, 3, groups=2, padding=1), IMAGE),
    "conv2d depthwise": (nn.Conv2d(4, 4, 3, groups=4, padding=1), IMAGE),
    "conv2d depthwise, multiplier": (nn.Conv2d(4, 12, 3, groups=4, padding=1, stride=2), IMAGE),
    "conv2d one channel": (nn.Conv2d(1, 3, 3, groups=1), (1, 1, 8, 8)),
    "conv2d same": (nn.Conv2d(4, 5, (2, 4), padding="same", dilation=(2, 1)), IMAGE),
    "conv2d valid": (nn.Conv2d(4, 5, 3, padding="valid"), IMAGE),
    "conv2d zero pad in front": (nn.Sequential(nn.ZeroPad2d((0, 1, 2, 1)), nn.Conv2d(4, 5, 3, 2)), IMAGE),
    "conv2d circular": (nn.Conv2d(4, 5, 3, padding=1, padding_mode="circular"), IMAGE),
    "conv2d reflect": (nn.Conv2d(4, 5, 3, padding=2, padding_mode="reflect"), IMAGE),
    "conv1d": (nn.Conv1d(6, 5, 3, 2, 1), SEQUENCE),
    "conv1d same, groups": (nn.Conv1d(6, 6, 4, padding="same", dilation=2, groups=3), SEQUENCE),
    "conv1d depthwise": (nn.Conv1d(6, 6, 3, padding=1, groups=6), SEQUENCE),
    "conv1d causal": (Call(lambda m, x: m.c(F.pad(x, (4, 0))), c=nn.Conv1d(6, 5, 3, dilation=2)), SEQUENCE),
    "linear": (nn.Linear(12, 5), VECTOR),
    "linear no bias": (nn.Linear(12, 5, bias=False), VECTOR),
    "linear on a sequence": (nn.Linear(11, 5), SEQUENCE),
    "product with a matrix": (Call(lambda m, x: x @ m.w, w=nn.Parameter(torch.zeros(12, 5))), VECTOR),
    "addmm": (Call(lambda m, x: torch.addmm(m.b, x, m.w, alpha=0.5), w=nn.Parameter(torch.zeros(12, 5)),
                   b=nn.Parameter(torch.zeros(5))), VECTOR),
    "weight norm": (nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 5, 3)), IMAGE),
}

NORMS = {
    "batch norm after conv": (nn.Sequential(nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5)), IMAGE),
    "batch norm alone, 2d": (nn.BatchNorm2d(4), IMAGE),
    "batch norm alone, 1d": (nn.BatchNorm1d(6), SEQUENCE),
    "batch norm alone, vector": (nn.BatchNorm1d(12), VECTOR),
    "batch norm not affine": (nn.BatchNorm2d(4, affine=False), IMAGE),
    "batch norm before conv": (nn.Sequential(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, groups=2)), IMAGE),
    "batch norm before padded conv": (nn.Sequential(nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, padding=1)), IMAGE),
    "batch norm before depthwise": (nn.Sequential(nn.BatchNorm2d(4), nn.Conv2d(4, 8, 3, groups=4)), IMAGE),
    "batch norm and linear": (nn.Sequential(nn.Linear(12, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.BatchNorm1d(5),
                                            nn.Linear(5, 3)), VECTOR),
    "batch norm behind pools": (nn.Sequential(nn.Conv2d(4, 5, 3), nn.AvgPool2d(2), nn.BatchNorm2d(5), nn.ReLU(),
                                              nn.MaxPool2d(2), nn.BatchNorm2d(5)), IMAGE),
}

POOLS = {
    "max_pool2d": (nn.MaxPool2d(2), IMAGE),
    "max_pool2d all arguments": (nn.MaxPool2d((3, 2), (2, 1), (1, 1), (1, 2)), IMAGE),
    "max_pool2d ceil": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), (1, 4, 8, 7)),
    "max_pool2d ceil, last window in the padding": (nn.MaxPool2d(2, 3, 1, ceil_mode=True), (1, 4, 6, 7)),
    "max_pool1d": (nn.MaxPool1d(3, 2, 1), SEQUENCE),
    "max_pool1d ceil": (nn.MaxPool1d(2, ceil_mode=True), SEQUENCE),
    "avg_pool2d": (nn.AvgPool2d(3, 2, 1), IMAGE),
    "avg_pool2d padding not counted": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), IMAGE),
    "avg_pool2d ceil": (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (1, 4, 8, 7)),
    "avg_pool2d ceil, padding not counted": (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
                                             (1, 4, 8, 6)),
    "avg_pool2d divisor": (nn.AvgPool2d(2, divisor_override=3), IMAGE),
    "avg_pool1d": (nn.AvgPool1d(3, 2, 1), SEQUENCE),
    "avg_pool1d ceil": (nn.AvgPool1d(4, 3, 1, ceil_mode=True), SEQUENCE),
    "adaptive_avg_pool2d global": (nn.AdaptiveAvgPool2d(1), IMAGE),
    "adaptive_avg_pool2d divides": (nn.AdaptiveAvgPool2d((3, 1)), IMAGE),
    "adaptive_avg_pool2d overlaps evenly": (nn.AdaptiveAvgPool2d((9, 3)), IMAGE),
    "adaptive_avg_pool2d does not divide": (nn.AdaptiveAvgPool2d((4, 5)), IMAGE),
    "adaptive_avg_pool2d one axis": (nn.AdaptiveAvgPool2d((None, 2)), IMAGE),
    "adaptive_max_pool2d does not divide": (nn.AdaptiveMaxPool2d((4, 5)), IMAGE),
    "adaptive_max_pool2d global": (nn.AdaptiveMaxPool2d(1), IMAGE),
    "adaptive_avg_pool1d": (nn.AdaptiveAvgPool1d(4), SEQUENCE),
    "adaptive_avg_pool1d global": (nn.AdaptiveAvgPool1d(1), SEQUENCE),
    "adaptive_max_pool1d": (nn.AdaptiveMaxPool1d(3), SEQUENCE),
    "upsample nearest by scale": (nn.Upsample(scale_factor=2), IMAGE),
    "upsample nearest by odd scale": (nn.Upsample(scale_factor=(1.5, 2.3)), IMAGE),
    "upsample nearest by size": (nn.Upsample(size=(13, 5)), IMAGE),
    "upsample nearest-exact": (nn.Upsample(size=(13, 5), mode="nearest-exact"), IMAGE),
    "upsample nearest 1d": (nn.Upsample(scale_factor=3), SEQUENCE),
}

ACTIVATIONS = {
    type(m).__name__ + str(i): (m, IMAGE) for i, m in enumerate((
        nn.ReLU(), nn.ReLU(inplace=True), nn.ReLU6(), nn.Hardtanh(-0.5, 0.7), nn.LeakyReLU(0.2), nn.PReLU(),
        nn.PReLU(4), nn.Sigmoid(), nn.Tanh(), nn.Hardswish(), nn.Hardsigmoid(), nn.SiLU(), nn.GELU(),
        nn.GELU(approximate="tanh"),
        nn.ELU(0.7), nn.SELU(), nn.CELU(0.8), nn.Softplus(), nn.Softsign(), nn.Mish(), nn.GLU(1),
        nn.Threshold(0.3, 0.3),
        nn.Softmax(1), nn.Softmax(-1), nn.Softmax(2), nn.LogSoftmax(1), nn.Softmax2d(), nn.Dropout(0.3),
        nn.Identity(),
        nn.Dropout2d(0.3)))
} | {
    "prelu vector": (nn.PReLU(12), VECTOR), "prelu sequence": (nn.PReLU(6), SEQUENCE),
    "clamp low": (Call(lambda m, x: x.clamp(min=-0.1)), VECTOR),
    "clamp both": (Call(lambda m, x: x.clamp(-0.1, 0.4)), VECTOR),
    "exp": (Call(lambda m, x: torch.exp(x)), VECTOR), "abs": (Call(lambda m, x: x.abs()), VECTOR),
    "log of exp": (Call(lambda m, x: torch.log(x.exp() + 1)), VECTOR),
    "sqrt of square": (Call(lambda m, x: torch.sqrt(x ** 2 + 0.1)), VECTOR),
    "cube": (Call(lambda m, x: x ** 3), VECTOR),
    "maximum": (Call(lambda m, x: torch.maximum(x, torch.tensor(0.2))), VECTOR),
    "log_softmax vector": (nn.LogSoftmax(1), VECTOR),
}

ARITHMETIC = {
    "add": (Call(lambda m, x, y: x + y), IMAGE, IMAGE),
    "add itself": (Call(lambda m, x: x + x), IMAGE),
    "add alpha": (Call(lambda m, x, y: torch.add(x, y, alpha=0.3)), IMAGE, IMAGE),
    "add broadcast": (Call(lambda m, x, y: x + y), IMAGE, (1, 4, 1, 1)),
    "add lower rank": (Call(lambda m, x, y: x + y), IMAGE, (1, 7)),
    "add scalar": (Call(lambda m, x: 0.5 + x), IMAGE),
    "add in place": (Call(lambda m, x: (x * 2).add_(1.5)), IMAGE),
    "add parameter": (Call(lambda m, x: x + m.p, p=nn.Parameter(torch.zeros(7))), IMAGE),
    "add buffer": (Call(lambda m, x: m.p + x, p=torch.zeros(4, 1, 1)), IMAGE),
    "sub": (Call(lambda m, x, y: x - y), IMAGE, IMAGE),
    "sub alpha": (Call(lambda m, x, y: torch.sub(x, y, alpha=2)), IMAGE, IMAGE),
    "sub buffer": (Call(lambda m, x: (x - m.p) * m.q, p=torch.zeros(4, 1, 1), q=torch.zeros(4, 1, 1)), IMAGE),
    "rsub": (Call(lambda m, x: 1 - x), IMAGE),
    "mul": (Call(lambda m, x, y: x * y), IMAGE, IMAGE),
    "mul scalar": (Call(lambda m, x: x * 3), IMAGE),
    "div scalar": (Call(lambda m, x: x / 3), IMAGE),
    "div buffer": (Call(lambda m, x: x / m.fixed, fixed=torch.tensor([0.5, 2.0, 3.0, 4.0]).reshape(4, 1, 1)), IMAGE),
    "div of a constant": (Call(lambda m, x: 2 / (x.abs() + 1)), VECTOR),
    "div of activations": (Call(lambda m, x, y: y / (x.abs() + 1)), IMAGE, IMAGE),
    "neg": (Call(lambda m, x: -x), VECTOR),
    "squeeze and excite": (Call(lambda m, x: x * torch.sigmoid(m.b(F.relu(m.a(x.mean((2, 3), keepdim=True))))),
                                a=nn.Conv2d(4, 2, 1), b=nn.Conv2d(2, 4, 1)), IMAGE),
    "squeeze and excite, expanded": (
        Call(lambda m, x: x * m.a(x.mean((2, 3))).view(1, 4, 1, 1).sigmoid().expand_as(x), a=nn.Linear(4, 4)), IMAGE),
    "constant arithmetic": (Call(lambda m, x: x * (torch.arange(12) + 1).float() / 12), VECTOR),
}

REDUCTIONS = {
    "mean last two": (Call(lambda m, x: x.mean((2, 3))), IMAGE), "mean channels": (Call(lambda m, x: x.mean(1)), IMAGE),
    "mean keepdim": (Call(lambda m, x: x.mean((-1,), keepdim=True)), IMAGE),
    "mean all but batch": (Call(lambda m, x: x.mean((1, 2, 3)).view(1, 1)), IMAGE),
    "mean behind conv": (Call(lambda m, x: m.c(x).mean((1, 3)), c=nn.Conv2d(4, 5, 3)), IMAGE),
    "sum": (Call(lambda m, x: x.sum((2, 3))), IMAGE), "amax": (Call(lambda m, x: torch.amax(x, (2, 3))), IMAGE),
    "amax keepdim": (Call(lambda m, x: torch.amax(x, 1, keepdim=True)), IMAGE),
}

SHAPES = {
    "flatten": (nn.Flatten(), IMAGE), "flatten some": (nn.Flatten(2), IMAGE),
    "unflatten": (nn.Unflatten(1, (3, 4)), VECTOR), "view": (Call(lambda m, x: x.view(1, 4, -1)), IMAGE),
    "reshape": (Call(lambda m, x: x.permute(0, 2, 3, 1).reshape(1, 9, -1)), IMAGE),
    "squeeze": (Call(lambda m, x: x.mean((2, 3), keepdim=True).squeeze(-1).squeeze(-1)), IMAGE),
    "unsqueeze": (Call(lambda m, x: x.unsqueeze(1).unsqueeze(-1)), VECTOR),
    "permute": (Call(lambda m, x: x.permute(0, 2, 3, 1)), IMAGE),
    "transpose": (Call(lambda m, x: x.transpose(1, -1)), IMAGE),
    "permute of the batch with an axis of size 1": (Call(lambda m, x: x.permute(1, 3, 2, 0)), (1, 1, 5, 6)),
    "contiguous, clone, to": (Call(lambda m, x: x.transpose(1, 2).contiguous().clone().to(torch.float32)), SEQUENCE),
    "chunk": (Call(lambda m, x: x.chunk(3, 2)), IMAGE), "split": (Call(lambda m, x: torch.split(x, 4, 2)), IMAGE),
    "split sizes": (Call(lambda m, x: torch.split(x, [1, 5, 3], -2)), IMAGE),
    "split and join": (Call(lambda m, x: torch.cat(x.chunk(2, 1)[::-1], 1)), IMAGE),
    "unbind": (Call(lambda m, x: x.unbind(1)), IMAGE),
    "slice": (Call(lambda m, x: x[:, 1:-1, ::2, -4:]), IMAGE),
    "slice beyond": (Call(lambda m, x: x[:, :, 2:100]), IMAGE),
    "select": (Call(lambda m, x: x[:, -1]), IMAGE), "select last step": (Call(lambda m, x: x[..., -1]), SEQUENCE),
    "narrow": (Call(lambda m, x: x.narrow(2, 3, 4)), IMAGE), "flip": (Call(lambda m, x: x.flip(2, 3)), IMAGE),
    "cat": (Call(lambda m, x, y: torch.cat([x, y, x], 1)), IMAGE, (1, 2, 9, 7)),
    "stack": (Call(lambda m, x, y: torch.stack([x, y], 2)), IMAGE, IMAGE),
    "pad": (nn.ZeroPad2d((1, 2, 3, 4)), IMAGE), "pad value": (nn.ConstantPad1d((1, 2), -0.7), SEQUENCE),
    "pad channels": (Call(lambda m, x: F.pad(x, (0, 0, 0, 0, 1, 2))), IMAGE),
    "crop": (nn.ZeroPad2d((-1, 2, -2, -1)), IMAGE),
    "pad reflect": (nn.ReflectionPad2d((1, 2, 3, 0)), IMAGE), "pad replicate": (nn.ReplicationPad2d(2), IMAGE),
    "pad circular": (nn.CircularPad1d((2, 3)), SEQUENCE), "pixel shuffle": (nn.PixelShuffle(2), (1, 8, 3, 5)),
    "pixel unshuffle": (nn.PixelUnshuffle(2), (1, 3, 4, 6)), "channel shuffle": (nn.ChannelShuffle(2), IMAGE),
}

CASES = {**CONVOLUTIONS, **NORMS, **POOLS, **ACTIVATIONS, **ARITHMETIC, **REDUCTIONS, **SHAPES}


@pytest.mark.parametrize("name", CASES)
def test_operator(name: str) -> None:
    module, *shapes = CASES[name]
    check_module(module, *shapes)


@pytest.mark.parametrize("name", ["conv2d", "conv1d", "max_pool2d", "avg_pool1d", "batch norm alone, 2d",
                                  "prelu sequence"])
def test_operator_between_convolutions(name: str) -> None:
    """The same operators in the middle of a network, where transposes have to cancel."""
    module, shape = CASES[name]
    kind = nn.Conv2d if len(shape) == 4 else nn.Conv1d
    channels = module(torch.zeros(shape)).shape[1]
    graph = check_module(nn.Sequential(kind(3, shape[1], 1), nn.ReLU(), module, nn.ReLU(), kind(channels, 2, 1)),
                         (1, 3, *shape[2:]))
    assert not [n for n in graph.nodes if n.op == "transpose"]
