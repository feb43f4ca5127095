"""Which vertex of MakeHuman's head each Face Mesh landmark sits on.

    python -m norface_training.makehuman.correspond --data DATA --mesh face_landmark.tflite

draws people at rest in several views, asks Face Mesh, and takes for each landmark the visible vertex that is nearest on average. Writes
``mesh_vertices.npy`` beside this file: (468,) int32.
"""

from __future__ import annotations

import argparse

import numpy as np

from ..heads.correspond import Vote
from ..heads.gl import Camera, Light
from ..teacher.facemesh import FaceMesh, region_of
from .person import sample
from .studio import MESH, Studio


def measure(studio: Studio, mesh: FaceMesh, people: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (468,) and residuals in eye distances (468,)."""
    pack = studio.pack
    candidates = pack.vertices_of("body")
    candidates = candidates[(pack.neutral[candidates, 1] > -9) & (pack.neutral[candidates, 2] > -4)]
    vote = Vote(len(candidates))
    rng = np.random.default_rng(11)
    for k in range(people):
        somebody = sample(900_000 + k, studio.variants, pack.details, pack.skins)
        somebody.style.glasses, somebody.style.beard, somebody.style.moustache, somebody.hair = None, 0.0, 0.0, None
        worn = np.zeros(len(studio.model.names), np.float32)
        worn[studio.model.index["jawOpen"]] = 0.35 * (k % 2)
        camera = Camera(192, 192, 620, 110, (0, 8), yaw=rng.uniform(-15, 15), pitch=rng.uniform(-10, 10))
        tone = studio.person(somebody).tone
        picture = studio.draw(somebody, worn, camera, Light(key_power=0.6, fill_power=0.5, exposure=0.6 / tone))
        luma = np.where(picture.pixels[..., 3] > 0, picture.pixels[..., 0], 100).astype(np.uint8)
        place = camera.project(picture.vertices[candidates])
        middle = camera.project(np.array([[0.0, 0.5, 9.0]], np.float32))[0]
        region = (float(middle[0]), float(middle[1]), 140.0, 0.0)
        for _ in range(3):
            points, _score = mesh(luma, region)
            region = region_of(points)
        vote.add(points, place, (pack.normals(picture.vertices)[candidates] @ camera.rotation.T)[:, 2] > 0.05)
    vertices, residual = vote.result()
    return candidates[vertices].astype(np.int32), residual


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache")
    parser.add_argument("--mesh", required=True, help="face_landmark.tflite")
    options = parser.parse_args()
    # Its own answer is not asked for: a head without landmarks has no lids to measure and no paint, which nobody at rest needs.
    blank = np.arange(468, dtype=np.int32)
    vertices, residual = measure(Studio(options.data, options.cache, mesh=blank), FaceMesh(options.mesh))
    np.save(MESH, vertices)
    print(f"residual: mean {residual.mean():.4f}, 95th percentile {np.percentile(residual, 95):.4f} eye distances")


if __name__ == "__main__":
    main()
