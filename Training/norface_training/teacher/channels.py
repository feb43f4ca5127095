"""Which of the teacher's channels are alive, measured on rendered heads whose truth is known.

    python -m norface_training.teacher.channels --data DATA --cache CACHE --count 800 --out Training/docs/teacher_channels.md

Draws people it never drew for a training set, asks the teacher, and compares each blendshape with the head's own coefficient of
the same name: Spearman's rank correlation over all heads, and the area under the ROC curve for "worn" (coefficient above 0.3)
against "not worn" (below 0.05).
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
from scipy import stats

from ..heads import finish
from ..heads.expression import ExpressionSampler
from ..heads.person import sample_person
from ..heads.studio import Studio
from ..labels import shape_side
from .label import BLENDSHAPES
from .mediapipe import Teacher

#: Number of the first person drawn here: none of a training set's.
FIRST = 5_000_000
WORN, BARE = 0.3, 0.05


def ict_name(name: str) -> str | None:
    """The head model's name of a blendshape; None where the model has none."""
    base, side = shape_side(name)
    if base.startswith("_"):
        return None
    if base == "browInnerUp":
        return "browInnerUp_L"
    return f"{base}_{side}" if side else base


def auc(score: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve by ranks (Mann and Whitney); NaN where one class is empty."""
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if n1 == 0 or n0 == 0:
        return float("nan")
    ranks = stats.rankdata(score)
    return float((ranks[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def measure(data: Path, cache: Path | None, count: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """True coefficients (N, 57), the teacher's blendshapes (N, 52) and the model's names, for the heads it found."""
    studio = Studio(data, cache, 256, 256)
    sampler = ExpressionSampler(studio.model)
    teacher = Teacher(data / "face_landmarker.task")
    true, told = [], []
    for number in range(FIRST, FIRST + count):
        rng = np.random.default_rng([number, 7200])
        person = sample_person(number, studio.variants)
        person.glasses = None
        coefficients = sampler.sample(rng)
        camera = finish.sample_camera(rng, 256)
        camera.yaw, camera.pitch = camera.yaw * 0.6, camera.pitch * 0.6
        picture = studio.draw(person, studio.painter.paint(person), coefficients, camera, finish.sample_light(rng, person.tone))
        wall = finish.background(rng, 256, None)
        luma = np.where(picture.pixels[..., 3] > 0, picture.pixels[..., 0], wall)
        answer = teacher(np.clip(luma, 0, 255).astype(np.uint8))
        if answer.blendshapes is not None:
            true.append(coefficients)
            told.append(answer.blendshapes)
    return np.array(true), np.array(told), studio.model.names


def table(true: np.ndarray, told: np.ndarray, names: list[str], count: int, command: str) -> str:
    """The measurement as Markdown."""
    index = {name: k for k, name in enumerate(names)}
    lines = [
        "# The teacher's channels on heads whose truth is known",
        "",
        (
            f"{len(true)} of {count} rendered heads in which FaceLandmarker found a face, {date.today().isoformat()}; painted skins, "
            "no glasses, yaw and pitch at 0.6 of the training sets' spread. Written by"
        ),
        "",
        f"    {command}",
        "",
        (
            f"*rho*: Spearman's correlation with the head's coefficient. *AUC*: coefficient above {WORN} against below {BARE}. *worn*, "
            "*bare*: the channel's median in the two. A channel counts as alive with AUC at least 0.75 and worn at least 0.05 above "
            "bare, as weak with AUC at least 0.65."
        ),
        "",
        "| channel | heads wearing it | rho | AUC | bare | worn | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for column, name in enumerate(BLENDSHAPES):
        own = ict_name(name)
        if own is None or own not in index:
            continue
        truth, score = true[:, index[own]], told[:, column]
        worn, bare = truth > WORN, truth < BARE
        if worn.sum() < 8:
            lines.append(f"| {name} | {worn.sum()} | | | | | too few |")
            continue
        rho = stats.spearmanr(truth, score).statistic
        both = worn | bare
        area = auc(score[both], worn[both])
        low, high = np.median(score[bare]), np.median(score[worn])
        verdict = "alive" if area >= 0.75 and high - low >= 0.05 else "weak" if area >= 0.65 else "dead"
        lines.append(f"| {name} | {worn.sum()} | {rho:.2f} | {area:.2f} | {low:.3f} | {high:.3f} | {verdict} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--count", type=int, default=800)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    true, told, names = measure(options.data, options.cache, options.count)
    module = "python -m norface_training.teacher.channels"
    command = f"{module} --data DATA --cache CACHE --count {options.count} --out Training/docs/teacher_channels.md"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(table(true, told, names, options.count, command))


if __name__ == "__main__":
    main()
