"""The networks' shapes, read from a run's YAML and checked before anything is built."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields

REPRESENTATIONS = ("original", "normalized", "same", "geometry")
"""What the classifier may read. ``same`` reads the original's tokens a second time with weights of its own: the control for
capacity when judging the normalized face."""


def _build(cls, values: dict, where: str):
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    return cls(**values)


@dataclass
class EncoderConfig:
    """``conv``: a chain of 3x3 convolutions, ``layers`` = [width, stride] each. ``vit``: a vision transformer."""

    kind: str = "conv"
    layers: list = field(default_factory=lambda: [[24, 2], [24, 2], [32, 1], [80, 2], [80, 1], [80, 1]])
    patch: int = 16
    width: int = 768
    depth: int = 12
    heads: int = 12

    @property
    def channels(self) -> int:
        return self.width if self.kind == "vit" else self.layers[-1][0]

    @property
    def stride(self) -> int:
        if self.kind == "vit":
            return self.patch
        stride = 1
        for _, s in self.layers:
            stride *= s
        return stride


@dataclass
class NormalizerConfig:
    """``blocks`` cross-attention blocks with ``heads`` heads and an MLP ``mlp`` times the width; then a decoder whose
    ``decoder`` widths are each followed by a doubling of the size (the last doubling is a pixel shuffle)."""

    blocks: int = 2
    heads: int = 4
    mlp: int = 2
    decoder: list = field(default_factory=lambda: [48, 24, 16])


@dataclass
class ClassifierConfig:
    """``reader``: [width, stride] of the 3x3 convolutions after the tokens, flattened into ``width`` features."""

    reader: list = field(default_factory=lambda: [[112, 2], [112, 1], [160, 2]])
    width: int = 192
    geometry: list = field(default_factory=lambda: [128, 96])
    experts: int = 6
    expert_width: int = 96
    heads: int = 4
    head_width: int = 64
    representations: list = field(default_factory=lambda: ["original", "normalized", "geometry"])
    dropout: float = 0.2


@dataclass
class NetworkConfig:
    """All shapes. ``geometry_points`` is the number of landmarks, of three numbers each, in the geometry vector.

    ``folded``: convolutions without branches and norms, and the normalizer's questions as they stand, as a bundle's graphs hold them: the
    form in which training goes on from a bundle.
    """

    input_size: int = 96
    normalized_size: int = 72
    geometry_points: int = 115
    folded: bool = False
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    normalizer: NormalizerConfig = field(default_factory=NormalizerConfig)
    classifier: ClassifierConfig = field(default_factory=ClassifierConfig)

    @staticmethod
    def from_dict(values: dict) -> NetworkConfig:
        """Parses and checks; an unknown key or an impossible shape is a ``ValueError`` that names it."""
        values = dict(values or {})
        parts = {"encoder": EncoderConfig, "normalizer": NormalizerConfig, "classifier": ClassifierConfig}
        for key, cls in parts.items():
            values[key] = _build(cls, dict(values.get(key) or {}), f"network.{key}")
        config = _build(NetworkConfig, values, "network")
        config.check()
        return config

    def to_dict(self) -> dict:
        return asdict(self)

    def grid(self, size: int) -> int:
        """The side of the token grid of a square image of ``size`` pixels."""
        if self.encoder.kind == "vit":
            return size // self.encoder.patch
        for _, stride in self.encoder.layers:
            size = (size - 1) // stride + 1
        return size

    def check(self) -> None:
        if self.encoder.kind not in ("conv", "vit"):
            raise ValueError(f"network.encoder.kind must be conv or vit, not {self.encoder.kind!r}")
        for name in ("input_size", "normalized_size"):
            if getattr(self, name) % self.encoder.stride:
                raise ValueError(f"network.{name} must be a multiple of the encoder's stride {self.encoder.stride}")
        if self.normalized_size != self.grid(self.normalized_size) * 2 ** len(self.normalizer.decoder):
            raise ValueError("network.normalizer.decoder must double the token grid up to network.normalized_size")
        if self.encoder.channels % self.normalizer.heads:
            raise ValueError("network.normalizer.heads must divide the encoder's width")
        if not self.classifier.representations:
            raise ValueError("network.classifier.representations is empty")
        for name in self.classifier.representations:
            if name not in REPRESENTATIONS:
                raise ValueError(f"network.classifier.representations: {name!r} is none of {REPRESENTATIONS}")
