"""Draws the people of the second world, with the first world's lights, shadows, cameras and painted wrinkles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.interpolate import RBFInterpolator

from ..alignment import rotation_matrix
from ..heads import dress
from ..heads.atlas import Atlas
from ..heads.correspond import mesh_vertices as first_mesh
from ..heads.gl import TO_CAMERA, Camera, Light
from ..heads.model import HeadModel
from ..heads.shadow import Sky
from ..heads.skin import Painter
from ..heads.studio import GAZE
from ..heads.wrinkles import WrinkleBank
from .pack import Pack, Worn, vertex_normals
from .person import Somebody
from .surface import EYES, HAIR, PLAIN, Surface
from .units import Units, gap

MESH = Path(__file__).with_name("mesh_vertices.npy")

#: The Multi-PIE landmarks' places among Face Mesh's: eyes and bridge, which glasses sit on.
_RING = [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]
_BRIDGE = 168

#: How far a closed lid's eyeball lies behind its place, cm.
_BEHIND_LIDS = 0.16

#: Upper teeth lie too far up behind the lip to be seen.
_TEETH = np.array([0.0, -0.28, 0.12], np.float32)

#: Linear albedos of teeth and mouth.
_ENAMEL, _TONGUE = 0.55, 0.14

#: How much of the cover of lashes is left: as drawn for close-ups they darken the whole eye of a small picture.
_LASHES = 0.55


def mesh_vertices() -> np.ndarray:
    """The vertex that each of Face Mesh's landmarks sits on, (468,)."""
    return np.load(MESH)


@dataclass
class Drawn:
    """``pixels`` (H, W, 4) uint8, ``vertices`` (V, 3) of the head, and the ``gap`` of its lips beyond the one at rest, cm."""

    pixels: np.ndarray
    vertices: np.ndarray
    gap: float


@dataclass
class _Dressed:
    """What stays of a person from one expression to the next."""

    somebody: Somebody
    rest: np.ndarray
    lids: np.ndarray
    tone: float
    skin: np.ndarray
    paint: np.ndarray
    brows: tuple[Worn, np.ndarray]
    lashes: tuple[Worn, np.ndarray] | None
    hair: tuple[np.ndarray, np.ndarray, Worn, np.ndarray] | None
    eyes: Worn
    eye_picture: np.ndarray
    glasses: tuple | None
    rest_gap: float


class Glassware:
    """What ``dress.glasses`` asks of a head: where the eyes and the bridge are."""

    def __init__(self, mesh: np.ndarray):
        self.landmarks68 = np.zeros(68, int)
        self.landmarks68[27] = mesh[_BRIDGE]
        self.landmarks68[36:48] = mesh[_RING]


class Studio:
    """The pack, the first world's head for its paint, and one renderer."""

    def __init__(self, data: Path | str, cache: Path | str | None, width: int = 192, height: int = 192, mesh: np.ndarray | None = None):
        os.environ.setdefault("LP_NUM_THREADS", "1")
        static = None if cache is None else Path(cache) / "heads-static"
        self.pack = Pack(Path(data) / "makehuman_facs.npz")
        self.model = HeadModel(Path(data) / "ict_facekit.npz")
        self.atlas = Atlas(self.model, 256, static)
        self.bank = WrinkleBank(self.atlas, self.model)
        self.painter = Painter(self.model, self.atlas, self.bank, static)
        self.mesh = mesh_vertices() if mesh is None else mesh
        self.units = Units(self.pack, self.mesh, self.model.names)
        self.sky = Sky(self.pack, None if cache is None else Path(cache) / "makehuman-static")
        self.paint_uv, self.paint_weight = self._painted_places()
        self.surface = Surface(self.pack, self.paint_uv, self.paint_weight, width, height)
        self.glassware = Glassware(self.mesh)
        self.skins = {name: self.pack.skin(name) for name in self.pack.skins}
        self._inside = np.concatenate([self.pack.vertices_of(p) for p in ("helper-upper-teeth", "helper-lower-teeth", "helper-tongue")])
        self._upper = self.pack.vertices_of("helper-upper-teeth")
        face = self.paint_weight[:, 0] > 0.9
        self._face_uv = self.pack.uv[np.unique(self.pack.triangle_uv[face[self.pack.triangles].all(1)])]
        self._target = lru_cache(maxsize=460)(self.pack.target)
        self._kept: _Dressed | None = None

    @property
    def variants(self) -> int:
        """How many drawings of the wrinkles there are."""
        return len(self.bank.maps)

    def _painted_places(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each vertex lies in the first world's texture (V, 2), by warping this head onto that one, and how much of its paint it takes."""
        mine = self.pack.neutral[self.mesh]
        _, once = np.unique(self.mesh, return_index=True)
        rows = self.model.triangles_of("M_Face")
        uv = np.zeros((len(self.model.neutral), 2))
        uv[self.model.triangles[rows].ravel()] = self.model.uv[self.model.triangle_uv[rows].ravel()]
        known = mine[once].astype(float)
        warp = RBFInterpolator(known, uv[first_mesh()][once], smoothing=0.02, kernel="thin_plate_spline")
        place = warp(self.pack.neutral.astype(float))
        own = np.sqrt(((self.pack.neutral[:, None] - mine[once][None]) ** 2).sum(2)).min(1)
        weight = np.clip((1.6 - own) / 0.7, 0, 1) * ((place > 0.02) & (place < 0.98)).all(1)
        # Inside of the mouth and the nose there is no paint.
        weight *= self.pack.normals(self.pack.neutral)[:, 2] > -0.3
        return place.astype(np.float32), weight[:, None].astype(np.float32)

    def person(self, somebody: Somebody) -> _Dressed:
        """Everything about a person that does not move; kept for the one drawn last."""
        if self._kept is not None and self._kept.somebody.number == somebody.number:
            return self._kept
        head = self.pack.neutral.copy()
        for name, weight in somebody.macros.items():
            if weight > 1e-3:
                head += weight * self._target("macro", name)
        for name, weight in somebody.details.items():
            head += weight * self._target("detail", name)
        head = self.pack.centred(head, 6.18 * somebody.size)
        head[self._upper] += _TEETH
        skin, tone = self._skin(somebody)
        brows = self.pack.worn(somebody.brows)
        lashes = None if somebody.lashes is None else (self.pack.worn(somebody.lashes), hair_picture(self.pack, somebody.lashes, 0.02, _LASHES))
        hair = None
        if somebody.hair is not None:
            worn = self.pack.worn(somebody.hair)
            place = worn.place(head)
            hair = (place, vertex_normals(place, worn.triangles), worn, hair_picture(self.pack, somebody.hair, somebody.hair_albedo))
        albedo, cover = self.pack.picture("eyes/high-poly", somebody.eye)
        white = somebody.white * (0.55 + 0.45 * min(1.0, tone / 0.4))
        self._kept = _Dressed(
            somebody, head, self._lids(head), tone, skin, self._paint(somebody, tone),
            (brows, hair_picture(self.pack, somebody.brows, min(0.8 * somebody.hair_albedo, 0.5 * tone))), lashes, hair,
            self.pack.worn("eyes/high-poly"), encode(albedo * white, cover),
            None if somebody.style.glasses is None else dress.glasses(self.glassware, head, somebody.style.glasses), gap(head, self.mesh),
        )  # fmt: skip
        return self._kept

    def _lids(self, head: np.ndarray) -> np.ndarray:
        """How many times the target of closed lids this person's gaps need, left and right."""
        blink = self.pack.target("unit", "43")
        gaps = []
        for upper, lower in (((385, 386, 387), (380, 374, 373)), ((158, 159, 160), (153, 145, 144))):
            up, low = self.mesh[list(upper)], self.mesh[list(lower)]
            open_ = (head[up] - head[low])[:, 1].mean()
            closed = -(blink[up] - blink[low])[:, 1].mean()
            gaps.append(np.clip(open_ / max(closed, 0.1), 0.6, 1.6))
        return np.array(gaps)

    def _skin(self, somebody: Somebody) -> tuple[np.ndarray, float]:
        """The skin's texture and the face's mean albedo."""
        blend = sum(share * np.log(self.skins[name] + 0.004) for name, share in somebody.skins)
        skin = np.exp(blend) * somebody.tone
        if somebody.smooth:
            skin = ndimage.gaussian_filter(skin, somebody.smooth)
        size = skin.shape[0]
        at = np.clip((self._face_uv * size).astype(int), 0, size - 1)
        mean = float(np.median(skin[at[:, 1], at[:, 0]]))
        tone = float(np.clip(mean, 0.05, 0.62))
        skin = skin * (tone / mean)
        return encode(skin.clip(0, 0.95), np.ones_like(skin)), tone

    def _paint(self, somebody: Somebody, tone: float) -> np.ndarray:
        """What both worlds paint on a face, as a factor of its albedo: beards and some colour."""
        style, a = somebody.style, self.atlas
        rng = np.random.default_rng([somebody.number, 8002])
        factor = np.ones((a.size, a.size), np.float32) + 0.8 * style.blotches * a.field(rng, 7, 3)
        factor -= style.freckles * np.clip(a.field(rng, 70) - 1.6, 0, 1) * np.clip(self.painter.cheek + 0.3, 0, 1)
        factor -= 0.5 * style.sockets * self.painter.socket + style.shadow * self.painter.lid
        if style.beard or style.moustache:
            grain = np.clip(1 + 0.5 * a.field(rng, 110), 0.2, 1.6)
            cover = np.maximum(style.beard * self.painter.beard, style.moustache * self.painter.moustache) * (1 - a.lips)
            factor *= 1 - np.clip(cover * grain, 0, 1) * (1 - min(somebody.hair_albedo, tone) / tone * 0.8)
        return factor.clip(0.05, 1.15)

    def _folds(self, dressed: _Dressed, coefficients: np.ndarray) -> np.ndarray:
        """The texture of wrinkles and paint (S, S, 4): bump, and the square root of the factor over 1.35."""
        style, a = dressed.somebody.style, self.atlas
        folds = self.bank.height(style.variant, coefficients, style.gains, style.resting)
        gv, gu = np.gradient(style.depth * folds)
        offset = -(gu[..., None] * a.along_u + gv[..., None] * a.along_v)
        out = np.empty((a.size, a.size, 4), np.uint8)
        out[..., :3] = (128 + 63.5 * offset).clip(0, 255)
        factor = dressed.paint * np.exp(style.dirt * np.clip(folds, -1.6, 0.15))
        out[..., 3] = np.sqrt(factor.clip(0, 1.35) / 1.35) * 255
        return out

    def shape(self, dressed: _Dressed, coefficients: np.ndarray) -> np.ndarray:
        """The head (V, 3) with an expression; ``coefficients`` are the first world's."""
        worn, index = np.array(coefficients, np.float32), self.model.index
        for k, side in enumerate("LR"):
            blink = worn[index[f"eyeBlink_{side}"]]
            worn[index[f"eyeSquint_{side}"]] *= 1 - 0.8 * blink
            # Half of a squint closes what is left to close.
            worn[index[f"eyeBlink_{side}"]] = blink * dressed.lids[k] * (1 - 0.25 * worn[index[f"eyeSquint_{side}"]])
        return dressed.rest + dressed.somebody.size * self.units.displacement(worn)

    def _eyes(self, dressed: _Dressed, coefficients: np.ndarray) -> np.ndarray:
        """The eyeballs' vertices, turned by the gaze and pushed back behind closed lids."""
        value = lambda name: float(coefficients[self.model.index[name]])
        place = dressed.eyes.place(dressed.rest)
        for side, sign, rows in (("L", 1.0, place[:, 0] > 0), ("R", -1.0, place[:, 0] <= 0)):
            yaw = GAZE[0] * sign * (value(f"eyeLookOut_{side}") - value(f"eyeLookIn_{side}"))
            pitch = GAZE[1] * (value(f"eyeLookUp_{side}") - value(f"eyeLookDown_{side}"))
            ball = place[rows]
            centre = (ball.min(0) + ball.max(0)) / 2
            turn = rotation_matrix(yaw, 0, 0) @ rotation_matrix(0, pitch, 0)
            turn = TO_CAMERA @ turn @ TO_CAMERA
            place[rows] = (ball - centre) @ turn.T + centre - np.array([0, 0, _BEHIND_LIDS * value(f"eyeBlink_{side}")])
        return place.astype(np.float32)

    def shade(self, camera: Camera, light: Light, coefficients: np.ndarray) -> np.ndarray:
        """(V, 3) visibility of key, fill and surroundings."""
        turn = (camera.rotation @ TO_CAMERA).T
        out = np.empty((len(self.pack.neutral), 3), np.float32)
        out[:, 0] = self.sky.visible(turn @ light.key)
        out[:, 1] = self.sky.visible(turn @ light.fill, 0.15)
        out[:, 2] = 0.25 + 0.75 * self.sky.surroundings
        opened = min(1.0, 0.35 + 0.8 * float(coefficients[self.model.index["jawOpen"]]))
        out[self._inside] = 0.7 * opened
        return out

    def draw(self, somebody: Somebody, coefficients: np.ndarray, camera: Camera, light: Light) -> Drawn:
        """A person with an expression before a camera."""
        dressed, s = self.person(somebody), self.surface
        vertices = self.shape(dressed, coefficients)
        normals = self.pack.normals(vertices)
        s.begin(camera, light, dressed.somebody.style.shine)
        shade = self.shade(camera, light, coefficients)
        s.head(vertices, normals, shade, dressed.skin, self._folds(dressed, coefficients), _ENAMEL, _TONGUE)
        balls = self._eyes(dressed, coefficients)
        worn = dressed.eyes
        eye_shade = np.tile(np.float32([0.75, 0.75, 0.6]) * shade[self.mesh[_RING]].mean(0), (len(balls), 1))
        s.worn("eyes", EYES, worn, balls, vertex_normals(balls, worn.triangles), eye_shade, dressed.eye_picture)
        for slot, part in (("brows", dressed.brows), ("lashes", dressed.lashes)):
            if part is not None:
                s.worn(slot, HAIR, part[0], part[0].place(vertices), part[0].blend(normals), part[0].blend(shade).clip(0, 1), part[1])
        if dressed.hair is not None:
            place, hair_normals, worn, picture = dressed.hair
            s.worn("hair", HAIR, worn, place, hair_normals, worn.blend(shade).clip(0.1, 1), picture)
        if dressed.glasses is not None:
            s.loose(PLAIN, *dressed.glasses)
        return Drawn(s.end(), vertices, gap(vertices, self.mesh) - dressed.rest_gap)


def encode(albedo: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """A texture (H, W, 2) uint8: the square root of the albedo, and cover."""
    return (np.stack([np.sqrt(albedo.clip(0, 1)), cover.clip(0, 1)], -1) * 255 + 0.5).astype(np.uint8)


def hair_picture(pack: Pack, name: str, albedo: float, share: float = 1.0) -> np.ndarray:
    """Brows, lashes or hair of a mean albedo: the picture gives strands and cover, of which a ``share`` is left."""
    value, cover = pack.picture(name)
    mean = float((value * cover).sum() / max(1e-6, cover.sum()))
    relative = np.clip(value / max(mean, 1e-4), 0.3, 2.5) if mean > 2e-3 else np.ones_like(value)
    return encode(albedo * relative, share * cover)

