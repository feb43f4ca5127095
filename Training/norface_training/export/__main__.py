"""Make a bundle of a checkpoint: ``python -m norface_training.export CHECKPOINT FOLDER --name norface-s --version 0.1.0``.

Calibration, thresholds and temperature are fitted on the held-out parts of the run's sets, the emotions' offsets on the part of
FER+ that was learned from (none with ``--no-offsets``: a network that knows that part better than the rest is not helped by them).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from ..data.shards import ShardError
from ..data.sources import SourceError, folder
from ..labels import EMOTIONS, majority_labels
from ..networks import NetworkConfig, Norface
from ..train import checkpoint
from ..train.checkpoint import CheckpointError
from ..train.config import ConfigError, load_config
from ..train.pools import Pool
from ..train.run import load_pools
from ..train.validation import predict
from . import people, weights
from .bundle import export_bundle, write_json
from .calibrate import calibrate, emotion_offsets, temperature
from .weights import WeightsError


def load_model(path: Path, shapes: NetworkConfig | None = None) -> Norface:
    """The network of a checkpoint, or of a bundle's folder, in eval mode. The read-out of landmarks, which only training uses, may be absent.

    ``shapes`` are needed for a bundle that has graphs only.
    """
    if path.is_dir():
        return weights.load(path, shapes)
    content = checkpoint.load(path)
    if "network" not in content:
        raise CheckpointError(f"{path}: does not say what network it holds")
    model = Norface(NetworkConfig.from_dict(content["network"]))
    missing = [name for name in checkpoint.load_weights(model, content["model"], path) if not name.startswith("classifier.points.")]
    if missing:
        raise CheckpointError(f"{path}: lacks {missing[0]}" + (f" and {len(missing) - 1} more" if len(missing) > 1 else ""))
    return model.eval()


def fit(model: Norface, pools: dict[str, Pool]) -> tuple[dict, dict, float]:
    """Calibration, thresholds and temperature from held-out pools. Rendered people, whose truth is exact, count once, photographs
    as far as their labels are trusted, and a third of that."""
    outputs = {name: predict(model, pool) for name, pool in pools.items()}
    raw = np.concatenate([outputs[name]["au"] for name in pools])
    truth = np.concatenate([pool.au.numpy() for pool in pools.values()])
    weight = np.concatenate([pool.au_weight.numpy() / (1 if name == "heads" else 3) for name, pool in pools.items()])
    curves, thresholds = calibrate(raw, truth, weight)
    warm = 1.0
    if "ferplus" in pools:
        known = pools["ferplus"].emotion_weight.numpy() > 0
        warm = temperature(outputs["ferplus"]["emotion"][known], pools["ferplus"].emotion.numpy()[known])
    return curves, thresholds, warm


PEOPLE_SAMPLES = 3000
"""Photographs at most on which thresholds and the reach of curves are fitted for people."""


def fit_people(model: Norface, held: dict[str, Pool], photographs: Pool, former: dict | None = None) -> tuple[dict, dict, float]:
    """Curves of rendered people, stretched to what photographs show plainly, thresholds by photographs' votes, and the temperature. With the
    manifest of a ``former`` bundle its curves and thresholds are begun with, which were fitted on more rendered people than are at hand.

    ``photographs`` are those that were learned from: their votes are all that is asked, and the others are left to judge on.
    """
    curves, before = (former["calibration"], former["thresholds"]) if former else fit(model, {"heads": held["heads"]})[:2]
    known = held["ferplus"].emotion_weight.numpy() > 0
    warm = temperature(predict(model, held["ferplus"])["emotion"][known], held["ferplus"].emotion.numpy()[known])
    clear = np.flatnonzero(np.any(list(people.strong(photographs.votes.numpy()).values()), axis=0))[:PEOPLE_SAMPLES]
    part = photographs.take(torch.from_numpy(clear))
    raw, votes = predict(model, part)["au"], part.votes.numpy()
    curves = people.reach(curves, raw, votes)
    return curves, people.thresholds(curves, raw, votes, before, former is not None), warm


def carry_portrait(former: Path, scratch: Path, manifest: dict) -> bool:
    """Takes over the portrait of the bundle ``former``, which draws from the tokens of the normalizer's encoder: only where that is still the same
    network, bit by bit. The manifest in ``scratch`` names it then; returns whether it does."""
    theirs = json.loads((former / "bundle.json").read_text(encoding="utf-8"))["networks"]
    if "portrait" not in theirs or theirs["normalizer"]["sha256"] != manifest["networks"]["normalizer"]["sha256"]:
        return False
    shutil.copyfile(former / theirs["portrait"]["file"], scratch / theirs["portrait"]["file"])
    manifest["networks"]["portrait"] = theirs["portrait"]
    write_json(scratch / "bundle.json", manifest)
    return True


OFFSET_SAMPLES = 12000
"""Pictures of FER+ on which the emotions' offsets are fitted."""


def offset_emotions(model: Norface, pool: Pool, seed: int = 1) -> np.ndarray:
    """Fits the emotions' offsets on ``pool`` and adds them to ``model``'s last layers, in place; returns them.

    Each label's gate sums to one over the heads, so that an offset of every head is one of the label.
    """
    index = torch.randperm(len(pool), generator=torch.Generator().manual_seed(seed))[:OFFSET_SAMPLES]
    part = pool.take(index)
    offsets = emotion_offsets(predict(model, part)["emotion"], majority_labels(part.votes.numpy()))
    with torch.no_grad():
        for head in model.classifier.output_mixture.heads:
            head[2].bias[-len(EMOTIONS) :] += torch.from_numpy(offsets).float()
    return offsets


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--config", type=Path, help="the run's configuration, for its held-out sets; without it, no calibration")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--name", default="norface-s")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--description", default="Normalizer and mixture-of-experts classifier, small scale")
    parser.add_argument("--no-offsets", action="store_true", help="leave the emotions as they were learned")
    parser.add_argument("--for-people", action="store_true", help="thresholds and the curves' reach by the photographs' votes (see export.people)")
    parser.add_argument("--curves-of", type=Path, help="with --for-people: the folder of a bundle whose curves and thresholds are begun with, and whose portrait "
                        "stays where the normalizer is the same")  # fmt: skip
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        model = load_model(options.checkpoint)
        curves, thresholds, warm = {}, {}, 1.0
        if options.config:
            train, held = load_pools(load_config(options.config), folder(options.cache, "NORFACE_CACHE"))
            if "ferplus" in train and not options.no_offsets:
                offsets = offset_emotions(model, train["ferplus"])
                told = zip(EMOTIONS, offsets, strict=True)
                print("offsets: " + ", ".join(f"{name} {value:+.2f}" for name, value in told))
            if options.for_people and not {"ferplus", "heads"} <= train.keys():
                raise ConfigError(f"{options.config}: --for-people needs ferplus and heads among the run's sets")
            former = json.loads((options.curves_of / "bundle.json").read_text(encoding="utf-8")) if options.curves_of else None
            curves, thresholds, warm = fit_people(model, held, train["ferplus"], former) if options.for_people else fit(model, held)
        # Written elsewhere first: a failed export leaves the bundle that is there.
        with tempfile.TemporaryDirectory() as scratch:
            manifest = export_bundle(
                model, Path(scratch), options.name, options.version, options.description, curves, thresholds, warm
            )
            portrait = options.curves_of is not None and carry_portrait(options.curves_of, Path(scratch), manifest)
            options.folder.mkdir(parents=True, exist_ok=True)
            for file in ("normalizer.onnx", "classifier.onnx", weights.FILE, *(["portrait.onnx"] if portrait else []), "bundle.json"):
                shutil.copyfile(Path(scratch) / file, options.folder / file)
    except (CheckpointError, ConfigError, WeightsError, ShardError, SourceError, OSError, RuntimeError, ValueError) as error:
        sys.exit(f"export: {error}")
    sizes = sum((options.folder / n["file"]).stat().st_size for n in manifest["networks"].values()) / 1e6
    work = sum(n["mflops"] for n in manifest["networks"].values())
    print(f"{options.folder}: {work:.1f} MFLOPs a face, {sizes:.1f} MB")


if __name__ == "__main__":
    main()
