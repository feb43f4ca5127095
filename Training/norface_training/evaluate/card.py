"""The model card: every figure out of the results file, with the command, seed and date that made it."""

from __future__ import annotations

import json
from pathlib import Path

from ..labels import AU_DESCRIPTIONS, AUS, EMOTIONS, PUBLISHED_SHARES, SIDES
from ..makehuman.person import AGES, ANCESTRIES, SEXES
from .results import read

INTRODUCTION = """# {name} {version}

{description}. Weights and code are MIT. Made on {created}.

`normalizer.onnx` draws the common person, frontal and evenly lit, with the expression of the face it is given; `classifier.onnx` reads the
original, the normalized face and the pose-free landmarks together, with a soft mixture of experts on its inputs and one on its
outputs. The idea is Norface's (H. Liu et al., ECCV 2024, arXiv 2407.15617); architecture, losses and data are this project's own, and its
figures are not a reproduction of the paper's.

`portrait.onnx` draws the common person at 144 pixels, for video without anybody's face, with a decoder that learned from 11,500 rendered people's expressions (exact; 1,500 pictures drawn, the others fitted to their coefficients) and 6,000 pictures of FER+ (what the bundle
read in them). Encoder and merging are the normalizer's, and what of winks, chins and one-sided movements that misses is missed here. How far it removes identity was not measured by itself.

Outputs: {units} action units with intensities 0-5 ({sides} of them also by side), {emotions} emotions. The input is an aligned luma crop of
{size} x {size} pixels; `Documentation/Bundle.md` has the rules.

## What it may be used for, and what not

Expressions are movements of the face. They are not emotions, and they do not show what a person thinks, feels, intends or is. The emotion
outputs say which word ten annotators would mostly have chosen for a picture, no more.

- Made for research, accessibility, animation, and interfaces whose users know of it and agreed to it.
- Not for decisions about people: hiring, schooling, policing, credit, insurance, border control, medical diagnosis. Not for watching people who have
  not consented. Several of these are unlawful in places (for one, Article 5 of the EU's Regulation 2024/1689 on emotions at work and in schools).
- Identity is not stored and the normalized face is meant to carry none; how far that holds is measured below, and it is not a guarantee of anonymity.

## What it learned from

| data | labels | terms | part used |
|---|---|---|---|
| rendered people (ICT FaceKit, drawn by `norface_training.heads`) | exact coefficients, turned into action units with sides by `labels.py`; for versions since 0.9.0, which had few new ones (6,500; 11,500 for 0.10.0, more of them with raised chins, lowered corners, one-sided brows and winks, nearly half with skin that hardly folds), a part of each label (0.85; 0.4 to 0.6) is what the version before said, and 0.8.0 had learned from 189,000 | head model MIT (USC ICT, 2020) | a training set, of which twelve people in a hundred (six, up to 0.8.0) are held out; the figures are of a set apart (`Training/docs/data.md`) |
| FER+: FER2013's pictures with ten votes each | up to 0.8.0 vote distributions, of which a share of 0.5 is what a former version said of the picture; since 0.9.0 what the version before said, alone; units as `Training/configs/norface-s-clean.yaml` and `norface-s-mend.yaml` list them: what 0.9.0 said, for raised brows, chins and lowered corners less what faces at rest are told and the rest of it stretched, and nothing for AU04, 07, 20, 23, 24 but that neutral faces show none (weight 0.03 to 0.1). Up to 0.8.0: the teacher's and the votes' expectation; for 0.9.0: `norface-s-trust.yaml` | pictures: research use (ICML 2013 challenge); votes MIT (Microsoft, 2016) | its own train part (since 0.9.0: the first 14,000) and valid part; its test part was never used |
| face photographs (mostly Labeled Faces in the Wild) | up to 0.8.0: the teacher's units; the normalizer's pictures of these and of FER+'s show what version 0.7.0 read in them, and the teacher's word on what no unit says. For 0.10.0 they lend skins (420 people) and surroundings to rendered people, and FER+'s pictures for the normalizer are those that 0.9.0 drew | research use | people held out by name |
| teacher: MediaPipe FaceLandmarker's blendshapes on the photographs | up to 0.8.0: units at weight 0.5, AU06 (a smile with squinting eyes) at 0.25; all its blendshapes as a second task | model Apache-2.0 (Google) | - |

None of these files is part of the project. No human-coded FACS data was used for training, for choosing checkpoints, for calibration or for thresholds.

Version 0.10.0 went on from 0.9.0's weights, encoder and normalizer included, and is three tenths of the way to what was learned: farther on, photographs' AU04, 07, 20 and 24 are read better still
and rare emotions worse (`Training/docs/training.md`). Curves are 0.9.0's (fitted by 0.8.0 on its held-out rendered people and photographs, and stretched by 1.6 at most where photographs of FER+ train show a unit plainly and it would be told weak), stretched
by up to 1.6 once more; thresholds come from the votes of FER+ train (`norface_training/export/people.py`), the temperature from FER+ valid. Read by the same code on the same sets:

| | 0.9.0 | 0.10.0 |
|---|---|---|
| FER+ valid, majority: accuracy, macro-F1 | 0.895, 0.802 | 0.899, 0.800 |
| FER+ valid, plurality | 0.861, 0.744 | 0.865, 0.744 |
| rendered people never seen: ICC, sides, ROC-AUC | 0.855, 0.847, 0.953 | 0.851, 0.844, 0.951 |
| mean distance from the published shares | 0.210 | 0.182 |
| false alarms on neutral pictures, worst unit | 0.064, 0.241 | 0.058, 0.194 |
| ROC-AUC of AU04, 07, 20, 24 between their emotions and neutral pictures | 0.881, 0.818, 0.966, 0.928 | 0.917, 0.869, 0.977, 0.963 |
| frames coded by eye: hits, false alarms, ROC-AUC | 0.688, 0.021, 0.940 | 0.667, 0.025, 0.942 |
| identity of normalized faces, ROC-AUC | 0.636 | 0.638 |

On the whole it reads photographs better and rendered people a little worse; on the coded frames neither is ahead. The rows on neutral pictures flatter it by as much as other neutral pictures
taught it that they show no AU04, 07, 20, 23 and 24.

The figures on FER+ valid are slightly favourable, since checkpoints up to 0.8.0, the share of the way that 0.10.0 goes, and the temperature were chosen on it; so are, by a little, those of the
frames coded by eye, which were looked at while the recipe was made. The emotions have no offsets.

## Known limits

- The labels of photographs come from networks that learned from rendered people, from a teacher that is weak on AU04, 07, 10, 20, 23, 24 and silent on AU06, 09, 14, and from votes. None is a coder's.
- Presence is a compromise (table below): brows (AU01, 02), raised chins (AU17), lowered corners and closed eyes are still told in ten to twenty of a hundred pictures that voters called neutral, where three were aimed
  at, and the inner brow of sad faces, the raised chin and the tightened lids of angry ones are told in far fewer than coders saw them in. Raised brows of the frames coded by eye (0.7 and 0.5 in the mean) stay below the higher thresholds.
- An intensity of 2 for a plainly raised chin, lowered lip corner or brow is not reached: the frames coded by eye have 0.1, 1.1 and no case. Of chins the former versions had learned the voters' habits (sad faces are told
  0.5 whatever the chin does), and rendered ones with smooth skin and lips turned in by the chin did not mend it.
- A sneer of the upper lip (AU10) on one side is told weaker than it shows, and winks and narrow eyes of the coded frames in two of four (AU43; three of four before).
- Rendered people are an approximation of skin and wrinkles. Their figures tell how well the networks read rendered people, not people.
- People of a second rendered world (MakeHuman's heads, FACSHuman's units), of whom no version has learned, are read with an ICC of 0.490 where the first world's are read with 0.851: children worst (0.395; old people
  0.525), by ancestry 0.453 to 0.507, women and men alike. That tells as much of those heads as of the networks: their tightened, pressed and sucked lips and dimples are hardly read at all, smiles, jaws, parted lips and
  closed eyes with 0.83 to 0.87.
- Votes were given for pictures of the web of 2013: who is in them, and who voted, is not known; results by age, sex or skin tone cannot be computed from them.
- Trained for some twenty-two hours of one core up to 0.8.0, some minutes more for 0.9.0, half an hour more for 0.10.0.
  Photographs' skins are read worse than painted ones; what versions 0.6.0 and 0.7.0 gained, with more people who wear them to learn from, they gained there.
- Rendered people are drawn hard on purpose (dark, blurred, noisy, turned, half covered); units that move little (AU07, AU17, AU06, AU05) are often lost.
- Small faces (under about 40 pixels between the eyes), heads turned by more than about 40 degrees, hands and masks before the face make it worse.
- The figures hold for single still faces. Comparing people with one another needs the daemon's baseline for each person.
- The ablation is 0.8.0's, of whose shapes these networks are.
"""


OPTIONAL = ("flicker_records",)
"""Rows that a card does not miss."""


class CardError(ValueError):
    """A card that cannot be written."""


def _number(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)


def _table(header: list[str], rows: list[list]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(_number(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _source(entry: dict) -> str:
    seed = f", seed {entry['seed']}" if entry.get("seed") is not None else ""
    return f"Data: {entry['data']}. Trained on: {entry['trained_on']}. {entry['date']}{seed}.\n\n    {entry['command']}\n"


def _budget(v: dict) -> str:
    rows = [[key, v["mflops"][key], v["megabytes"][key]] for key in ("normalizer", "classifier", "total")]
    if "portrait" in v["mflops"]:
        rows.append(["portrait, drawn alone", v["mflops"]["portrait"], v["megabytes"]["portrait"]])
    return _table(["network", "MFLOPs a face (two per multiply-add)", "MB of weights"], rows)


def _ferplus(v: dict) -> str:
    rows = [[rule, v[f"images_{rule}"], v[f"accuracy_{rule}"], v[f"f1_{rule}"], v[f"calibration_error_{rule}"],
             v[f"images_{rule}_all"], v[f"accuracy_{rule}_all"]]
            for rule in ("majority", "plurality")]  # fmt: skip
    classes = [[e, v["f1_by_class_majority"][e], v["auc_by_class_majority"][e], v["f1_by_class_plurality"][e]] for e in EMOTIONS]
    return (
        "Majority: single votes dropped, the winner above half (the authors' rule). Plurality: argmax over the ten columns, unknown and no-face winners "
        "dropped. The tracker does not find every face: the last two columns count those it misses as wrong.\n\n"
        + _table(["rule", "images", "accuracy", "macro-F1", "calibration error", "all images", "accuracy"], rows)
        + "\n\n" + _table(["emotion", "F1 (majority)", "ROC-AUC (majority)", "F1 (plurality)"], classes)
    )  # fmt: skip


def _heads(v: dict) -> str:
    top = f"{v['images']} pictures of {v['people']} rendered people. Mean ICC(3,1) {_number(v['icc'])}, sides {_number(v['icc_sides'])}, MAE {_number(v['mae'])}, ROC-AUC (intensity 1 or more) {_number(v['auc'])}."
    rows = []
    for name in AUS:
        unit, side = v["units"][name], v["sides"].get(name, {})
        rows.append([name, AU_DESCRIPTIONS[int(name[2:])], unit["icc"], unit["mae"], unit["auc"], side.get("left"), side.get("right")])
    return top + "\n\n" + _table(["unit", "", "ICC(3,1)", "MAE", "ROC-AUC", "ICC left", "ICC right"], rows)


def _shares(v: dict) -> str:
    rows = []
    for name, unit in v["units"].items():
        cells = []
        for emotion in EMOTIONS:
            wanted = PUBLISHED_SHARES.get(emotion, {}).get(int(name[2:]))
            told = "" if wanted is None else " (over 70)" if wanted > 0.7 else f" ({100 * wanted:.0f})"
            cells.append("-" if unit[emotion] is None else f"{100 * unit[emotion]:.0f}{told}")
        rows.append([name, *cells, unit["auc"]])
    counts = ", ".join(f"{e} {n}" for e, n in v["images"].items())
    return (
        "Percent of photographs in which a unit is `present`, each picture by itself. Pictures that at least seven of ten voters (neutral: eight) called so: "
        + counts + ". In brackets the percentage of people who posed the emotion in whom coders saw the unit (Du, Tao, Martinez 2014). The last column is the "
        "ROC-AUC of the unit's intensity between the pictures of its emotions and the neutral ones. Votes are no coding: who is called sad need not "
        f"lower the brow. Who is called angry mostly shouts: AU17, 23 and 24 are counted where the lips are together.\n\nMean distance from the published shares {_number(v['distance'])}; false alarms on neutral pictures "
        f"{_number(v['false_alarms'])} in the mean of the units, {_number(v['worst_false_alarms'])} at worst ({v['worst']}).\n\n"
        + _table(["unit", *EMOTIONS, "ROC-AUC"], rows)
    )  # fmt: skip


def _clips(v: dict) -> str:
    rows = [[name, f"{u['hits']} of {u['shows']}" if u["shows"] else "-", u["intensity"], f"{u['false_alarms']} of {u['absent']}", u["intensity_absent"]]
            for name, u in v["units"].items()]  # fmt: skip
    return (
        f"{v['frames']} frames of two real clips, clear cases only, each read by itself, without smoothing or a baseline; never learned from or calibrated on. "
        f"Units that show and are `present` {_number(v['hits'])}, units that do not and are {_number(v['false_alarms'])}, ROC-AUC over all {_number(v['auc'])}.\n\n"
        + _table(["unit", "present where it shows", "mean intensity", "present where it does not", "mean intensity"], rows)
    )


def _teacher(v: dict) -> str:
    rows = [[name, unit["correlation"], unit["icc"]] for name, unit in v["units"].items()]
    return f"{v['images']} photographs. Mean correlation {_number(v['correlation'])}, mean ICC(3,1) {_number(v['icc'])}.\n\n" + _table(["unit", "correlation", "ICC(3,1)"], rows)


def _makehuman(v: dict) -> str:
    return "MakeHuman's heads: other shapes, skins and movements than the first world's.\n\n" + _heads(v)


def _groups(v: dict) -> str:
    kinds = (ANCESTRIES, SEXES, AGES)
    gaps = []
    for kind in kinds:
        known = {name: v[name]["icc"] for name in kind if name in v}
        if len(known) > 1:
            low, high = min(known, key=known.get), max(known, key=known.get)
            gaps.append(f"{known[high] - known[low]:.3f} ({high} {known[high]:.3f}, {low} {known[low]:.3f})")
    told = f"Largest gaps in ICC by ancestry, sex and age: {', '.join(gaps)}.\n\n" if gaps else ""
    return told + _table(["group", "pictures", "mean ICC(3,1)", "MAE"], [[k, g["images"], g["icc"], g["mae"]] for k, g in v.items()])


def _gates(v: dict) -> str:
    rows = [[k, g["effective_experts"], g["experts_used_over_all"], g["effective_heads"], ", ".join(f"{x:.2f}" for x in g["experts"])]
            for k, g in v.items()]  # fmt: skip
    return _table(["data", "experts at work on one face", "experts at work over all", "heads at work on one label", "mean weight of each expert"], rows)


def _flicker(v: dict) -> str:
    return f"Standard deviation over time on a still face, mean over units: raw {_number(v['raw'])}, smoothed {_number(v['smoothed'])} (intensity 0-5)."


def _identity(v: dict) -> str:
    kinds = {"original": "original", "normalized": "normalized", "taught": "what the normalizer is taught to draw"}
    rows = []
    for kind, name in kinds.items():
        if f"auc_{kind}" in v:
            low, high = v[f"interval_{kind}"]
            rows.append([name, v[f"auc_{kind}"], f"{low:.3f}-{high:.3f}", v[f"nearest_{kind}"]])
    habits = "People repeat their expressions, so the common person wearing them tells a little of who they were, too: the last row."
    return (
        f"{v['images']} pictures of {v['people']} people, recognised by dlib's network (`face_recognition_models`), all pairs. 0.5 is perfect removal. "
        + (habits if "auc_taught" in v else "") + "\n\n"
        + _table(["pictures", "verification ROC-AUC", "95 % of drawings of people", "nearest picture is the same person's"], rows)
    )  # fmt: skip


def _pose(v: dict) -> str:
    rows = [[kind, *(v[kind][f"{axis}_{what}"] for axis in ("yaw", "pitch", "roll") for what in ("mean", "sd")), v[kind]["away_95"]]
            for kind in ("original", "normalized")]  # fmt: skip
    header = ["pictures", "yaw", "sd", "pitch", "sd", "roll", "sd", "95 % within, of the median"]
    return "Degrees, by MediaPipe's landmarks.\n\n" + _table(header, rows)


def _measures(rows: dict[str, dict]) -> str:
    columns = [("accuracy_majority", "FER+ accuracy (majority)"), ("f1_majority", "macro-F1"), ("icc", "ICC, rendered"), ("icc_sides", "ICC sides"),
               ("teacher_photos", "correlation with the teacher")]  # fmt: skip

    def cell(value):
        return f"{value['mean']:.3f} ± {value['sd']:.3f}" if isinstance(value, dict) else _number(value)

    present = [c for c in columns if any(c[0] in row for row in rows.values())]
    return _table(["", *(c[1] for c in present)], [[name, *(cell(row.get(c[0])) for c in present)] for name, row in rows.items()])


def _picture(v: dict) -> str:
    return f"Rendered people never trained on: originals, below them the normalized faces, below these what they should be.\n\n![originals over normalized faces]({v['file']})"


SECTIONS = [
    ("budget", "Budget", _budget),
    ("ferplus", "Emotions: FER+ valid", _ferplus),
    ("shares", "Action units: photographs by emotion, and false alarms", _shares),
    ("clips", "Action units: frames coded by eye", _clips),
    ("heads", "Action units: rendered people never trained on", _heads),
    ("teacher", "Action units: agreement with the teacher on its live channels", _teacher),
    ("heads_makehuman", "Action units: rendered people of the second world, never trained on", _makehuman),
    ("groups", "By group of rendered people", _groups),
    ("groups_makehuman", "By ancestry, sex and age: rendered people of the second world", _groups),
    ("alone", "What each representation says alone", _measures),
    ("ablation", "Ablation: mean and standard deviation over seeds", _measures),
    ("identity", "Identity removal", _identity),
    ("pose", "Pose of the normalized faces", _pose),
    ("flicker", "Flicker", _flicker),
    ("flicker_records", "Flicker of the daemon", _flicker),
    ("gates", "Use of the gates", _gates),
    ("picture", "Originals and normalized faces", _picture),
]


def write_card(folder: Path, results: Path) -> Path:
    """Writes ``MODEL_CARD.md`` into the bundle's folder from its manifest and results; rows that were not measured are said to be so."""
    try:
        manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise CardError(f"{folder / 'bundle.json'}: {error}") from error
    entries = read(results)
    text = INTRODUCTION.format(
        name=manifest["name"], version=manifest["version"], description=manifest["description"], created=manifest["created"],
        units=len(AUS), sides=len(SIDES), emotions=len(EMOTIONS), size=manifest["input"]["size"],
    )  # fmt: skip
    text += "\n## Figures\n\nEvery figure comes from the command below it. `--config` names the run whose held-out parts are measured, `--cache` the folder of the sets.\n"
    missing = []
    for row, title, render in SECTIONS:
        if row in entries:
            text += f"\n### {title}\n\n{render(entries[row]['values'])}\n\n{_source(entries[row])}"
        elif row not in OPTIONAL:
            missing.append(title)
    if missing:
        text += "\nNot measured for this bundle: " + "; ".join(missing) + ".\n"
    path = folder / "MODEL_CARD.md"
    path.write_text(text, encoding="utf-8")
    return path
