"""What must be known before the numbers are relied on, in sentences."""

from __future__ import annotations

import math

from .doubts import KINDS, Stretch, tally
from .numbers import RecordingNumbers
from .page import Warning
from .words import count, length, listed, share

#: Share of the frames from which on a doubt of a face is told first.
NOTABLE = 0.05


def _of_run(numbers: RecordingNumbers) -> list[Warning]:
    found = []
    status, reason = numbers.status
    if status == "unknown":
        found.append(
            Warning("doubt", f"There is {reason}: how the run ended, its settings and versions are not known.", "settings")
        )
    elif status == "incomplete":
        found.append(
            Warning("bad", f"The recording could not be read to its end: {reason or 'no reason is told'}.", "settings")
        )
    elif status == "unfinished":
        found.append(Warning("doubt", "The description does not say that the run came to the end of its input.", "settings"))
    elif status == "damaged":
        found.append(Warning("bad", "More than 5 % of the frames are damaged or could not be read.", "missing"))
    if numbers.events is None:
        text = (
            "There is no file of events, so blinks are not known; bars under the curves show where a unit "
            "was present. Analyse with --events to have both."
        )
        found.append(Warning("note", text))
    else:
        told = ((numbers.meta or {}).get("complete") or {}).get("events") or {}
        if (slow := told.get("blinks_too_slow_s") or 0) >= 0.1:
            found.append(Warning("doubt", f"For {length(float(slow))} frames came too slowly for blinks: none are told there."))
        if (unseen := told.get("blinks_unseen_s") or 0) >= 0.1:
            found.append(
                Warning("note", f"For {length(float(unseen))} of faces the eyes could not be seen well enough for blinks.")
            )
    return found


def _of_frames(numbers: RecordingNumbers, doubts: list[Stretch]) -> list[Warning]:
    found = []
    whole = max(1, len(numbers.frames))
    for item in (item for item in tally(doubts) if item.track is None):
        name = KINDS[item.kind]
        if item.kind == "nobody":
            text = (
                f"No face was found in {share(item.frames / whole)} of the frames ({length(item.seconds)}; "
                f"longest stretch {length(item.longest)})."
            )
            found.append(Warning("doubt", text, "missing"))
        elif item.kind == "damaged":
            found.append(Warning("doubt", f"{name}: {count(item.frames, 'frame')} ({share(item.frames / whole)}).", "missing"))
        elif item.kind == "dropped":
            lost = share(item.frames / (item.frames + whole))
            found.append(
                Warning(
                    "doubt",
                    f"{count(item.frames, 'frame')} {'was' if item.frames == 1 else 'were'} dropped "
                    f"before the analysis ({lost} of all).",
                    "missing",
                )
            )
        elif item.kind == "gap":
            text = (
                f"{name} in {count(item.stretches, 'stretch', 'stretches')}, {length(item.seconds)} in "
                "all: the stream's own time goes on without them."
            )
            found.append(Warning("doubt", text, "missing"))
        elif item.kind == "break":
            text = f"The stream broke off and began anew {count(item.stretches, 'time')}."
            if not numbers.clock.breaks_known:
                text += " How long it was away is not known: the parts are shown one behind the other."
            found.append(Warning("doubt", text, "missing"))
    return found


def _of_faces(numbers: RecordingNumbers) -> list[Warning]:
    found = []
    for attribute, what in (
        ("good_share", "The quality is below 0.5"),
        ("hidden_share", "Part of the face is hidden"),
        ("uncertain_share", "It is uncertain who it is"),
        ("learning_share", "The neutral baseline was still being learned"),
    ):
        told = []
        most = 0.0
        for face in numbers.faces:
            value = getattr(face, attribute)
            value = 1 - value if attribute == "good_share" else value
            if math.isfinite(value) and value > 0:
                told.append((value, f"{share(value)} of {face.title}'s frames"))
                most = max(most, value)
        if not told:
            continue
        told.sort(key=lambda item: -item[0])
        names = [text for _, text in told[:6]] + ([f"{len(told) - 6} more"] if len(told) > 6 else [])
        level = "doubt" if most >= NOTABLE else "note"
        found.append(Warning(level, f"{what} in {listed(names)}.", "missing" if attribute != "learning_share" else "people"))
    return found


def warnings(numbers: RecordingNumbers, doubts: list[Stretch]) -> list[Warning]:
    """All there is to know, the worst first; one that says so where nothing was found."""
    if not len(numbers.frames):
        return [Warning("bad", "The file holds no frames."), *_of_run(numbers)]
    found = _of_run(numbers) + _of_frames(numbers, doubts) + _of_faces(numbers)
    if not numbers.faces:
        found.insert(0, Warning("bad", "No face was found in any frame: there is nothing to show but the frames themselves."))
    found.sort(key=lambda warning: ["bad", "doubt", "note"].index(warning.level))
    return found or [
        Warning("note", "None of the checks found anything: a face in every frame, seen well, nothing dropped or damaged.")
    ]
