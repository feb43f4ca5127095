"""The cached sets as labelled tensors: what each sample teaches, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from ..data.shards import ShardedSet, ShardError
from ..data.sources import HELD_OUT
from ..export.people import LEFT, strong
from ..labels import (
    AUS,
    EMOTIONS,
    MAX_INTENSITY,
    SIDE_TO_AU,
    SIDES,
    TEACHER_SHAPES,
    expected_au_of_votes,
    intensities_of_shapes,
    shape_side,
    vote_distribution,
)  # fmt: skip
from ..networks.points import GEOMETRY_POINTS, GEOMETRY_SCALE
from ..teacher.wear import coefficients_of
from .config import TEACHER, DataConfig


@dataclass
class Pool:
    """Samples of one kind, all tensors with the same first axis. A weight of zero means that the label is unknown."""

    crop: torch.Tensor  # uint8 [N, S, S]
    geometry: torch.Tensor  # float16 [N, 3P], scaled as the bundle's
    au: torch.Tensor  # [N, 20], 0-5
    au_weight: torch.Tensor
    left: torch.Tensor  # [N, 14]
    right: torch.Tensor
    side_weight: torch.Tensor
    emotion: torch.Tensor  # [N, 8] distributions
    emotion_weight: torch.Tensor  # [N]
    target: torch.Tensor  # uint8 [N, s, s]; one row when there is none
    target_weight: torch.Tensor  # [N]
    identity: torch.Tensor  # int64 [N]
    frequency: torch.Tensor  # [N], how often to draw the sample
    votes: torch.Tensor  # int64 [N, 10]
    shapes: torch.Tensor  # float16 [N, 51], square roots of the teacher's blendshapes
    shapes_weight: torch.Tensor  # [N]
    points: torch.Tensor  # float16 [N, P, 2], where the landmarks truly lie in the crop, 0-1
    points_weight: torch.Tensor  # [N]

    def __len__(self) -> int:
        return len(self.crop)

    def take(self, index: torch.Tensor) -> Pool:
        rows = {f.name: getattr(self, f.name) for f in fields(self)}
        alone = len(self.target) != len(self)
        return Pool(**{k: v if k == "target" and alone else v[index] for k, v in rows.items()})


def geometry_of(folder_set: ShardedSet, keep: np.ndarray | slice) -> torch.Tensor:
    """The networks' geometry input ``[rows, 3P]`` float16 of the set's rows ``keep``."""
    parts = []
    for shard in folder_set.shards("geometry"):
        points = shard[:, GEOMETRY_POINTS].reshape(len(shard), -1) * GEOMETRY_SCALE
        parts.append(points.clip(-8, 8).astype(np.float16))
    return torch.from_numpy(np.concatenate(parts)[keep])


def _shapes(source: ShardedSet, keep: np.ndarray) -> tuple[torch.Tensor, float]:
    """Square roots of the teacher's blendshapes in the order of ``TEACHER_SHAPES``, and 1, or 0 where the set lacks some."""
    columns = {name: k for k, name in enumerate(source.facts["blendshape_names"])}
    if not columns.keys() >= set(TEACHER_SHAPES):
        return torch.zeros(len(keep), len(TEACHER_SHAPES), dtype=torch.float16), 0.0
    told = source["blendshapes"][keep][:, [columns[name] for name in TEACHER_SHAPES]]
    return torch.from_numpy(np.sqrt(told.clip(0, 1)).astype(np.float16)), 1.0


def shrink(target: np.ndarray, size: int) -> torch.Tensor:
    """uint8 ``[N, S, S]`` to uint8 ``[N, size, size]`` by averaging areas, in pieces to save memory."""
    small = torch.empty(len(target), size, size, dtype=torch.uint8)
    for start in range(0, len(target), 512):
        piece = torch.from_numpy(target[start : start + 512].astype(np.float32)).unsqueeze(1)
        piece = F.interpolate(piece, size=(size, size), mode="bilinear", antialias=True)
        small[start : start + 512] = piece.round().clamp(0, 255).squeeze(1)
    return small


def head_pool(cache: Path, name: str, size: int, limit: int | None = None, told_share: float = 0.0) -> Pool:
    """Rendered people: every unit and side is exact, but for ``told_share`` of it that a former network told. ``size`` is the normalized face's."""
    source = ShardedSet(cache / name)
    au = torch.from_numpy(source["au"][:limit]).float()
    n = len(au)
    keep = slice(n)  # a slice, not indices: hundreds of thousands of crops are not copied a second time
    rare = balance(au)
    target = _drawn_or_fitted(cache, name, source, size, n)
    units = {"au": au} | {key: torch.from_numpy(source[key][keep]).float() for key in ("left", "right")}
    if told_share:
        told = _told(cache, name, "told", source)
        units = {key: value + told_share * (torch.from_numpy(told[key][keep]) - value) for key, value in units.items()}
    return Pool(
        crop=torch.from_numpy(source["crop"][keep]),
        geometry=geometry_of(source, keep),
        **units,
        au_weight=rare.expand(n, -1).clone(),
        side_weight=rare[list(SIDE_TO_AU)].expand(n, -1).clone(),
        emotion=torch.full((n, len(EMOTIONS)), 1 / len(EMOTIONS)),
        emotion_weight=torch.zeros(n),
        target=target,
        target_weight=(target.flatten(1).amax(1) > 0).float(),
        identity=torch.from_numpy(source["identity"][keep].astype(np.int64)),
        frequency=torch.ones(n),
        votes=torch.zeros(n, 10, dtype=torch.int64),
        shapes=torch.zeros(n, len(TEACHER_SHAPES), dtype=torch.float16),
        shapes_weight=torch.zeros(n),
        points=_points(source, n),
        points_weight=torch.full((n,), float("points" in source.fields)),
    )


def _points(source: ShardedSet, n: int) -> torch.Tensor:
    """The true landmarks of the geometry's points in the first ``n`` rows, zero where the set does not tell them."""
    if "points" not in source.fields:
        return torch.zeros(n, len(GEOMETRY_POINTS), 2, dtype=torch.float16)
    parts = [shard[:, GEOMETRY_POINTS] for shard in source.shards("points")]
    return torch.from_numpy(np.concatenate(parts)[:n])


def _drawn_or_fitted(cache: Path, name: str, source: ShardedSet, size: int, n: int) -> torch.Tensor:
    """Targets of the first ``n`` rows as they were drawn; rows left blank take theirs from the set ``NAME_fitted`` (see ``targets``)
    where there is one, and stay blank otherwise."""
    target, start = torch.empty(n, size, size, dtype=torch.uint8), 0
    for shard in source.shards("target"):
        part = shard[: n - start]
        target[start : start + len(part)] = shrink(part, size)
        start += len(part)
    blank = torch.nonzero(target.flatten(1).amax(1) == 0).squeeze(1)
    if len(blank) and (cache / f"{name}_fitted" / "manifest.json").exists():
        fitted = ShardedSet(cache / f"{name}_fitted")
        if len(fitted) < len(target):
            raise ShardError(f"{fitted.folder}: has {len(fitted)} rows, {name} {len(target)}: run norface_training.train.targets {name}")
        target[blank] = shrink(fitted["target"][blank.numpy()], size)
    return target


def balance(au: torch.Tensor) -> torch.Tensor:
    """Weights ``[20]`` of the units, mean one: a unit that varies little, being rare, counts more (the inverse of its spread)."""
    spread = au.std(0).clamp_min(1e-3) if len(au) > 1 else torch.ones(au.shape[1])
    weight = (spread.mean() / spread).clamp(0.4, 2.5)
    return weight / weight.mean()


def worn_shapes(blendshape_names: list[str]) -> list[str]:
    """The head model's names of all shapes that ``coefficients_of`` may set for these blendshapes."""
    names = []
    for name in blendshape_names:
        base, side = shape_side(name)
        names += [f"{base}_{side}"] if side else [f"{base}_L", f"{base}_R"] if base == "browInnerUp" else [base]
    filled = ("cheekSquint", "cheekRaiser", "noseSneer", "mouthDimple", "mouthPress", "mouthSmile", "eyeSquint")
    names += [f"{base}_{side}" for base in filled for side in "LR"] + ["mouthClose", "jawOpen"]
    return list(dict.fromkeys(names))


def photo_pool(cache: Path, name: str, size: int, config: DataConfig) -> Pool:
    """Photographs: units by whom the configuration trusts for each; emotions by the votes.

    Faces that the tracker does not find are left out. Targets are taken from the set ``NAME_targets`` (rendered), else
    ``NAME_fitted`` (see ``targets``), else ``NAME_told`` (see ``tell --pictures``) where one has them.
    """
    source = ShardedSet(cache / name)
    keep = np.flatnonzero(source["found"] > 0)[: config.limit]
    n = len(keep)
    square_roots, known_shapes = _shapes(source, keep)
    taught = source["taught"][keep] > 0
    emotion, emotion_weight = np.full((n, len(EMOTIONS)), 1 / len(EMOTIONS), np.float32), np.zeros(n, np.float32)
    votes, expected = np.zeros((n, 10), np.int64), np.zeros((n, len(AUS)), np.float32)
    if "votes" in source.fields:
        votes = source["votes"][keep].astype(np.int64)
        emotion, usable = vote_distribution(votes)
        emotion_weight = usable.astype(np.float32)
        expected = expected_au_of_votes(emotion)
        if config.told_share:
            emotion = ((1 - config.told_share) * emotion + config.told_share * _told(cache, name, "told", source)["emotion"][keep]).astype(np.float32)
    units = _photo_units(cache, name, source, keep, config, expected, emotion_weight)
    if config.neutral_weight:
        _neutral_units(units, strong(votes)["neutral"], config.neutral_weight)
    target, target_weight = torch.zeros(1, size, size, dtype=torch.uint8), torch.zeros(n)
    for drawn in (cache / f"{name}_targets", cache / f"{name}_fitted", cache / f"{name}_told"):
        if (drawn / "manifest.json").exists() and "target" in ShardedSet(drawn).fields:
            target, target_weight = _targets(drawn, source, keep, size, config)
            break
    return Pool(
        crop=torch.from_numpy(source["crop"][keep]),
        geometry=geometry_of(source, keep),
        **{key: torch.from_numpy(value) for key, value in units.items()},
        emotion=torch.from_numpy(np.asarray(emotion, np.float32)),
        emotion_weight=torch.from_numpy(emotion_weight),
        target=target,
        target_weight=target_weight,
        identity=torch.from_numpy(source["identity"][keep].astype(np.int64)),
        frequency=_frequency(emotion, emotion_weight, config.rarity),
        votes=torch.from_numpy(votes),
        shapes=square_roots,
        shapes_weight=torch.from_numpy(taught.astype(np.float32)) * known_shapes,
        points=torch.zeros(n, len(GEOMETRY_POINTS), 2, dtype=torch.float16),
        points_weight=torch.zeros(n),
    )


def _photo_units(
    cache: Path, name: str, source: ShardedSet, keep: np.ndarray, config: DataConfig, expected: np.ndarray, voted: np.ndarray
) -> dict[str, np.ndarray]:
    """Units of the rows ``keep``, by field of a pool, as the configuration's ``trust`` has it; ``expected`` are those of the votes ``[n, 20]``,
    ``voted`` 1 where there are any."""
    n = len(keep)
    taught = (source["taught"][keep] > 0).astype(np.float32)
    # The teacher's own coefficients have a zero and a reach of their own; what the common person would wear has not.
    shapes = worn_shapes(source.facts["blendshape_names"])
    worn = coefficients_of(source["blendshapes"][keep], source.facts["blendshape_names"], shapes)
    answers = {TEACHER: (*intensities_of_shapes(worn, shapes), taught)}
    values = {"au": np.zeros((n, len(AUS)), np.float32), "au_weight": np.zeros((n, len(AUS)), np.float32)}
    for key in ("left", "right", "side_weight"):
        values[key] = np.zeros((n, len(SIDES)), np.float32)
    for unit, trust in config.trusted().items():
        heard = []
        for one in trust.source.split("+"):
            if one not in answers:
                told = _told(cache, name, one, source)
                answers[one] = (*(told[key][keep] for key in ("au", "left", "right")), np.ones(n, np.float32))
            heard.append(answers[one])
        au, left, right = (
            np.clip(trust.gain * (sum(each) / len(heard) - trust.floor), 0, MAX_INTENSITY) if (trust.floor, trust.gain) != (0, 1) else sum(each) / len(heard)
            for each in list(zip(*heard, strict=True))[:3]
        )
        known = np.prod([each[3] for each in heard], axis=0)
        column, share = AUS.index(unit), trust.votes * voted
        values["au"][:, column] = au[:, column] + share * (expected[:, column] - au[:, column])
        # Where votes are all that is asked, whoever has none says nothing.
        weight = trust.weight * (voted if trust.votes == 1 else known)
        values["au_weight"][:, column] = weight
        if unit in SIDES:
            side = SIDES.index(unit)
            for key, each in (("left", left), ("right", right)):
                values[key][:, side] = each[:, side] + share * (expected[:, column] - each[:, side])
            values["side_weight"][:, side] = weight
    return values


def _neutral_units(values: dict[str, np.ndarray], neutral: np.ndarray, weight: float) -> None:
    """Gives the pictures that nearly all voters called neutral (a mask) at least this weight, in place, and where theirs was less the label
    zero: of the units that hardly any such face shows."""
    for unit in (name for name in AUS if name not in LEFT):
        column = AUS.index(unit)
        rows = np.flatnonzero(neutral & (values["au_weight"][:, column] < weight))
        values["au"][rows, column], values["au_weight"][rows, column] = 0, weight
        if unit in SIDES:
            side = SIDES.index(unit)
            values["left"][rows, side], values["right"][rows, side], values["side_weight"][rows, side] = 0, 0, weight


def _told(cache: Path, name: str, answer: str, source: ShardedSet) -> ShardedSet:
    """What a former network said of the set ``name`` (see ``tell``), of as many rows."""
    told = ShardedSet(cache / f"{name}_{answer}")
    if len(told) != len(source):
        raise ShardError(f"{told.folder}: has {len(told)} rows, the set {len(source)}: run norface_training.train.tell on it")
    return told


def _targets(folder: Path, source: ShardedSet, keep: np.ndarray, size: int, config: DataConfig):
    """The common person wearing the teacher's blendshapes, or as a former network drew it (``tell --pictures``), for as many rows as have been drawn."""
    drawn = ShardedSet(folder)
    small = shrink(drawn["target"], size)
    known = keep < len(small)
    target = torch.zeros(len(keep), size, size, dtype=torch.uint8)
    target[torch.from_numpy(known)] = small[torch.from_numpy(keep[known])]
    weight = known if "emotion" in drawn.fields else known & (source["taught"][keep] > 0)
    return target, torch.from_numpy(weight.astype(np.float32)) * config.target_weight


def _frequency(emotion: np.ndarray, weight: np.ndarray, rarity: float) -> torch.Tensor:
    """Samples of rare emotions are drawn more often: by the expected rarity of their votes to the power ``rarity``."""
    if weight.sum() == 0:
        return torch.ones(len(emotion))
    share = (emotion * weight[:, None]).sum(0) / weight.sum()
    scale = (emotion * np.maximum(share, 1e-4) ** -rarity).sum(1)
    scale = np.where(weight > 0, scale, 0.0)
    return torch.from_numpy((scale / scale.mean()).astype(np.float32))


def split_photos(pool: Pool) -> tuple[Pool, Pool]:
    """Training and held-out people of the photographs: those whose number divides by ``HELD_OUT``, whose skins no head wears."""
    out = pool.identity % HELD_OUT == 0
    return pool.take(torch.nonzero(~out).squeeze(1)), pool.take(torch.nonzero(out).squeeze(1))


def split_by_identity(pool: Pool, share: float, seed: int = 7, among: int = 0) -> tuple[Pool, Pool]:
    """Two parts that have no person in common: training, and ``share`` of the people held out. Fixed by ``seed``.

    With ``among`` the held-out people are chosen among those of the first ``among`` samples, as they were when there were
    no more; later samples of theirs are held out as well.
    """
    people = torch.unique(pool.identity[:among] if among else pool.identity)
    order = torch.randperm(len(people), generator=torch.Generator().manual_seed(seed))
    held = people[order[: max(1, round(share * len(people)))]]
    out = torch.isin(pool.identity, held)
    return pool.take(torch.nonzero(~out).squeeze(1)), pool.take(torch.nonzero(out).squeeze(1))
