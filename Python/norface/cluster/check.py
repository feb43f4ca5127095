"""Whether every recording of a list has its results, once and whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from .parts import recordings


@dataclass
class Report:
    """Recordings by what their results are. `good` when all are there once, and whole."""

    whole: int = 0
    missing: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    # Results whose records are not what their sidecar says.
    broken: list[str] = field(default_factory=list)
    # What a run that was stopped has left, and no program writes any more.
    begun: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.missing or self.incomplete or self.doubled or self.broken)

    def lines(self) -> list[str]:
        text = [f"{self.whole} whole"]
        for word in ("missing", "incomplete", "doubled", "broken", "begun"):
            names = getattr(self, word)
            if names:
                text.append(f"{len(names)} {word}: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}")
        return text


def check(list_file: str | Path, results: str | Path) -> Report:
    """Holds a list against the sidecars of a folder, and each sidecar against its records: their bytes and their number of lines."""
    found: dict[str, list[Path]] = {}
    report = Report()
    for sidecar in sorted(Path(results).rglob("*.meta.json")):
        data = json.loads(sidecar.read_bytes())
        source = (data.get("sources") or [{}])[0]
        found.setdefault(source.get("path") or source.get("input") or "", []).append(sidecar)
    report.begun = sorted(str(path.relative_to(results)) for path in Path(results).rglob("*.part"))
    for name in dict.fromkeys(str(Path(name).resolve()) for name in recordings(list_file)):
        sidecars = found.get(name, [])
        if not sidecars:
            report.missing.append(name)
        elif len(sidecars) > 1:
            report.doubled.append(name)
        else:
            _look_at(name, sidecars[0], report)
    return report


def _look_at(name: str, sidecar: Path, report: Report) -> None:
    complete = json.loads(sidecar.read_bytes()).get("complete")
    if not complete:
        report.incomplete.append(name)
        return
    records = next((p for p in sidecar.parent.glob(_pattern(sidecar)) if not p.name.endswith((".meta.json", ".part"))), None)
    if records is None or records.stat().st_size != complete["bytes"]:
        report.broken.append(name)
        return
    if records.suffix == ".jsonl":
        with records.open("rb") as stream:
            if sum(1 for _ in stream) != complete["records"]:
                report.broken.append(name)
                return
    report.whole += 1


def _pattern(sidecar: Path) -> str:
    """Records beside a sidecar: `NAME.jsonl`, `NAME.csv`, not `NAME.events.jsonl`."""
    stem = sidecar.name.removesuffix(".meta.json")
    escaped = "".join(f"[{letter}]" if letter in "[]*?" else letter for letter in stem)
    return f"{escaped}.[!e]*"
