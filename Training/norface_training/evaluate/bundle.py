"""Runs a bundle as the daemon does, in onnxruntime."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime

from ..labels import AUS, SIDES


class BundleError(ValueError):
    """A bundle that cannot be used; the message names the file."""


class Bundle:
    """The networks and the manifest of a bundle's folder. Hashes are checked."""

    def __init__(self, folder: Path | str, threads: int = 1):
        self.folder = Path(folder)
        try:
            self.manifest = json.loads((self.folder / "bundle.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise BundleError(f"{self.folder / 'bundle.json'}: {error}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        self.sessions = {}
        for key, entry in self.manifest["networks"].items():
            file = self.folder / entry["file"]
            if not file.exists() or hashlib.sha256(file.read_bytes()).hexdigest() != entry["sha256"]:
                raise BundleError(f"{file}: missing, or not the file that bundle.json was written for")
            self.sessions[key] = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self.points = self.manifest["geometry"]["points"]
        self.scale = self.manifest["geometry"]["scale"]

    def predict(self, crops: np.ndarray, geometry: np.ndarray, batch: int = 64, calibrated: bool = True) -> dict[str, np.ndarray]:
        """Outputs for crops ``[N, S, S]`` uint8 and scaled geometry ``[N, 3P]``: ``au``, ``left``, ``right``, ``emotion`` (logits),
        ``gate`` and ``normalized`` ``[N, s, s]`` (0-1)."""
        names = ["au", "left", "right", "emotion", "gate"]
        parts: dict[str, list] = {k: [] for k in [*names, "normalized"]}
        for start in range(0, len(crops), batch):
            rows = slice(start, start + batch)
            face = crops[rows, None].astype(np.float32) / 255
            tokens, normalized = self.sessions["normalizer"].run(["tokens", "normalized"], {"face": face})
            feeds = {"tokens": tokens, "normalized": normalized, "geometry": geometry[rows].astype(np.float32)}
            for name, value in zip(names, self.sessions["classifier"].run(names, feeds), strict=True):
                parts[name].append(value)
            parts["normalized"].append(normalized[:, 0])
        result = {key: np.concatenate(value) for key, value in parts.items()}
        return self.calibrate(result) if calibrated else result

    def calibrate(self, outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Applies the manifest's calibration to the units and their sides."""
        outputs = dict(outputs)
        for key, labels in (("au", AUS), ("left", SIDES), ("right", SIDES)):
            columns = []
            for i, label in enumerate(labels):
                curve = self.manifest["calibration"].get(label)
                column = outputs[key][:, i]
                columns.append(np.interp(column, curve["x"], curve["y"]) if curve else column)
            outputs[key] = np.stack(columns, 1).astype(np.float32)
        return outputs
