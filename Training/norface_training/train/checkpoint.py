"""Checkpoints: written whole or not at all, and refused by any other configuration."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn

FORMAT = 2
"""2: a mixture's gates count as many times as it has experts or heads. 1, and checkpoints that say nothing: they summed to one."""


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be used; the message names the file and what to do."""


def save(path: Path, content: dict) -> None:
    """Writes beside ``path``, with ``FORMAT``, and renames: a stop in the middle leaves the former checkpoint."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    with open(partial, "wb") as file:
        torch.save(content | {"format": FORMAT}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def load(path: Path, fingerprint: str | None = None) -> dict:
    """Reads a checkpoint; with ``fingerprint``, to go on with its run, one of another configuration or format is a ``CheckpointError``.

    Without, the weights of an older format are rewritten to say what they said.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such checkpoint") from error
    except Exception as error:
        raise CheckpointError(f"{path}: not a readable checkpoint: {error}") from error
    if not isinstance(content, dict) or "model" not in content or "fingerprint" not in content:
        raise CheckpointError(f"{path}: not a checkpoint of this program")
    if fingerprint is not None and content["fingerprint"] != fingerprint:
        raise CheckpointError(
            f"{path}: written under another configuration ({content['fingerprint']}, this one is {fingerprint}); "
            "nothing was changed. Give the run another folder, or the configuration it was begun with"
        )
    if content.get("format", 1) < FORMAT:
        if fingerprint is not None:
            raise CheckpointError(f"{path}: of an older version of this program, which this one cannot go on with; nothing was changed")
        content |= {key: _gates_that_count(content[key]) for key in ("model", "average") if content.get(key)}
    return content


def _gates_that_count(state: dict) -> dict:
    """Weights of format 1 with those that a mixture's gates weigh divided by how often they count now."""
    experts = state.get("classifier.input_mixture.gate.bias", ())
    heads = {key.split(".")[3] for key in state if key.startswith("classifier.output_mixture.heads.")}
    scales = {f"classifier.output_mixture.heads.{head}.2.weight": len(heads) for head in heads}
    scales["classifier.input_mixture.out.weight"] = len(experts)
    return {key: value / scales[key] if key in scales else value for key, value in state.items()}


def load_weights(model: nn.Module, state: dict, path: Path) -> list[str]:
    """Loads the weights that fit by name and shape; returns the names that did not. None fitting is an error."""
    own = model.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    if not fitting:
        raise CheckpointError(f"{path}: none of its weights fits the network of this configuration")
    model.load_state_dict(fitting, strict=False)
    return sorted(set(own) - set(fitting))


class Average:
    """An exponential moving average of a model's state; the averaged weights are what is validated and shipped.

    Early on the decay is (1 + t) / (10 + t), so that the start is soon forgotten.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.decay, self.steps = decay, 0
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    def update(self, model: nn.Module) -> None:
        self.steps += 1
        rate = 1 - min(self.decay, (1 + self.steps) / (10 + self.steps))
        for key, value in model.state_dict().items():
            kept = self.state[key]
            if kept.is_floating_point():
                kept.lerp_(value.detach().to(kept.dtype), rate)
            else:
                kept.copy_(value)
