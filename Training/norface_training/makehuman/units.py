"""FACSHuman's targets as the first world's expression coefficients: one displacement for each, mended, with sides.

Both worlds wear one vector of coefficients (``heads.expression``), so that labels are read off by one table (``labels.py``) and the common
person can wear what either shows. What is wrong in the pack, and what is done about it:

* the jaw drops by 5 cm, inner brows rise by 1.7 and stretched corners move by 1.8: shares of them are taken, so that both worlds mean the same by an intensity (``RECIPES``);
* left and right do not add up to the bilateral target, and brows drawn together and pressed lips have no sides: the bilateral one is parted
  across the middle;
* 14 and 24 lift the corners, and 28's lower lip moves the jaw: the lift is flattened, the rest kept to the lips; 23 is a copy of the upper
  lip's 28 and is not used: tightened lips are pressed and a little rolled in, as in the first world, and pressed ones show less of their red;
* brows drawn together have an alternative that is the raised one turned round (``4_b``): it is not used;
* a closed lid is scaled by each person's own gap (``person.py``), and the eyeball goes back behind it (``studio.py``).
"""

from __future__ import annotations

import numpy as np

from ..labels import shape_side
from .pack import Pack

#: For each coefficient without its side: targets of the units, and how much of them coefficient 1 takes, so that the landmarks move about as far
#: as the first world's head moves them. Where the pack has alternatives both have a part.
RECIPES: dict[str, dict[str, float]] = {
    "browInnerUp": {"1": 0.35, "1_a": 0.35},
    "browOuterUp": {"2": 0.7, "2_a": 0.7},
    "browDown": {"4": 0.62, "4_a": 0.52},
    "eyeWide": {"5": 1.2},
    "eyeSquint": {"7": 1.4},
    "cheekSquint": {"6": 0.32, "6_b": 0.2},
    "cheekRaiser": {"6": 0.32, "6_b": 0.2},
    "noseSneer": {"9": 0.75, "9_a": 0.55},
    "mouthUpperUp": {"10": 1.25},
    "mouthSmile": {"12": 0.65, "12_b": 0.65},
    "mouthDimple": {"14": 1.4},
    "mouthFrown": {"15": 1.2},
    "mouthLowerDown": {"16": 0.8, "25": 0.2},
    "mouthShrugLower": {"17": 0.8, "17_a": 0.65},
    "mouthPucker": {"18": 0.8, "18_a": 0.65},
    "mouthFunnel": {"22_25_up_down": 0.8},
    "mouthStretch": {"20": 0.65},
    "mouthPress": {"24": 1.0, "28_a": 0.35, "28_bottom": 0.35},
    "mouthRollUpper": {"28_a": 1.1},
    "mouthRollLower": {"28_bottom": 1.2},
    "jawOpen": {"26": 0.75},
    "jawForward": {"29": 0.6},
    "jawLeft": {"L30": 1.1},
    "jawRight": {"R30": 1.6},
    "cheekPuff": {"34": 0.75},
    "eyeBlink": {"43": 1.0},
}

#: How wide the border between the sides is, cm: units of the brows and lids, and of the mouth.
_BORDER = 0.5

#: How much of the lift of the corners is left of these targets.
_LIFT = {"14": 0.1, "24": 0.0}

#: Targets that are kept to the lips and their surroundings.
_LIPS_ONLY = ("28_a", "28_bottom", "24")

#: How far around the lips that is, cm.
_AROUND = 1.1


def left_share(vertices: np.ndarray) -> np.ndarray:
    """How much of a bilateral displacement belongs to the subject's left, (V, 1), 0-1."""
    return (1 / (1 + np.exp(np.clip(-4 * vertices[:, :1] / _BORDER, -40, 40)))).astype(np.float32)


def lip_vertices(pack: Pack, mesh: np.ndarray) -> np.ndarray:
    """The landmarks' vertices (468,) that lie on the lips."""
    ring = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
            78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415]  # fmt: skip
    return np.unique(mesh[ring])


class Units:
    """Displacements of the first world's coefficients: ``matrix`` (K, V * 3) float32, in the order of ``names``."""

    def __init__(self, pack: Pack, mesh: np.ndarray, names: list[str]):
        """``mesh`` (468,) are the landmarks' vertices; ``names`` the first world's coefficients."""
        self.pack, self.mesh, self.names = pack, mesh, names
        self.index = {name: k for k, name in enumerate(names)}
        lips = pack.neutral[lip_vertices(pack, mesh)]
        distance = np.stack([np.linalg.norm(pack.neutral - lip, axis=1) for lip in lips]).min(0)
        self.near_lips = np.clip((_AROUND - distance) / (_AROUND - 0.4), 0, 1)[:, None].astype(np.float32)
        left, bilateral = left_share(pack.neutral), {}
        self.matrix = np.zeros((len(names), pack.neutral.size), np.float32)
        for row, name in enumerate(names):
            base, side = shape_side(name)
            if base not in bilateral:
                bilateral[base] = self._bilateral(base)
            if bilateral[base] is not None:
                part = bilateral[base] * (left if side == "L" else 1 - left if side == "R" else 1)
                self.matrix[row] = part.reshape(-1)
        self.moves = np.abs(self.matrix).max(1) > 0

    def _bilateral(self, base: str) -> np.ndarray | None:
        if base == "mouthClose":
            return self._closing()
        if base in ("mouthLeft", "mouthRight"):
            return self._aside(1.0 if base == "mouthLeft" else -1.0)
        if base == "mouthShrugUpper":
            return self._shrug()
        if base not in RECIPES:
            return None
        return sum(share * self._mended(name) for name, share in RECIPES[base].items())

    def _mended(self, name: str) -> np.ndarray:
        out = self.pack.target("unit", name)
        if name in _LIFT:
            out[:, 1] = np.where(out[:, 1] > 0, _LIFT[name] * out[:, 1], out[:, 1])
        if name == "24":
            out = out + self._thin()
        if name in _LIPS_ONLY:
            out = out * self.near_lips
        return out

    def _thin(self) -> np.ndarray:
        """Lips that press each other: towards their line, and narrower by a little."""
        place = self.pack.neutral
        line = place[self.mesh[[13, 14]]].mean(0)
        out = np.zeros_like(place)
        height = place[:, 1] - line[1]
        out[:, 1] = -0.16 * height * np.exp(-((height / 0.7) ** 2))
        out[:, 2] = -0.08 * np.exp(-((height / 0.6) ** 2))
        out[:, 0] = -0.03 * (place[:, 0] - line[0])
        return out * np.clip((place[:, 2:] - line[2] + 3.0) / 1.5, 0, 1)

    def _closing(self) -> np.ndarray:
        """The lips that stay together while the jaw drops: the lower one takes the drop back, the chin goes with the jaw."""
        drop = RECIPES["jawOpen"]["26"] * self.pack.target("unit", "26")
        line = self.pack.neutral[self.mesh[[13, 14]]].mean(0)[1]
        low = np.clip((self.pack.neutral[:, 1:2] - (line - 1.6)) / 1.2, 0, 1)
        return -drop * low * np.clip(1.3 * self.near_lips, 0, 1)

    def _aside(self, sign: float) -> np.ndarray:
        """The mouth moved to a side by 1.3 cm, as it is in no unit."""
        out = np.zeros_like(self.pack.neutral)
        out[:, 0] = sign * 1.3 * self.near_lips[:, 0]
        return out

    def _shrug(self) -> np.ndarray:
        """The upper lip that a raised chin pushes up, by 0.5 cm in the middle."""
        place = self.pack.neutral
        line = place[self.mesh[[13, 14]]].mean(0)
        height = place[:, 1] - line[1]
        out = np.zeros_like(place)
        out[:, 1] = 0.5 * np.clip((height + 0.15) / 0.2, 0, 1) * np.exp(-((height - 0.3) / 0.8) ** 2) * np.exp(-((place[:, 0] / 2.2) ** 2))
        out[:, 2] = 0.3 * out[:, 1]
        return out * self.near_lips

    def displacement(self, coefficients: np.ndarray) -> np.ndarray:
        """(V, 3) for coefficients (K,)."""
        out = np.zeros(self.matrix.shape[1], np.float32)
        for k in np.flatnonzero(np.abs(coefficients) > 1e-3):
            if self.moves[k]:
                out += np.float32(coefficients[k]) * self.matrix[k]
        return out.reshape(-1, 3)


def gap(vertices: np.ndarray, mesh: np.ndarray) -> float:
    """How far the lips are apart in the middle, cm, by their inner landmarks."""
    upper, lower = vertices[mesh[[82, 13, 312]]].mean(0), vertices[mesh[[87, 14, 317]]].mean(0)
    return float(upper[1] - lower[1])
