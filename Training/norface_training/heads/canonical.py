"""The canonical head: Face Mesh's neutral, symmetric, frontal landmarks, as Documentation/Bundle.md defines them.

    python -m norface_training.heads.canonical --data DATA

draws the mean ICT FaceKit head in several slightly different views and lights, runs MediaPipe's Face Mesh (static
mode, without the attention refinement) on each picture, takes every answer back to a frontal view, averages, mirrors,
and writes ``canonical_head.npy`` and ``Sources/FaceTracking/CanonicalHead.swift``.
"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import numpy as np

from ..alignment import RIGID
from . import brows
from .atlas import Atlas
from .gl import EYE_LEFT, EYE_RIGHT, MOUTH, SCALP, SKIN, TEETH, Camera, Light, Renderer
from .model import HeadModel

#: Eye corners, outer then inner, of the subject's right and left eye.
EYES = ((33, 133), (263, 362))

#: Side of the first region of interest, in widths of the projected face.
CANONICAL_VIEW = 1.35

#: Without the lashes, whose cards would need transparency; the closed mouth's inside is dark.
DRAWN = {SKIN, SCALP, MOUTH, TEETH, EYE_LEFT, EYE_RIGHT}
TINTS = {MOUTH: (0.08,) * 3, TEETH: (0.15,) * 3}


def views(count: int):
    """Cameras and lights, mirrored in pairs so that no side is favoured."""
    for k in range(count):
        yaw = 6.0 * np.sin(2.4 * k)
        pitch = 4.0 * np.sin(1.7 * k + 0.5)
        side = np.cos(1.1 * k)
        for sign in (1, -1):
            camera = Camera(384, 384, focal=1300, distance=110, yaw=sign * yaw, pitch=pitch, offset=(0.0, 20.0))
            light = Light(
                key=np.array([sign * side, -0.6, -1.2]),
                fill=np.array([-sign * side, -0.2, -1.0]),
                key_power=0.55,
                fill_power=0.35,
                ambient_power=0.3,
            )
            yield camera, light


def plain_skin(atlas: Atlas) -> np.ndarray:
    """Even skin with lips and brows: enough for a landmark network to know it for a face."""
    albedo = np.full((atlas.size, atlas.size), 0.55, np.float32)
    albedo *= 1 - 0.45 * atlas.lips
    albedo *= 1 - brows.paint(atlas, brows.Brow(), np.random.default_rng(0))
    out = np.full((atlas.size, atlas.size, 4), 128, np.uint8)
    out[..., 3] = np.sqrt(albedo) * 255
    return out


def upright(points: np.ndarray) -> np.ndarray:
    """Origin midway between the eye centres, x along them, unit eye distance."""
    (ro, ri), (lo, li) = EYES
    right, left = (points[ro] + points[ri]) / 2, (points[lo] + points[li]) / 2
    x = left - right
    length = np.linalg.norm(x)
    x /= length
    y = np.array([0, 1.0, 0]) - x[1] * x
    y /= np.linalg.norm(y)
    return ((points - (left + right) / 2) / length) @ np.stack([x, y, np.cross(x, y)], 1)


def mirror_map(points: np.ndarray) -> np.ndarray:
    """The landmark on the other side of each: the nearest to its mirror image. Raises if it is no involution."""
    from scipy.spatial import cKDTree

    mirrored = points * [-1, 1, 1]
    out = cKDTree(points).query(mirrored)[1]
    wrong = np.flatnonzero(out[out] != np.arange(len(out)))
    if len(wrong):
        raise ValueError(f"the mirror map is no involution at landmarks {wrong.tolist()}")
    return out


def measure(data: Path, count: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Canonical head (468, 3) and mirror map."""
    import mediapipe as mp

    model = HeadModel(data / "ict_facekit.npz")
    renderer = Renderer(model, 384, 384)
    atlas = Atlas(model, 512)
    renderer.texture(SKIN, plain_skin(atlas))
    scalp = np.full((8, 8, 4), 128, np.uint8)
    scalp[..., 3] = int(np.sqrt(0.5) * 255)
    renderer.texture(SCALP, scalp)
    vertices = model.shape(None, None)
    normals = model.normals(vertices)
    found = []
    with mp.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=False) as mesh:
        for camera, light in views(count):
            picture = renderer.draw(vertices, normals, camera, light, kinds=DRAWN, tints=TINTS)
            rgb = np.where(picture[..., 3:] > 0, picture[..., :3], 110).astype(np.uint8)
            answer = mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks
            if not answer:
                raise RuntimeError(f"Face Mesh found no face in the view yaw {camera.yaw:.1f}, pitch {camera.pitch:.1f}")
            points = np.array([(p.x * 384, p.y * 384, p.z * 384) for p in answer[0].landmark])
            back = upright(points @ np.asarray(camera.rotation, float))
            found.append(back)
    mean = np.mean(found, 0)
    spread = np.std(found, 0).mean(0)
    mirror = mirror_map(mean)
    symmetric = (mean + mean[mirror] * [-1, 1, 1]) / 2
    out = upright(symmetric)
    print(
        f"views {len(found)}, spread of a landmark between views {np.round(spread, 4)} eye distances, "
        f"asymmetry {np.abs(mean - mean[mirror] * [-1, 1, 1]).mean():.4f}"
    )
    return out.astype(np.float32), mirror


def swift(points: np.ndarray, mirror: np.ndarray) -> str:
    """The Swift source with the same numbers."""

    def wrap(values):
        return textwrap.fill(", ".join(values), 112, initial_indent=" " * 8, subsequent_indent=" " * 8)

    numbers = wrap([f"{v:.6f}" for v in points.reshape(-1)])
    rigid = wrap([str(int(v)) for v in RIGID])
    mirrored = wrap([str(int(v)) for v in mirror])
    return f"""// Generated by Training: python -m norface_training.heads.canonical
// swift-format-ignore-file

/// The 468 Face Mesh landmarks of a neutral, symmetric, frontal head, and what is known of each landmark.
///
/// Measured by running Face Mesh on renders of the mean ICT FaceKit head, mirrored and averaged
/// (`Documentation/Bundle.md`, "The canonical head"). `Training/norface_training/canonical_head.npy` holds the same numbers.
package enum CanonicalHead {{
    /// x, y, z of each landmark, flattened: 468 x 3. The distance between the eye centres is 1; x to the image's
    /// right, y down, z away from the camera; the origin lies midway between the eye centres.
    package static let points: [Float] = [
{numbers},
    ]

    /// Landmarks that move little with expression, ascending: eye corners, the bridge of the nose, temples,
    /// cheekbones beside the eyes and the face's outline before the ears. Pose is fitted on these.
    package static let rigidPoints: [Int] = [
{rigid},
    ]

    /// The landmark on the other side of the face, for each landmark; a landmark on the middle line is its own.
    package static let mirror: [Int] = [
{mirrored},
    ]
}}
"""


def main() -> None:
    root = Path(__file__).resolve().parents[3]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with ict_facekit.npz")
    parser.add_argument("--npy", type=Path, default=root / "Training/norface_training/canonical_head.npy")
    parser.add_argument("--swift", type=Path, default=root / "Sources/FaceTracking/CanonicalHead.swift")
    options = parser.parse_args()
    points, mirror = measure(options.data)
    points = np.round(points, 6).astype(np.float32)
    np.save(options.npy, points)
    options.swift.parent.mkdir(parents=True, exist_ok=True)
    options.swift.write_text(swift(points, mirror))


if __name__ == "__main__":
    main()
