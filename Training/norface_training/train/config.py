"""A run's configuration: one YAML file, checked as a whole before anything is read or written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import yaml

from ..labels import AU_NUMBERS, AUS, MAX_INTENSITY, TEACHER_AUS, VOTE_SHARE
from ..networks import NetworkConfig

TEACHER = "teacher"
"""The name of the teacher among those whose word on a photograph's units is taken (``Trust.source``)."""

PARTS = ("encoder", "normalizer", "classifier")
HOLDABLE = ("readers", "input_mixture", "output_mixture")
LOSSES = ("emotion", "au", "shapes", "alone", "image", "gradient", "perceptual", "consistency", "flip", "points")


@dataclass(frozen=True)
class Trust:
    """Whose word is taken for one unit of a photograph.

    ``source`` is ``teacher``, or the name under which a former network's answers were told (``NAME_told``: ``told``, see ``tell``), or several of these with ``+`` between, whose mean is taken; ``votes``
    the share that the votes' expectation makes up of the label where there are votes (1: nothing else is asked); ``weight`` how much the label
    counts beside a rendered person's, whose truth is exact (0: photographs say nothing of the unit). Of what the source says ``floor`` is taken
    away and the rest counts ``gain`` times: a network that learned from a noisy teacher says too little of what plainly shows, and a little
    of what does not.
    """

    weight: float
    votes: float = 0.0
    source: str = TEACHER
    floor: float = 0.0
    gain: float = 1.0


@dataclass
class DataConfig:
    """Which sets of the cache take part, and how far each is trusted.

    ``shares``: the part of each batch drawn from ``ferplus``, ``photos`` and the rendered worlds ``heads`` and ``makehuman``. ``teacher_weight`` is for the teacher's
    units on photographs, ``vote_weight`` for the units that votes speak of; ``trust`` says otherwise for single units. ``rarity`` is the power of a class's rarity
    in the sampling of FER+ (0: as they come). ``told_share`` is the part of FER+'s labels that a former network's answers make up
    (``NAME_told``, see ``tell``; votes make up the rest, and validation knows votes only), ``heads_told_share`` and ``makehuman_told_share`` that of rendered people's units
    (to go on without forgetting what more of them taught); of the units ``makehuman_silent`` the second world says nothing. ``neutral_weight`` is what the word of nearly all voters that a photograph is neutral
    counts at least, as a label of zero, for the units that show on no such face (all but those that are left as they are in ``export.people``). ``held_out`` is the share of rendered people kept for validation, chosen among
    those of the first ``held_among`` heads (0: of all), so that a set which has grown keeps its split. ``limit`` keeps the first of each set (for trials).
    """

    shares: dict = field(default_factory=lambda: {"ferplus": 0.5, "photos": 0.15, "heads": 0.35})
    teacher_weight: float = 0.5
    vote_weight: float = 0.25
    target_weight: float = 0.6
    rarity: float = 0.4
    told_share: float = 0.0
    heads_told_share: float = 0.0
    makehuman_told_share: float = 0.0
    makehuman_silent: list = field(default_factory=list)
    neutral_weight: float = 0.0
    held_out: float = 0.12
    held_among: int = 0
    limit: int | None = None
    trust: dict = field(default_factory=dict)

    def worlds(self) -> dict[str, float]:
        """The sets of rendered people, and what share of their labels a former network told."""
        return {"heads": self.heads_told_share, "makehuman": self.makehuman_told_share}

    def trusted(self) -> dict[str, Trust]:
        """Whom to trust for each unit of the photographs: ``trust``, and what ``labels`` has for the units that it does not name."""
        result = {}
        for number, unit in zip(AU_NUMBERS, AUS, strict=True):
            if number in TEACHER_AUS:
                result[unit] = Trust(self.teacher_weight, VOTE_SHARE.get(number, 0.0))
            else:
                # The teacher has no cheeks; a smile with squinting eyes stands in for them, weakly.
                result[unit] = Trust(self.vote_weight, 0.0 if number == 6 else 1.0)
        return result | {unit: _fill(Trust, values, f"data.trust.{unit}") for unit, values in self.trust.items()}

    def check(self) -> None:
        """Raises ``ConfigError`` for a unit that there is not, and for numbers out of range."""
        for where, units in (("data.trust.", self.trust), ("data.makehuman_silent: ", self.makehuman_silent)):
            for unit in units:
                if unit not in AUS:
                    raise ConfigError(f"{where}{unit}: no such unit; there are {', '.join(AUS)}")
        for unit, trust in self.trusted().items():
            if not (0 <= trust.weight <= 1 and 0 <= trust.votes <= 1):
                raise ConfigError(f"data.trust.{unit}: weight and votes must be between 0 and 1")
            if not (0 <= trust.floor < MAX_INTENSITY and trust.gain > 0):
                raise ConfigError(f"data.trust.{unit}: floor must be an intensity, and gain above 0")


@dataclass
class AugmentConfig:
    """Strengths of the augmentation, see ``augment.Augmenter``."""

    rotation: float = 8.0
    scale: float = 0.08
    shift: float = 0.03
    aspect: float = 0.05
    gamma: float = 0.35
    gradient: float = 0.5
    blur: float = 0.5
    noise: float = 0.04
    cutout: float = 0.3
    geometry_noise: float = 0.05
    geometry_drop: float = 0.15


@dataclass
class StageConfig:
    """One stage: which parts learn, from which losses, for how many steps.

    ``read`` is ``original`` (the original's representation with its own read-out only) or ``mixture`` (the whole classifier) or
    ``nothing`` (image losses only). ``size`` is the side of the crops fed (the input size when absent): a smaller one is cheaper
    and, by the convolutions' strides, reaches the same last grid. ``final`` is the last learning rate as a share of ``lr``
    (1: constant after the warm-up, for a stage that another one goes on from). ``muon``: see ``muon.py``. ``start`` takes
    the weights of another checkpoint, named relative to the run's folder or absolutely. ``keep`` is what the stage leaves: the
    weights that validated ``best``, or the ``last`` ones, for a long schedule whose validations differ by less than their noise. ``anew``: parts
    that begin from nothing, whatever the stage starts from. ``hold``: parts of the classifier that stay as they are (``readers``). ``views``: how many views of each set's samples are computed once, where
    encoder and normalizer are held still (see ``cached.py``; empty: every sample is seen in a new way each time).
    """

    name: str = "stage"
    train: list = field(default_factory=lambda: ["encoder", "classifier"])
    read: str = "mixture"
    losses: dict = field(default_factory=lambda: {"emotion": 1.0, "au": 1.0})
    steps: int = 1000
    batch: int = 64
    lr: float = 2e-3
    lr_scale: dict = field(default_factory=dict)
    weight_decay: float = 0.02
    muon: bool = False
    warmup: float = 0.1
    ema: float = 0.998
    size: int | None = None
    final: float = 0.01
    freeze_norms: bool = False
    validate_every: int = 500
    start: str | None = None
    keep: str = "best"
    shares: dict | None = None
    anew: list = field(default_factory=list)
    hold: list = field(default_factory=list)
    views: dict = field(default_factory=dict)


@dataclass
class RunConfig:
    """A whole run. ``bfloat16`` computes convolutions and products in half the width (weights, norms' statistics and losses stay
    float32): about 1.5 times as fast on CPUs with AVX-512 BF16. ``compiled`` puts the encoder through ``torch.compile`` while it learns
    (a C++ compiler is needed): 1.1 times as fast on a CPU, as norms and activations go through memory once."""

    name: str = "run"
    seed: int = 1
    threads: int = 1
    bfloat16: bool = False
    compiled: bool = False
    checkpoint_minutes: float = 5.0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    data: DataConfig = field(default_factory=DataConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    stages: list = field(default_factory=list)

    def fingerprint(self) -> str:
        """A hash of everything that shapes the training; a checkpoint carries it."""
        values = asdict(self)
        for key in ("threads", "compiled", "checkpoint_minutes"):
            values.pop(key)
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file and the key."""


def _fill(cls, values: dict, where: str):
    if not isinstance(values, dict):
        raise ConfigError(f"{where}: expected a mapping, found {type(values).__name__}")
    known = {f.name for f in fields(cls)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{where}.{key}: unknown key; known are {', '.join(sorted(known))}")
    return cls(**values)


def _mapping(path: Path) -> dict:
    """A YAML file that holds one mapping."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected a mapping")
    return values


def load_config(path: Path | str) -> RunConfig:
    """Reads and checks a run's YAML; ``ConfigError`` names the file and the key at fault.

    ``base`` names another file, relative to this one, whose values hold where this one does not say otherwise; ``network``,
    ``data`` and ``augment`` are joined key by key, so that one of them can be changed.
    """
    path = Path(path)
    values = _mapping(path)
    base = values.pop("base", None)
    if base is not None:
        below = _mapping(path.parent / str(base))
        if "base" in below:
            raise ConfigError(f"{path.parent / str(base)}: a base has no base of its own")
        for key in ("network", "data", "augment"):
            if isinstance(values.get(key), dict) and isinstance(below.get(key), dict):
                values[key] = below[key] | values[key]
        values = below | values
    try:
        return parse_config(values)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def parse_config(values: dict) -> RunConfig:
    values = dict(values)
    values["network"] = NetworkConfig.from_dict(values.get("network") or {})
    values["data"] = _fill(DataConfig, values.get("data") or {}, "data")
    values["data"].check()
    values["augment"] = _fill(AugmentConfig, values.get("augment") or {}, "augment")
    stages = values.get("stages") or []
    values["stages"] = [_fill(StageConfig, stage, f"stages[{i}]") for i, stage in enumerate(stages)]
    config = _fill(RunConfig, values, "run")
    names = [stage.name for stage in config.stages]
    if not names or len(set(names)) != len(names):
        raise ConfigError("stages: at least one stage, each with a name of its own, is needed")
    for stage in config.stages:
        _check_stage(stage)
    return config


def _check_stage(stage: StageConfig) -> None:
    for key, values, known in (("train", stage.train, PARTS), ("anew", stage.anew, PARTS), ("hold", stage.hold, HOLDABLE), ("losses", stage.losses, LOSSES)):
        for value in values:
            if value not in known:
                raise ConfigError(f"stage {stage.name}: {key} has {value!r}; known are {', '.join(known)}")
    if stage.read not in ("original", "mixture", "nothing"):
        raise ConfigError(f"stage {stage.name}: read must be original, mixture or nothing, not {stage.read!r}")
    if stage.keep not in ("best", "last"):
        raise ConfigError(f"stage {stage.name}: keep must be best or last, not {stage.keep!r}")
    if stage.views and (stage.train != ["classifier"] or stage.read != "mixture"):
        raise ConfigError(f"stage {stage.name}: views are kept where the classifier alone learns from the mixture")
    absent = {"image", "gradient", "perceptual", "points", "flip"} | ({"alone", "shapes", "consistency"} if "readers" in stage.hold else set())
    absent &= {name for name, weight in stage.losses.items() if weight}
    if stage.views and absent:
        raise ConfigError(f"stage {stage.name}: {min(absent)} reads what a stage with views does not keep")
    if stage.steps < 1 or stage.batch < 2:
        raise ConfigError(f"stage {stage.name}: steps and batch must be at least 1 and 2")
    if not stage.train:
        raise ConfigError(f"stage {stage.name}: nothing learns")
