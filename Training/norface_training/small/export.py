"""Export trained networks, with every figure: ``python -m norface_training.small.export RUN... --cache CACHE --test world-test --out FOLDER``.

Each RUN is a folder of ``small.train`` with ``best.pt``. FOLDER gets ``identity.onnx``, ``visibility.onnx``, ``gaze.onnx`` (of the runs named),
``faces.json`` (inputs, outputs, digests, thresholds) and ``MODEL_CARD.md``.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..data.shards import ShardedSet, ShardError
from ..data.sources import SourceError, folder
from ..export.onnx import check_parity, count_mflops, export_graph, operators
from ..networks.blocks import fold_
from ..world.regions import REGIONS
from . import card, gather, measure, pools
from .networks import EYE_OUTPUTS, OUTPUTS, build, example

#: Version of ``faces.json``.
FORMAT = 1


def load_run(run: Path) -> tuple[nn.Module, dict, int]:
    """The averaged weights, folded; the configuration; the step. Raises ``SourceError`` naming the file."""
    file = run / "best.pt"
    try:
        state = torch.load(file, weights_only=True)
    except FileNotFoundError:
        raise SourceError(f"{file}: no such checkpoint") from None
    facts = json.loads(state["facts"])
    network = build(facts["task"])
    network.load_state_dict(state["average"])
    return fold_(network.eval()), facts, int(state["step"])


def graph(network: nn.Module, task: str, file: Path) -> dict:
    """Writes one graph and says what it is."""
    torch.manual_seed(0)
    inputs, output = example(task), OUTPUTS[task]
    export_graph(network, inputs, [output], file)
    out = {
        "file": file.name,
        "inputs": {name: ["N", *value.shape[1:]] for name, value in inputs.items()},
        "output": output,
        "mflops": round(count_mflops(file), 2),
        "bytes": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "parity": float(f"{check_parity(network, inputs, [output], file):.1e}"),
        "operators": operators(file),
    }
    if task == "gaze":
        out["state"] = list(EYE_OUTPUTS)
    if task == "visibility":
        out["regions"] = list(REGIONS)
    return out


def figures_of(network: nn.Module, facts: dict, options: argparse.Namespace, cache: Path, found: list) -> tuple[dict, dict]:
    """Figures and thresholds of a task's network."""
    photographs = facts["photographs"]
    if facts["task"] == "identity":
        figures, thresholds = measure.identity(network, cache, options.test, photographs)
        if found:
            strangers = None
            if photographs:
                photos = pools.photographs(cache, photographs, ("crop", "plain"))
                rows = np.flatnonzero((photos["plain"] == 1) & (photos.person % 10 == 0))
                _, first = np.unique(photos.person[rows], return_index=True)
                strangers = photos["crop"][rows[first]][:200]
            for name in ("sure", "alike", "unlike"):
                cosine = 1 - thresholds[name] ** 2 / 2
                figures[f"clips, {name} ({thresholds[name]:.2f})"] = gather.joins(network, found, strangers, cosine)
        return figures, thresholds
    if facts["task"] == "visibility":
        figures, threshold = measure.visibility(network, cache, options.test, photographs)
        return figures, {"hidden_below": threshold}
    figures = {"rendered people never seen": measure.gaze(network, cache, options.test)}
    if found and options.irises:
        figures |= {f"clip {name}": row for name, row in gather.gaze(network, found, options.irises).items()}
    return figures, {"closed_from": 0.5, "seen_from": 0.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--test", default="world-test", help="rendered set of people never learned from")
    parser.add_argument("--clips", nargs="*", type=Path, default=[], help="real clips of one face each")
    parser.add_argument("--mesh", help="face_landmark.tflite, for the clips")
    parser.add_argument("--irises", type=Path, help="folder that teacher.iris wrote for the clips")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="0.1.0")
    options = parser.parse_args()
    torch.set_num_threads(1)
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        if options.clips and not options.mesh:
            raise SourceError("--clips needs --mesh")
        found = gather.read_clips(options.clips, options.mesh) if options.clips else []
        options.out.mkdir(parents=True, exist_ok=True)
        whole = {"format": FORMAT, "name": "norface-faces", "version": options.version, "date": str(datetime.date.today()), "networks": {}}
        results = {}
        for run in options.runs:
            network, facts, step = load_run(run)
            task = facts["task"]
            about = graph(network, task, options.out / f"{task}.onnx")
            figures, thresholds = figures_of(network, facts, options, cache, found)
            learned = {
                name: len(ShardedSet(cache / name)) for name in [*facts["worlds"], *filter(None, [facts["photographs"]])]
            }
            results[task] = {
                "figures": figures,
                "steps": step,
                "batch": facts["batch"],
                "seed": facts["seed"],
                "learned": learned,
            }
            whole["networks"][task] = about | {"thresholds": {k: round(v, 4) for k, v in thresholds.items()}}
        (options.out / "faces.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        (options.out / "MODEL_CARD.md").write_text(card.write(whole, results), encoding="utf-8")
    except (SourceError, ShardError, ValueError, OSError, RuntimeError) as error:
        sys.exit(f"export: {error}")


if __name__ == "__main__":
    main()
