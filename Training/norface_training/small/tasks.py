"""What each task's batches, loss and validation are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..metrics import roc_auc, verification_auc
from . import losses, pools
from .augment import MIRRORED, CropAugmenter, EyeAugmenter
from .config import SmallConfig
from .networks import DEGREES, POSE_DEGREES

#: Photographs' faces turned farther than this have hidden parts of their own that nobody told.
_TURNED = 25.0
#: Rows validated on at most.
_MOST = 3000


def crops_of(crops: np.ndarray) -> torch.Tensor:
    """``[N, 96, 96]`` uint8 as the networks take them."""
    return torch.from_numpy(np.ascontiguousarray(crops)).unsqueeze(1).to(torch.float32) / 255


@torch.no_grad()
def answers(network: nn.Module, *inputs: torch.Tensor, batch: int = 256) -> np.ndarray:
    """A network's outputs over many rows."""
    return np.concatenate([network(*(x[k : k + batch] for x in inputs)).numpy() for k in range(0, len(inputs[0]), batch)])


def embeddings(network: nn.Module, crops: np.ndarray) -> np.ndarray:
    """(N, 64) of crops (N, 96, 96) uint8: the mean of a face's own embedding and its mirror image's, of unit length, as who runs it makes it."""
    both = answers(network, crops_of(crops)) + answers(network, crops_of(crops[:, :, ::-1]))
    return both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-6)


def pairs_of(faces: pools.Faces, most: int, seed: int = 3) -> np.ndarray:
    """Rows of whole people who have two pictures or more, and of as many others, at most so many rows."""
    rng = np.random.default_rng(seed)
    groups = faces.groups()
    order = rng.permutation(len(groups))
    chosen: list[int] = []
    for k in sorted(order, key=lambda k: len(groups[k]) < 2):
        chosen += rng.permutation(groups[k])[:6].tolist()
        if len(chosen) >= most:
            break
    return np.asarray(chosen[:most])


class IdentityTask:
    """Batches of some people with some pictures each, rendered and photographed apart: a network that tells the two worlds apart
    would otherwise find most of its strangers there."""

    def __init__(self, config: SmallConfig, cache: Path, generator: torch.Generator):
        self.config = config
        self.rng = np.random.default_rng(config.seed)
        self.augment = CropAugmenter(config, generator)
        rendered = pools.worlds(cache, config.worlds, ("crop", "visible"))
        # Who is hidden for the most part is nobody.
        rendered = rendered.take(np.flatnonzero(rendered["visible"].astype(np.float32).mean(1) > 0.45))
        learn, keep = pools.split(rendered, config.validation)
        self.pools = [(rendered.take(learn), 1.0)]
        self.kept = {"rendered": rendered.take(keep)}
        if config.photographs:
            photos = pools.photographs(cache, config.photographs, ("crop", "plain", "visible"))
            photos = photos.take(np.flatnonzero(photos["visible"].astype(np.float32).mean(1) > 0.6))
            learn, keep, _ = pools.photo_split(photos)
            plain = keep[photos["plain"][keep] == 1]
            self.kept["photographs"] = photos.take(plain)
            self.pools = [(self.pools[0][0], 1 - config.photo_share), (photos.take(learn), config.photo_share)]
        self.grouped = [pool.groups() for pool, _ in self.pools]
        # People with several pictures are drawn more often.
        self.odds = []
        for groups in self.grouped:
            weight = np.array([1.0 if len(g) > 1 else 0.25 for g in groups])
            self.odds.append(weight / weight.sum())

    def loss(self, network: nn.Module) -> torch.Tensor:
        total = torch.zeros(())
        for (pool, share), groups, odds in zip(self.pools, self.grouped, self.odds):
            count = round(self.config.batch * share / self.config.each)
            if count < 2:
                continue
            people = self.rng.choice(len(groups), min(count, len(groups)), replace=False, p=odds)
            # A person of one picture is shown as often as the others, augmented each time.
            rows = np.concatenate(
                [self.rng.choice(groups[k], self.config.each, replace=len(groups[k]) < self.config.each) for k in people]
            )
            faces, _ = self.augment(torch.from_numpy(pool["crop"][rows]))
            person = torch.from_numpy(np.repeat(people, self.config.each))
            total = total + share * losses.contrastive(network(faces), person, self.config.temperature)
        return total

    def validate(self, network: nn.Module) -> dict[str, float]:
        figures = {}
        for name, faces in self.kept.items():
            rows = pairs_of(faces, 1500)
            if len(rows) > 2:
                figures[name] = verification_auc(answers(network, crops_of(faces["crop"][rows])), faces.person[rows])
        known = [v for v in figures.values() if np.isfinite(v)]
        return figures | {"score": float(np.mean(known)) if known else 0.0}


class VisibilityTask:
    """Rendered faces with their truth, and photographs with something drawn before them."""

    def __init__(self, config: SmallConfig, cache: Path, generator: torch.Generator):
        self.config = config
        self.rng = np.random.default_rng(config.seed)
        self.augment = CropAugmenter(config, generator)
        rendered = pools.worlds(cache, config.worlds, ("crop", "visible"))
        learn, keep = pools.split(rendered, config.validation)
        self.pools = [(rendered.take(learn), 1.0)]
        self.kept = {"rendered": rendered.take(keep[:_MOST])}
        if config.photographs:
            photos = pools.photographs(cache, config.photographs, ("crop", "visible", "fitted"))
            learn, keep, _ = pools.photo_split(photos)
            self.pools = [(self.pools[0][0], 1 - config.photo_share), (photos.take(learn), config.photo_share)]
            self.kept["photographs"] = photos.take(keep[:_MOST])

    @staticmethod
    def known(faces: pools.Faces) -> np.ndarray:
        """Which regions' visibility is known, (N, 8) bool: of a photograph's turned face the far side is not."""
        out = np.ones((len(faces), 8), bool)
        if "fitted" in faces.arrays:
            yaw = faces["fitted"][:, 0]
            # Turned to the image's right, the subject's left side is the far one.
            out[:, 0::2] &= (yaw < _TURNED)[:, None]
            out[:, 1::2] &= (yaw > -_TURNED)[:, None]
        return out

    def loss(self, network: nn.Module) -> torch.Tensor:
        total = torch.zeros(())
        for pool, share in self.pools:
            count = round(self.config.batch * share)
            if not count:
                continue
            some = pool.take(self.rng.integers(0, len(pool), count))
            faces, flip = self.augment(torch.from_numpy(some["crop"]))
            shown = torch.from_numpy(some["visible"].astype(np.float32))
            known = torch.from_numpy(self.known(some))
            shown = torch.where(flip[:, None], shown[:, list(MIRRORED)], shown)
            known = torch.where(flip[:, None], known[:, list(MIRRORED)], known)
            total = total + share * losses.visibility(network.logits(faces), shown, known)
        return total

    def validate(self, network: nn.Module) -> dict[str, float]:
        figures = {}
        for name, faces in self.kept.items():
            told = answers(network, crops_of(faces["crop"]))
            known, hidden = self.known(faces), faces["visible"].astype(np.float32) < pools.SEEN
            aucs = [roc_auc(hidden[known[:, k], k], -told[known[:, k], k]) for k in range(told.shape[1])]
            figures[name] = float(np.nanmean(aucs)) if np.isfinite(aucs).any() else 0.0
        return figures | {"score": float(np.mean(list(figures.values())))}


class GazeTask:
    """Both eyes of rendered faces, and the faces, half of them seen in a mirror."""

    FIELDS = ("eyes", "crop", "gaze", "aperture", "blink", "fitted", "visible")

    def __init__(self, config: SmallConfig, cache: Path, generator: torch.Generator):
        self.config = config
        self.rng = np.random.default_rng(config.seed)
        self.generator = generator
        self.eyes, self.crops = EyeAugmenter(config, generator), CropAugmenter(config, generator)
        faces = pools.worlds(cache, config.worlds, self.FIELDS)
        learn, keep = pools.split(faces, config.validation)
        self.rows, self.kept = pools.gaze_rows(faces.take(learn)), pools.gaze_rows(faces.take(keep[:_MOST]))

    def loss(self, network: nn.Module) -> torch.Tensor:
        chosen = self.rng.integers(0, len(self.rows["eyes"]), self.config.batch)
        some = {name: values[chosen] for name, values in self.rows.items()}
        crop, flip = self.crops(torch.from_numpy(some["crop"]))
        some = {name: torch.from_numpy(values) for name, values in pools.mirrored(some, flip.numpy()).items() if name != "crop"}
        eyes = self.eyes(torch.cat(some["eyes"].chunk(2, 2)))
        pose = some["pose"] + 2.0 * torch.randn(some["pose"].shape, generator=self.generator)
        raw = network.raw(torch.cat(eyes.chunk(2), 3), crop, pose / POSE_DEGREES)
        each = [some[name].flatten(0, 1) for name in ("gaze", "aperture", "closed", "seen", "looks")]
        both = some["looks"].all(1)
        mean = (raw.view(-1, 2, 8)[:, :, :4].mean(1) - some["gaze"].mean(1) / DEGREES).view(-1, 2, 2)
        joint = torch.sqrt((mean**2).sum(2) + 1e-4).sum(1)
        joint = (joint * both).sum() / both.sum().clamp_min(1)
        return losses.eye(raw.view(-1, 8), *each) + joint

    def validate(self, network: nn.Module) -> dict[str, float]:
        kept = self.kept
        told = gaze_answers(network, kept["eyes"], kept["crop"], kept["pose"])
        looks, seen = kept["looks"], kept["seen"]
        error = np.linalg.norm((told[..., :4] - kept["gaze"])[looks].reshape(-1, 2, 2), axis=2).mean(0)
        return {
            "view": float(error[0]),
            "head": float(error[1]),
            "aperture": float(np.abs(told[..., 5] - kept["aperture"])[seen].mean()),
            "closed": roc_auc(kept["closed"][seen], told[..., 6][seen]),
            "seen": roc_auc(seen.ravel(), told[..., 7].ravel()),
            "score": float(-error.mean()),
        }


def gaze_answers(network: nn.Module, eyes: np.ndarray, crops: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """The gaze network's outputs (N, 2, 8) for pairs of eyes (N, 32, 96) and crops (N, 96, 96) uint8, and poses (N, 2) in degrees."""
    angles = torch.from_numpy(np.asarray(pose, np.float32)) / POSE_DEGREES
    return answers(network, crops_of(eyes), crops_of(crops), angles).reshape(-1, 2, 8)


def make(config: SmallConfig, cache: Path, generator: torch.Generator):
    """The task of a configuration."""
    return {"identity": IdentityTask, "visibility": VisibilityTask, "gaze": GazeTask}[config.task](config, cache, generator)
