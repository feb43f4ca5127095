"""The teacher's blendshapes as coefficients of the head model: what the common person wears for a photograph.

The teacher's channels have their own zero and reach, so each has a floor (about the median over FER+ faces that voters call
neutral) and a gain (so that the 99th percentile over FER+ comes near 1). Channels that are dead (cheekSquint, noseSneer) or
nearly so (mouthDimple) are filled from the emotion's votes where there are votes, and the cheeks from the smile.

A smile pushes the cheeks up and narrows the eyes, which the teacher calls a blink (0.14 in the median and 0.45 in a tenth of FER+'s
happy faces, 0.08 and 0.36 of the neutral). Coders call it AU06 and AU07, and AU43 only what closes the eyes; so does the head model,
whose cheeks narrow the eyes by themselves.
"""

from __future__ import annotations

import numpy as np

from ..labels import AU_INDEX, EMOTIONS, MAX_INTENSITY, SHAPE_TO_AU, SIDE_INDEX, expected_au_of_votes, shape_side

#: Channel (without side): floor and gain.
FLOOR_GAIN = {
    "browDown": (0.03, 1.25), "browInnerUp": (0.08, 1.1), "browOuterUp": (0.18, 1.1), "eyeBlink": (0.12, 1.2),
    "eyeSquint": (0.28, 1.4), "eyeWide": (0.02, 2.5), "jawOpen": (0.02, 1.15), "mouthClose": (0.0, 1.0),
    "mouthDimple": (0.01, 2.5), "mouthFrown": (0.02, 2.0), "mouthFunnel": (0.01, 2.0), "mouthLowerDown": (0.01, 1.05),
    "mouthPress": (0.03, 2.2), "mouthPucker": (0.15, 0.9), "mouthRollLower": (0.04, 1.7), "mouthRollUpper": (0.03, 2.0),
    "mouthShrugLower": (0.04, 1.8), "mouthShrugUpper": (0.04, 1.8), "mouthSmile": (0.01, 1.05), "mouthStretch": (0.02, 1.2),
    "mouthUpperUp": (0.01, 1.15), "mouthLeft": (0.02, 1.5), "mouthRight": (0.02, 1.5), "jawLeft": (0.02, 1.5),
    "jawRight": (0.02, 1.5), "eyeLookDown": (0.08, 1.0), "eyeLookIn": (0.05, 0.8), "eyeLookOut": (0.1, 0.8), "eyeLookUp": (0.1, 1.0),
}  # fmt: skip

#: How much of a blink a full smile accounts for; less and less of one beyond the first number, nothing of one beyond the second.
SMILE_NARROWS, SMILE_CLOSES = 0.4, (0.5, 0.8)

#: Units that only the votes tell, and the shape that wears them.
_FROM_VOTES = {9: "noseSneer", 14: "mouthDimple", 24: "mouthPress"}


def _ict_names(name: str) -> list[str]:
    base, side = shape_side(name)
    if side:
        return [f"{base}_{side}"]
    return [f"{base}_L", f"{base}_R"] if base == "browInnerUp" else [base]


def without_smile(blink: np.ndarray, smile: np.ndarray) -> np.ndarray:
    """What is left of blinks (0-1) when the narrowing by smiles (0-1) is taken away; closed eyes stay closed."""
    closed = np.clip((blink - SMILE_CLOSES[0]) / (SMILE_CLOSES[1] - SMILE_CLOSES[0]), 0, 1)
    return np.clip(blink - SMILE_NARROWS * smile * (1 - closed), 0, None)


def coefficients_of(
    blendshapes: np.ndarray,
    names: list[str],
    model_names: list[str],
    votes: np.ndarray | None = None,
    emotion: np.ndarray | None = None,
) -> np.ndarray:
    """Coefficients (N, len(model_names)) for blendshapes (N, len(names)).

    ``votes`` (N, 8) is a distribution over labels.EMOTIONS; ``emotion`` (N,) an index or -1, taken as a doubtful vote.
    """
    index = {name: k for k, name in enumerate(model_names)}
    out = np.zeros((len(blendshapes), len(model_names)), np.float32)
    for column, name in enumerate(names):
        floor_gain = FLOOR_GAIN.get(shape_side(name)[0])
        if floor_gain is None:
            continue
        value = np.clip((blendshapes[:, column] - floor_gain[0]) / (1 - floor_gain[0]) * floor_gain[1], 0, 1)
        for target in _ict_names(name):
            out[:, index[target]] = value
    if votes is None and emotion is not None:
        votes = np.zeros((len(out), len(EMOTIONS)), np.float32)
        known = np.flatnonzero(emotion >= 0)
        votes[known, emotion[known]] = 0.6
    told = np.zeros((len(out), len(AU_INDEX)), np.float32) if votes is None else expected_au_of_votes(votes) / MAX_INTENSITY
    for side in "LR":
        smile, squint = out[:, index[f"mouthSmile_{side}"]], out[:, index[f"eyeSquint_{side}"]]
        cheek = np.clip(0.55 * smile + 0.3 * squint * smile + 0.5 * told[:, AU_INDEX[6]], 0, 1) * 0.72
        out[:, index[f"cheekSquint_{side}"]] = out[:, index[f"cheekRaiser_{side}"]] = cheek
        if f"eyeBlink_{side}" in index:
            out[:, index[f"eyeBlink_{side}"]] = without_smile(out[:, index[f"eyeBlink_{side}"]], smile)
        for number, shape in _FROM_VOTES.items():
            key = index[f"{shape}_{side}"]
            out[:, key] = np.maximum(out[:, key], told[:, AU_INDEX[number]])
    _close_no_more_than_open(out, index)
    return out


def _close_no_more_than_open(coefficients: np.ndarray, index: dict[str, int]) -> None:
    """Lips close over an open jaw only, in place."""
    lips, jaw = index["mouthClose"], index["jawOpen"]
    coefficients[:, lips] = np.minimum(coefficients[:, lips], coefficients[:, jaw])


#: Units without sides that are nearly one shape's, or two's, own.
_WHOLE = (17, 18, 26)


def as_read(worn: np.ndarray, model_names: list[str], au: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Coefficients ``worn`` (N, K) with those that a unit names replaced by what a network read: intensities (N, 20), (N, 14), (N, 14), 0-5.

    A network that has learned rendered people's exact units reads less into how somebody's face is built than the teacher does.
    Shapes that are no unit's own (gaze, rolled lips, funnel, lower lip, sideways) stay the teacher's.
    """
    out, index = worn.copy(), {name: k for k, name in enumerate(model_names)}

    def wear(number: int, suffix: str, intensity: np.ndarray) -> None:
        terms = SHAPE_TO_AU[number]
        share = intensity / (MAX_INTENSITY * sum(weight for _, weight in terms))
        for base, _ in terms:
            if base + suffix in index:
                out[:, index[base + suffix]] = np.clip(share, 0, 1)

    for number, column in SIDE_INDEX.items():
        wear(number, "_L", left[:, column])
        wear(number, "_R", right[:, column])
    for number in _WHOLE:
        wear(number, "", au[:, AU_INDEX[number]])
    _close_no_more_than_open(out, index)
    return out
