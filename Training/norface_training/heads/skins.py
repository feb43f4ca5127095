"""Skins from photographs: the head model is fitted to a photograph's landmarks and takes the photograph as its texture.

    python -m norface_training.heads.skins --data DATA --cache CACHE --mesh face_landmark.tflite --count 1500

writes ``CACHE/skins.npz``: ``texture`` (K, S, S) uint8 (albedo relative to the person's tone, 128 = 1), ``identity`` (K, 100)
the fitted shape, ``tone`` (K,), ``photo`` (K,) the photograph's number. One calm, nearly frontal photograph of each person.

People whose number divides by ``HELD_OUT`` are never used, so that they can serve as people never seen.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from .. import alignment
from ..data.sources import HELD_OUT, Photos, SourceError, folder
from ..labels import EMOTIONS
from ..teacher.facemesh import FaceMesh, region_of
from .atlas import Atlas
from .correspond import mesh_vertices
from .gl import TO_CAMERA
from .model import PIVOT, HeadModel
from .uvmap import corners

#: Face Mesh's landmarks around the outline of the face, in order.
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
        172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]  # fmt: skip

#: What a landmark's place says of the shape, in cm: noise of the fit.
_NOISE = 0.22
_ROUNDS = 4

#: How much lower than the canonical head's the brows of people at rest are, in eye distances, and the height (y down) and spread of the
#: region that goes with them: fitted to the median landmarks of 5,600 photographs called neutral (0.10 at the brows) and of 4,600 FER+
#: faces that eight of ten voters call so (0.08).
BROW_DROP, BROW_HEIGHT, BROW_SPREAD = 0.09, -0.45, 0.22


@dataclass
class Fit:
    """A head fitted to landmarks: image = scale * (rotation @ camera-axes vertex)[:2] + shift."""

    identity: np.ndarray
    coefficients: np.ndarray
    scale: float
    rotation: np.ndarray
    shift: np.ndarray
    residual: float


class Fitter:
    """Fits identity, expression and pose to Face Mesh landmarks by alternating Procrustes and ridge regression."""

    def __init__(self, model: HeadModel):
        self.model = model
        self.vertices = mesh_vertices()
        rows = (self.vertices[:, None] * 3 + np.arange(3)).ravel()
        turn = np.diag(TO_CAMERA)
        self.base = ((model.neutral[self.vertices] - PIVOT) * turn).astype(np.float64)
        self.shapes = [k for k, n in enumerate(model.names) if not n.startswith(("eyeLook", "Pupil", "cheekPuff"))]
        modes = np.concatenate([model.identity[:, rows], model.expression[self.shapes][:, rows]])
        self.modes = (modes.reshape(len(modes), -1, 3) * turn).reshape(len(modes), -1).T.astype(np.float64)
        # Face Mesh sees the mean head a little otherwise than its vertices lie: that difference is no one's identity.
        eye = np.linalg.norm((self.base[362] + self.base[263] - self.base[33] - self.base[133])[:2]) / 2
        seen = alignment.CANONICAL * eye
        self.bias = seen - seen.mean(0) - (self.base - self.base.mean(0))
        # The canonical head was read off painted brows; on people they lie lower, which would be told as lowered brows.
        self.bias[:, 1] += BROW_DROP * eye * np.exp(-(((alignment.CANONICAL[:, 1] - BROW_HEIGHT) / BROW_SPREAD) ** 2))
        weight = np.ones((468, 3)) * [1, 1, 0.35]
        weight[OVAL] *= 0.35
        self.weight = weight.ravel()
        count = len(model.identity)
        self.prior = np.concatenate([np.ones(count), np.full(len(self.shapes), 1 / 0.35**2)])
        weighted = self.modes * self.weight[:, None] / _NOISE
        self.normal = weighted.T @ weighted
        self.count = count

    def __call__(self, landmarks: np.ndarray) -> Fit:
        """Fit landmarks (468, 3) in pixels."""
        solution = np.zeros(self.modes.shape[1])
        target = np.asarray(landmarks, np.float64)
        for _ in range(_ROUNDS):
            points = self.base + self.bias + (self.modes @ solution).reshape(-1, 3)
            pm, qm = points.mean(0), target.mean(0)
            u, d, vt = np.linalg.svd((target - qm).T @ (points - pm))
            sign = np.array([1, 1, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
            rotation = (u * sign) @ vt
            scale = (d * sign).sum() / ((points - pm) ** 2).sum()
            back = (target - qm) @ rotation / scale + pm
            wanted = (back - self.base - self.bias).ravel()
            right = self.modes.T @ (wanted * (self.weight / _NOISE) ** 2)
            solution = np.linalg.solve(self.normal + np.diag(self.prior), right)
            shape = np.clip(solution[self.count :], 0, 1)
            free = slice(0, self.count)
            left = right[free] - self.normal[free, self.count :] @ shape
            solution = np.concatenate([np.linalg.solve(self.normal[free, free] + np.eye(self.count), left), shape])
        error = (wanted - self.modes @ solution).reshape(-1, 3)[:, :2]
        coefficients = np.zeros(len(self.model.names), np.float32)
        coefficients[self.shapes] = solution[self.count :]
        shift = qm - scale * rotation @ pm
        return Fit(
            solution[: self.count].astype(np.float32),
            coefficients,
            float(scale),
            rotation,
            shift[:2],
            float(np.sqrt((error**2).sum(1)).mean()),
        )


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


def calm(landmarks: np.ndarray, coefficients: np.ndarray, model: HeadModel) -> bool:
    """Whether a face may lend its skin: nearly frontal, lips closed, eyes open, no strong expression."""
    yaw, pitch, _ = alignment.pose_of(landmarks)
    eye = np.linalg.norm(landmarks[33, :2] - landmarks[263, :2]) / 1.44
    lips = np.linalg.norm(landmarks[13, :2] - landmarks[14, :2]) / eye
    lids = (
        np.linalg.norm(landmarks[159, :2] - landmarks[145, :2]) + np.linalg.norm(landmarks[386, :2] - landmarks[374, :2])
    ) / eye
    smile = coefficients[model.index["mouthSmile_L"]] + coefficients[model.index["mouthSmile_R"]]
    return bool(abs(yaw) < 16 and abs(pitch) < 16 and lips < 0.05 and lids > 0.2 and smile < 0.9)


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
    data: Path, cache: Path, mesh: Path | str, count: int, size: int = 256, apart_from: Path | None = None
) -> dict[str, np.ndarray]:
    """Skins of up to ``count`` people, none of whom lent a skin to the file ``apart_from``: ordinary ones of some more."""
    photos = Photos(data / "face_photos.zip")
    model = HeadModel(data / "ict_facekit.npz")
    tailor = Tailor(model, Atlas(model, size, cache / "heads-static"))
    network = FaceMesh(mesh)
    neutral = EMOTIONS.index("neutral")
    order = [k for k, row in enumerate(photos.rows) if row.emotion == neutral and photos.identities[row.identity] % HELD_OUT]
    np.random.default_rng(5).shuffle(order)
    taken: set[str] = set()
    others: set[str] = set()
    if apart_from is not None:
        with np.load(apart_from) as known:
            others = {photos.rows[k].identity for k in known["photo"]}
    out: dict[str, list] = {"texture": [], "identity": [], "tone": [], "photo": []}
    for k in order:
        name = photos.rows[k].identity
        if name in taken or name in others:
            continue
        luma = photos.luma(k)
        region = (luma.shape[1] / 2, luma.shape[0] / 2, 0.95 * min(luma.shape), 0.0)
        for _ in range(3):
            points, score = network(luma, region)
            region = region_of(points)
        if score < 0.9 or not 20 < region[2] < 3 * max(luma.shape):
            continue
        fit = tailor.fitter(points)
        if fit.residual > 0.35 or not calm(points, fit.coefficients, model):
            continue
        skin = tailor.skin_of(luma, fit)
        if skin is None:
            continue
        taken.add(name)
        out["texture"].append(np.clip(skin[0] * 128 + 0.5, 0, 255).astype(np.uint8))
        out["identity"].append(fit.identity)
        out["tone"].append(skin[1])
        out["photo"].append(k)
        if len(taken) >= round(1.3 * count):
            break
    kinds = {"texture": np.uint8, "identity": np.float32, "tone": np.float32, "photo": np.int32}
    skins = {key: np.asarray(values, kinds[key]) for key, values in out.items()}
    if not taken:
        return skins
    fit = np.flatnonzero(ordinary(skins["texture"]))[:count]
    return {key: values[fit] for key, values in skins.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder of the sources (or NORFACE_DATA)")
    parser.add_argument("--cache", help="folder of the sets (or NORFACE_CACHE)")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite of the mediapipe package")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--apart-from", type=Path, help="a skins file whose people are left out, for a test set")
    options = parser.parse_args()
    try:
        cache = folder(options.cache, "NORFACE_CACHE")
        cache.mkdir(parents=True, exist_ok=True)
        data = folder(options.data, "NORFACE_DATA")
        skins = build(data, cache, options.mesh, options.count, apart_from=options.apart_from)
        np.savez(cache / "skins.part.npz", **skins)
        (cache / "skins.part.npz").replace(cache / "skins.npz")
        print(f"{len(skins['tone'])} skins")
    except (SourceError, OSError) as error:
        sys.exit(f"skins: {error}")


if __name__ == "__main__":
    main()
