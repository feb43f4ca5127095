"""Identity removal: an independent recogniser on originals and on normalized faces; and how frontal these are."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from .. import alignment, metrics
from ..train.pools import Pool
from .bundle import Bundle


class MissingTool(RuntimeError):
    """A program that this measure needs and that is not installed."""


def enlarge(faces: np.ndarray, side: int) -> np.ndarray:
    """``[N, s, s]`` float 0-1 to ``[N, side, side]`` uint8."""
    x = torch.from_numpy(np.ascontiguousarray(faces, np.float32)).unsqueeze(1)
    x = F.interpolate(x, size=(side, side), mode="bilinear", align_corners=False)
    return (x.squeeze(1).clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def recogniser():
    """The dlib network of ``face_recognition_models`` (PyPI) as a function from ``[N, 150, 150]`` uint8 to ``[N, 128]``.

    Faces come aligned already (``chip``), so dlib's own detector and landmarks are not needed.
    """
    try:
        import dlib
    except ImportError as error:
        raise MissingTool("dlib is not installed: pip install dlib (or dlib-bin) face_recognition_models") from error
    import importlib.util

    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise MissingTool("face_recognition_models is not installed: pip install face_recognition_models")
    file = Path(spec.submodule_search_locations[0]) / "models" / "dlib_face_recognition_resnet_model_v1.dat"
    network = dlib.face_recognition_model_v1(str(file))

    def embed(chips: np.ndarray) -> np.ndarray:
        return np.array([network.compute_face_descriptor(np.repeat(chip[..., None], 3, 2)) for chip in chips])

    return embed


def chip(faces: np.ndarray) -> np.ndarray:
    """Aligned crops (eyes at 0.33 of the height, 0.34 of the side apart) to dlib's chips of 150 pixels.

    dlib's chips (padding 0.25) have the eye centres about 0.36 of the side apart at 0.37 of the height: a window of 0.94 of the
    crop's side, moved up. What lies outside repeats the edge.
    """
    window, centre_x, centre_y = 0.94, 0.5, 0.33 + (0.5 - 0.37) * 0.94
    theta = torch.tensor([[window, 0, 2 * centre_x - 1], [0, window, 2 * centre_y - 1]], dtype=torch.float32)
    x = torch.from_numpy(np.ascontiguousarray(faces, np.float32)).unsqueeze(1)
    grid = F.affine_grid(theta.expand(len(x), -1, -1), (len(x), 1, 150, 150), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    return (x.squeeze(1).clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def choose(identities: np.ndarray, people: int, each: int, seed: int) -> np.ndarray:
    """Rows of up to ``each`` pictures of up to ``people`` people who have two or more, and as many single pictures."""
    rng = np.random.default_rng(seed)
    names, counts = np.unique(identities, return_counts=True)
    several = rng.permutation(names[counts >= 2])[:people]
    single = rng.permutation(names[counts == 1])[: len(several)]
    rows = [rng.permutation(np.flatnonzero(identities == name))[:each] for name in several]
    rows += [np.flatnonzero(identities == name) for name in single]
    return np.sort(np.concatenate(rows)) if rows else np.zeros(0, int)


def removal(bundle: Bundle, pool: Pool, people: int = 150, each: int = 4, seed: int = 1) -> dict:
    """ROC-AUC of same-person pairs against others on the originals and on the normalized faces of held-out people.

    0.5 on the normalized faces is perfect removal. Also the accuracy with which the nearest other picture is the same person's. Where the pool
    has the pictures that the normalizer is taught, the same of them: people repeat their expressions, and a perfect normalizer tells as much.
    """
    rows = choose(pool.identity.numpy(), people, each, seed)
    if len(rows) < 4:
        raise ValueError("too few pictures of one person among the held-out photographs")
    chosen, identities = pool.take(torch.from_numpy(rows)), pool.identity.numpy()[rows]
    crops = chosen.crop.numpy()
    outputs = bundle.predict(crops, chosen.geometry.float().numpy())
    sets = {"original": (crops / np.float32(255), identities), "normalized": (outputs["normalized"], identities)}
    taught = (chosen.target_weight > 0).numpy()
    if taught.any():
        sets["taught"] = (chosen.target.numpy()[taught] / np.float32(255), identities[taught])
    embed = recogniser()
    result = {"images": len(rows), "people": len(set(identities.tolist()))}
    for name, (faces, whose) in sets.items():
        vectors = embed(chip(faces))
        distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + 10 * np.eye(len(vectors))
        several = np.array([(whose == i).sum() > 1 for i in whose])
        result[f"auc_{name}"] = metrics.verification_auc(vectors, whose)
        result[f"interval_{name}"] = list(metrics.verification_interval(vectors, whose, seed=seed))
        result[f"nearest_{name}"] = float((whose[distance.argmin(1)] == whose)[several].mean())
    return result


class Mesh:
    """The landmark network inside MediaPipe's ``face_landmarker.task``, run by LiteRT on faces that fill the picture."""

    def __init__(self, task: Path):
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise MissingTool("LiteRT is not installed: pip install ai-edge-litert") from error
        try:
            content = zipfile.ZipFile(io.BytesIO(task.read_bytes())).read("face_landmarks_detector.tflite")
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{task}: not MediaPipe's face landmarker: {error}") from error
        self.interpreter = Interpreter(model_content=content, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]
        self.side = int(self.input["shape"][1])
        outputs = self.interpreter.get_output_details()
        self.output = next(o for o in outputs if int(np.prod(o["shape"])) == 478 * 3)

    def __call__(self, face: np.ndarray) -> np.ndarray:
        """Landmarks ``[468, 3]`` in the network's pixels of one square picture ``[side, side]`` uint8."""
        pixels = np.repeat(face[None, :, :, None], 3, 3).astype(np.float32) / 255
        self.interpreter.set_tensor(self.input["index"], pixels)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output["index"]).reshape(478, 3)[:468]


def pose(bundle: Bundle, pool: Pool, task: Path, faces: int = 300, seed: int = 1) -> dict:
    """Yaw, pitch and roll of originals and of normalized faces, by landmarks: mean, spread, and the 95th percentile of the angle
    away from frontal."""
    rows = torch.from_numpy(np.sort(np.random.default_rng(seed).permutation(len(pool))[:faces]))
    outputs = bundle.predict(pool.crop[rows].numpy(), pool.geometry[rows].float().numpy())
    mesh = Mesh(task)
    result: dict = {"images": len(rows)}
    for name, pictures in (("original", pool.crop[rows].numpy().astype(np.float32) / 255), ("normalized", outputs["normalized"])):
        # The landmark network expects a margin of a quarter around the face.
        side = round(mesh.side / 1.25)
        margin = mesh.side - side
        padding = ((0, 0), (margin // 2, margin - margin // 2), (margin // 2, margin - margin // 2))
        padded = np.pad(enlarge(pictures, side), padding, mode="edge")
        angles = np.array([alignment.pose_of(mesh(picture)) for picture in padded])
        result[name] = {
            **{f"{axis}_mean": float(angles[:, i].mean()) for i, axis in enumerate(("yaw", "pitch", "roll"))},
            **{f"{axis}_sd": float(angles[:, i].std()) for i, axis in enumerate(("yaw", "pitch", "roll"))},
            "away_95": float(np.percentile(np.linalg.norm(angles[:, :2] - np.median(angles[:, :2], 0), axis=1), 95)),
        }
    return result
