"""Deepen the encoder of a checkpoint by layers that change nothing yet, so that a longer run can begin from a shallower one.

    python -m norface_training.train.deepen CHECKPOINT --after 2 --count 2 --out DEEPER

A new layer starts as the identity: its 3x3 and 1x1 kernels are zero, its identity branch one (T. Chen et al., "Net2Net", ICLR
2016), and its batch norm's scale and shift are the mean and spread that its input has, so that it is the identity in training too.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

import torch

from . import checkpoint
from .checkpoint import CheckpointError

LAYER = re.compile(r"(encoder\.layers\.)(\d+)(\..+)")


def rectified_moments(shift: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance of max(0, x) for x normal with mean ``shift`` and deviation ``scale``, element by element."""
    scale = scale.abs().clamp_min(1e-6)
    z = shift / scale
    below = 0.5 * (1 + torch.erf(z / math.sqrt(2)))
    density = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    mean = shift * below + scale * density
    square = (shift * shift + scale * scale) * below + shift * scale * density
    return mean, (square - mean * mean).clamp_min(1e-4)


def deepen(state: dict[str, torch.Tensor], after: int, count: int, epsilon: float = 1e-5) -> dict[str, torch.Tensor]:
    """The weights with ``count`` layers of the same width put in behind encoder layer ``after`` (from 0).

    ``ValueError`` where the encoder has no such layer.
    """
    prefix = f"encoder.layers.{after}."
    if prefix + "norm.weight" not in state:
        raise ValueError(f"the encoder has no layer {after} of convolutions")
    mean, variance = rectified_moments(state[prefix + "norm.bias"].float(), state[prefix + "norm.weight"].float())
    width = len(mean)
    new = {
        "kernel3": torch.zeros(width, width, 3, 3),
        "kernel1": torch.zeros(width, width, 1, 1),
        "identity": torch.ones(width),
        "norm.weight": torch.sqrt(variance + epsilon),
        "norm.bias": mean,
        "norm.running_mean": mean,
        "norm.running_var": variance,
        "norm.num_batches_tracked": torch.zeros((), dtype=torch.long),
    }
    result = {}
    for key, value in state.items():
        match = LAYER.fullmatch(key)
        if match and int(match[2]) > after:
            key = f"{match[1]}{int(match[2]) + count}{match[3]}"
        result[key] = value
    for number in range(after + 1, after + 1 + count):
        result |= {f"encoder.layers.{number}.{name}": value.clone() for name, value in new.items()}
    return result


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--after", type=int, required=True, help="number of the layer, from 0, behind which the new ones come")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        if options.count < 1:
            raise ValueError(f"--count must be at least 1, not {options.count}")
        if options.out.exists():
            raise ValueError(f"{options.out} exists already; nothing was changed")
        content = checkpoint.load(options.checkpoint)
        state = deepen(content["model"], options.after, options.count)
        network = content.get("network") or {}
        layers = [list(layer) for layer in network.get("encoder", {}).get("layers", [])]
        if layers:
            layers[options.after + 1 : options.after + 1] = [[layers[options.after][0], 1]] * options.count
            network["encoder"]["layers"] = layers
        checkpoint.save(options.out, {"fingerprint": content["fingerprint"], "model": state, "network": network})
        print(f"{options.out}: encoder layers {layers}")
    except (CheckpointError, ValueError, OSError) as error:
        sys.exit(f"deepen: {error}")


if __name__ == "__main__":
    main()
