"""Render sets of the second world's people, in the fields of the first world's sets.

    python -m norface_training.makehuman.render --data DATA --cache CACHE --mesh face_landmark.tflite --set makehuman --count 6000

Every picture is a pure function of its number, and a set that was stopped goes on after its last whole shard. Expressions, lights, cameras, surroundings,
occluders and cameras' faults are those of ``heads``; ``flags`` tell ancestry, sex and age as well (``person.GROUPS``).
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
from ..heads import finish
from ..heads.expression import ExpressionSampler
from ..heads.person import COARSE, OCCLUDER
from ..heads.render import PER_PERSON, SHARD, SIZE, SMOOTHEST, collate, in_crop, photograph, seen_landmarks
from ..labels import AU_INDEX, MAX_INTENSITY
from ..teacher.facemesh import FaceMesh
from .person import Somebody, sample
from .studio import Studio

#: Added to the person's number, so that nobody of the first world has it.
IDENTITIES = 1_000_000_000

#: How far the lips are apart, cm, where AU25 is told with 5: the first world's table has 2.0 where the jaw drops, and 0.9 where lips are drawn apart.
FULL_GAP = 1.4

#: What opens without anybody's parting the lips: folds and noise of the mesh.
NO_GAP = 0.05


#: How much of the first world's exposure there is: with all of it crops were brighter than FER+'s (149 and 140 in the middle, 8 % of their faces white).
EXPOSED = 0.84


class MakeHumanRenderer:
    """Draws numbered people of the second world."""

    def __init__(self, data: Path, cache: Path | None, mesh: Path | str, size: int = 96, posed: float = 0.0, smooth: float = 0.0):
        """A share ``posed`` of the expressions are ``expression.POSES``, a share ``smooth`` of the people have skin that hardly folds."""
        self.studio = Studio(data, cache, SIZE, SIZE)
        self.sampler = ExpressionSampler(self.studio.model, posed)
        self.mesh, self.size, self.smooth = FaceMesh(mesh), size, smooth
        photos = data / "face_photos.zip"
        self.photos = Photos(photos) if photos.is_file() else None
        self._somebody: Somebody | None = None

    def person(self, number: int) -> Somebody:
        """Who has that number; kept for the one asked for last."""
        if self._somebody is None or self._somebody.number != number:
            pack = self.studio.pack
            somebody = sample(number, self.studio.variants, pack.details, pack.skins)
            rng = np.random.default_rng([number, 8013])
            if self.smooth and rng.uniform() < self.smooth:
                somebody.style.gains *= np.float32(rng.uniform(0, SMOOTHEST))
            self._somebody = somebody
        return self._somebody

    def projected(self, camera, vertices: np.ndarray) -> np.ndarray:
        """The landmarks' vertices in the picture, (468, 3), z zero at their mean."""
        points = camera.project(vertices[self.studio.mesh])
        points[:, 2] -= points[:, 2].mean()
        return points

    def head(self, number: int) -> dict:
        """One picture: every field of the set, its target blank (``train.targets`` fits it to the coefficients)."""
        rng = np.random.default_rng([number, 8100])
        somebody = self.person(number // PER_PERSON)
        dressed = self.studio.person(somebody)
        coefficients = self.sampler.sample(rng)
        camera = finish.sample_camera(rng, SIZE)
        light = finish.sample_light(rng, dressed.tone)
        light.exposure *= EXPOSED
        drawn = self.studio.draw(somebody, coefficients, camera, light)
        true = self.projected(camera, drawn.vertices)
        luma = photograph(rng, drawn.pixels, self.photos)
        flags = somebody.flags
        if rng.uniform() < 0.10:
            luma, flags = finish.occlude(rng, luma, true, dressed.tone), flags | OCCLUDER
        luma, coarse = finish.develop(rng, luma.astype(np.float32))
        landmarks, found = seen_landmarks(self.mesh, rng, luma, true)
        return {
            "crop": alignment.align(luma, landmarks, self.size),
            "target": np.zeros((self.size, self.size), np.uint8),
            "points": in_crop(true, landmarks, self.size),
            "landmarks": landmarks,
            "meshed": found,
            "pose": [camera.yaw, camera.pitch, camera.roll],
            "coefficients": coefficients,
            "identity": IDENTITIES + somebody.number,
            "flags": flags | (COARSE if coarse else 0),
            "index": number,
            "gap": drawn.gap / somebody.size,
        }


def parted(gap: np.ndarray) -> np.ndarray:
    """AU25's intensity for the visible gap of the lips beyond the one at rest, cm."""
    return (MAX_INTENSITY * np.clip((np.asarray(gap) - NO_GAP) / (FULL_GAP - NO_GAP), 0, 1)).astype(np.float32)


def labelled(rows: list[dict], names: list[str]) -> dict[str, np.ndarray]:
    """Rows of :meth:`MakeHumanRenderer.head` as a shard; AU25 is what is seen of it."""
    gaps = np.array([row["gap"] for row in rows])
    out = collate([{key: value for key, value in row.items() if key != "gap"} for row in rows], names)
    out["au"][:, AU_INDEX[25]] = parted(gaps)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--set", default="makehuman")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, default=0, help="number of the set's first picture")
    parser.add_argument("--posed", type=float, default=0.0, help="the share of expressions that are among expression.POSES")
    parser.add_argument("--smooth", type=float, default=0.0, help="the share of people whose skin hardly folds")
    options = parser.parse_args()
    try:
        cache, data = folder(options.cache, "NORFACE_CACHE"), folder(options.data, "NORFACE_DATA")
        renderer = MakeHumanRenderer(data, cache, options.mesh, posed=options.posed, smooth=options.smooth)
        names = renderer.studio.model.names
        writer = ShardWriter(cache / options.set, {"coefficient_names": names, "size": renderer.size, "first": options.first, "skins": 0})
        while writer.count < options.count:
            start = time.monotonic()
            rows = range(writer.count, min(writer.count + SHARD, options.count))
            writer.append(**labelled([renderer.head(options.first + k) for k in rows], names))
            print(f"{options.set} {writer.count}/{options.count}, {len(rows) / (time.monotonic() - start):.2f} a second", flush=True)
    except (SourceError, OSError) as error:
        sys.exit(f"render: {error}")


if __name__ == "__main__":
    main()
