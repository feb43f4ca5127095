"""The three networks. All are plain 3x3 convolutions (trained with branches, folded for export) and one or two dense layers."""

from __future__ import annotations

import torch
from torch import nn

from ..networks.blocks import Standardise, convolution
from ..world.eyes import HEIGHT, WIDTH
from ..world.regions import REGIONS

#: Side of the aligned crop, as the encoder's.
CROP = 96
#: What the gaze network gives of each eye, in order: see :class:`GazeNet`.
EYE_OUTPUTS = ("view_yaw", "view_pitch", "head_yaw", "head_pitch", "spread", "aperture", "closed", "seen")
#: Degrees that one unit of the gaze network's inner output stands for, and of its input ``pose``.
DEGREES, POSE_DEGREES = 20.0, 45.0


def chain(layers: list[tuple[int, int]], inputs: int = 1) -> nn.Sequential:
    """Convolutions of (width, stride) one after the other."""
    out = []
    for width, stride in layers:
        out.append(convolution(inputs, width, stride))
        inputs = width
    return nn.Sequential(*out)


class IdentityNet(nn.Module):
    """``crop`` [N, 1, 96, 96] (0-1) to ``embedding`` [N, 64] of unit length: the cosine of two says how alike two faces are."""

    def __init__(self, size: int = 64):
        super().__init__()
        self.standardise = Standardise(CROP)
        self.layers = chain([(12, 2), (24, 2), (48, 2), (48, 1), (72, 2), (72, 1), (96, 2)])
        self.out = nn.Linear(96 * 9, size)

    def forward(self, crop: torch.Tensor) -> torch.Tensor:
        x = self.out(torch.flatten(self.layers(self.standardise(crop)), 1))
        return x / torch.sqrt((x * x).sum(dim=1, keepdim=True) + 1e-8)


class VisibilityNet(nn.Module):
    """``crop`` [N, 1, 96, 96] (0-1) to ``visible`` [N, 8] (0-1): the chance that half of each region or more can be seen."""

    def __init__(self):
        super().__init__()
        self.standardise = Standardise(CROP)
        self.layers = chain([(12, 2), (20, 2), (32, 2), (48, 2), (48, 1)])
        self.hidden = nn.Linear(48 * 36, 48)
        self.out = nn.Linear(48, len(REGIONS))

    def logits(self, crop: torch.Tensor) -> torch.Tensor:
        return self.out(torch.relu(self.hidden(torch.flatten(self.layers(self.standardise(crop)), 1))))

    def forward(self, crop: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.logits(crop))


class GazeNet(nn.Module):
    """Both eyes, the face about them and ``pose`` to ``state`` [N, 16]: ``EYE_OUTPUTS`` of the subject's left eye, then of the right one.

    ``eyes`` [N, 1, 32, 96] (0-1) is the left eye's crop and, right of it, the right eye's, mirrored. ``crop`` [N, 1, 96, 96] (0-1) tells the head's
    turn, which ``pose``, the yaw and pitch fitted to the landmarks over 45 degrees, tells only roughly. Angles are as they are seen,
    of neither eye mirrored. Angles and ``spread`` (the error to be expected of the first two) are in degrees, ``closed`` and ``seen`` are
    chances, ``aperture`` is the distance of the lids over the eye's width.
    """

    def __init__(self):
        super().__init__()
        self.layers = chain([(12, 1), (20, 2), (32, 2), (48, 2)])
        self.standardise = Standardise(CROP)
        self.face = chain([(8, 2), (16, 2), (24, 2), (32, 2), (48, 2)])
        self.hidden = nn.Linear(48 * 4 * 12 + 48 * 9 + 2, 68)
        self.out = nn.Linear(68, 2 * len(EYE_OUTPUTS))

    def raw(self, eyes: torch.Tensor, crop: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """The last layer's numbers for each eye: angles over ``DEGREES``, the logarithm of the spread over ``DEGREES``, aperture, two logits."""
        pair = torch.cat([_even(eyes[..., :WIDTH]), _even(eyes[..., WIDTH:])], 3)
        about = torch.flatten(self.face(self.standardise(crop)), 1)
        x = torch.cat([torch.flatten(self.layers(pair), 1), about, pose], 1)
        return self.out(torch.relu(self.hidden(x)))

    def forward(self, eyes: torch.Tensor, crop: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        x = self.raw(eyes, crop, pose)
        out = []
        for k in (0, 8):
            out += [DEGREES * x[:, k : k + 4], DEGREES * torch.exp(x[:, k + 4 : k + 5]), x[:, k + 5 : k + 6]]
            out.append(torch.sigmoid(x[:, k + 6 : k + 8]))
        return torch.cat(out, 1)


def _even(eye: torch.Tensor) -> torch.Tensor:
    """An eye without its light."""
    x = eye - eye.mean(dim=(2, 3), keepdim=True)
    return x / torch.sqrt((x * x).mean(dim=(2, 3), keepdim=True) + 1e-3)


NETWORKS = {"identity": IdentityNet, "visibility": VisibilityNet, "gaze": GazeNet}


def build(task: str) -> nn.Module:
    """The network of a task. Raises ``ValueError`` for an unknown one."""
    if task not in NETWORKS:
        raise ValueError(f"no network for the task {task!r}; there are {sorted(NETWORKS)}")
    return NETWORKS[task]()


def example(task: str) -> dict[str, torch.Tensor]:
    """One input of a task's network."""
    if task == "gaze":
        return {"eyes": torch.rand(1, 1, HEIGHT, 2 * WIDTH), "crop": torch.rand(1, 1, CROP, CROP), "pose": torch.rand(1, 2)}
    return {"crop": torch.rand(1, 1, CROP, CROP)}


#: Names of the graphs' outputs.
OUTPUTS = {"identity": "embedding", "visibility": "visible", "gaze": "state"}
