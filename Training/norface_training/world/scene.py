"""Draws the numbered pictures of a world with all their truths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from .. import alignment
from ..data.sources import Photos
from ..heads import dress, finish
from ..heads.correspond import mesh_vertices
from ..heads.gl import Camera, Light
from ..heads.person import Person
from ..heads.render import ASTRAY
from ..heads.studio import Studio
from ..teacher.facemesh import FaceMesh, region_of
from . import capture, eyes, occluders
from .config import WorldConfig
from .occluders import bit
from .regions import Regions
from .sample import Sampler

#: A glass lens lets the face be seen up to this opacity.
_CLEAR = 0.5


@dataclass
class Drawn:
    """A head before anything lies before it: luma (H, W) float, depth and clear lenses (H, W), and what made it."""

    person: Person
    identity: int
    worn: np.ndarray
    camera: Camera
    light: Light
    luma: np.ndarray
    depth: np.ndarray
    lenses: np.ndarray
    kinds: int
    vertices: np.ndarray
    normals: np.ndarray
    points: np.ndarray


class World:
    """One configuration's world; every picture is a function of its number."""

    def __init__(self, config: WorldConfig, data: Path, cache: Path | None, mesh: Path | str):
        """Raises ``SourceError`` where the configuration wants photographs' skins that the cache lacks."""
        self.config = config
        self.studio = Studio(data, cache, config.size, config.size)
        self.model = self.studio.model
        self.sampler = Sampler(config, self.studio, cache)
        self.mesh, self.vertices = FaceMesh(mesh), mesh_vertices()
        self.regions = Regions(self.model)
        photos = Path(data) / "face_photos.zip"
        self.photos = Photos(photos) if photos.is_file() else None
        self._painted: dict[tuple, tuple] = {}
        self._drawn: tuple[int, Drawn] | None = None

    def _paint(self, person: Person):
        # Repainted where the hair differs; the pictures of a person follow each other.
        key = (person.seed, tuple(vars(person.hair).values()))
        if key not in self._painted:
            if len(self._painted) > 3:
                self._painted.clear()
            self._painted[key] = (person, self.studio.painter.paint(person))
        return self._painted[key][1]

    def _lens_cover(self, person: Person, camera: Camera) -> np.ndarray:
        """(H, W) 0-1 where the lenses are."""
        skull = self.model.shape(person.identity, None)
        place, _, albedo = dress.glasses(self.model, skull, person.glasses)
        out = np.zeros((camera.height, camera.width), np.float32)
        lens = np.flatnonzero((albedo[:, 1] == person.glasses.lens[1]) & (albedo[:, 0] == person.glasses.lens[0]))
        for rows in np.array_split(lens, 2):
            at = camera.project(place[rows].astype(np.float32))[:, :2]
            middle = at.mean(0)
            rim = at[np.linalg.norm(at - middle, axis=1) > 0.3]
            order = np.argsort(np.arctan2(rim[:, 1] - middle[1], rim[:, 0] - middle[0]))
            out = np.maximum(out, occluders._polygon(out.shape, rim[order], 0.0))
        return out

    def draw(self, number: int) -> Drawn:
        """A head in its surroundings, with its glasses, nothing else before it."""
        config, size = self.config, self.config.size
        rng = np.random.default_rng([number, config.seed, 7022])
        person, identity = self.sampler.dressed(rng, number * config.shots // config.per_person)
        worn, camera = self.sampler.expression(rng), self.sampler.camera(rng)
        light = finish.sample_light(rng, person.tone)
        light.shine = person.shine
        picture = self.studio.draw(person, self._paint(person), worn, camera, light)
        pixels, depth = picture.pixels, self.studio.renderer.depth(camera)
        points = camera.project(picture.vertices[self.vertices])
        points[:, 2] -= points[:, 2].mean()
        wall = finish.background(rng, size, self.photos.luma(int(rng.integers(len(self.photos)))) if self.photos else None)
        cover = ndimage.uniform_filter(pixels[..., 3].astype(np.float32) / 255, 2)
        luma = wall * (1 - cover) + np.where(pixels[..., 3] > 0, pixels[..., 0], wall) * cover
        lenses, kinds = np.zeros((size, size), bool), 0
        opaque = person.glasses is not None and person.glasses.lens[1] > _CLEAR
        if not opaque:
            luma = eyes.dress_eyes(rng, luma, points, self._irises(picture.vertices, worn, camera), self._facing(camera))
        if person.glasses is not None:
            kinds |= bit("sunglasses" if opaque else "glasses")
            lens = self._lens_cover(person, camera)
            lenses = (lens > 0.5) & (not opaque)
            if rng.uniform() < (0.35 if opaque else 0.5):
                luma = eyes.reflections(rng, luma, lens)
        if person.hair.style == "long":
            kinds |= bit("hair")
        normals = self.model.normals(picture.vertices)
        return Drawn(person, identity, worn, camera, light, luma, depth, lenses, kinds, picture.vertices, normals, points)

    def _before(self, rng: np.random.Generator, drawn: Drawn) -> tuple[np.ndarray, np.ndarray, int]:
        """The picture with what lies before the face, where that is (H, W) 0-1, and what it is."""
        luma, kinds = drawn.luma, 0
        laid = np.zeros(luma.shape, np.float32)
        light = drawn.light.key[:2]
        if rng.uniform() < self.config.occluded:
            inside = drawn.points[[4, 50, 280], :2].astype(int).clip(0, self.config.size - 1)
            skin = float(np.median(luma[inside[:, 1], inside[:, 0]]))
            scene = occluders.Scene(luma.shape, drawn.points, skin, light)
            for _ in range(2 if rng.uniform() < 0.12 else 1):
                kind, over, value = occluders.draw(rng, scene)
                luma = occluders.lay(luma, over, value, rng, light)
                laid, kinds = np.maximum(laid, over), kinds | bit(kind)
        if rng.uniform() < self.config.damaged:
            luma, lost = capture.damage(rng, luma)
            laid, kinds = np.maximum(laid, lost), kinds | bit("damage")
        return luma, laid, kinds

    def picture(self, number: int) -> dict:
        """One row of the set."""
        config = self.config
        if self._drawn is None or self._drawn[0] != number // config.shots:
            self._drawn = number // config.shots, self.draw(number // config.shots)
        drawn = self._drawn[1]
        camera, worn = drawn.camera, drawn.worn
        rng = np.random.default_rng([number, config.seed, 7023])
        luma, laid, kinds = self._before(rng, drawn)
        window = (0, 0, config.size, config.size)
        if rng.uniform() < config.cut:
            window = capture.window_at(rng, config.size, drawn.points)
            kinds |= bit("border")
        visible, covered = self.regions.seen(drawn.vertices, drawn.normals, camera, drawn.depth, laid, drawn.lenses, window)
        left, top, right, bottom = window
        between = camera.focal * 6.4 / camera.distance
        factor = 1.0
        if rng.uniform() < config.coarse:
            factor = float(np.exp(rng.uniform(np.log(config.least / between), 0)))
        frame = capture.capture(rng, luma[top:bottom, left:right].astype(np.float32), factor)
        # The frame's sides are rounded to whole pixels: the true places follow.
        scale = np.array([frame.shape[1] / (right - left), frame.shape[0] / (bottom - top)])
        true = drawn.points.copy()
        true[:, :2] = (true[:, :2] - [left, top]) * scale
        true[:, 2] *= scale.mean()
        landmarks, meshed = self.landmarks(rng, frame, true)
        a, b, _, _ = alignment.crop_transform(landmarks)
        turned = float(-np.degrees(np.arctan2(b, a)))
        centres, _ = self._balls(drawn.vertices)
        places = camera.place(centres.astype(np.float32)).astype(float)
        return {
            "crop": alignment.align(frame, landmarks),
            "eyes": eyes.eye_crops(frame, landmarks),
            "identity": drawn.identity,
            "index": number,
            "visible": visible,
            "covered": covered,
            "gaze": eyes.gaze_of(self.studio.axes(worn), places, camera, turned),
            "aperture": eyes.aperture_of(self.model, drawn.vertices),
            "blink": [worn[self.model.index[f"eyeBlink_{side}"]] for side in "LR"],
            "pose": alignment.pose_angles(eyes.towards(places.mean(0)) @ camera.rotation),
            "fitted": alignment.pose_of(landmarks),
            "turned": turned,
            "distance": between * factor,
            "coefficients": worn,
            "kinds": drawn.kinds | kinds,
            "meshed": meshed,
        }

    def _balls(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Centres (2, 3) of the eyeballs in the model's frame and their radii (2,), left first."""
        centres, radii = [], []
        for rows in self.studio._eyes:
            low, high = vertices[rows].min(0), vertices[rows].max(0)
            radius = (high[1] - low[1]) / 2
            centres.append([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2] + radius])
            radii.append(radius)
        return np.asarray(centres), np.asarray(radii)

    def _irises(self, vertices: np.ndarray, worn: np.ndarray, camera: Camera) -> np.ndarray:
        centres, radii = self._balls(vertices)
        at = camera.project((centres + 0.92 * radii[:, None] * self.studio.axes(worn)).astype(np.float32))
        return np.column_stack([at[:, :2], 0.4 * radii * camera.focal / camera.distance])

    @staticmethod
    def _facing(camera: Camera) -> np.ndarray:
        """Whether each eye, left first, is turned to the camera enough to be seen."""
        return np.array([camera.yaw > -48, camera.yaw < 48])

    def landmarks(self, rng: np.random.Generator, frame: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, bool]:
        """Face Mesh's landmarks from a region jittered as a tracker's is; the truth where they are far from it."""
        x, y, side, angle = region_of(true)
        jitter = rng.normal(0, 1, 4)
        region = (
            x + 0.02 * side * jitter[0], y + 0.02 * side * jitter[1], side * np.exp(0.05 * jitter[2]), angle + 0.05 * jitter[3]
        )  # fmt: skip
        points, _ = self.mesh(frame, region)
        eye = np.linalg.norm(true[10, :2] - true[152, :2]) / 1.9 + 1e-3
        error = np.linalg.norm(points[:, :2] - true[:, :2], axis=1).mean() / eye
        if error < ASTRAY:
            return points, True
        return true.astype(np.float32), False
