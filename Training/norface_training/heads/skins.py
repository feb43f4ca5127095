"""Skins from photographs: the head model is fitted to a photograph's landmarks and takes the photograph as its texture.

    python -m norface_training.heads.skins --data DATA --cache CACHE --mesh face_landmark.tflite --count 1500

writes ``CACHE/skins.npz``: ``texture`` (K, S, S) uint8 (albedo relative to the person's tone, 128 = 1), ``identity`` (K, 100)
the fitted shape, ``tone`` (K,), ``photo`` (K,) the photograph's number, ``person`` (K,) the first skin of the same
person. One calm, nearly frontal photograph of each person; with ``--extend`` the skins that are there stay, and up to ``--each``
photographs of a person are added, whatever emotion they were called.

People whose number divides by ``HELD_OUT`` are never used, so that they can serve as people never seen.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy import ndimage

from .. import alignment
from ..data.sources import HELD_OUT, Photos, SourceError, folder
from ..labels import EMOTIONS
from ..teacher.facemesh import FaceMesh, region_of
from .atlas import Atlas
from .correspond import mesh_vertices
from .fit import OVAL, Fit, Fitter
from .gl import TO_CAMERA
from .model import PIVOT, HeadModel
from .uvmap import corners


class Tailor:
    """Takes skins off photographs."""

    def __init__(self, model: HeadModel, atlas: Atlas):
        self.model, self.atlas = model, atlas
        self.fitter = Fitter(model)
        self.ids, self.weights = corners(model, atlas.size)
        uv = np.zeros((len(model.neutral), 2), np.float32)
        rows = model.triangles_of("M_Face")
        uv[model.triangles[rows].ravel()] = model.uv[model.triangle_uv[rows].ravel()]
        oval = uv[mesh_vertices()[OVAL]]
        self.mask = atlas.polygon(0.5 + (oval - 0.5) * [0.96, 1.0], blur=6 * atlas.size / 256)
        brow = (np.abs(atlas.brow_t) < 0.035) & (atlas.brow_s > -0.2) & (atlas.brow_s < 1.15)
        eyes = (np.abs(atlas.v - 0.713) < 0.03) & (atlas.du > 0.06) & (atlas.du < 0.21)
        self.skin = (self.mask > 0.8) & ~brow & ~eyes & (atlas.lips < 0.1) & (atlas.v > 0.3) & (atlas.v < 0.9)

    def _interpolate(self, values: np.ndarray) -> np.ndarray:
        return (values[self.ids] * self.weights[..., None]).sum(2)

    def skin_of(self, luma: np.ndarray, fit: Fit) -> tuple[np.ndarray, float] | None:
        """Relative albedo (S, S), 1 = the skin's own mean, and the tone; None where too little of the face is
        seen or the light is too hard."""
        vertices = self.model.shape(fit.identity, fit.coefficients)
        normals = self.model.normals(vertices)
        turn = fit.rotation @ TO_CAMERA
        place = fit.scale * ((vertices - PIVOT) @ turn.T)[:, :2] + fit.shift
        at = self._interpolate(place.astype(np.float32))
        normal = self._interpolate((normals @ turn.T).astype(np.float32))
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-6
        height, width = luma.shape
        value = ndimage.map_coordinates(luma.astype(np.float32), [at[..., 1] - 0.5, at[..., 0] - 0.5], order=1, mode="nearest")
        linear = (np.maximum(value, 2) / 255) ** 2.2
        seen = np.clip((-normal[..., 2] - 0.15) / 0.3, 0, 1)
        seen *= (at[..., 0] > 1) & (at[..., 1] > 1) & (at[..., 0] < width - 1) & (at[..., 1] < height - 1)
        fitted = self.skin & (seen > 0.5)
        if fitted.sum() < 0.5 * self.skin.sum():
            return None
        shading = self._shading(normal, linear, fitted)
        low, high = np.percentile(shading[fitted], [5, 95])
        if high > 4.5 * low:
            return None
        relative = linear / shading
        mirrored, other = relative[:, ::-1], seen[:, ::-1]
        own = np.clip(seen * 2, 0, 1)
        both = own * relative + (1 - own) * np.where(other > 0.2, mirrored, 1.0)
        level = float(np.median(linear[fitted]))
        out = 1 + self.mask * (np.clip(both, 0.02, 1.5) - 1)
        return out.astype(np.float32), float(np.clip(1.1 * level**0.75, 0.12, 0.62))

    @staticmethod
    def _shading(normal: np.ndarray, linear: np.ndarray, fitted: np.ndarray) -> np.ndarray:
        """Light by the normal's second-order polynomial, fitted robustly to the skin."""
        x, y, z = normal[..., 0], normal[..., 1], normal[..., 2]
        basis = np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], -1)
        rows, values = basis[fitted][::3], linear[fitted][::3]
        weight = np.ones(len(values))
        for _ in range(4):
            w = rows * weight[:, None]
            c = np.linalg.solve(w.T @ rows + 1e-3 * len(values) * np.diag([0, 1, 1, 1, 3, 3, 3, 3, 3]) * 0.05, w.T @ values)
            error = values - rows @ c
            scale = 1.5 * np.median(np.abs(error)) + 1e-4
            weight = 1 / (1 + (error / scale) ** 2)
        return np.clip(basis @ c, 0.5 * np.median(values), 2.5 * np.median(values)) ** 0.9 * np.median(values) ** 0.1


def calm(landmarks: np.ndarray, coefficients: np.ndarray, model: HeadModel, slack: float = 1.0) -> bool:
    """Whether a face may lend its skin: nearly frontal, lips closed, eyes open, no strong expression.

    ``slack`` is how many times farther than those bounds it may turn and smile.
    """
    yaw, pitch, _ = alignment.pose_of(landmarks)
    eye = np.linalg.norm(landmarks[33, :2] - landmarks[263, :2]) / 1.44
    lips = np.linalg.norm(landmarks[13, :2] - landmarks[14, :2]) / eye
    lids = (
        np.linalg.norm(landmarks[159, :2] - landmarks[145, :2]) + np.linalg.norm(landmarks[386, :2] - landmarks[374, :2])
    ) / eye
    smile = coefficients[model.index["mouthSmile_L"]] + coefficients[model.index["mouthSmile_R"]]
    turned = max(abs(yaw), abs(pitch)) >= 16 * slack
    return bool(not turned and lips < 0.05 and lids > 0.2 / slack and smile < 0.9 * slack)


#: A skin whose halves differ by more than this, or that is farther than that from the median skin (mean absolute and root mean square of
#: the logarithm), shows a hand, a microphone, dark glasses or hard shadow: about one in seven does.
LOPSIDED, UNLIKE = 0.42, 0.62


def ordinary(textures: np.ndarray) -> np.ndarray:
    """Which of the skins (K, S, S), 128 = the skin's own mean, show a face with nothing before it, (K,) bool."""
    step = max(1, textures.shape[1] // 64)
    small = textures[:, ::step, ::step].astype(np.float32) / 128
    low, high = small.shape[1] // 4, small.shape[1] - small.shape[1] * 7 // 32
    inner = np.log(np.maximum(small[:, low:high, low - 2 : high], 0.05))
    lopsided = np.abs(inner - inner[:, :, ::-1]).mean((1, 2))
    apart = np.sqrt(((inner - np.median(inner, 0)) ** 2).mean((1, 2)))
    return (lopsided < LOPSIDED) & (apart < UNLIKE)


def build(
    data: Path, cache: Path, mesh: Path | str, count: int, size: int = 256, apart_from: Path | None = None, each: int = 1,
    known: dict[str, np.ndarray] | None = None, slack: float = 1.0,
) -> dict[str, np.ndarray]:
    """Up to ``count`` skins, none of people who lent one to the file ``apart_from``: ordinary ones of some more.

    With ``known`` skins these come first, and the new ones are of up to ``each`` photographs of a person of any emotion,
    ``slack`` times farther from calm (see :func:`calm`).
    """  # fmt: skip
    photos = Photos(data / "face_photos.zip")
    model = HeadModel(data / "ict_facekit.npz")
    tailor = Tailor(model, Atlas(model, size, cache / "heads-static"))
    network = FaceMesh(mesh)
    neutral = EMOTIONS.index("neutral")
    order = [k for k, row in enumerate(photos.rows) if photos.identities[row.identity] % HELD_OUT]
    if known is None:
        order = [k for k in order if photos.rows[k].emotion == neutral]
    np.random.default_rng(5).shuffle(order)
    others: set[str] = set()
    if apart_from is not None:
        with np.load(apart_from) as theirs:
            others = {photos.rows[k].identity for k in theirs["photo"]}
    had = [] if known is None else known["photo"].tolist()
    taken = Counter(photos.rows[k].identity for k in had)
    out: dict[str, list] = {"texture": [], "identity": [], "tone": [], "photo": []}
    for k in order:
        name = photos.rows[k].identity
        if taken[name] >= each or name in others or k in had:
            continue
        luma = photos.luma(k)
        region = (luma.shape[1] / 2, luma.shape[0] / 2, 0.95 * min(luma.shape), 0.0)
        for _ in range(3):
            points, score = network(luma, region)
            region = region_of(points)
        if score < 0.9 or not 20 < region[2] < 3 * max(luma.shape):
            continue
        fit = tailor.fitter(points)
        if fit.residual > 0.35 or not calm(points, fit.coefficients, model, slack):
            continue
        skin = tailor.skin_of(luma, fit)
        if skin is None:
            continue
        taken[name] += 1
        out["texture"].append(np.clip(skin[0] * 128 + 0.5, 0, 255).astype(np.uint8))
        out["identity"].append(fit.identity)
        out["tone"].append(skin[1])
        out["photo"].append(k)
        if len(out["photo"]) >= round(1.3 * (count - len(had))):
            break
    kinds = {"texture": np.uint8, "identity": np.float32, "tone": np.float32, "photo": np.int32}
    skins = {key: np.asarray(values, kinds[key]) for key, values in out.items()}
    if out["photo"]:
        fit = np.flatnonzero(ordinary(skins["texture"]))[: count - len(had)]
        skins = {key: values[fit] for key, values in skins.items()}
    if known is not None:
        skins = {key: np.concatenate([known[key], values]) if len(values) else known[key] for key, values in skins.items()}
    return skins | {"person": first_of_each([photos.rows[k].identity for k in skins["photo"]])}


def first_of_each(names: list[str]) -> np.ndarray:
    """For each of ``names`` the position at which it is met first, (K,) int32."""
    first: dict[str, int] = {}
    return np.asarray([first.setdefault(name, k) for k, name in enumerate(names)], np.int32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--extend", action="store_true", help="keep the skins that are there and add to them, up to --count")
    parser.add_argument("--each", type=int, default=1, help="with --extend: photographs of one person")
    parser.add_argument("--slack", type=float, default=1.0, help="how many times farther than usual a face may turn and smile")
    parser.add_argument("--apart-from", type=Path, help="a skins file whose people are left out, for a test set")
    options = parser.parse_args()
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        cache.mkdir(parents=True, exist_ok=True)
        data = folder(options.data, "NORFACE_DATA")
        known = None
        if options.extend:
            with np.load(cache / "skins.npz") as skins:
                known = {key: skins[key] for key in skins.files}
        skins = build(
            data, cache, options.mesh, options.count,
            apart_from=options.apart_from, each=options.each, known=known, slack=options.slack,
        )  # fmt: skip
        np.savez(cache / "skins.part.npz", **skins)
        (cache / "skins.part.npz").replace(cache / "skins.npz")
        print(f"{len(skins['tone'])} skins")
    except (SourceError, OSError) as error:
        sys.exit(f"skins: {error}")


if __name__ == "__main__":
    main()
