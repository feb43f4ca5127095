"""The rendered test pictures that the Swift tests read.

    python -m norface_training.heads.fixtures --data DATA --out Tests/Fixtures

writes

- ``face.jpg``: one frontal face in colour, and ``face.json``: its pose and where it is;
- ``poses/*.jpg`` and ``poses.json``: one head in twelve poses with the true angles;
- ``alignment/``: two pictures (PGM), their Face Mesh landmarks, and what alignment must make of them: the crop (raw bytes),
  the pose and the geometry.

Needs the optional dependencies ``teacher`` for the landmarks.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from .. import alignment
from ..teacher.mediapipe import Teacher
from .clip import background
from .expression import ExpressionSampler
from .gl import Camera, Light
from .person import sample_person
from .studio import Studio

SIDE = 256
TINT = (1.0, 0.74, 0.60)

#: Yaw, pitch, roll in degrees.
POSES = [(0, 0, 0), (20, 0, 0), (-20, 0, 0), (35, 0, 0), (-35, 0, 0), (0, 15, 0), (0, -15, 0), (0, 0, 15), (0, 0, -15),
         (20, 10, 8), (-25, -10, -8), (15, -12, 20)]  # fmt: skip


def _person():
    person = sample_person(31, 20)
    person.identity *= 0.6
    person.tone, person.glasses = 0.40, None
    person.hair.style, person.hair.line, person.hair.thickness, person.hair.albedo = "cropped", 10.1, 0.5, 0.05
    person.brow.darkness, person.brow.density, person.brow.thickness = 0.85, 1.1, 0.018
    person.beard = person.moustache = 0.0
    person.resting[:] = 0
    return person


def picture(studio: Studio, person, painted, coefficients, camera: Camera) -> np.ndarray:
    """A colour picture (H, W, 3) uint8 before the usual wall."""
    light = Light(
        key=np.array([0.4, -0.7, -1.0]),
        fill=np.array([-0.8, -0.1, -0.7]),
        key_power=0.8,
        fill_power=0.45,
        ambient_power=0.35,
        exposure=1.2,
    )
    pixels = studio.draw(person, painted, coefficients, camera, light, TINT).pixels.astype(np.float32)
    cover = ndimage.gaussian_filter(pixels[..., 3:] / 255, (0.6, 0.6, 0))
    soft = ndimage.gaussian_filter(pixels[..., :3], (0.5, 0.5, 0))
    wall = background(camera.width, camera.height)
    out = wall * (1 - cover) + np.where(pixels[..., 3:] > 0, soft, wall) * cover
    return np.clip(out + 0.5, 0, 255).astype(np.uint8)


def _pgm(path: Path, luma: np.ndarray) -> None:
    path.write_bytes(b"P5\n%d %d\n255\n" % (luma.shape[1], luma.shape[0]) + luma.tobytes())


def _numbers(values, digits: int):
    return np.round(np.asarray(values, np.float64), digits).tolist()


def _alignment(out: Path, luma: np.ndarray, landmarks: np.ndarray, name: str) -> dict:
    landmarks = np.round(np.asarray(landmarks, np.float64), 4)
    _pgm(out / f"{name}.pgm", luma)
    (out / f"{name}.crop").write_bytes(alignment.align(luma, landmarks).tobytes())
    scale, _, translation = alignment.rigid_fit(landmarks)
    a, b, c, d = alignment.crop_transform(landmarks)
    return {
        "image": f"{name}.pgm",
        "crop": f"{name}.crop",
        "size": 96,
        "landmarks": landmarks.reshape(-1).tolist(),
        "transform": _numbers([a, b, c, d], 8),
        "pose": _numbers(alignment.pose_of(landmarks), 5),
        "scale": round(float(scale), 6),
        "translation": _numbers(translation, 5),
        "geometry": _numbers(alignment.geometry(landmarks).reshape(-1), 6),
    }


def write(data: Path, cache: Path | None, out: Path) -> None:
    """Draw and write everything."""
    studio = Studio(data, cache, SIDE, SIDE)
    person = _person()
    painted = studio.painter.paint(person)
    sampler = ExpressionSampler(studio.model)
    teacher = Teacher(data / "face_landmarker.task", blendshapes=False)
    (out / "poses").mkdir(parents=True, exist_ok=True)
    (out / "alignment").mkdir(parents=True, exist_ok=True)

    def camera(yaw=0.0, pitch=0.0, roll=0.0, focal=900.0, offset=(0.0, 10.0)):
        return Camera(SIDE, SIDE, focal, 110, offset, yaw, pitch, roll)

    def landmarks(rgb):
        luma = np.asarray(Image.fromarray(rgb).convert("L"))
        found = teacher(luma).landmarks
        if found is None:
            raise SystemExit("fixtures: Face Mesh finds no face in a rendered picture")
        return luma, found

    smile = sampler.wear({12: (0.8, 0.8), 6: (0.5, 0.5), 25: (0.4, 0.4)})
    front = picture(studio, person, painted, smile, camera())
    Image.fromarray(front).save(out / "face.jpg", quality=92)
    _, points = landmarks(front)
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    (out / "face.json").write_text(
        json.dumps(
            {
                "yaw": 0,
                "pitch": 0,
                "roll": 0,
                "box": _numbers([*low, *(high - low)], 1),
                "eyes": _numbers([(points[33] + points[133])[:2] / 2, (points[362] + points[263])[:2] / 2], 1),
            },
            indent=1,
        )
        + "\n"
    )

    rows = []
    calm = sampler.wear({})
    for k, (yaw, pitch, roll) in enumerate(POSES):
        rgb = picture(studio, person, painted, calm, camera(yaw, pitch, roll))
        name = f"poses/{k:02d}.jpg"
        Image.fromarray(rgb).save(out / name, quality=90)
        rows.append({"image": name, "yaw": yaw, "pitch": pitch, "roll": roll})
        measured = alignment.pose_of(landmarks(rgb)[1])
        print(f"{name}: true {yaw:4d} {pitch:4d} {roll:4d}, Face Mesh {measured[0]:6.1f} {measured[1]:6.1f} {measured[2]:6.1f}")
    (out / "poses.json").write_text(json.dumps(rows, indent=1) + "\n")

    cases = []
    worn = sampler.wear({12: (0.9, 0.2), 4: (0.6, 0.6), 26: (0.3, 0.3)})
    luma, points = landmarks(picture(studio, person, painted, worn, camera(18, -8, 12)))
    cases.append(_alignment(out / "alignment", luma, points, "turned"))
    # The same head small and cut off by the edge: enlarged, and partly outside the picture.
    small = np.asarray(Image.fromarray(luma).resize((96, 96), Image.BOX))[:, 26:]
    cases.append(_alignment(out / "alignment", small, points * (96 / SIDE) - [26, 0, 0], "small"))
    (out / "alignment" / "cases.json").write_text(json.dumps(cases) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder for the renderer's maps")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write(options.data, options.cache, options.out)


if __name__ == "__main__":
    main()
