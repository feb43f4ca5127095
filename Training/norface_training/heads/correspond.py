"""Which vertex of the head model each Face Mesh landmark sits on.

    python -m norface_training.heads.correspond --data DATA --mesh face_landmark.tflite

draws people in several views, asks Face Mesh, and takes for each landmark the visible vertex that is nearest on average.
Writes ``mesh_vertices.npy`` beside this file: (468,) int32.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ..teacher.facemesh import FaceMesh, region_of
from .canonical import CANONICAL_VIEW
from .expression import ExpressionSampler
from .gl import Camera, Light
from .person import sample_person
from .studio import Studio

FILE = Path(__file__).with_name("mesh_vertices.npy")


def mesh_vertices() -> np.ndarray:
    """(468,) vertices of the head model."""
    return np.load(FILE)


class Vote:
    """Which of some vertices each landmark lies nearest to, over pictures in which it may be hidden."""

    def __init__(self, vertices: int):
        self.total = np.zeros((468, vertices))
        self.count = np.zeros_like(self.total)
        self.pictures = 0

    def add(self, points: np.ndarray, place: np.ndarray, facing: np.ndarray) -> None:
        """One picture: landmarks (468, 3), the vertices in it (V, 3), and which of them face the camera."""
        eyes = np.linalg.norm((points[33] + points[133] - points[362] - points[263])[:2]) / 2
        distance = np.linalg.norm(points[:, None, :2] - place[None, :, :2], axis=2) / eyes
        self.total += np.where(facing, distance, 0)
        self.count += facing
        self.pictures += 1

    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """For each landmark the vertex (468,) and its mean distance in eye distances, of those seen in two pictures of five."""
        mean = np.where(self.count > self.pictures * 0.4, self.total / np.maximum(self.count, 1), np.inf)
        return mean.argmin(1), mean.min(1)


def measure(studio: Studio, mesh: FaceMesh, people: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (468,) and residuals in eye distances (468,)."""
    model = studio.model
    vote = Vote(9409)
    sampler = ExpressionSampler(model)
    rng = np.random.default_rng(11)
    for k in range(people):
        person = sample_person(900_000 + k, studio.variants)
        person.glasses, person.beard, person.moustache, person.brow.raised = None, 0.0, 0.0, 0.0
        person.identity *= 0.7
        painted = studio.painter.paint(person)
        worn = sampler.wear({}) if k % 2 else sampler.wear({26: (0.5, 0.5)})
        camera = Camera(192, 192, 620, 110, (0, 8), yaw=rng.uniform(-15, 15), pitch=rng.uniform(-10, 10))
        light = Light(key_power=0.6, fill_power=0.5, exposure=0.6 / person.tone)
        picture = studio.draw(person, painted, worn, camera, light)
        luma = np.where(picture.pixels[..., 3] > 0, picture.pixels[..., 0], 100).astype(np.uint8)
        place = camera.project(picture.vertices[:9409])
        region = (*place[:, :2].mean(0), CANONICAL_VIEW * (place[:, 0].max() - place[:, 0].min()), 0.0)
        for _ in range(2):
            points, _score = mesh(luma, region)
            region = region_of(points)
        vote.add(points, place, (model.normals(picture.vertices)[:9409] @ camera.rotation.T)[:, 2] > 0.05)
    vertices, residual = vote.result()
    return vertices.astype(np.int32), residual


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite")
    options = parser.parse_args()
    vertices, residual = measure(Studio(options.data, options.cache), FaceMesh(options.mesh))
    np.save(FILE, vertices)
    print(f"residual: mean {residual.mean():.4f}, 95th percentile {np.percentile(residual, 95):.4f} eye distances")


if __name__ == "__main__":
    main()
