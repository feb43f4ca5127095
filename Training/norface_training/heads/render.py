"""Render sets of heads with exact labels.

    python -m norface_training.heads.render --data DATA --cache CACHE --mesh face_landmark.tflite --set heads --count 6000

Every head is a pure function of its number: the same number gives the same head. A set stopped and started
again goes on after its last whole shard, and a larger ``--count`` makes it longer.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

from .. import alignment
from ..data.shards import ShardedSet, ShardWriter
from ..data.sources import Photos, SourceError, folder
from ..labels import intensities_of_shapes, vote_distribution
from ..teacher.facemesh import FaceMesh, region_of
from ..teacher.wear import coefficients_of
from . import finish
from .correspond import mesh_vertices
from .expression import ExpressionSampler
from .gl import Camera, Light
from .person import COARSE, OCCLUDER, common_person, sample_borrowed, sample_person
from .studio import Studio

SIZE = 192
SHARD = 500

#: Pictures of each person; a person's number is the head's number divided by this.
PER_PERSON = 3

#: Faces on which Face Mesh errs by more than this (eye distances, mean over the landmarks) keep the projected landmarks.
ASTRAY = 0.25

#: With ``skins_from``: the share of people who wear a blend of two photographs' skins.
BLENDS = 0.5

#: Of people with smooth skin: how much is left of their folds, at most.
SMOOTHEST = 0.4


def target_camera(size: int) -> Camera:
    """Before the common person, near enough for targets of ``size`` pixels."""
    scale = 1.0 if size <= 96 else 1.5
    return Camera(round(128 * scale), round(128 * scale), focal=scale * 42 * 110 / 6.37, distance=110, offset=(0.0, -2.0 * scale))


TARGET_LIGHT = Light(
    key=np.array([-0.35, -0.7, -1.0]),
    fill=np.array([0.6, -0.1, -0.8]),
    key_power=0.62,
    fill_power=0.3,
    ambient_power=0.3,
    shine=0.02,
    exposure=0.9,
)
TARGET_BACKGROUND = 110.0


class HeadRenderer:
    """Draws numbered heads and the common person."""

    smooth = 0.0

    def __init__(
        self, data: Path, cache: Path | None, mesh: Path | str, size: int = 96, skins_from: int | None = None,
        blends: float = BLENDS, posed: float = 0.0, smooth: float = 0.0,
    ):  # fmt: skip
        """With ``skins_from`` every person borrows a skin, of those from that one on; a share ``blends`` a blend of two. A share ``posed`` of the
        expressions are ``expression.POSES``, a share ``smooth`` of the people have skin that hardly folds."""
        self.blends, self.smooth = blends, smooth
        self.studio = Studio(data, cache, SIZE, SIZE)
        self.sampler = ExpressionSampler(self.studio.model, posed)
        self.mesh = FaceMesh(mesh)
        self.vertices = mesh_vertices()
        self.size, self.camera = size, target_camera(size)
        photos = data / "face_photos.zip"
        self.photos = Photos(photos) if photos.is_file() else None
        self.common = common_person()
        self.common_paint = self.studio.painter.paint(self.common)
        self.skins, self.skins_from = None, skins_from
        if cache is not None and (cache / "skins.npz").is_file():
            with np.load(cache / "skins.npz") as skins:
                self.skins = {key: skins[key] for key in skins.files}
            self.skins.setdefault("person", np.arange(len(self.skins["tone"])))
        if skins_from is not None:
            # Of people who lent no former skin, so that whoever is held out by a former skin has no part in a blend.
            people = np.zeros(0) if self.skins is None else self.skins["person"]
            self.partners = np.flatnonzero(people >= skins_from)
            if skins_from < 0 or not len(self.partners):
                raise SourceError(f"{cache}/skins.npz: no skins of new people from {skins_from} on")
            some = self.skins["texture"][:: max(1, len(people) // 300)]
            self.middle = np.log(some.clip(2).astype(np.float32)).mean(0)
        self._person = None

    def projected(self, camera: Camera, vertices: np.ndarray) -> np.ndarray:
        """The landmarks' vertices in the picture, (468, 3), z zero at their mean."""
        points = camera.project(vertices[self.vertices])
        points[:, 2] -= points[:, 2].mean()
        return points

    def target(self, coefficients: np.ndarray) -> np.ndarray:
        """The common person wearing an expression: the normalizer's target, (size, size) uint8."""
        picture = self.studio.draw(self.common, self.common_paint, coefficients, self.camera, TARGET_LIGHT)
        luma = np.where(picture.pixels[..., 3] > 0, picture.pixels[..., 0], TARGET_BACKGROUND)
        return alignment.align(luma, self.projected(self.camera, picture.vertices), self.size)

    def _skin(self, number: int) -> int | None:
        """Even people have painted skins (None); odd ones borrow a photograph's where there are skins."""
        if self.skins is None:
            return None
        if self.skins_from is not None:
            return self.skins_from + number % (len(self.skins["tone"]) - self.skins_from)
        return number // 2 % len(self.skins["tone"]) if number % 2 else None

    def _lent(self, k: int) -> tuple[np.ndarray, np.ndarray, float]:
        """A skin's texture, its person's shape and tone."""
        return self.skins["texture"][k], self.skins["identity"][k], self.skins["tone"][k]

    def _sample(self, number: int):
        person = self._dressed(number)
        rng = np.random.default_rng([number, 7013])
        if self.smooth and rng.uniform() < self.smooth:
            # Shape alone tells what these do: many young faces, and all that are seen small, have no lines to tell it.
            person.gains *= np.float32(rng.uniform(0, SMOOTHEST))
        return person

    def _dressed(self, number: int):
        k = self._skin(number)
        if k is None:
            return sample_person(number, self.studio.variants)
        skin = self._lent(k)
        if self.skins_from is not None:
            rng = np.random.default_rng([number, 7011])
            if rng.uniform() < self.blends:
                skin = blended(skin, self._lent(int(rng.choice(self.partners))), self.middle, rng)
        texture, identity, tone = skin
        return sample_borrowed(number, self.studio.variants, texture.astype(np.float32) / 128, identity, float(tone))

    def identity(self, number: int) -> int:
        """The person's number in the set: whoever wears a skin of one person's photographs is one person."""
        k = self._skin(number)
        if k is None:
            return number
        return 1 + 2 * int(self.skins["person"][k])

    def _painted(self, number: int):
        if self._person is None or self._person[0].seed != number:
            person = self._sample(number)
            self._person = (person, self.studio.painter.paint(person))
        return self._person

    def head(self, number: int, with_target: bool = True) -> dict:
        """One head: every field of the set. Without its target that field is blank."""
        rng = np.random.default_rng([number, 7100])
        person, painted = self._painted(number // PER_PERSON)
        coefficients = self.sampler.sample(rng)
        camera = finish.sample_camera(rng, SIZE)
        light = finish.sample_light(rng, person.tone)
        light.shine = person.shine
        picture = self.studio.draw(person, painted, coefficients, camera, light)
        true = self.projected(camera, picture.vertices)
        luma = photograph(rng, picture.pixels, self.photos)
        flags = person.flags
        if rng.uniform() < 0.10:
            luma = finish.occlude(rng, luma, true, person.tone)
            flags |= OCCLUDER
        luma, coarse = finish.develop(rng, luma.astype(np.float32))
        flags |= COARSE if coarse else 0
        landmarks, found = seen_landmarks(self.mesh, rng, luma, true)
        return {
            "crop": alignment.align(luma, landmarks, self.size),
            "target": self.target(coefficients) if with_target else np.zeros((self.size, self.size), np.uint8),
            "points": in_crop(true, landmarks, self.size),
            "landmarks": landmarks,
            "meshed": found,
            "pose": [camera.yaw, camera.pitch, camera.roll],
            "coefficients": coefficients,
            "identity": self.identity(person.seed),
            "flags": flags,
            "index": number,
        }


def photograph(rng: np.random.Generator, pixels: np.ndarray, photos: Photos | None) -> np.ndarray:
    """A drawn head before surroundings, (H, W) float."""
    photo = None if photos is None else photos.luma(int(rng.integers(len(photos))))
    wall = finish.background(rng, len(pixels), photo)
    cover = ndimage.uniform_filter(pixels[..., 3].astype(np.float32) / 255, 2)
    return wall * (1 - cover) + np.where(pixels[..., 3] > 0, pixels[..., 0], wall) * cover


def seen_landmarks(mesh: FaceMesh, rng: np.random.Generator, luma: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, bool]:
    """The landmarks that Face Mesh sees in a region jittered as a tracker's is, and True; the ``true`` ones where it goes astray."""
    x, y, side, angle = region_of(true)
    jitter = rng.normal(0, 1, 4)
    region = (x + 0.02 * side * jitter[0], y + 0.02 * side * jitter[1], side * np.exp(0.05 * jitter[2]), angle + 0.05 * jitter[3])
    points, _score = mesh(luma, region)
    eye = np.linalg.norm(true[33, :2] - true[263, :2]) / 1.44 + 1e-3
    error = np.linalg.norm(points[:, :2] - true[:, :2], axis=1).mean() / max(eye, 15.0)
    return (points, True) if error < ASTRAY else (true.astype(np.float32), False)


def blended(one: tuple, other: tuple, middle: np.ndarray, rng: np.random.Generator) -> tuple:
    """A person between two: texture (S, S), identity and tone of each. The blend is as far from ``middle``, the logarithm of the
    middle skin, as the two are, so that it is no more even than a person's skin is; its shape likewise."""
    share = rng.uniform(0.3, 0.7)
    mine, its = np.array([share, 1 - share]) / np.hypot(share, 1 - share)
    skins = [np.log(np.maximum(texture, 2).astype(np.float32)) - middle for texture, _, _ in (one, other)]
    skin = np.exp(middle + mine * skins[0] + its * skins[1])
    return skin, mine * one[1] + its * other[1], share * one[2] + (1 - share) * other[2]


def in_crop(points: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """Where the true ``points`` (468, 2 or more) lie in the crop that ``landmarks`` define, 0-1 across it, (468, 2)."""
    a, b, c, d = alignment.crop_transform(landmarks, size)
    x, y = points[:, 0], points[:, 1]
    return np.stack([a * x - b * y + c, b * x + a * y + d], 1) / size


def collate(rows: list[dict], names: list[str]) -> dict[str, np.ndarray]:
    """Rows of :meth:`HeadRenderer.head` as a shard, with labels and geometry."""
    kinds = {
        "crop": np.uint8,
        "target": np.uint8,
        "meshed": np.uint8,
        "identity": np.int32,
        "flags": np.int32,
        "index": np.int32,
        "points": np.float16,
    }
    out = {name: np.asarray([row[name] for row in rows], kinds.get(name, np.float32)) for name in rows[0]}
    out["geometry"] = alignment.geometry(out["landmarks"])
    out["au"], out["left"], out["right"] = (a.astype(np.float32) for a in intensities_of_shapes(out["coefficients"], names))
    return out


def render_targets(renderer: HeadRenderer, cache: Path, name: str) -> None:
    """The common person wearing the teacher's blendshapes for each row of the photographs ``name``: set ``NAME_targets``."""
    photos = ShardedSet(cache / name)
    names = renderer.studio.model.names
    writer = ShardWriter(cache / f"{name}_targets", {"coefficient_names": names, "size": renderer.size, "source": name})
    blendshapes, taught = photos["blendshapes"], photos["taught"]
    votes = emotion = None
    if "votes" in photos.fields:
        votes, usable = vote_distribution(photos["votes"])
        votes[~usable] = 0
    else:
        emotion = photos["emotion"]
    worn = coefficients_of(blendshapes, photos.facts["blendshape_names"], names, votes, emotion)
    blank = np.zeros((renderer.size, renderer.size), np.uint8)
    while writer.count < len(photos):
        start = time.monotonic()
        rows = range(writer.count, min(writer.count + 1000, len(photos)))
        drawn = [renderer.target(worn[k]) if taught[k] else blank for k in rows]
        writer.append(
            target=np.asarray(drawn), coefficients=worn[rows.start : rows.stop], taught=taught[rows.start : rows.stop]
        )
        print(
            f"{name}_targets {writer.count}/{len(photos)}, {len(rows) / (time.monotonic() - start):.2f} a second",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--set", default="heads")
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--targets-of", nargs="*", default=[], help="photograph sets to draw targets for, instead")
    parser.add_argument("--targets", type=int, help="draw targets for the first so many only; `train.targets heads` fits the others'")
    parser.add_argument("--first", type=int, default=0, help="number of the set's first head")
    parser.add_argument("--skins-from", type=int, help="everybody borrows a photograph's skin, of those from this one on (from 0)")
    parser.add_argument("--blends", type=float, default=BLENDS, help="with --skins-from: the share who wear a blend of two skins")
    parser.add_argument("--posed", type=float, default=0.0, help="the share of expressions that are among expression.POSES")
    parser.add_argument("--smooth", type=float, default=0.0, help="the share of people whose skin hardly folds")
    options = parser.parse_args()
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        data = folder(options.data, "NORFACE_DATA")
        renderer = HeadRenderer(data, cache, options.mesh, skins_from=options.skins_from, blends=options.blends, posed=options.posed, smooth=options.smooth)
        for name in options.targets_of:
            render_targets(renderer, cache, name)
        if options.targets_of:
            return
        names = renderer.studio.model.names
        writer = ShardWriter(
            cache / options.set,
            {
                "coefficient_names": names,
                "size": renderer.size,
                "first": options.first,
                "skins": 0 if renderer.skins is None else len(renderer.skins["tone"]),
            },
        )
        while writer.count < options.count:
            start = time.monotonic()
            rows = range(writer.count, min(writer.count + SHARD, options.count))
            drawn = [renderer.head(options.first + k, options.targets is None or k < options.targets) for k in rows]
            writer.append(**collate(drawn, names))
            rate = len(rows) / (time.monotonic() - start)
            print(f"{options.set} {writer.count}/{options.count}, {rate:.2f} a second", flush=True)
    except (SourceError, OSError) as error:
        sys.exit(f"render: {error}")


if __name__ == "__main__":
    main()
