"""What a trained network says of photographs, for the next one to learn from beside their votes.

A face and its mirror image are read and the two answers averaged: that is better than either, too dear at run time, and can be
learnt. Ten votes are a coarse witness, too, and what a network holds likely is a smoother one.

    python -m norface_training.train.tell CHECKPOINT --cache CACHE ferplus_train

writes ``NAME_told`` with the fields ``emotion`` (8,) float32, probabilities, and ``au`` (20,), ``left`` (14,), ``right`` (14,) float32,
intensities 0-5 before calibration, for each row of the set (equal probabilities and zero where no face was found).
``data.told_share`` says how much of an emotion's label they make up; ``targets --as-read`` draws the common person by the intensities.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from ..data.shards import ShardedSet, ShardError, ShardWriter
from ..data.sources import SourceError, folder
from ..export.__main__ import load_model
from ..labels import EMOTIONS
from ..networks import Norface
from . import checkpoint
from .augment import mirror, plain
from .checkpoint import CheckpointError
from .pools import geometry_of

ROWS = 1000


@torch.no_grad()
def tell(model: Norface, crops: torch.Tensor, geometry: torch.Tensor, batch: int = 128) -> dict[str, torch.Tensor]:
    """Probabilities of the emotions and intensities, by field, for crops ``[N, S, S]`` uint8 and scaled geometry ``[N, 3P]``."""
    told = []
    for start in range(0, len(crops), batch):
        face = plain(crops[start : start + batch], model.config.input_size)
        shaped = geometry[start : start + batch].float()
        here, there = model(face, shaped)[0], model(face.flip(-1), mirror(shaped))[0]
        (au, left, right), (other_au, other_left, other_right) = here.intensities(), there.intensities()
        pairs = (torch.softmax(here.emotion, 1), torch.softmax(there.emotion, 1)), (au, other_au), (left, other_right), (right, other_left)
        told.append([0.5 * (a + b) for a, b in pairs])
    return {name: torch.cat(parts) for name, parts in zip(("emotion", "au", "left", "right"), zip(*told, strict=True), strict=True)}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        cache, model = folder(options.cache, "NORFACE_CACHE"), load_model(options.checkpoint)
        # Checkpoints of two runs may have one name.
        facts = {"checkpoint": options.checkpoint.name, "fingerprint": checkpoint.load(options.checkpoint)["fingerprint"]}
        for name in options.sets:
            source = ShardedSet(cache / name)
            crops, found = source["crop"], source["found"] > 0
            geometry = geometry_of(source, slice(None))
            writer = ShardWriter(cache / f"{name}_told", facts | {"source": name})
            while writer.count < len(source):
                rows = np.arange(writer.count, min(writer.count + ROWS, len(source)))
                told = tell(model, torch.from_numpy(crops[rows]), geometry[rows])
                unknown = {"emotion": np.float32(1 / len(EMOTIONS))}
                writer.append(**{
                    name: np.where(found[rows, None], value.numpy(), unknown.get(name, np.float32(0))) for name, value in told.items()
                })  # fmt: skip
                print(f"{name}_told {writer.count}/{len(source)}", flush=True)
    except (ShardError, SourceError, CheckpointError, OSError) as error:
        sys.exit(f"tell: {error}")


if __name__ == "__main__":
    main()
