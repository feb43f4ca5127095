"""The aligned crop, head pose and landmark geometry, as Documentation/Bundle.md defines them.

The same rules are written in Swift in ``Sources/FaceTracking``; ``Tests/Fixtures/alignment`` holds one picture both are
held against. Landmarks are (468, 3) arrays in pixels with the origin at the top left corner of the top left pixel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

#: Anchor landmarks and their weights: eye corners, nasion, subnasale, corners of the mouth.
ANCHORS = np.array([33, 133, 362, 263, 168, 2, 61, 291])
ANCHOR_WEIGHTS = np.array([1, 1, 1, 1, 1, 1, 0.5, 0.5])

#: Landmarks that move little with expression: eye corners, the bridge of the nose above its tip, temples, cheekbones
#: beside and below the eye's outer corner, the outline of the face before the ears. Left out: forehead and glabella (brows:
#: 1, 2, 4), alae, nose tip and subnasale (9, 10 and the mouth: subnasale moved 0.07 eye distances with noseSneer), cheeks
#: (6, 12), lids, jaw and mouth. Measured with Face Mesh on renders of twelve strong expressions these landmarks
#: moved by 0.013 eye distances in the mean, all 468 by 0.034. The outline points move more than
#: the rest (0.02), but without their width and depth yaw and pitch would be ill determined.
RIGID = np.array(sorted({
    33, 133, 362, 263, 130, 359, 243, 463, 226, 446, 190, 414, 173, 398, 35, 265, 31, 261,
    168, 6, 197, 195, 122, 351, 196, 419, 3, 248, 193, 417, 245, 465, 188, 412, 174, 399,
    127, 356, 234, 454, 162, 389, 34, 264, 139, 368, 143, 372, 227, 447, 156, 383,
    116, 345, 117, 346, 111, 340,
}))  # fmt: skip

_MAXIMUM_SAMPLES = 8


def canonical_head() -> np.ndarray:
    """The canonical head, (468, 3) float32, in eye distances."""
    return np.load(Path(__file__).with_name("canonical_head.npy"))


CANONICAL = canonical_head().astype(np.float64)


def canonical_places(points: np.ndarray) -> np.ndarray:
    """Where the canonical head's landmarks ``points`` lie in a crop, 0-1 across it, (len(points), 2)."""
    return np.array([0.50, 0.33]) + 0.34 * CANONICAL[np.asarray(points), :2]


def crop_targets(size: int) -> np.ndarray:
    """Where the anchors belong in a crop of ``size`` pixels, (8, 2)."""
    return size * canonical_places(ANCHORS)


def similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[float, float, float, float]:
    """The similarity x' = a x - b y + c, y' = b x + a y + d that takes ``source`` nearest to ``target`` (both (N, 2)).

    Weighted least squares without reflection; in two dimensions Umeyama's (1991) solution is this closed form.
    Raises ``ValueError`` where the points coincide.
    """
    w = np.asarray(weights, np.float64) / np.sum(weights)
    p, q = np.asarray(source, np.float64), np.asarray(target, np.float64)
    pm, qm = w @ p, w @ q
    p, q = p - pm, q - qm
    spread = w @ (p**2).sum(1)
    if not spread > 1e-12:
        raise ValueError("the anchors coincide: no similarity can be fitted")
    a = w @ (p * q).sum(1) / spread
    b = w @ (p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]) / spread
    return a, b, qm[0] - a * pm[0] + b * pm[1], qm[1] - b * pm[0] - a * pm[1]


def crop_transform(landmarks: np.ndarray, size: int = 96) -> tuple[float, float, float, float]:
    """The similarity from image pixels to crop pixels for landmarks (468, 2 or 3)."""
    return similarity(np.asarray(landmarks)[ANCHORS, :2], crop_targets(size), ANCHOR_WEIGHTS)


def expand_range(luma: np.ndarray) -> np.ndarray:
    """Limited-range luma (16-235) to full range, float, unrounded."""
    return np.clip((luma.astype(np.float64) - 16) * 255 / 219, 0, 255)


def sample_crop(luma: np.ndarray, transform: tuple[float, float, float, float], size: int = 96) -> np.ndarray:
    """Sample the crop that ``transform`` (image to crop) defines from a full-range luma picture (H, W).

    Each crop pixel is the mean of n x n bilinear samples, n growing with the reduction; edge pixels are repeated outside
    the picture. Returns (size, size) uint8, rounded half up.
    """
    if luma.ndim != 2 or luma.shape[0] < 1 or luma.shape[1] < 1:
        raise ValueError(f"a luma picture must be (height, width), not {luma.shape}")
    a, b, c, d = transform
    square = a * a + b * b
    step = 1 / np.sqrt(square)
    n = int(min(_MAXIMUM_SAMPLES, max(1, np.ceil(step))))
    # n samples at ((k + 0.5) / n - 0.5) about each centre are one regular grid, n times as fine.
    fine = (np.arange(size * n) + 0.5) / n
    u, v = fine[None, :] - c, fine[:, None] - d
    x = (a * u + b * v) / square - 0.5
    y = (a * v - b * u) / square - 0.5
    left, top = np.floor(x), np.floor(y)
    fx, fy = (x - left).astype(np.float32), (y - top).astype(np.float32)
    height, width = luma.shape
    x0, y0 = left.astype(np.int32), top.astype(np.int32)
    x1, y1 = np.clip(x0 + 1, 0, width - 1), np.clip(y0 + 1, 0, height - 1) * width
    x0, y0 = np.clip(x0, 0, width - 1), np.clip(y0, 0, height - 1) * width
    flat = np.ascontiguousarray(luma, np.float32).ravel()
    upper = flat[y0 + x0]
    upper += (flat[y0 + x1] - upper) * fx
    lower = flat[y1 + x0]
    lower += (flat[y1 + x1] - lower) * fx
    upper += (lower - upper) * fy
    mean = upper if n == 1 else upper.reshape(size, n, size, n).mean((1, 3), dtype=np.float64)
    return np.floor(mean + 0.5).clip(0, 255).astype(np.uint8)


def align(luma: np.ndarray, landmarks: np.ndarray, size: int = 96) -> np.ndarray:
    """The aligned crop (size, size) uint8 of the face whose landmarks these are."""
    return sample_crop(luma, crop_transform(landmarks, size), size)


def rigid_fit(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scale (...,), rotation (..., 3, 3) and translation (..., 3): landmarks ≈ s R canonical + t on the rigid points.

    Umeyama (1991), reflection excluded, for landmarks (..., 468, 3).
    """
    q = np.asarray(landmarks, np.float64)[..., RIGID, :]
    p = CANONICAL[RIGID]
    pm, qm = p.mean(0), q.mean(-2)
    pc, qc = p - pm, q - qm[..., None, :]
    covariance = np.swapaxes(qc, -1, -2) @ pc / len(p)
    u, d, vt = np.linalg.svd(covariance)
    sign = np.ones_like(d)
    sign[..., 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * sign[..., None, :]) @ vt
    scale = (d * sign).sum(-1) / (pc**2).sum(-1).mean()
    return scale, rotation, qm - scale[..., None] * (rotation @ pm)


def pose_angles(rotation: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll (..., 3) in degrees of R = Rz(roll) Ry(yaw) Rx(pitch).

    Yaw is positive with the nose to the image's right, pitch with the nose up, roll clockwise in the image.
    """
    yaw = np.arcsin(np.clip(rotation[..., 2, 0], -1, 1))
    pitch = np.arctan2(-rotation[..., 2, 1], rotation[..., 2, 2])
    roll = np.arctan2(rotation[..., 1, 0], rotation[..., 0, 0])
    return np.degrees(np.stack([yaw, pitch, roll], -1))


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The rotation with these angles (degrees), in the image's axes: the inverse of :func:`pose_angles`."""
    y, p, r = np.radians([yaw, pitch, roll])
    rz = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    ry = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    rx = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    return rz @ ry @ rx


def pose_of(landmarks: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll in degrees of landmarks (..., 468, 3)."""
    return pose_angles(rigid_fit(landmarks)[1])


def geometry(landmarks: np.ndarray) -> np.ndarray:
    """Pose-free displacements from the canonical head (..., 468, 3) float32, in eye distances, unscaled."""
    scale, rotation, translation = rigid_fit(landmarks)
    moved = np.asarray(landmarks, np.float64) - translation[..., None, :]
    back = moved @ rotation / scale[..., None, None]
    return (back - CANONICAL).astype(np.float32)


def geometry_vector(landmarks: np.ndarray, points: np.ndarray, scale: float) -> np.ndarray:
    """The network's geometry input (..., 3 * len(points)) float32."""
    chosen = geometry(landmarks)[..., np.asarray(points), :]
    return (chosen * np.float32(scale)).reshape(*chosen.shape[:-2], -1)
