"""Teaches a bundle to draw larger pictures of the common person, for video without anybody's face, and exports ``portrait.onnx``.

    python -m norface_training.train.portrait draw --data DATA --cache CACHE --mesh face_landmark.tflite --count 1500
    python -m norface_training.train.portrait learn ../Models/norface-s --cache CACHE --out runs/portrait --minutes 10
    python -m norface_training.train.portrait export ../Models/norface-s --painter runs/portrait/painter.pt

``draw`` renders the common person of the first ``--count`` heads of the set ``heads`` at ``SIZE`` pixels (``portraits``). ``learn`` holds the bundle's
encoder and merging still and teaches a painter of its own (``networks.portrait``): rendered people's pictures are exact, drawn or fitted to their
coefficients as in ``targets``; a photograph's common person wears what the bundle reads in it (``NAME_told``, see ``tell``) and, where nothing tells
of a shape, as much of it as goes with open lips. ``export`` writes the graph beside the bundle's, checks it, and names it in the manifest.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from ..data.shards import ShardedSet, ShardError, ShardWriter
from ..data.sources import SourceError, folder
from ..export import weights
from ..export.bundle import sha256, write_json
from ..export.onnx import count_mflops, export_graph
from ..export.weights import WeightsError
from ..labels import AU_INDEX, MAX_INTENSITY
from ..networks import Norface
from ..networks.portrait import SIZE, Painter, PortraitGraph
from ..teacher.wear import as_read
from . import muon
from .augment import plain
from .losses import image_losses
from .targets import TargetModel

SET = "portraits"
BATCH = 64
RATE = 0.002


def draw(data: Path, cache: Path, mesh: Path, count: int) -> None:
    """The common person of the first ``count`` heads, going on where it was left."""
    from ..heads.render import HeadRenderer

    heads = ShardedSet(cache / "heads")
    renderer = HeadRenderer(data, cache, mesh, size=SIZE)
    writer = ShardWriter(cache / SET, {"size": SIZE, "source": "heads"})
    coefficients = heads["coefficients"][: min(count, len(heads))]
    while writer.count < len(coefficients):
        rows = range(writer.count, min(writer.count + 500, len(coefficients)))
        writer.append(target=np.asarray([renderer.target(coefficients[k]) for k in rows]))
        print(f"{SET} {writer.count}/{len(coefficients)}", flush=True)


def worn_in(told: ShardedSet, names: list[str]) -> np.ndarray:
    """The head model's coefficients ``[N, K]`` of what a network read. Lips that are parted wider than the jaw is open draw the lower lip down."""
    au, nothing = told["au"], np.zeros((len(told), len(names)), np.float32)
    worn = as_read(nothing, names, au, told["left"], told["right"])
    parted = np.clip((au[:, AU_INDEX[25]] / MAX_INTENSITY - 1.6 * au[:, AU_INDEX[26]] / MAX_INTENSITY) / 0.8, 0, 1)
    rolled = np.clip(au[:, AU_INDEX[28]] / MAX_INTENSITY, 0, 1)
    for shape, value in (("mouthLowerDown_L", parted), ("mouthLowerDown_R", parted), ("mouthRollLower", rolled), ("mouthRollUpper", rolled)):
        worn[:, names.index(shape)] = value
    return worn


@torch.no_grad()
def merged_of(model: Norface, crops: torch.Tensor, batch: int = 128) -> torch.Tensor:
    """Merged tokens of crops ``[N, S, S]`` uint8, in half precision."""
    parts = [model.normalizer.merged(model.encoder(plain(part, model.config.input_size))).half() for part in crops.split(batch)]
    return torch.cat(parts)


def samples(model: Norface, cache: Path, photographs: list[str], told_as: str, limit: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Merged tokens, targets ``[N, s, s]`` uint8 and whether each is a rendered person's."""
    heads, drawn = ShardedSet(cache / "heads"), ShardedSet(cache / SET)["target"]
    coefficients, names = heads["coefficients"], heads.facts["coefficient_names"]
    fitted = TargetModel.fit(coefficients[: len(drawn)], drawn)
    crops, targets = [heads["crop"]], [np.concatenate([drawn, fitted.draw(coefficients[len(drawn) :])])]
    for name in photographs:
        source, told = ShardedSet(cache / name), ShardedSet(cache / f"{name}_{told_as}")
        found = np.flatnonzero(source["found"][: len(told)] > 0)[:limit]
        crops.append(source["crop"][found])
        targets.append(fitted.draw(worn_in(told, names)[found]))
    rendered = torch.arange(sum(map(len, crops))) < len(heads)
    return merged_of(model, torch.from_numpy(np.concatenate(crops))), torch.from_numpy(np.concatenate(targets)), rendered


def learn(model: Norface, tokens: torch.Tensor, targets: torch.Tensor, rendered: torch.Tensor, minutes: float, seed: int = 1) -> Painter:
    """A painter taught for so many minutes; rendered people make up three quarters of each batch."""
    torch.manual_seed(seed)
    faces = targets[rendered][:2000].float() / 255
    spread = faces.std(0)
    importance = 0.5 + spread / spread.mean().clamp_min(1e-6)
    importance = (importance / importance.mean())[None, None]
    painter = Painter(tokens.shape[1], faces.mean(0)[None, None]).to(memory_format=torch.channels_last)
    kernels, rest = muon.split(list(painter.parameters()))
    optimiser = muon.Muon([{"params": kernels, "lr": RATE, "muon": True}, {"params": rest, "lr": RATE, "muon": False}], weight_decay=0.01)
    frequency = torch.where(rendered, 3.0 / rendered.sum().clamp_min(1), 1.0 / (~rendered).sum().clamp_min(1))
    began, step, done, average = time.monotonic(), 0, 0.0, None
    while done < 1:
        done = min(1.0, (time.monotonic() - began) / (60 * minutes))
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * (0.5 + 0.5 * float(np.cos(np.pi * done)) + 0.01)
        index = torch.multinomial(frequency, BATCH, replacement=True)
        with torch.autocast("cpu", torch.bfloat16):
            face = painter(tokens[index].float()).float()
        pixel, gradient = image_losses(face, targets[index].unsqueeze(1).float() / 255, torch.ones(BATCH), importance)
        optimiser.zero_grad(set_to_none=True)
        (12 * (pixel + gradient)).backward()
        optimiser.step()
        state = {key: value.detach().clone() for key, value in painter.state_dict().items()}
        average = state if average is None else {key: average[key].lerp(value, 0.02) for key, value in state.items()}
        step += 1
        if step % 100 == 0:
            print(f"step {step}, {done:.0%}: pixel {float(pixel):.4f}, gradient {float(gradient):.4f}", flush=True)
    painter.load_state_dict(average)
    return painter.eval()


def export(bundle: Path, painter: Painter) -> Path:
    """Writes ``portrait.onnx`` beside the bundle's graphs and names it in the manifest."""
    model = weights.load(bundle).deployed()
    path = bundle / "portrait.onnx"
    export_graph(PortraitGraph(model, painter).eval(), {"face": torch.rand(1, 1, model.config.input_size, model.config.input_size)}, ["portrait"], path)
    path.chmod(0o644)
    manifest = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    manifest["networks"]["portrait"] = {"file": path.name, "sha256": sha256(path), "mflops": round(count_mflops(path), 2)}
    write_json(bundle / "bundle.json", manifest)
    return path


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    steps = parser.add_subparsers(dest="step", required=True)
    drawing = steps.add_parser("draw")
    drawing.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    drawing.add_argument("--mesh", type=Path, required=True, help="face_landmark.tflite of the mediapipe package")
    drawing.add_argument("--count", type=int, default=1500)
    learning = steps.add_parser("learn")
    learning.add_argument("bundle", type=Path)
    learning.add_argument("--photographs", nargs="*", default=["ferplus_train"], help="sets of which was told")
    learning.add_argument("--as", dest="told_as", default="told", help="what was written after the sets' names (told)")
    learning.add_argument("--limit", type=int, default=6000, help="photographs of each set at most")
    learning.add_argument("--minutes", type=float, default=12)
    learning.add_argument("--out", type=Path, required=True)
    for each in (drawing, learning):
        each.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    exporting = steps.add_parser("export")
    exporting.add_argument("bundle", type=Path)
    exporting.add_argument("--painter", type=Path, required=True, help="what learn left")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        if options.step == "draw":
            draw(folder(options.data, "NORFACE_DATA"), folder(options.cache, "NORFACE_CACHE"), options.mesh, options.count)
        elif options.step == "learn":
            model = weights.load(options.bundle)
            painter = learn(model, *samples(model, folder(options.cache, "NORFACE_CACHE"), options.photographs, options.told_as, options.limit), options.minutes)
            options.out.mkdir(parents=True, exist_ok=True)
            torch.save(painter.state_dict(), options.out / "painter.pt")
        else:
            state = torch.load(options.painter, map_location="cpu", weights_only=True)
            painter = Painter(state["stages.0.0.weight"].shape[1], state["mean_face"])
            painter.load_state_dict(state)
            print(export(options.bundle, painter.eval()))
    except (ShardError, SourceError, WeightsError, RuntimeError, OSError) as error:
        sys.exit(f"portrait: {error}")


if __name__ == "__main__":
    main()
