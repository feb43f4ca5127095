"""Muon for the kernels, AdamW for the rest.

K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024): the momentum of a matrix is replaced by the nearest
orthogonal one, so that every direction of a layer learns at one pace. Scaled as J. Liu et al., "Muon is scalable for LLM training" (2025),
so that one learning rate serves both. PyTorch's own ``torch.optim.Muon`` takes plain matrices only, and most of the weights here are
convolutions' kernels.
"""

from __future__ import annotations

import torch

#: Coefficients of the quintic iteration of Jordan et al.: steep at zero, singular values end between 0.7 and 1.2.
QUINTIC = (3.4445, -4.7750, 2.0315)

#: A matrix with a smaller side above this stays with AdamW: the iteration's cost grows with the square of that side.
WIDEST = 200

#: One or two rows or columns have no directions to even out.
NARROWEST = 8


def as_matrix(parameter: torch.Tensor) -> torch.Tensor:
    """A kernel ``[out, in, h, w]`` as ``[out, in * h * w]``."""
    return parameter.reshape(len(parameter), -1)


def suits(parameter: torch.Tensor) -> bool:
    """Whether a parameter is a matrix or kernel that Muon is for."""
    if parameter.ndim < 2:
        return False
    side = min(as_matrix(parameter).shape)
    return NARROWEST <= side <= WIDEST


def orthogonal(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Near the orthogonal factor ``U V^T`` of ``matrix = U S V^T``, by Newton and Schulz's iteration.

    Each round multiplies by a polynomial of ``X X^T``; all rounds are gathered in one square matrix of the smaller side, so that
    the longer side takes part in two products only.
    """
    a, b, c = QUINTIC
    x = matrix.float()
    turned = len(x) > x.shape[1]
    x = x.T if turned else x
    x = x / (x.norm() + 1e-7)
    gram, rounds = x @ x.T, torch.eye(len(x), device=x.device)
    for _ in range(steps):
        square = rounds @ gram @ rounds
        factor = b * square + c * square @ square
        factor.diagonal().add_(a)
        rounds = factor @ rounds
    x = rounds @ x
    return x.T if turned else x


class Muon(torch.optim.AdamW):
    """AdamW whose groups with ``muon: True`` take Muon's steps instead, with Nesterov's momentum ``momentum``."""

    def __init__(self, groups: list[dict], momentum: float = 0.95, **adam):
        super().__init__(groups, **adam)
        self.momentum = momentum

    @torch.no_grad()
    def step(self, closure=None):
        held = [(group, group["params"]) for group in self.param_groups if group.get("muon")]
        for group, parameters in held:
            for parameter in parameters:
                if parameter.grad is not None:
                    self._turn(group, parameter)
            group["params"] = []
        try:
            return super().step(closure)
        finally:
            for group, parameters in held:
                group["params"] = parameters

    def _turn(self, group: dict, parameter: torch.Tensor) -> None:
        state = self.state[parameter]
        if not state:
            # AdamW looks for a step count in every state that it reads back.
            state["step"], state["momentum"] = torch.zeros(()), torch.zeros_like(parameter)
        state["step"] += 1
        mean = state["momentum"].lerp_(parameter.grad, 1 - self.momentum)
        update = as_matrix(parameter.grad.lerp(mean, self.momentum))
        scale = 0.2 * max(update.shape) ** 0.5
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(orthogonal(update).reshape(parameter.shape), alpha=-group["lr"] * scale)


def split(parameters: list[torch.nn.Parameter]) -> tuple[list, list]:
    """Those that suit Muon, and the rest."""
    return [p for p in parameters if suits(p)], [p for p in parameters if not suits(p)]
