"""Geometry that no morphable head has: glasses, hair that stands off the scalp, hair that falls beside the face."""

from __future__ import annotations

import numpy as np

from .model import HeadModel
from .person import Glasses, Person
from .skin import hair_cover

#: Vertices reserved for added geometry.
EXTRA_VERTICES = 2400


def hair_push(model: HeadModel, person: Person) -> np.ndarray | None:
    """How far the person's hair stands off the scalp at each vertex, cm (V, 1), uneven as hair is; None without hair."""
    hair = person.hair
    if hair.style == "bald" or hair.thickness <= 0:
        return None
    neutral = model.neutral
    cover = hair_cover(neutral, hair.line + 0.6, hair.temple, hair.style == "hat")
    cover[14062:] = 0
    ears = (np.abs(neutral[:, 0]) > 7.3) & (neutral[:, 1] < 4.2) & (neutral[:, 1] > -4.5) & (neutral[:, 2] > -4.2)
    cover[ears] = 0
    rng = np.random.default_rng([person.seed, 7003])
    phases = rng.uniform(0, 6.28, 6)
    waves = rng.normal(0, 0.7, (6, 3))
    lumps = np.sin(neutral @ waves.T + phases).mean(1)
    height = np.clip((neutral[:, 1] - 2) / 10, 0.15, 1)
    flat = 0.1 if hair.style == "hat" else 0.8
    side = 1 + 0.08 * hair.parting * np.clip(neutral[:, 0] / 8, -1, 1)
    return (cover * hair.thickness * height * (1 + flat * lumps) * side)[:, None].astype(np.float32)


def _quads(rows: np.ndarray) -> np.ndarray:
    """Triangle corners (T * 3, K) of a grid (R, C, K)."""
    a, b, c, d = rows[:-1, :-1], rows[1:, :-1], rows[:-1, 1:], rows[1:, 1:]
    return np.stack([a, b, c, c, b, d], 2).reshape(-1, rows.shape[-1])


def glasses(model: HeadModel, vertices: np.ndarray, style: Glasses) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, normals and albedo-alpha of a pair of glasses that sits on this person's nose."""
    eyes = [vertices[model.landmarks68[k]].mean(0) for k in (slice(36, 42), slice(42, 48))]
    bridge = vertices[model.landmarks68[27]]
    front = max(bridge[2] + 0.25, eyes[0][2] + 1.2)
    positions, albedo = [], []
    angle = np.linspace(0, 2 * np.pi, 25)
    c, s = np.cos(angle), np.sin(angle)
    power = 2 / style.square
    outline = np.stack([np.sign(c) * np.abs(c) ** power, np.sign(s) * np.abs(s) ** power], 1)

    def ring(centre, scale):
        xy = outline * [style.width * scale, style.height * scale]
        bend = -0.035 * (np.abs(centre[0] + xy[:, 0])) ** 2 * 0.35
        return np.column_stack([centre[0] + xy[:, 0], centre[1] + xy[:, 1], front + bend])

    for eye in eyes:
        centre = np.array([np.sign(eye[0]) * max(abs(eye[0]), style.width + 0.55), eye[1] - style.drop, front])
        outer, inner = ring(centre, 1.0), ring(centre, 1 - style.rim / style.width)
        lens = np.stack([inner, np.repeat(inner.mean(0)[None], len(inner), 0)])
        positions.append(_quads(lens))
        albedo.append(np.tile([style.lens[0], style.lens[1]], (len(positions[-1]), 1)))
        positions.append(_quads(np.stack([outer, inner])))
        albedo.append(np.tile([style.rim_albedo, 1.0], (len(positions[-1]), 1)))
        side = np.sign(eye[0])
        ear = np.array([side * 8.3, eye[1] + 0.3, -1.0])
        hinge = np.array([centre[0] + side * style.width, centre[1] + 0.4 * style.height, outer[:, 2].min()])
        thick = np.array([0, max(style.rim, 0.12), 0])
        positions.append(_quads(np.stack([[hinge, ear], [hinge - thick, ear - thick]])))
        albedo.append(np.tile([style.rim_albedo, 1.0], (6, 1)))
    y = (eyes[0][1] + eyes[1][1]) / 2 - style.drop + 0.25 * style.height
    half = max(abs(eyes[0][0]), style.width + 0.55) - style.width * 0.93
    thick = max(style.rim, 0.12)
    x = np.linspace(-half, half, 5)
    lift = 0.25 * (1 - (x / half) ** 2)
    top = np.column_stack([x, y + lift, np.full(5, front + 0.05)])
    positions.append(_quads(np.stack([top, top - [0, thick, 0]])))
    albedo.append(np.tile([style.rim_albedo, 1.0], (len(positions[-1]), 1)))
    place = np.concatenate(positions)
    return place, np.tile([0.0, 0.0, 1.0], (len(place), 1)), np.concatenate(albedo)


def curtains(person: Person) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two sheets of long hair from the temples and the back of the head down to the shoulders."""
    rng = np.random.default_rng([person.seed, 7004])
    wide, length = rng.uniform(-0.3, 1.6), rng.uniform(4, 18)
    forward = rng.uniform(-1.5, 2.8)
    wave, phase = rng.uniform(0, 0.5), rng.uniform(0, 6.28)
    down = np.linspace(0, 1, 10)
    across = np.linspace(0, 1, 5)
    positions, normals, albedo = [], [], []
    for side in (-1, 1):
        d, a = np.meshgrid(down, across, indexing="ij")
        y = 9.2 - d * (7 + length)
        belly = np.interp(d, [0, 0.25, 0.5, 1], [-3.0, -0.6, -0.2, 0.2])
        x = 8.3 + belly + wide * np.clip(d * 1.5, 0, 1) + 0.6 * np.sin(a * np.pi) + wave * np.sin(9 * d + phase + 2 * a)
        z = np.interp(d, [0, 0.3, 1], [2.6, 1.2, 0.6]) + forward * np.interp(d, [0, 0.3, 1], [0.6, 0.7, 1]) - 8 * a
        grid = np.stack([side * x, y, z], -1)
        positions.append(_quads(grid))
        outwards = np.stack([side * (0.8 - 0.5 * (a < 0.2)), 0.1 * np.ones_like(a), 0.6 - a], -1)
        outwards /= np.linalg.norm(outwards, axis=-1, keepdims=True)
        normals.append(_quads(outwards))
        streak = person.hair.albedo * np.exp(0.4 * rng.standard_normal((1, 5)) + 0.12 * rng.standard_normal((10, 5)))
        albedo.append(_quads(np.stack([streak.clip(0.004, 0.9), np.ones_like(streak)], -1)))
    return np.concatenate(positions), np.concatenate(normals), np.concatenate(albedo)


def extras(model: HeadModel, vertices: np.ndarray, person: Person):
    """All added geometry of a person, opaque first, or None."""
    parts = []
    if person.hair.style == "long":
        parts.append(curtains(person))
    if person.glasses is not None:
        parts.append(glasses(model, vertices, person.glasses))
    if not parts:
        return None
    return tuple(np.concatenate([part[k] for part in parts]).astype(np.float32) for k in range(3))
