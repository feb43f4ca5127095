"""What a trained network says of photographs, for the next one to learn from beside their votes.

A face and its mirror image are read and the two answers averaged: that is better than either, too dear at run time, and can be
learnt. Ten votes are a coarse witness, too, and what a network holds likely is a smoother one.

    python -m norface_training.train.tell CHECKPOINT --cache CACHE ferplus_train

writes ``NAME_told`` with the fields ``emotion`` (8,) float32, probabilities, and ``au`` (20,), ``left`` (14,), ``right`` (14,) float32,
intensities 0-5 before calibration, for each row of the set (equal probabilities and zero where no face was found).
``data.told_share`` says how much of an emotion's label they make up, ``data.trust`` whose intensities are taken for which unit; ``targets
--as-read`` draws the common person by the intensities. With ``--pictures`` it has ``target`` (s, s) uint8 as well, the normalized face, which
photographs without targets of their own then teach: whoever goes on from a network keeps what it drew. ``--as units`` writes ``NAME_units`` instead, so that two networks can be heard.
CHECKPOINT may be a bundle's folder; one that has graphs only needs ``--config`` for its shapes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np
import torch

from ..data.shards import ShardedSet, ShardError, ShardWriter
from ..data.sources import SourceError, folder
from ..export.__main__ import load_model
from ..export.weights import WeightsError
from ..labels import EMOTIONS
from ..networks import Norface
from . import checkpoint
from .augment import mirror, plain
from .checkpoint import CheckpointError
from .config import ConfigError, load_config
from .pools import geometry_of
from .validation import read_batch

ROWS = 1000


@torch.no_grad()
def tell(
    model: Norface, crops: torch.Tensor, geometry: torch.Tensor, batch: int = 128, read: str = "mixture", mirrored: bool = True
) -> dict[str, torch.Tensor]:
    """Probabilities of the emotions and intensities, by field, for crops ``[N, S, S]`` uint8 and scaled geometry ``[N, 3P]``; ``read`` as a
    stage has it; the mean of a face and its mirror image if ``mirrored``."""
    told = []
    for start in range(0, len(crops), batch):
        face = plain(crops[start : start + batch], model.config.input_size)
        shaped = geometry[start : start + batch].float()
        here = there = read_batch(model, face, shaped, read)
        if mirrored:
            there = read_batch(model, face.flip(-1), mirror(shaped), read)
        (au, left, right), (other_au, other_left, other_right) = here.intensities(), there.intensities()
        if not mirrored:
            other_left, other_right = right, left
        pairs = (torch.softmax(here.emotion, 1), torch.softmax(there.emotion, 1)), (au, other_au), (left, other_right), (right, other_left)
        told.append([0.5 * (a + b) for a, b in pairs])
    return {name: torch.cat(parts) for name, parts in zip(("emotion", "au", "left", "right"), zip(*told, strict=True), strict=True)}


@torch.no_grad()
def draw(model: Norface, crops: torch.Tensor, batch: int = 128) -> np.ndarray:
    """The normalized faces ``[N, s, s]`` uint8 of crops ``[N, S, S]`` uint8."""
    drawn = [model.normalizer(model.encoder(plain(part, model.config.input_size))).squeeze(1) for part in crops.split(batch)]
    return (torch.cat(drawn).clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def fingerprint(path: Path) -> str:
    """What tells a checkpoint, or the bundle in a folder, from others."""
    if path.is_dir():
        return hashlib.sha256((path / "bundle.json").read_bytes()).hexdigest()[:16]
    return checkpoint.load(path)["fingerprint"]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--config", type=Path, help="the shapes of a bundle that has graphs only")
    parser.add_argument("--as", dest="name", default="told", help="what is written after the set's name (told)")
    parser.add_argument("--read", default="mixture", choices=("mixture", "original"), help="what is asked: a network of which only the "
                        "encoder has learned knows the original")  # fmt: skip
    parser.add_argument("--once", action="store_true", help="the face alone, not its mirror image too: half the work")
    parser.add_argument("--pictures", action="store_true", help="the normalized faces too")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        shapes = load_config(options.config).network if options.config else None
        cache, model = folder(options.cache, "NORFACE_CACHE"), load_model(options.checkpoint, shapes)
        # Checkpoints of two runs may have one name.
        facts = {"checkpoint": options.checkpoint.name, "fingerprint": fingerprint(options.checkpoint)}
        facts |= {"once": True} if options.once else {}
        for name in options.sets:
            source = ShardedSet(cache / name)
            crops = source["crop"]
            found = source["found"] > 0 if "found" in source.fields else np.ones(len(source), bool)  # rendered people are always there
            geometry = geometry_of(source, slice(None))
            writer = ShardWriter(cache / f"{name}_{options.name}", facts | {"source": name})
            while writer.count < len(source):
                rows = np.arange(writer.count, min(writer.count + ROWS, len(source)))
                told = tell(model, torch.from_numpy(crops[rows]), geometry[rows], read=options.read, mirrored=not options.once)
                pictures = {"target": draw(model, torch.from_numpy(crops[rows])) * found[rows, None, None].astype(np.uint8)} if options.pictures else {}
                unknown = {"emotion": np.float32(1 / len(EMOTIONS))}
                writer.append(**pictures, **{
                    key: np.where(found[rows, None], value.numpy(), unknown.get(key, np.float32(0))) for key, value in told.items()
                })  # fmt: skip
                print(f"{name}_{options.name} {writer.count}/{len(source)}", flush=True)
    except (ShardError, SourceError, CheckpointError, ConfigError, WeightsError, OSError) as error:
        sys.exit(f"tell: {error}")


if __name__ == "__main__":
    main()
