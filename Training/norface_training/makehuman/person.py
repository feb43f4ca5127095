"""People of the second world: ancestry, sex and age, features, skin, brows, lashes, hair, beard and glasses."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..heads.person import HAT, Person, sample_person

ANCESTRIES = ("african", "asian", "caucasian")
SEXES = ("female", "male")
AGES = ("child", "young", "middle-aged", "old")

#: Bits of the field ``flags`` that only this world sets, above those of ``heads.person``.
GROUPS = {name: 1 << (8 + k) for k, name in enumerate((*ANCESTRIES, *SEXES, *AGES))}
SECOND_WORLD = 1 << 7

#: How often each age is met.
_AGE_ODDS = (0.17, 0.40, 0.23, 0.20)

#: Features that resemble expressions are varied little: a resting brow or corner must not hide a unit.
_SHY = ("eyebrows/", "mouth/mouth-angles", "mouth/mouth-laugh", "mouth/mouth-lowerlip-height", "mouth/mouth-upperlip-height",
        "mouth/mouth-lowerlip-middle", "mouth/mouth-upperlip-middle", "mouth/mouth-lowerlip-ext", "mouth/mouth-upperlip-ext",
        "asym/asym-brown", "asym/asym-mouth", "asym/asym-eye", "height", "eyefold", "mouth/mouth-trans", "corner")  # fmt: skip

#: Features of the body, and head poses.
_LEFT_OUT = ("asym/asymm", "head/head-trans", "head/head-angle", "head/head-age", "neck/neck-trans", "neck/neck-scale", "nose/nose-trans-in", "nose/nose-trans-out",
             "mouth/mouth-trans-in", "mouth/mouth-trans-out")  # fmt: skip

#: Kinds of hair by sex, and how often: some cover an eye and are rare.
_HAIR = {
    "female": {"afro01": 0.08, "bob01": 0.015, "bob02": 0.015, "braid01": 0.015, "long01": 0.3, "ponytail01": 0.29, "short02": 0.12, "short04": 0.12, "": 0.04},
    "male": {"afro01": 0.08, "short01": 0.25, "short02": 0.22, "short03": 0.01, "short04": 0.22, "ponytail01": 0.03, "": 0.17},
}


@dataclass
class Somebody:
    """Weights of targets, names of what is worn, and the linear albedos of hair; ``style`` has what both worlds paint alike: wrinkles,
    beards, glasses, irises."""

    number: int
    ancestry: str
    sex: str
    age: str
    macros: dict[str, float] = field(default_factory=dict)
    details: dict[str, float] = field(default_factory=dict)
    skins: list[tuple[str, float]] = field(default_factory=list)
    tone: float = 1.0
    brows: str = "eyebrows/eyebrow001"
    lashes: str | None = "eyelashes/eyelashes01"
    hair: str | None = None
    hair_albedo: float = 0.05
    eye: str = "picture_brown_eye"
    white: float = 0.8
    size: float = 1.0
    smooth: float = 0.0
    style: Person = field(default_factory=Person)

    @property
    def flags(self) -> int:
        """Bits for the set's ``flags``."""
        mine = GROUPS[self.ancestry] | GROUPS[self.sex] | GROUPS[self.age] | SECOND_WORLD
        return mine | (self.style.flags & ~HAT)


def sample(number: int, variants: int, details: list[str], skins: list[str]) -> Somebody:
    """The person of a number: always the same one."""
    rng = np.random.default_rng([number, 8001])
    u = rng.uniform
    weights = rng.dirichlet(np.full(3, 0.25))
    ancestry = ANCESTRIES[int(weights.argmax())]
    male = float(np.clip(rng.beta(0.25, 0.25), 0.03, 0.97))
    sex = SEXES[int(male > 0.5)]
    age = str(rng.choice(AGES, p=_AGE_ODDS))
    older = {"child": 0.0, "young": u(0, 0.2), "middle-aged": u(0.3, 0.65), "old": u(0.75, 1.15)}[age]
    ages = {"child": u(0.45, 1.0)} if age == "child" else {"old": older}
    ages["young"] = 1 - sum(ages.values())
    me = Somebody(number, ancestry, sex, age)
    for a, w in zip(ANCESTRIES, weights, strict=True):
        for s, v in (("male", male), ("female", 1 - male)):
            for g, t in ages.items():
                me.macros[f"{a}-{s}-{g}"] = float(w * v * t)
    heavy = rng.normal(0, 0.5)
    for s, v in (("male", male), ("female", 1 - male)):
        for g, t in ages.items():
            me.macros[f"universal-{s}-{g}-averagemuscle-{'max' if heavy > 0 else 'min'}weight"] = float(np.clip(abs(heavy), 0, 1) * v * t)
    me.details = _features(rng, details, 0.7 if age == "child" else 1.0)
    _skin(me, rng, skins)
    me.size = float(np.exp(rng.normal(0, 0.03)))
    me.style = _style(me, rng, number, variants)
    _hair(me, rng, older)
    return me


def _features(rng: np.random.Generator, names: list[str], scale: float) -> dict[str, float]:
    """Some thirty features with weights 0-1; those of both eyes, ears and cheeks go together."""
    known = [n for n in names if not n.startswith(_LEFT_OUT) and "/r-" not in n]
    out: dict[str, float] = {}
    for k in rng.choice(len(known), size=34, replace=False):
        name = known[int(k)]
        shy = any(part in name for part in _SHY)
        value = float(scale * min(1.0, abs(rng.normal(0, 0.16 if shy else 0.45))))
        out[name] = value
        if "/l-" in name:
            out[name.replace("/l-", "/r-")] = value
    return out


def _skin(me: Somebody, rng: np.random.Generator, names: list[str]) -> None:
    """One skin of the person's own kind, most times blended with another's: the pack has twenty."""
    wanted = {"child": "young", "young": "young", "middle-aged": "middleage", "old": "old"}[me.age]
    own = [n for n in names if n.startswith(f"{wanted}_{me.ancestry}_{me.sex}")]
    kin = [n for n in names if f"_{me.ancestry}_" in n and (n.startswith(wanted) or rng.uniform() < 0.3)]
    first = str(rng.choice(own))
    me.skins = [(first, 1.0)]
    if rng.uniform() < 0.75:
        other = str(rng.choice(kin if rng.uniform() < 0.8 else [n for n in names if n.startswith(wanted)]))
        share = float(rng.uniform(0.25, 0.75))
        me.skins = [(first, 1 - share), (other, share)]
    me.tone = float(np.exp(rng.normal(0, 0.22)))
    me.smooth = float(rng.uniform(0.6, 1.6)) if me.age == "child" else float(rng.uniform(0, 0.7))


def _style(me: Somebody, rng: np.random.Generator, number: int, variants: int) -> Person:
    style = sample_person(number + 40_000_000, variants)
    u = rng.uniform
    style.gains *= np.float32({"child": u(0, 0.35), "young": u(0.2, 0.9), "middle-aged": u(0.6, 1.1), "old": u(0.8, 1.3)}[me.age])
    # Old skins of the pack have folds of their own.
    style.resting *= np.float32({"child": 0.0, "young": 0.2, "middle-aged": 0.6, "old": 0.5}[me.age])
    if me.sex == "female" or me.age == "child":
        style.beard = style.moustache = 0.0
    if me.age == "child" and style.glasses is not None and u() < 0.7:
        style.glasses = None
    style.hair.style = "cropped"
    return style


def _hair(me: Somebody, rng: np.random.Generator, older: float) -> None:
    u = rng.uniform
    albedo = {"african": u(0.008, 0.03), "asian": u(0.008, 0.04), "caucasian": float(np.exp(u(np.log(0.015), np.log(0.35))))}[me.ancestry]
    if older > 0.6 and u() < 0.7:
        albedo = u(0.15, 0.6)
    me.hair_albedo = float(albedo)
    kinds = _HAIR[me.sex]
    odds = np.array([v * (3.0 if n == "afro01" and me.ancestry == "african" else 0.2 if n == "afro01" else 1.0) for n, v in kinds.items()])
    style = str(rng.choice(list(kinds), p=odds / odds.sum()))
    me.hair = f"hair/{style}" if style else None
    # 006 and 007 are as thin as a hair.
    me.brows = f"eyebrows/eyebrow{int(rng.choice([k for k in range(1, 13) if k not in (6, 7)] if u() < 0.95 else [6, 7])):03d}"
    me.lashes = None if (me.sex == "male" or me.age == "child") and u() < 0.5 else f"eyelashes/eyelashes0{int(rng.integers(1, 5))}"
    eyes = {"african": ["brown"], "asian": ["brown", "brown", "brownlight"], "caucasian": ["blue", "bluegreen", "brown", "brownlight", "deepblue", "green", "grey", "ice", "lightblue"]}
    me.eye = f"picture_{rng.choice(eyes[me.ancestry])}_eye"
    me.white = float(u(0.45, 0.95))
