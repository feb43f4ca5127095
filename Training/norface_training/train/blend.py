"""The weighted mean of two checkpoints' weights, where one was trained on from the other.

    python -m norface_training.train.blend FROM TO --share 0.6 --parts encoder classifier --out BLENDED

M. Wortsman et al., "Model soups", ICML 2022. Weights trained on from the same start lie in one basin, and their mean keeps some of what
each does best. Parts that are not named are those of TO. Averaged weights are taken where a checkpoint has both. FROM may be a bundle's folder:
what only training uses, which no bundle has, is then TO's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from ..export import weights
from ..export.weights import WeightsError
from . import checkpoint
from .checkpoint import CheckpointError
from .config import PARTS


def blend(
    first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], share: float, parts: tuple[str, ...]
) -> dict[str, torch.Tensor]:
    """``(1 - share) first + share second`` in ``parts``, ``second`` elsewhere.

    Raises ``CheckpointError`` where a weight of ``parts`` is missing from ``first`` or has another shape.
    """
    result = {}
    for name, value in second.items():
        if name.split(".")[0] in parts and value.is_floating_point():
            if name not in first or first[name].shape != value.shape:
                raise CheckpointError(f"{name} is not the same weight in both checkpoints")
            value = torch.lerp(first[name], value, share)
        result[name] = value
    return result


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path, metavar="FROM")
    parser.add_argument("second", type=Path, metavar="TO")
    parser.add_argument("--share", type=float, default=0.5, help="how much of TO, 0 to 1 (default 0.5)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        if not 0 <= options.share <= 1:
            raise ValueError(f"--share must lie between 0 and 1, not {options.share}")
        if options.out.exists():
            raise ValueError(f"{options.out} exists already; nothing was changed")
        second = checkpoint.load(options.second)
        own = second.get("average") or second["model"]
        if options.first.is_dir():
            former = {key: own[key] for key in own if key.startswith(weights.ONLY_TRAINING)} | weights.read(options.first)[1]
        else:
            first = checkpoint.load(options.first)
            former = first.get("average") or first["model"]
        state = blend(former, own, options.share, tuple(options.parts))
        content = {"fingerprint": second["fingerprint"], "model": state, "network": second.get("network") or {}}
        checkpoint.save(options.out, content)
        print(f"{options.out}: {options.share} of {options.second.name} in {', '.join(options.parts)}")
    except (CheckpointError, WeightsError, ValueError, OSError) as error:
        sys.exit(f"blend: {error}")


if __name__ == "__main__":
    main()
