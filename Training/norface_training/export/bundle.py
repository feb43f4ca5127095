"""Writes a bundle: two networks and ``bundle.json`` as ``Documentation/Bundle.md`` has it."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from datetime import date
from pathlib import Path

import torch

from ..labels import AUS, EMOTIONS, SIDES
from ..networks import ClassifierGraph, Norface, NormalizerGraph
from ..networks.points import GEOMETRY_POINTS, GEOMETRY_SCALE
from . import weights
from .onnx import count_mflops, export_graph

CLASSIFIER_OUTPUTS = ["au", "left", "right", "emotion", "gate"]
DEFAULT_THRESHOLD = {"on": 1.0, "off": 0.7}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_json(path: Path, value: dict) -> None:
    """Replaces ``path`` at once: a reader sees the old or the new file, never a part."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False, encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def export_bundle(
    model: Norface,
    folder: Path,
    name: str,
    version: str,
    description: str,
    calibration: dict | None = None,
    thresholds: dict | None = None,
    temperature: float = 1.0,
) -> dict:
    """Folds ``model``, writes both networks, the weights to train on from and ``bundle.json`` into ``folder``; returns what was written.

    The model must read geometry of ``GEOMETRY_POINTS`` and the normalized face, as the bundle's contract does.
    """
    config = model.config
    if config.geometry_points != len(GEOMETRY_POINTS):
        raise ValueError(f"a bundle's geometry has {len(GEOMETRY_POINTS)} points, the model reads {config.geometry_points}")
    missing = {"original", "normalized", "geometry"} - set(config.classifier.representations)
    if missing:
        raise ValueError(f"a bundle's classifier reads original, normalized and geometry; missing {sorted(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    deployed = model.deployed()
    face = torch.rand(1, 1, config.input_size, config.input_size)
    geometry = torch.randn(1, 3 * config.geometry_points) * 0.3
    first = NormalizerGraph(deployed).eval()
    export_graph(first, {"face": face}, ["tokens", "normalized"], folder / "normalizer.onnx")
    with torch.no_grad():
        tokens, normalized = first(face)
    inputs = {"tokens": tokens, "normalized": normalized, "geometry": geometry}
    export_graph(ClassifierGraph(deployed).eval(), inputs, CLASSIFIER_OUTPUTS, folder / "classifier.onnx")
    manifest = {
        "format": 1,
        "name": name,
        "version": version,
        "description": description,
        "created": date.today().isoformat(),
        "licence": "MIT",
        "input": {"size": config.input_size, "alignment": "anchors-8"},
        "geometry": {"points": list(GEOMETRY_POINTS), "scale": GEOMETRY_SCALE},
        "labels": {"au": list(AUS), "sides": list(SIDES), "emotions": list(EMOTIONS)},
        "networks": {
            key: {
                "file": f"{key}.onnx",
                "sha256": sha256(folder / f"{key}.onnx"),
                "mflops": round(count_mflops(folder / f"{key}.onnx"), 2),
            }
            for key in ("normalizer", "classifier")
        },
        "weights": weights.write(model, folder),
        "normalized": {"size": config.normalized_size},
        "calibration": calibration or {},
        "thresholds": {au: (thresholds or {}).get(au, DEFAULT_THRESHOLD) for au in AUS},
        "emotion_temperature": round(float(temperature), 4),
        "smoothing": {},
    }
    write_json(folder / "bundle.json", manifest)
    return manifest
