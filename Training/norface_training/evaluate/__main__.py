"""One command a row of the model card.

    python -m norface_training.evaluate ROW --bundle Models/norface-s --config RUN.yaml --cache CACHE

Rows: ``ferplus``, ``shares`` (units present in photographs by emotion), ``clips`` (frames coded by eye), ``heads``, ``teacher``, ``groups``, ``gates``, ``flicker``, ``identity``, ``pose``, ``picture``, and, from a
checkpoint, ``alone`` (each representation on its own) and ``ablation``. Each writes ``results.json`` beside the bundle, from which
``card`` writes the model card. ``budget`` counts work and weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from ..data.shards import ShardedSet, ShardError
from ..data.sources import SourceError, folder
from ..export.__main__ import load_model
from ..labels import majority_labels, plurality_labels
from ..makehuman.person import GROUPS
from ..train.checkpoint import CheckpointError
from ..train.config import ConfigError, RunConfig, load_config
from ..train.pools import Pool, head_pool
from ..train.run import load_pools
from ..train.validation import RENDERED, emotion_measures, head_measures, predict, teacher_agreement
from . import ablation, expression, flicker, identity, people, picture
from .bundle import Bundle, BundleError
from .card import write_card
from .results import ResultsError, command_line, record

FLAGS = {"glasses": 1, "occluder": 2, "beard": 4, "hat": 8, "photo skin": 16, "sunglasses": 32, "low resolution": 64, **GROUPS}
"""Bits of the rendered people's flags."""

FIRST_WORLD = "heads"
"""The set whose rows have no world in their name; another's rows have, so that the card holds both."""

ROWS = ("ferplus", "shares", "clips", "heads", "teacher", "groups", "gates", "flicker", "identity", "pose", "picture", "alone",
        "ablation", "budget", "card")  # fmt: skip


def trained_on(config: RunConfig) -> str:
    return "training parts of " + ", ".join(sorted(k for k, v in config.data.shares.items() if v > 0))


def head_groups(folder: Path, pool: Pool) -> dict[str, np.ndarray]:
    """Masks over the pool's rendered people, of the set in ``folder``: by what they wear, and by how far the head is turned."""
    source = ShardedSet(folder)
    rows = np.flatnonzero(np.isin(source["identity"], pool.identity.numpy()))[: len(pool)]
    masks = {"all": np.ones(len(rows), bool)}
    if "flags" in source.fields:
        flags = source["flags"][rows]
        masks |= {name: (flags & bit) > 0 for name, bit in FLAGS.items()}
        masks["nothing worn"] = (flags & (1 | 2 | 4 | 8 | 32)) == 0
    if "pose" in source.fields:
        turn = np.abs(source["pose"][rows][:, :2]).max(1)
        masks |= {"turned under 15 degrees": turn < 15, "15 to 30": (turn >= 15) & (turn < 30), "30 and more": turn >= 30}
        if "nothing worn" in masks:
            clear = masks["nothing worn"] & ~masks["low resolution"] & (turn < 15)
            masks["nothing worn, full resolution, turned under 15 degrees"] = clear
    return masks


def with_misses(values: dict, votes: np.ndarray) -> dict:
    """Accuracy over all labelled pictures, those on which the tracker finds no face counted as wrong."""
    result = {}
    for rule, labels in (("majority", majority_labels(votes)), ("plurality", plurality_labels(votes))):
        total = int((labels >= 0).sum())
        result[f"images_{rule}_all"] = total
        result[f"accuracy_{rule}_all"] = values[f"accuracy_{rule}"] * values[f"images_{rule}"] / total
    return result


def alone(checkpoint: Path, held: dict[str, Pool]) -> dict:
    """What the mixture and each representation alone reach."""
    model, result = load_model(checkpoint), {}
    for read in ("mixture", *(f"alone:{name}" for name in model.classifier.representations)):
        row: dict[str, float] = {}
        for name, pool in held.items():
            outputs = predict(model, pool, read=read)
            if name in RENDERED:
                row |= {key if name == FIRST_WORLD else f"{key}_{name}": value for key, value in head_measures(outputs, pool).items()}
            else:
                row[f"teacher_{name}"] = teacher_agreement(outputs, pool)
            if name == "ferplus":
                row |= emotion_measures(outputs["emotion"], pool.votes.numpy())
        result[read] = row
    return result


def measure(options: argparse.Namespace, config: RunConfig, cache: Path) -> tuple[dict, str]:
    """The figures of one row and the name of their data."""
    if options.row == "clips":
        return people.clips(Bundle(options.bundle), ShardedSet(cache / "coded")), "two clips coded by eye"
    train, held = load_pools(config, cache)
    whose, rendered = "held-out rendered people", cache / "heads"
    if options.heads:
        rendered = options.heads
        held["heads"] = head_pool(rendered.parent, rendered.name, config.network.normalized_size)
        whose = f"{len(torch.unique(held['heads'].identity))} rendered people of a set apart"
    bundle = Bundle(options.bundle)

    def need(name: str) -> Pool:
        if name not in held:
            raise ConfigError(f"{options.config}: the run has no set {name!r}, which {options.row} needs")
        return held[name]

    match options.row:
        case "ferplus":
            values = expression.ferplus(bundle, need("ferplus"))
            every = ShardedSet(cache / "ferplus_valid")["votes"]
            return values | with_misses(values, every), "FER+ valid"
        case "shares":
            return people.shares(bundle, need("ferplus")), "FER+ valid"
        case "heads":
            return expression.heads(bundle, need("heads")), whose
        case "teacher":
            return expression.teacher(bundle, need("photos")), "held-out people of the face photographs"
        case "groups":
            pool = need("heads")
            return expression.groups(bundle, pool, head_groups(rendered, pool)), whose
        case "gates":
            return expression.gates(bundle, held, config.network.classifier.experts), "all held-out sets"
        case "flicker" if options.records:
            return flicker.records(options.records), f"daemon's records {options.records.name}"
        case "flicker":
            return flicker.photographs(bundle, need("photos"), seed=options.seed), "held-out people of the face photographs"
        case "identity":
            return identity.removal(bundle, need("photos"), seed=options.seed), "held-out people of the face photographs"
        case "pose":
            task = folder(options.data, "NORFACE_DATA") / "face_landmarker.task"
            return identity.pose(bundle, need("photos"), task, seed=options.seed), "held-out people of the face photographs"
        case "picture":
            path = options.bundle / "normalized.png"
            # Photographs of people are not ours to publish, nor is their skin: the picture shows people that were painted.
            painted = ~head_groups(rendered, need("heads")).get("photo skin", np.zeros(len(need("heads")), bool))
            pool = need("heads").take(torch.from_numpy(np.flatnonzero(painted)))
            picture.grid(bundle, {"heads": pool}, path, seed=options.seed)
            return {"file": path.name}, whose
        case "alone":
            return alone(options.checkpoint, held), "all held-out sets"
        case "ablation":
            model = load_model(options.checkpoint)
            rows = ablation.table(
                model, train, held, config.data.shares, config.augment, options.samples, options.epochs, options.seeds,
                options.variants, bfloat16=config.bfloat16, say=lambda text: print(text, file=sys.stderr, flush=True),
            )  # fmt: skip
            return rows, f"{options.samples} training samples a seed, {options.epochs} epochs, {options.seeds} seeds"
    raise AssertionError(options.row)


def budget(bundle: Bundle) -> dict:
    """MFLOPs for one face and megabytes of weights, of each network; in all without the portrait, which is drawn only where video is to have nobody's face."""
    networks = bundle.manifest["networks"]
    sizes = {key: (bundle.folder / entry["file"]).stat().st_size / 1e6 for key, entry in networks.items()}
    every = [key for key in networks if key != "portrait"]
    return {
        "mflops": {key: entry["mflops"] for key, entry in networks.items()} | {"total": sum(networks[key]["mflops"] for key in every)},
        "megabytes": sizes | {"total": sum(sizes[key] for key in every)},
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--config", type=Path, help="the run's configuration: its held-out sets are measured on")
    parser.add_argument("--checkpoint", type=Path, help="for alone and ablation")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--heads", type=Path, help="folder of a rendered set whose people nobody learned from, instead of the run's held-out part")
    parser.add_argument("--records", type=Path, help="for flicker: the daemon's records of a still clip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--variants", nargs="*", choices=list(ablation.VARIANTS), help="for ablation: these only")
    parser.add_argument("--samples", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    results = options.bundle / "results.json"
    try:
        if options.row == "card":
            print(write_card(options.bundle, results))
            return
        if options.row == "budget":
            values, data, source = budget(Bundle(options.bundle)), "the bundle's own graphs", "-"
        else:
            if options.config is None or (options.row in ("alone", "ablation") and options.checkpoint is None):
                raise ConfigError(f"{options.row} needs --config" + (" and --checkpoint" if options.row in ("alone", "ablation") else ""))
            config = load_config(options.config)
            values, data = measure(options, config, folder(options.cache, "NORFACE_CACHE"))
            source = trained_on(config)
        name = "flicker_records" if options.records else options.row
        if options.row in ("heads", "groups") and options.heads and options.heads.name != FIRST_WORLD:
            name = f"{options.row}_{options.heads.name}"
        seed = options.seed if options.row in ("flicker", "identity", "pose", "picture") else None
        entry = record(results, name, values, data, source, seed, command_line(arguments))
        print(json.dumps(entry["values"], indent=1))
    except (BundleError, CheckpointError, ConfigError, ShardError, SourceError, ResultsError, identity.MissingTool, ValueError) as error:
        sys.exit(f"evaluate: {error}")


if __name__ == "__main__":
    main()
