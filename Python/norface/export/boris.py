"""BORIS: a spreadsheet to import into an open observation."""

from __future__ import annotations

from pathlib import Path

from .errors import MissingExtraError
from .files import whole_file
from .intervals import annotations_of, span_text, spans
from .options import Options

HEADER = ("time", "subject", "code", "modifier", "comment")


def write(path: Path, target: Path, options: Options) -> list[str]:
    """Writes the spreadsheet: two rows for each segment, blink and wink (start and stop), one for each cut and marker."""
    try:
        from openpyxl import Workbook
    except ImportError:
        raise MissingExtraError("openpyxl") from None
    told = annotations_of(path, options)
    rows: list[tuple[float, int, tuple[str, str, str, str]]] = []
    codes: dict[str, str] = {}
    for row in spans(told.recording.events):
        code = str(row["unit"] if row["event"] == "segment" else row["event"])
        eyes = row["eyes"] if isinstance(row["eyes"], str) else ""
        codes[code] = "state"
        end = max(row["offset"], row["onset"] + 0.001)
        who = (f"person {int(row['track'])}", code, eyes)
        rows.append((row["onset"], 1, (*who, f"start, {span_text(row)}")))
        rows.append((end, 0, (*who, "stop")))
    for time, kind, text in told.points:
        codes[kind] = "point"
        rows.append((time, 2, ("", kind, "", text if kind == "marker" else "")))
    book = Workbook(write_only=True)
    sheet = book.create_sheet("events")
    sheet.append(HEADER)
    for time, _, cells in sorted(rows, key=lambda row: row[:2]):
        sheet.append([round(time, 3), *cells])
    with whole_file(target) as part:
        book.save(part)
    kinds = [", ".join(code for code in sorted(codes) if codes[code] == kind) for kind in ("state", "point")]
    notes = list(told.notes)
    if any(kinds):
        names = [f"{kind} events: {text}" for kind, text in zip(("state", "point"), kinds) if text]
        notes.append(f"the ethogram must have {'; '.join(names)}")
    return notes
