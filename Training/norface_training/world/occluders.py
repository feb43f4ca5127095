"""Things before the face, drawn over a picture with the exact share of each pixel that they cover."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

#: What may lie before a face; the place in this list is the bit in the set's ``kinds``.
KINDS = (
    "hand",
    "mask",
    "cup",
    "phone",
    "strands",
    "fringe",
    "scarf",
    "sheet",
    "glasses",
    "sunglasses",
    "border",
    "damage",
    "hair",
)

_DRAWN = ("hand", "mask", "cup", "phone", "strands", "fringe", "scarf", "sheet")
_ODDS = np.array([0.27, 0.19, 0.09, 0.1, 0.09, 0.09, 0.07, 0.1])
_OVER = 2


def bit(kind: str) -> int:
    """The bit of ``kinds`` that says so."""
    return 1 << KINDS.index(kind)


def _noise(rng, shape: tuple[int, int], cells: int) -> np.ndarray:
    coarse = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize(shape[::-1], Image.BICUBIC))


def _polygon(shape: tuple[int, int], points: np.ndarray, soft: float = 0.6) -> np.ndarray:
    """Coverage 0-1 of a polygon with a soft edge."""
    image = Image.new("L", (shape[1] * _OVER, shape[0] * _OVER), 0)
    ImageDraw.Draw(image).polygon([tuple(p * _OVER) for p in np.asarray(points, float)], fill=255)
    out = np.asarray(image.resize(shape[::-1], Image.BOX), np.float32) / 255
    return ndimage.gaussian_filter(out, soft) if soft > 0.3 else out


def _smooth_ring(points: np.ndarray, each: int = 6) -> np.ndarray:
    """A closed Catmull-Rom curve through the points."""
    p0, p1, p2, p3 = (np.roll(points, k, 0)[:, None] for k in (1, 0, -1, -2))
    t = np.linspace(0, 1, each, endpoint=False)[None, :, None]
    curve = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return (0.5 * curve).reshape(-1, 2)


class Scene:
    """What the drawings need to know: the picture's ``shape``, the landmarks (468, 2), the eyes' distance in pixels, the direction of
    the key light in the picture, and the skin's grey level."""

    def __init__(self, shape: tuple[int, int], points: np.ndarray, skin: float, light: np.ndarray):
        self.shape, self.points, self.skin, self.light = shape, points[:, :2].astype(float), skin, light
        right, left = self.points[[33, 133]].mean(0), self.points[[362, 263]].mean(0)
        face = np.linalg.norm(self.points[10] - self.points[152]) / 1.9
        self.eye = max(np.linalg.norm(left - right), 0.8 * face, 6.0)
        down = self.points[152] - self.points[10]
        self.down = down / (np.linalg.norm(down) + 1e-6)
        self.across = np.array([self.down[1], -self.down[0]])
        self.y, self.x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)

    def local(self, centre: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates about a centre along and across an angle, in eye distances."""
        dx, dy = self.x + 0.5 - centre[0], self.y + 0.5 - centre[1]
        c, s = np.cos(angle), np.sin(angle)
        return (dx * c + dy * s) / self.eye, (dy * c - dx * s) / self.eye


def _finger(scene: Scene, joints: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Height above the skin of a chain of capsules, in eye distances; below zero outside."""
    out = np.full(scene.shape, -1.0, np.float32)
    for a, b, ra, rb in zip(joints[:-1], joints[1:], radii[:-1], radii[1:]):
        d = b - a
        t = np.clip(((scene.x - a[0]) * d[0] + (scene.y - a[1]) * d[1]) / max((d**2).sum(), 1e-6), 0, 1)
        away = np.hypot(scene.x - a[0] - t * d[0], scene.y - a[1] - t * d[1]) / scene.eye
        out = np.maximum(out, ra + (rb - ra) * t - away)
    return out


def _hand(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Fingers and a palm; lit from where the face is lit."""
    u, e = rng.uniform, scene.eye
    goal = rng.choice(["mouth", "cheek", "eye", "forehead", "nose", "chin"], p=[0.34, 0.2, 0.16, 0.08, 0.12, 0.1])
    at = {
        "mouth": [13, 14, 61, 291],
        "cheek": [50, 280],
        "eye": [159, 386],
        "forehead": [10, 67, 297],
        "nose": [4, 1],
        "chin": [152, 17],
    }
    centre = scene.points[rng.choice(at[str(goal)])] + rng.normal(0, 0.12 * e, 2)
    # From where the arm comes: mostly from below or from the side.
    towards = np.radians(rng.choice([90, 60, 120, 20, 160, 0, 180]) + rng.normal(0, 14))
    arm = np.array([np.cos(towards), np.sin(towards)])
    side = np.array([-arm[1], arm[0]])
    thick, spread = u(0.13, 0.19), u(0.9, 1.5)
    count = int(rng.choice([1, 2, 3, 4], p=[0.16, 0.14, 0.2, 0.5]))
    reach = u(0.1, 0.7) * e
    palm = centre + arm * u(0.5, 1.1) * e
    heights = []
    bend = rng.normal(0, 0.25)
    for k in range(count):
        off = (k - (count - 1) / 2) * 2 * thick * e * spread
        knuckle = palm + side * off - arm * 0.2 * e
        tip = centre - arm * (reach - 0.12 * e * abs(k - (count - 1) / 2)) + side * off * u(0.8, 1.3) + side * bend * e * 0.3
        middle = (knuckle + tip) / 2 + side * bend * 0.25 * e + rng.normal(0, 0.03 * e, 2)
        heights.append(_finger(scene, np.array([knuckle, middle, tip]), thick * np.array([1.1, 1.0, 0.8])))
    if rng.uniform() < 0.5:
        thumb = palm + side * rng.choice([-1, 1]) * u(0.5, 0.9) * e - arm * u(-0.2, 0.6) * e
        heights.append(_finger(scene, np.array([palm + arm * 0.3 * e, thumb]), thick * np.array([1.5, 1.0])))
    if count > 1 or rng.uniform() < 0.6:
        wrist = palm + arm * u(1.5, 2.6) * e
        heights.append(
            _finger(scene, np.array([palm, palm + arm * 0.5 * e, wrist]), np.array([0.5, 0.52, 0.36]) * u(0.85, 1.15)) * 0.6
        )
    height = np.max(heights, 0)
    cover = np.clip(height * e / 1.2 + 0.5, 0, 1)
    # Rounded as a finger is, with dark grooves between them.
    dome = np.sqrt(np.clip(height, 0, thick) / thick)
    gy, gx = np.gradient(ndimage.gaussian_filter(np.sqrt(np.clip(height, 0, None) + 1e-4), 0.02 * e) * e)
    shade = 0.55 + 0.45 * dome - np.clip(gx * scene.light[0] + gy * scene.light[1], -1, 1) * u(0.12, 0.3)
    order = np.sort(np.stack(heights), 0)
    groove = np.exp(-(((order[-1] - order[-2]) / 0.02) ** 2)) * (order[-2] > -0.01) if len(heights) > 1 else 0
    value = scene.skin * u(0.8, 1.2) * shade * (1 - 0.35 * groove) * (1 + 0.05 * _noise(rng, scene.shape, 24))
    return cover, value


def _mask(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A surgical or cloth mask: from the bridge of the nose (sometimes below the nose) round the jaw."""
    u, p, e = rng.uniform, scene.points, scene.eye
    top = int(rng.choice([6, 197, 195, 5, 2], p=[0.25, 0.3, 0.22, 0.13, 0.1]))
    low = top == 2
    ring = [p[top]]
    ring += [p[k] for k in ((423, 454) if low else (349, 346, 454))]
    ring += [p[k] for k in (361, 397, 378, 152, 149, 172, 132)]
    ring += [p[k] for k in ((234, 203) if low else (234, 117, 120))]
    ring = np.asarray(ring)
    middle = ring.mean(0)
    ring = middle + (ring - middle) * u(0.94, 1.06, (len(ring), 1))
    narrow = u(0.74, 1.0)
    along = (ring - p[4]) @ scene.across
    ring = ring - np.outer(along * (1 - narrow), scene.across)
    ring[np.argmin(np.abs(ring - p[152]).sum(1))] += scene.down * u(0.0, 0.25) * e
    cover = _polygon(scene.shape, _smooth_ring(ring))
    base = float(rng.choice([u(150, 235), u(95, 175), u(8, 50), u(40, 220)], p=[0.35, 0.3, 0.25, 0.1]))
    a, b = scene.local(p[4], np.arctan2(scene.across[1], scene.across[0]))
    shade = (
        1
        - u(0.15, 0.5) * np.clip(np.abs(a) / 1.1, 0, 1) ** 2
        - 0.25 * a * float(scene.light @ scene.across)
        - 0.1 * np.clip(b, -1, 1)
    )
    if rng.uniform() < 0.6:
        folds = int(rng.integers(2, 5))
        for k in range(folds):
            line = 0.15 + (k + u(0.3, 0.7)) * 0.9 / folds + u(0.0, 0.12) * a**2
            shade -= u(0.08, 0.25) * np.exp(-(((b - line) / u(0.015, 0.035)) ** 2))
    if rng.uniform() < 0.25:
        shade += u(0.1, 0.35) * np.clip(_noise(rng, scene.shape, int(rng.integers(10, 40))), -1, 1)
    shade += 0.05 * _noise(rng, scene.shape, 12)
    value = base * np.clip(shade, 0.1, 1.4) * u(0.6, 1.1)
    for from_, to in ((454, 356), (234, 127)):
        if rng.uniform() < 0.7:
            line = _finger(scene, np.array([p[from_], p[to]]), np.full(2, 0.025))
            cover = np.maximum(cover, np.clip(line * e + 0.5, 0, 1))
    return cover, value


def _cup(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A cup, glass, bottle or microphone before the mouth."""
    u, e = rng.uniform, scene.eye
    centre = (
        scene.points[rng.choice([13, 14, 17, 0, 200])] + scene.down * u(-0.05, 0.45) * e + scene.across * rng.normal(0, 0.2) * e
    )
    angle = np.arctan2(scene.down[1], scene.down[0]) + rng.normal(0, 0.25)
    a, b = scene.local(centre, angle)
    half, taper = u(0.16, 0.62), u(-0.25, 0.15)
    width = half * (1 + taper * np.clip(a, 0, 2))
    top = u(-0.25, 0.1)
    if rng.uniform() < 0.3:
        ball = u(0.16, 0.34)
        body = np.maximum(ball - np.hypot(a, b), np.where(a > 0, u(0.06, 0.12) - np.abs(b), -1))
        width = np.full_like(a, ball)
    else:
        lid = top - 0.18 * half * (1 - np.clip(b / np.maximum(width, 1e-3), -1, 1) ** 2)
        body = np.minimum(width - np.abs(b), a - lid)
    cover = np.clip(body * e + 0.5, 0, 1)
    turn = np.clip(b / np.maximum(width, 1e-3), -1, 1)
    shade = np.sqrt(np.clip(1 - 0.85 * turn**2, 0.05, 1)) + 0.25 * np.exp(-(((turn - u(-0.6, 0.6)) / 0.15) ** 2)) * u(0, 1)
    value = u(8, 240) * shade
    if rng.uniform() < 0.5:
        value = np.where((a > u(0.1, 0.4)) & (a < u(0.5, 1.2)), u(8, 240) * shade, value)
    return cover, value


def _phone(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A flat thing with straight edges: a phone, a book, a card, another head's shoulder."""
    u, e = rng.uniform, scene.eye
    centre = scene.points[rng.choice([4, 13, 159, 386, 50, 280, 152, 234, 454, 10])] + rng.normal(0, 0.4 * e, 2)
    a, b = scene.local(centre, rng.normal(0, 0.5))
    width, height = u(0.25, 0.9), u(0.3, 1.3)
    body = np.minimum(width - np.abs(a), height - np.abs(b))
    value = u(5, 245) * np.ones(scene.shape) * (1 + rng.normal(0, 0.2) * a / 2)
    if rng.uniform() < 0.6:
        value = np.where(
            body > u(0.03, 0.12), u(5, 245) * (1 + 0.3 * _noise(rng, scene.shape, int(rng.integers(4, 20)))), value
        )
    return np.clip(body * e + 0.5, 0, 1), value


def _strands(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Locks of hair that fall over an eye or a cheek."""
    u, e = rng.uniform, scene.eye
    root = scene.points[10] + scene.across * rng.normal(0, 0.6) * e
    height = np.full(scene.shape, -1.0, np.float32)
    lean, drop = rng.normal(0, 0.5), u(0.8, 2.6)
    for _ in range(int(rng.integers(3, 24))):
        start = root + scene.across * rng.normal(0, 0.28) * e - scene.down * 0.1 * e
        end = start + scene.down * drop * u(0.6, 1.2) * e + scene.across * (lean + rng.normal(0, 0.15)) * e
        middle = (start + end) / 2 + scene.across * rng.normal(0.15 * np.sign(lean), 0.1) * e
        thin = u(0.012, 0.05)
        height = np.maximum(height, _finger(scene, np.array([start, middle, end]), thin * np.array([1, 1, 0.3])))
    cover = np.clip(height * e + 0.5, 0, 1) * u(0.75, 1)
    return cover, u(4, 120) * (1 + 0.35 * _noise(rng, scene.shape, 40))


def _fringe(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A fringe, a hood or a pulled-down hat: everything above an uneven line."""
    u, e = rng.uniform, scene.eye
    a, b = scene.local(scene.points[168], np.arctan2(scene.across[1], scene.across[0]))
    line = u(-0.55, 0.3) + rng.normal(0, 0.12) * a + u(-0.1, 0.15) * a**2
    if rng.uniform() < 0.7:
        line = line + 0.05 * np.sin(a * u(15, 45) + u(0, 6)) + 0.04 * np.sin(a * u(50, 90))
    cover = np.clip((line - b) * e + 0.5, 0, 1) * (np.abs(a) < 1.6)
    value = u(4, 150) * (1 + 0.3 * _noise(rng, (1, scene.shape[1]), 40) + 0.1 * _noise(rng, scene.shape, 16))
    return cover, value


def _scarf(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """A scarf, a collar or a table's edge: everything below an uneven line."""
    u, e = rng.uniform, scene.eye
    a, b = scene.local(scene.points[168], np.arctan2(scene.across[1], scene.across[0]))
    line = u(0.35, 1.5) + rng.normal(0, 0.15) * a + u(-0.1, 0.2) * a**2 + 0.05 * np.sin(a * u(2, 7) + u(0, 6))
    value = u(6, 220) * (
        1 + 0.15 * np.sin((b - line) * u(4, 14) + a * u(-2, 2)) + 0.12 * _noise(rng, scene.shape, int(rng.integers(4, 24)))
    )
    return np.clip((b - line) * e + 0.5, 0, 1), value


def _sheet(rng, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Half of the picture behind something: a door's edge, a curtain, another person's back."""
    u, e = rng.uniform, scene.eye
    a, _ = scene.local(scene.points[rng.choice([168, 33, 263, 50, 280])], rng.normal(0, 0.3) + rng.choice([0, np.pi]))
    line = rng.normal(0, 0.35) + 0.08 * np.sin(scene.y / e * u(0.5, 3) + u(0, 6))
    value = u(5, 240) * (1 + 0.25 * _noise(rng, scene.shape, int(rng.integers(3, 24))))
    return np.clip((a - line) * e + 0.5, 0, 1), value


_MAKERS = {
    "hand": _hand, "mask": _mask, "cup": _cup, "phone": _phone, "strands": _strands, "fringe": _fringe, "scarf": _scarf, "sheet": _sheet,
}  # fmt: skip


def draw(rng: np.random.Generator, scene: Scene, kind: str | None = None) -> tuple[str, np.ndarray, np.ndarray]:
    """One thing: its kind, its cover (H, W) 0-1 and its grey level (H, W) 0-255."""
    kind = kind or str(rng.choice(_DRAWN, p=_ODDS / _ODDS.sum()))
    cover, value = _MAKERS[kind](rng, scene)
    return (
        kind,
        np.broadcast_to(cover, scene.shape).astype(np.float32),
        np.broadcast_to(value, scene.shape).clip(0, 255).astype(np.float32),
    )


def lay(luma: np.ndarray, cover: np.ndarray, value: np.ndarray, rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    """The picture with the thing over it, and the thing's soft shadow on what lies behind."""
    if rng.uniform() < 0.6:
        reach = rng.uniform(1.5, 6)
        shadow = ndimage.gaussian_filter(ndimage.shift(cover, (light[1] * -reach, light[0] * -reach), order=1), reach / 2)
        luma = luma * (1 - rng.uniform(0.1, 0.5) * shadow)
    return luma * (1 - cover) + value * cover
