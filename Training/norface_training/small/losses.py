"""The losses of the three tasks."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from .networks import DEGREES


def contrastive(embedding: torch.Tensor, person: torch.Tensor, temperature: float) -> torch.Tensor:
    """Supervised contrastive loss (P. Khosla et al., NeurIPS 2020, the form with the sum outside the logarithm).

    ``embedding`` [N, D] of unit length, ``person`` [N]. Who has no second picture in the batch is only somebody else to the others.
    """
    similar = embedding @ embedding.T / temperature
    self_mask = torch.eye(len(person), dtype=torch.bool)
    similar = similar.masked_fill(self_mask, -1e9)
    chance = similar - torch.logsumexp(similar, 1, keepdim=True)
    same = (person[:, None] == person[None]) & ~self_mask
    count = same.sum(1)
    told = count > 0
    if not told.any():
        return embedding.sum() * 0
    return -((chance * same).sum(1)[told] / count[told]).mean()


def visibility(logits: torch.Tensor, shown: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy on the share that is seen, sharpened about a half, over the regions that are ``known``."""
    target = torch.sigmoid((shown - 0.5) * 12)
    loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return (loss * known).sum() / known.sum().clamp_min(1)


def eye(
    raw: torch.Tensor, gaze: torch.Tensor, aperture: torch.Tensor, closed: torch.Tensor, seen: torch.Tensor, looks: torch.Tensor
) -> torch.Tensor:
    """Of eyes, (N, 8) and (N, ...): angles by their distance, which is also what ``spread`` learns to expect (a Laplace likelihood); lids; whether the eye is seen."""
    weight = looks.to(raw.dtype)
    error = raw[:, :4] - gaze / DEGREES
    view = torch.sqrt((error[:, :2] ** 2).sum(1) + 1e-4)
    head = torch.sqrt((error[:, 2:] ** 2).sum(1) + 1e-4)
    spread = raw[:, 4].clamp(-4, 2)
    likely = spread + view.detach() * torch.exp(-spread)
    angles = ((view + 0.7 * head + 0.2 * likely) * weight).sum() / weight.sum().clamp_min(1)
    shown = seen.to(raw.dtype)
    lids = (F.smooth_l1_loss(raw[:, 5], aperture, beta=0.05, reduction="none") * shown).sum() / shown.sum().clamp_min(1)
    shut = (
        F.binary_cross_entropy_with_logits(raw[:, 6], closed.to(raw.dtype), reduction="none") * shown
    ).sum() / shown.sum().clamp_min(1)
    hidden = F.binary_cross_entropy_with_logits(raw[:, 7], shown)
    return 2 * angles + 4 * lids + 0.2 * shut + 0.2 * hidden
