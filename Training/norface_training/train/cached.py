"""Batches whose tokens were computed beforehand, for stages that hold encoder and normalizer still.

Of each sample some views are kept: the plain crop, and augmented ones, each with its tokens, those of its normalized face, its geometry and
whether it is mirrored; labels are looked up, so that a run with other labels takes the same views up; where the classifier's readers are held still too, with its representations in place of the tokens. A step is then the classifier's alone, several times as fast; what is lost is that a sample is never seen in a new way. The views
lie in a folder, under a name that tells networks, pictures and augmentation, for the stage that is stopped and for another run to take up.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import torch

from ..networks import Norface
from .augment import plain
from .batches import Batches
from .config import AugmentConfig
from .pools import Pool

KEPT = ("geometry", "flip", "tokens", "normalized_tokens", "representations")
"""What of a view is kept. The losses of pictures read more, which such a stage has not."""


class CachedBatches(Batches):
    """As ``Batches``, with ``tokens`` and ``normalized_tokens`` in place of faces, or, ``read``, with ``representations``. ``views`` is how many of each pool are kept; one is the plain crop."""

    def __init__(
        self, pools: dict[str, Pool], shares: dict[str, float], augment: AugmentConfig, size: int, batch: int, seed: int,
        model: Norface, views: dict[str, int], folder: Path,
        read: bool = False, bfloat16: bool = False,
    ):  # fmt: skip
        """``bfloat16``: the networks that are held still compute in half the width."""
        super().__init__(pools, shares, augment, size, batch, seed)
        self.views = {name: views.get(name, 1) for name in self.counts}
        self.kept, self.read, self.bfloat16 = {}, read, bfloat16
        for name in self.counts:
            file = folder / f"{name}-{self.key(model, pools[name], self.views[name])}.pt"
            if not file.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                partial = file.with_suffix(".part")
                torch.save(self.keep(model.eval(), pools[name], self.views[name]), partial)
                os.replace(partial, file)
            self.kept[name] = torch.load(file, map_location="cpu", weights_only=True, mmap=True)

    def key(self, model: Norface, pool: Pool, views: int) -> str:
        """What the views of a pool depend on, as a hash."""
        told = hashlib.sha256(f"{self.augmenter.config} {self.augmenter.size} {views} {self.bfloat16}".encode())
        for part in (model.encoder, model.normalizer, *([model.classifier.readers] if self.read else [])):
            for value in part.state_dict().values():
                told.update(value.detach().cpu().contiguous().numpy().tobytes())
        told.update(f"{len(pool)}".encode())
        told.update(pool.crop[:: max(1, len(pool) // 1000)].contiguous().numpy().tobytes())
        told.update(pool.geometry.contiguous().numpy().tobytes())
        return told.hexdigest()[:16]

    @torch.no_grad()
    def keep(self, model: Norface, pool: Pool, views: int, chunk: int = 128) -> dict[str, torch.Tensor]:
        """All views of a pool, one after the other, tokens in half precision."""
        kept: dict[str, torch.Tensor] = {}
        self.augmenter.generator = torch.Generator().manual_seed(1)
        device, total = next(model.parameters()).device, views * len(pool)
        for view in range(views):
            for index in torch.arange(len(pool)).split(chunk):
                flip = self.augmenter.flips(len(index)) if view else torch.zeros(len(index), dtype=torch.bool)
                if view:
                    part = self.rows(pool, index, flip)
                else:
                    part = {"face": plain(pool.crop[index], self.augmenter.size), "geometry": pool.geometry[index].float()}
                part["flip"] = flip
                with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
                    tokens = model.encoder(part["face"].to(device))
                    normalized = model.encoder(model.normalizer(tokens))
                tokens, normalized = tokens.float(), normalized.float()
                if self.read:
                    representations = model.classifier.represent(tokens, normalized, part["geometry"].to(device))
                    part["representations"] = torch.cat(representations, 1).cpu()
                else:
                    part |= {"tokens": tokens.cpu().half(), "normalized_tokens": normalized.cpu().half()}
                at = view * len(pool) + int(index[0])
                for key, value in part.items():
                    if key in KEPT:
                        kept.setdefault(key, torch.empty(total, *value.shape[1:], dtype=value.dtype))[at : at + len(index)] = value
        self.augmenter.generator = self.generator
        return kept

    def draw(self) -> dict[str, torch.Tensor]:
        parts = []
        for name, count in self.counts.items():
            index = torch.multinomial(self.frequency[name], count, replacement=True, generator=self.generator)
            view = torch.randint(0, self.views[name], (count,), generator=self.generator)
            rows = view * len(self.pools[name]) + index
            part = {key: value[rows] for key, value in self.kept[name].items()}
            parts.append(part | self.labels(self.pools[name], index, part.pop("flip")))
        batch = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
        return batch | {key: batch[key].float() for key in ("tokens", "normalized_tokens") if key in batch}
