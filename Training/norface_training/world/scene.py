"""Draws the numbered pictures of a world with all their truths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import ndimage

from .. import alignment
from ..data.sources import Photos, SourceError
from ..heads import dress, finish
from ..heads.correspond import mesh_vertices
from ..heads.expression import ExpressionSampler
from ..heads.gl import Camera, Light
from ..heads.person import Person, sample_borrowed, sample_person
from ..heads.render import ASTRAY, blended
from ..heads.studio import GAZE, Studio
from ..teacher.facemesh import FaceMesh, region_of
from . import capture, eyes, occluders
from .config import WorldConfig
from .occluders import bit
from .regions import Regions

#: Worlds of different seeds have people of numbers this far apart.
_APART = 50_000_000
#: A glass lens lets the face be seen up to this opacity.
_CLEAR = 0.5


@dataclass
class Drawn:
    """A picture before its camera's faults: luma (H, W) float, cover of what was laid over it, the depth, clear lenses, and what lies there."""

    luma: np.ndarray
    cover: np.ndarray
    depth: np.ndarray
    lenses: np.ndarray
    kinds: int
    vertices: np.ndarray
    points: np.ndarray


class World:
    """One configuration's world; every picture is a function of its number."""

    def __init__(self, config: WorldConfig, data: Path, cache: Path | None, mesh: Path | str):
        """Raises ``SourceError`` where the configuration wants photographs' skins that the cache lacks."""
        self.config = config
        self.studio = Studio(data, cache, config.size, config.size)
        self.model = self.studio.model
        self.sampler = ExpressionSampler(self.model)
        self.mesh, self.vertices = FaceMesh(mesh), mesh_vertices()
        self.regions = Regions(self.model)
        photos = Path(data) / "face_photos.zip"
        self.photos = Photos(photos) if photos.is_file() else None
        self.skins = None
        if config.skins > 0:
            file = None if cache is None else cache / "skins.npz"
            if file is None or not file.is_file():
                raise SourceError(f"{file}: no skins; make them with heads.skins, or set skins to 0")
            with np.load(file) as skins:
                self.skins = {key: skins[key] for key in skins.files}
            some = self.skins["texture"][:: max(1, len(self.skins["tone"]) // 300)]
            self.middle = np.log(some.clip(2).astype(np.float32)).mean(0)
        self._painted: dict[tuple, tuple] = {}

    # Who.

    def person(self, number: int) -> tuple[Person, int]:
        """The person of this number, and the identity's: whoever wears one photograph's skin alone is one person."""
        seed = number + self.config.seed * _APART
        rng = np.random.default_rng([seed, 7021])
        if self.skins is None or rng.uniform() >= self.config.skins:
            return sample_person(seed, self.studio.variants), number
        count = len(self.skins["tone"])
        lent = lambda k: (self.skins["texture"][k], self.skins["identity"][k], self.skins["tone"][k])
        k = int(rng.integers(count))
        skin, identity = lent(k), number
        if rng.uniform() < 0.75:
            skin = blended(skin, lent(int(rng.integers(count))), self.middle, rng)
        else:
            identity = -1 - int(self.skins["person"][k])
        texture, shape, tone = skin
        borrowed = sample_borrowed(seed, self.studio.variants, texture.astype(np.float32) / 128, shape, float(tone))
        return borrowed, identity

    def dressed(self, rng: np.random.Generator, number: int) -> tuple[Person, int]:
        """The person as in this picture: perhaps with other hair, other or no glasses."""
        person, identity = self.person(number)
        if rng.uniform() < self.config.redressed:
            other = sample_person(int(rng.integers(1 << 40)), self.studio.variants)
            person = replace(person, hair=other.hair, glasses=other.glasses if rng.uniform() < 0.6 else None)
        if rng.uniform() < self.config.sunglasses:
            other = sample_person(int(rng.integers(1 << 40)), self.studio.variants)
            style = other.glasses or dress.Glasses(rng.uniform(2.3, 3.1), rng.uniform(1.6, 2.5), rng.uniform(2, 4.5))
            person = replace(person, glasses=replace(style, lens=(rng.uniform(0.005, 0.06), rng.uniform(0.8, 1))))
        return person, identity

    # Where, and what light.

    def camera(self, rng: np.random.Generator) -> Camera:
        """A camera before a head that may look anywhere within the configuration's bounds."""
        c, normal = self.config, rng.normal
        distance = float(np.exp(rng.uniform(np.log(38), np.log(250))))
        if rng.uniform() < c.still:
            yaw, pitch = normal(0, 5), normal(0, 4)
        else:
            yaw, pitch = normal(0, c.yaw), normal(-2, c.pitch)
        roll = rng.uniform(-180, 180) if rng.uniform() < c.roll_any else float(np.clip(normal(0, c.roll), -45, 45))
        yaw, pitch = np.clip([yaw, pitch], [-c.yaw_limit, -c.pitch_limit], [c.yaw_limit, c.pitch_limit])
        focal = np.exp(rng.uniform(*np.log(c.between))) * distance / 6.4
        offset = normal(0, 5, 2) + [0, 0.02 * c.size]
        return Camera(c.size, c.size, float(focal), distance, tuple(map(float, offset)), float(yaw), float(pitch), float(roll))

    def expression(self, rng: np.random.Generator) -> np.ndarray:
        """Coefficients with any gaze, the eyes converging on something 25 cm or more away."""
        worn = self.sampler.sample(rng)
        index, (turn_limit, lift_limit) = self.model.index, self.config.gaze_limit
        turn, lift = rng.normal(0, self.config.gaze[0]), rng.normal(-2, self.config.gaze[1])
        if rng.uniform() < 0.2:
            turn, lift = turn * 0.2, lift * 0.2
        turn, lift = np.clip([turn, lift], [-turn_limit, -lift_limit], [turn_limit, lift_limit])
        converge = np.degrees(np.arctan(3.2 / np.exp(rng.uniform(np.log(25), np.log(600)))))
        for side, sign in (("L", 1.0), ("R", -1.0)):
            # The subject's left is the image's right: to converge, the left eye turns to the image's left.
            own = (turn - sign * converge) * sign / GAZE[0]
            worn[index[f"eyeLookOut_{side}"]], worn[index[f"eyeLookIn_{side}"]] = max(own, 0), max(-own, 0)
            worn[index[f"eyeLookUp_{side}"]], worn[index[f"eyeLookDown_{side}"]] = (
                max(lift, 0) / GAZE[1],
                max(-lift, 0) / GAZE[1],
            )
        return worn

    # Drawing.

    def _paint(self, person: Person):
        # Repainted where hair or skin differ; the pictures of a person follow each other.
        key = (person.seed, id(person.skin), tuple(vars(person.hair).values()))
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

    def draw(self, rng: np.random.Generator, person: Person, worn: np.ndarray, camera: Camera, light: Light) -> Drawn:
        """The picture with its surroundings and everything that lies before the face."""
        config, size = self.config, self.config.size
        picture = self.studio.draw(person, self._paint(person), worn, camera, light)
        pixels, depth = picture.pixels.copy(), self.studio.renderer.depth(camera)
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
        laid = np.zeros((size, size), np.float32)
        if rng.uniform() < config.occluded:
            inside = points[[4, 50, 280], :2].astype(int).clip(0, size - 1)
            skin = float(np.median(luma[inside[:, 1], inside[:, 0]]))
            scene = occluders.Scene(luma.shape, points, skin, light.key[:2])
            for _ in range(2 if rng.uniform() < 0.12 else 1):
                kind, over, value = occluders.draw(rng, scene)
                luma = occluders.lay(luma, over, value, rng, light.key[:2])
                laid, kinds = np.maximum(laid, over), kinds | bit(kind)
        if rng.uniform() < config.damaged:
            luma, lost = capture.damage(rng, luma)
            laid, kinds = np.maximum(laid, lost), kinds | bit("damage")
        return Drawn(luma, laid, depth, lenses, kinds, picture.vertices, points)

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

    def picture(self, number: int) -> dict:
        """One row of the set."""
        config = self.config
        rng = np.random.default_rng([number, config.seed, 7022])
        person, identity = self.dressed(rng, number // config.per_person)
        worn, camera = self.expression(rng), self.camera(rng)
        light = finish.sample_light(rng, person.tone)
        light.shine = person.shine
        drawn = self.draw(rng, person, worn, camera, light)
        window = (0, 0, config.size, config.size)
        if rng.uniform() < config.cut:
            window = capture.window_at(rng, config.size, drawn.points)
            drawn.kinds |= bit("border")
        visible, covered = self.regions.seen(
            self.model,
            drawn.vertices,
            self.model.normals(drawn.vertices),
            camera,
            drawn.depth,
            drawn.cover,
            drawn.lenses,
            window,
        )
        left, top, right, bottom = window
        between = camera.focal * 6.4 / camera.distance
        factor = 1.0
        if rng.uniform() < config.coarse:
            factor = float(np.exp(rng.uniform(np.log(config.least / between), 0)))
        frame = capture.capture(rng, drawn.luma[top:bottom, left:right].astype(np.float32), factor)
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
        ray = places.mean(0)
        return {
            "crop": alignment.align(frame, landmarks),
            "eyes": eyes.eye_crops(frame, landmarks),
            "identity": identity,
            "index": number,
            "visible": visible,
            "covered": covered,
            "gaze": eyes.gaze_of(self.studio.axes(worn), places, camera, turned),
            "aperture": eyes.aperture_of(self.model, drawn.vertices),
            "blink": [worn[self.model.index[f"eyeBlink_{side}"]] for side in "LR"],
            "pose": alignment.pose_angles(eyes.towards(ray) @ camera.rotation),
            "fitted": alignment.pose_of(landmarks),
            "turned": turned,
            "distance": between * factor,
            "coefficients": worn,
            "kinds": drawn.kinds,
            "meshed": meshed,
        }

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
