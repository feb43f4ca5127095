"""A bundle goes on with labelled pictures of one's own.

    python -m norface_training make --from ../Models/norface-s --labels FOLDER/labels.csv --mesh face_landmark.tflite --out NEW

The classifier learns on; encoder and normalizer stay as they are, so that what the normalized face shows and hides of a person does, too. Of what
the table does not say the labels are what the bundle says itself, at a small weight. One in five people is set aside: ``NEW/figures.json`` has how the
bundle before and the new one read them. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from .. import metrics
from ..data.shards import ShardError
from ..evaluate.bundle import Bundle, BundleError
from ..export import weights
from ..export.__main__ import carry_portrait
from ..export.bundle import export_bundle, write_json
from ..export.weights import WeightsError
from ..labels import AUS, EMOTIONS
from ..train import checkpoint
from ..train.blend import blend
from ..train.checkpoint import CheckpointError
from ..train.config import PARTS, ConfigError, parse_config
from ..train.pools import split_by_identity
from ..train.run import Stopped, Trainer
from .faces import read_faces
from .learn import SET, own_pool, recipe
from .table import TableError, read_table

FEWEST = 20
"""Faces below which nothing is learned."""

PRESENT = 1.0
"""The intensity from which on a label says that a unit shows."""


def measures(bundle: Bundle, crops: np.ndarray, geometry: np.ndarray, truth: dict[str, np.ndarray]) -> dict:
    """How a bundle reads faces whose labels are known: ICC(3,1) and F1 of ``present`` by unit and in the mean, accuracy and macro-F1 of the emotions."""
    told = bundle.predict(crops, geometry)
    units = {}
    for i, name in enumerate(AUS):
        known = np.isfinite(truth["au"][:, i])
        real, said = truth["au"][known, i], told["au"][known, i]
        if known.sum() >= FEWEST and real.std() > 0 and (real >= PRESENT).any():
            units[name] = {
                "icc": metrics.icc_3_1(real, said),
                "f1": metrics.f1(real >= PRESENT, said >= bundle.manifest["thresholds"][name]["on"]),
            }
    result: dict = {"faces": len(crops), "units": units}
    if units:
        result |= {key: float(np.mean([unit[key] for unit in units.values()])) for key in ("icc", "f1")}
    known = truth["emotion"] >= 0
    if known.any():
        real, said = truth["emotion"][known], told["emotion"][known].argmax(1)
        result |= {"accuracy": metrics.accuracy(real, said), "macro_f1": metrics.macro_f1(real, said, len(EMOTIONS))}
    return result


def make(bundle: Path, labels: Path, mesh: Path, out: Path, name: str, version: str, steps: int, share: float) -> dict:
    """The whole way; returns the figures before and after of the people set aside."""
    table, manifest = read_table(labels), json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    network, former = weights.read(bundle)
    source = read_faces(table, mesh, out / "faces", network.input_size)
    model = weights.load(bundle)
    pool, rows = own_pool(model, table, source, manifest["calibration"])
    if len(pool) < FEWEST:
        raise TableError(f"{labels}: {len(pool)} faces with labels were found; at least {FEWEST} are needed")
    train, held = split_by_identity(pool, 0.2)
    apart = rows[np.isin(table.people[rows], held.identity.numpy())]
    if not len(train):
        raise TableError(f"{labels}: all pictures are of one person; people are needed to set aside")
    run = out / "run"
    run.mkdir(exist_ok=True)
    last = Trainer(parse_config(recipe(network.to_dict(), steps)), run, {SET: train}, {SET: held}, bundle).run()
    own = checkpoint.load(last)["model"]
    former = {key: own[key] for key in own if key.startswith(weights.ONLY_TRAINING)} | former
    model.load_state_dict(blend(former, own, share, PARTS), strict=False)
    new = export_bundle(
        model.eval(), out, name, version, f"{manifest['description']}; goes on from {manifest['name']} {manifest['version']}",
        manifest["calibration"], manifest["thresholds"], manifest["emotion_temperature"],
    )  # fmt: skip
    carry_portrait(bundle, out, new)
    truth = {"au": table.au[apart], "emotion": table.emotion[apart]}
    faces = held.crop.numpy(), held.geometry.float().numpy()
    figures = {key: measures(Bundle(folder), *faces, truth) for key, folder in (("before", bundle), ("after", out))}
    write_json(
        out / "figures.json",
        {"from": f"{manifest['name']} {manifest['version']}", "learned_from": len(train), "share": share} | figures,
    )
    return figures


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m norface_training make", description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="bundle", type=Path, required=True, help="the folder of the bundle that is gone on from")
    parser.add_argument(
        "--labels", type=Path, required=True, help="the table (see make/table.py); pictures of one face each lie beside it"
    )
    parser.add_argument("--mesh", type=Path, required=True, help="face_landmark.tflite")
    parser.add_argument("--out", type=Path, required=True, help="the new bundle's folder")
    parser.add_argument("--name", default="own")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument(
        "--share",
        type=float,
        default=0.8,
        help="how far to go to what was learned, 0 to 1: farther is better at these pictures, and worse at others",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        if not 0 <= options.share <= 1 or options.steps < 1:
            raise ConfigError("--share must lie between 0 and 1, and --steps be at least 1")
        figures = make(
            options.bundle,
            options.labels,
            options.mesh,
            options.out,
            options.name,
            options.version,
            options.steps,
            options.share,
        )
    except (
        TableError,
        BundleError,
        CheckpointError,
        ConfigError,
        WeightsError,
        ShardError,
        Stopped,
        OSError,
        ValueError,
    ) as error:
        sys.exit(f"make: {error}")
    for key in ("icc", "f1", "accuracy", "macro_f1"):
        if key in figures["before"]:
            print(
                f"{key}: {figures['before'][key]:.3f} before, {figures['after'][key]:.3f} after ({figures['after']['faces']} faces of people set aside)"
            )
