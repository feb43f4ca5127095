"""Photographs of named people, plain and with things drawn before them.

    python -m norface_training.world.photographs --data DATA --cache CACHE --mesh face_landmark.tflite --set photographs

The set has the fields ``crop``, ``eyes``, ``identity`` (order of names), ``index``, ``visible`` (what the drawn thing leaves; a
photograph's own hands and glasses are not known), ``kinds``, ``fitted`` and ``plain`` (1 as it was taken) of :mod:`norface_training.world`.
Each photograph comes plain, then ``--drawn`` times with something before the face and Face Mesh run anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from .. import alignment
from ..data.shards import ShardWriter
from ..data.sources import Photos, SourceError, folder
from ..heads.model import HeadModel
from ..teacher.facemesh import FaceMesh, region_of
from . import capture, eyes, occluders
from .regions import REGIONS, Regions

SHARD = 500
#: Least word of Face Mesh that there is a face, and how often it looks anew.
_SCORE, _ROUNDS = 0.8, 3
#: Share of the drawn pictures with lost packets, or cut by a border, instead.
_DAMAGED, _CUT = 0.08, 0.12


class PhotoWorld:
    """Reads photographs; everything drawn is a function of the photograph's number."""

    def __init__(self, data: Path, mesh: Path | str):
        self.photos = Photos(data / "face_photos.zip")
        self.mesh = FaceMesh(mesh)
        self.regions = Regions(HeadModel(data / "ict_facekit.npz"))

    def landmarks(self, luma: np.ndarray) -> np.ndarray | None:
        """Face Mesh's landmarks of the face in the middle; None where it sees none."""
        region = (luma.shape[1] / 2, luma.shape[0] / 2, 0.95 * min(luma.shape), 0.0)
        for _ in range(_ROUNDS):
            points, score = self.mesh(luma, region)
            region = region_of(points)
        fits = 20 < region[2] < 3 * max(luma.shape)
        return points if score >= _SCORE and fits else None

    def rows(self, number: int, drawn: int) -> list[dict]:
        """The photograph's rows; none where no face is seen."""
        luma = self.photos.luma(number)
        points = self.landmarks(luma)
        if points is None:
            return []
        rows = [self._row(number, luma, points, np.ones(len(REGIONS)), 0, 1)]
        for k in range(drawn):
            rng = np.random.default_rng([number, k, 7031])
            rows.append(self._covered(rng, number, luma, points))
        return rows

    def _covered(self, rng, number: int, luma: np.ndarray, points: np.ndarray) -> dict:
        picture, cover, kinds = luma.astype(np.float32), np.zeros(luma.shape, np.float32), 0
        window = (0, 0, luma.shape[1], luma.shape[0])
        roll = rng.uniform()
        if roll < _CUT:
            side = min(luma.shape)
            window = capture.window_at(rng, side, points)
            kinds |= occluders.bit("border")
        elif roll < _CUT + _DAMAGED:
            picture, cover = capture.damage(rng, picture)
            kinds |= occluders.bit("damage")
        elif roll < _CUT + _DAMAGED + 0.1:
            cover, picture = dark_glasses(rng, picture, points)
            kinds |= occluders.bit("sunglasses")
        else:
            inside = points[[4, 50, 280], :2].astype(int).clip(0, min(luma.shape) - 1)
            angle = rng.uniform(0, 2 * np.pi)
            light = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.2, 1)
            scene = occluders.Scene(luma.shape, points, float(np.median(picture[inside[:, 1], inside[:, 0]])), light)
            kind, cover, value = occluders.draw(rng, scene)
            picture = occluders.lay(picture, cover, value, rng, light)
            kinds |= occluders.bit(kind)
        left, top, right, bottom = window
        frame = capture.capture(rng, picture[top:bottom, left:right], float(np.exp(rng.uniform(np.log(0.3), 0))))
        scale = np.array([frame.shape[1] / (right - left), frame.shape[0] / (bottom - top)])
        moved = points.copy()
        moved[:, :2] = (moved[:, :2] - [left, top]) * scale
        moved[:, 2] *= scale.mean()
        visible = self.regions.shown(points[:, :2] - [left, top], cover[top:bottom, left:right])
        x, y, side, angle = region_of(moved)
        again, _ = self.mesh(frame, (x, y, side * np.exp(0.05 * rng.normal()), angle + 0.05 * rng.normal()))
        face = np.linalg.norm(moved[10, :2] - moved[152, :2]) / 1.9 + 1e-3
        near = np.linalg.norm(again[:, :2] - moved[:, :2], axis=1).mean() / face < 0.25
        return self._row(number, frame, again if near else moved, visible, kinds, 0)

    def _row(self, number: int, luma, points, visible, kinds: int, plain: int) -> dict:
        return {
            "crop": alignment.align(luma, points),
            "eyes": eyes.eye_crops(luma, points),
            "identity": self.photos.identities[self.photos.rows[number].identity],
            "index": number,
            "visible": visible,
            "kinds": kinds,
            "fitted": alignment.pose_of(points),
            "plain": plain,
        }


def dark_glasses(rng: np.random.Generator, picture: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sunglasses over the eyes: their cover (H, W), and the picture."""
    scene = occluders.Scene(picture.shape, points, 128.0, np.zeros(2))
    cover = np.zeros(picture.shape, np.float32)
    frame = np.zeros(picture.shape, np.float32)
    half, tall, square = rng.uniform(0.36, 0.48), rng.uniform(0.2, 0.36), rng.uniform(2, 4.5)
    drop = rng.uniform(-0.02, 0.12)
    angle = np.arctan2(scene.across[1], scene.across[0])
    for outer, inner in eyes.CORNERS:
        middle = scene.points[[outer, inner]].mean(0) + scene.down * drop * scene.eye
        width = max(np.linalg.norm(scene.points[outer] - scene.points[inner]) / scene.eye * half / 0.47, 0.15)
        a, b = scene.local(middle, angle)
        body = 1 - (np.abs(a / width) ** square + np.abs(b / tall) ** square) ** (1 / square)
        cover = np.maximum(cover, np.clip(body * width * scene.eye + 0.5, 0, 1))
        frame = np.maximum(frame, np.clip((body + rng.uniform(0.03, 0.2)) * width * scene.eye + 0.5, 0, 1))
    bridge = occluders._finger(scene, scene.points[[133, 362]] + scene.down * (drop - 0.05) * scene.eye, np.full(2, 0.03))
    frame = np.maximum(frame, np.clip(bridge * scene.eye + 0.5, 0, 1))
    out = picture * (1 - frame) + rng.uniform(3, 110) * frame
    lens = rng.uniform(3, 70) + rng.uniform(0, 60) * np.clip(0.5 + (scene.y - scene.points[168, 1]) / scene.eye, 0, 1)
    if rng.uniform() < 0.4:
        lens = lens * (1 + 0.6 * np.clip(occluders._noise(rng, picture.shape, 6), -1, 1.5))
    through = rng.uniform(0.0, 0.15)
    out = out * (1 - cover) + (lens * (1 - through) + picture * through) * cover
    return cover, out.clip(0, 255).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--set", default="photographs")
    parser.add_argument("--drawn", type=int, default=2)
    parser.add_argument("--limit", type=int, help="only the first photographs")
    options = parser.parse_args()
    try:
        world = PhotoWorld(folder(options.data, "NORFACE_DATA"), options.mesh)
        writer = ShardWriter(folder(options.cache, "NORFACE_CACHE") / options.set, {"drawn": options.drawn, "regions": REGIONS})
        done = 1 + int(np.load(writer.folder / f"{len(writer._state['shards']) - 1:05d}.index.npy")[-1]) if writer.count else 0
        total = min(len(world.photos), options.limit or len(world.photos))
        kinds = {"crop": np.uint8, "eyes": np.uint8, "visible": np.float16, "fitted": np.float32, "plain": np.uint8}
        while done < total:
            start, until = time.monotonic(), min(done + SHARD, total)
            rows = [row for k in range(done, until) for row in world.rows(k, options.drawn)]
            writer.append(**{name: np.asarray([row[name] for row in rows], kinds.get(name, np.int32)) for name in rows[0]})
            rate = (until - done) / (time.monotonic() - start)
            print(f"{options.set} {until}/{total}, {len(rows)} rows, {rate:.1f} photographs a second", flush=True)
            done = until
    except (SourceError, OSError) as error:
        sys.exit(f"photographs: {error}")


if __name__ == "__main__":
    main()
