"""Building blocks: a 3x3 convolution trained with branches, standardised light, attention written in plain operators."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class RepConv(nn.Module):
    """A 3x3 convolution that is trained as 3x3 + 1x1 + identity and deployed as one plain 3x3 with a bias.

    The idea of X. Ding et al., "RepVGG", CVPR 2021. The branches are added as kernels, before one batch norm, so that training
    costs one convolution too (S. Zagoruyko, N. Komodakis, "DiracNets", 2017, add the identity in the same way): on a CPU three
    branches with a norm each cost more in memory traffic than they gain.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, activation: bool = True):
        super().__init__()
        self.stride = stride
        self.activation = activation
        self.kernel3 = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        self.kernel1 = nn.Parameter(torch.empty(outputs, inputs, 1, 1))
        nn.init.kaiming_normal_(self.kernel3, nonlinearity="relu")
        nn.init.kaiming_normal_(self.kernel1, nonlinearity="relu")
        self.kernel1.data *= 0.5
        self.identity = nn.Parameter(torch.ones(outputs)) if inputs == outputs and stride == 1 else None
        self.norm = nn.BatchNorm2d(outputs)

    def kernel(self) -> torch.Tensor:
        """The sum of the branches as one 3x3 kernel."""
        centre = self.kernel1
        if self.identity is not None:
            centre = centre + torch.diag(self.identity)[:, :, None, None]
        return self.kernel3 + F.pad(centre, [1, 1, 1, 1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(F.conv2d(x, self.kernel(), stride=self.stride, padding=1))
        return F.relu(y) if self.activation else y

    def fold(self) -> nn.Module:
        """The deployed form: a convolution with bias, and ReLU."""
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        conv = nn.Conv2d(self.kernel3.shape[1], self.kernel3.shape[0], 3, self.stride, 1)
        conv.weight.data = self.kernel().detach() * scale.detach()[:, None, None, None]
        conv.bias.data = (self.norm.bias - self.norm.running_mean * scale).detach()
        return nn.Sequential(conv, nn.ReLU()) if self.activation else conv


def convolution(inputs: int, outputs: int, stride: int = 1, folded: bool = False) -> nn.Module:
    """A 3x3 convolution and ReLU: with branches and a norm, or, ``folded``, in the deployed form, under the names that ``RepConv.fold`` gives."""
    if not folded:
        return RepConv(inputs, outputs, stride)
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    nn.init.zeros_(conv.bias)
    return nn.Sequential(conv, nn.ReLU())


def fold_(module: nn.Module) -> nn.Module:
    """Replaces every ``RepConv`` under ``module`` by its deployed form, in place. The module must be in eval mode."""
    for name, child in module.named_children():
        if isinstance(child, RepConv):
            setattr(module, name, child.fold())
        else:
            fold_(child)
    return module


class Standardise(nn.Module):
    """Takes light and contrast away: zero mean and unit variance under a soft oval where the aligned face lies.

    The oval, normalised to a mean of one, is a constant of the image's size.
    """

    def __init__(self, size: int):
        super().__init__()
        self.size = size
        self.register_buffer("oval", self.make(size), persistent=False)

    @staticmethod
    def make(size: int) -> torch.Tensor:
        centres = (torch.arange(size, dtype=torch.float32) + 0.5) / size
        x, y = (centres[None, :] - 0.5) / 0.42, (centres[:, None] - 0.54) / 0.5
        oval = torch.sigmoid((1 - torch.sqrt(x * x + y * y)) * 8)
        return (oval / oval.mean())[None, None]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        oval = self.oval if x.shape[-1] == self.size else self.make(x.shape[-1])
        mean = (x * oval).mean(dim=(2, 3), keepdim=True)
        centred = x - mean
        variance = (centred * centred * oval).mean(dim=(2, 3), keepdim=True)
        return centred / torch.sqrt(variance + 1e-3)


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int) -> torch.Tensor:
    """Scaled dot-product attention, ``[N, T, C]`` each, in operators that every ONNX engine has."""
    t, s, c = int(q.shape[1]), int(k.shape[1]), int(q.shape[2])
    d = c // heads
    q = q.reshape(-1, t, heads, d).transpose(1, 2) * d**-0.5
    k = k.reshape(-1, s, heads, d).permute(0, 2, 3, 1)
    v = v.reshape(-1, s, heads, d).transpose(1, 2)
    mixed = torch.softmax(q @ k, dim=-1) @ v
    return mixed.transpose(1, 2).reshape(-1, t, c)
