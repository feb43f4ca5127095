"""Names of what is measured, as people read them."""

from __future__ import annotations

import re

import pandas as pd

from norface.reading import Labels

#: What an action unit does, after the Facial Action Coding System.
UNITS = {
    "AU01": "Inner brow raiser",
    "AU02": "Outer brow raiser",
    "AU04": "Brow lowerer",
    "AU05": "Upper lid raiser",
    "AU06": "Cheek raiser",
    "AU07": "Lid tightener",
    "AU09": "Nose wrinkler",
    "AU10": "Upper lip raiser",
    "AU11": "Nasolabial deepener",
    "AU12": "Lip corner puller",
    "AU13": "Cheek puffer",
    "AU14": "Dimpler",
    "AU15": "Lip corner depressor",
    "AU16": "Lower lip depressor",
    "AU17": "Chin raiser",
    "AU18": "Lip pucker",
    "AU20": "Lip stretcher",
    "AU22": "Lip funneler",
    "AU23": "Lip tightener",
    "AU24": "Lip pressor",
    "AU25": "Lips part",
    "AU26": "Jaw drop",
    "AU27": "Mouth stretch",
    "AU28": "Lip suck",
    "AU43": "Eyes closed",
    "AU45": "Blink",
}

EMOTIONS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
REGIONS = [f"{part}_{side}" for part in ("brow", "eye", "cheek", "mouth") for side in ("left", "right")]


def unit_names(faces: pd.DataFrame, labels: Labels | None = None) -> list[str]:
    """The action units that records hold, in their order: as the labels say, else by the names of the columns."""
    own = labels.au if labels is not None else [name for name in faces.columns if re.fullmatch(r"AU\d+", str(name))]
    return [name for name in own if name in faces.columns]


def emotion_columns(faces: pd.DataFrame, labels: Labels | None = None) -> dict[str, str]:
    """The columns of emotions, by the emotions' names: as the labels say, else the usual ones that are there."""
    if labels is None:
        return {name: name for name in EMOTIONS if name in faces.columns}
    pairs = zip(labels.emotions, labels.emotion_columns(), strict=True)
    return {name: column for name, column in pairs if column in faces.columns}


def region_names(faces: pd.DataFrame) -> list[str]:
    """The regions of the face whose visibility is told."""
    return [name for name in REGIONS if f"visible_{name}" in faces.columns]


def unit_title(unit: str) -> str:
    """`AU12 Lip corner puller`."""
    return f"{unit} {UNITS[unit]}" if unit in UNITS else unit


def region_title(region: str) -> str:
    """`Left brow`: the subject's own left."""
    part, _, side = region.partition("_")
    return f"{side.capitalize()} {part}".strip()
