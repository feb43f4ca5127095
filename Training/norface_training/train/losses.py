"""Losses. Each is a mean over the batch, weighed by what is known of each label."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..labels import MAX_INTENSITY
from ..networks.classifier import Prediction

SMOOTH = 0.2
"""Weight of the smooth L1 beside the cross-entropy of intensities."""


SQUARES = 10.0
"""Weight of squared beside absolute differences of pixels (0-1): equal at a tenth of the range."""


def intensity_loss(logits: torch.Tensor, intensity: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of intensity / 5 as a soft label, less its floor, plus a little smooth L1.

    Cross-entropy aims at the mean of what a noisy teacher says, where smooth L1 alone aims at its median, which
    for a rare unit is zero; and it does not fade where the sigmoid saturates.
    """
    soft = (intensity / MAX_INTENSITY).clamp(0, 1)
    entropy = -(torch.xlogy(soft, soft) + torch.xlogy(1 - soft, 1 - soft))
    cross = F.binary_cross_entropy_with_logits(logits, soft, reduction="none") - entropy
    smooth = F.smooth_l1_loss(MAX_INTENSITY * torch.sigmoid(logits), intensity, reduction="none", beta=0.5)
    return ((cross + SMOOTH * smooth) * weight).mean()


def emotion_loss(logits: torch.Tensor, distribution: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with the distribution of the votes."""
    each = -(distribution * torch.log_softmax(logits, 1)).sum(1)
    return (each * weight).sum() / weight.sum().clamp_min(1)


def label_losses(prediction: Prediction, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """The emotions' loss and the units' (whole, left and right)."""
    emotion = emotion_loss(prediction.emotion, batch["emotion"], batch["emotion_weight"])
    au = intensity_loss(prediction.au, batch["au"], batch["au_weight"])
    left = intensity_loss(prediction.left, batch["left"], batch["side_weight"])
    right = intensity_loss(prediction.right, batch["right"], batch["side_weight"])
    return emotion, 10 * (au + 0.5 * (left + right))


def shapes_loss(spoken: torch.Tensor, shapes: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean squared error of the square roots of the teacher's blendshapes ``[N, K]``, times ten."""
    each = ((spoken - shapes) ** 2).mean(1)
    return 10 * (each * weight).sum() / weight.sum().clamp_min(1)


def points_loss(spoken: torch.Tensor, points: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Smooth L1 of the landmarks' places ``[N, 2P]`` in the crop, in tenths of its side; a hundredth is where it turns linear."""
    each = F.smooth_l1_loss(spoken, points, reduction="none", beta=0.1).mean(1)
    return 10 * (each * weight).sum() / weight.sum().clamp_min(1)


def image_losses(
    face: torch.Tensor, target: torch.Tensor, weight: torch.Tensor, importance: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """L1 with squares, and L1 of the gradients, between normalized faces and their targets ``[N, 1, s, s]``, 0-1.

    L1 alone aims at the median of what may be, which for a rare expression is the calm face; squares aim at the mean.

    ``importance`` ``[1, 1, s, s]`` says where the targets vary: there the expression is.
    """
    w = weight[:, None, None, None] * importance
    total = weight.sum().clamp_min(1) * importance[0, 0].numel()
    difference = face - target
    across = (difference[..., 1:] - difference[..., :-1]).abs() * w[..., 1:]
    down = (difference[..., 1:, :] - difference[..., :-1, :]).abs() * w[..., 1:, :]
    pixel = difference.abs() + SQUARES * difference**2
    return (pixel * w).sum() / total, (across.sum() + down.sum()) / total


def agreement(a: Prediction, b: Prediction) -> torch.Tensor:
    """Mean squared difference of two predictions' intensities (0-1): two views of one face should agree."""
    pairs = ((a.au, b.au), (a.left, b.left), (a.right, b.right))
    return sum(F.mse_loss(torch.sigmoid(x), torch.sigmoid(y)) for x, y in pairs)
