"""The formats by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from .options import Options

Writer = Callable[[Path, Path, Options], list[str]]


@dataclass(frozen=True)
class Format:
    """A format of another program.

    Attributes:
        name: as `--to` takes it.
        summary: one line for `--help`.
        ending: of the file's name; empty for a folder.
        module: the module beside this one whose `write` makes it.
    """

    name: str
    summary: str
    ending: str
    module: str

    @property
    def write(self) -> Writer:
        """Writes (records, target, options), and returns what is to be told."""
        module = import_module(f".{self.module}", __package__)
        return cast(Writer, getattr(module, f"write_{self.name}", None) or module.write)


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("openface", "OpenFace 2.2 CSV", ".openface.csv", "openface"),
        Format("fex1", "py-feat Fex CSV, as Detectorv1 writes it", ".fex1.csv", "fex"),
        Format("fex2", "py-feat Fex CSV, as Detectorv2 writes it", ".fex2.csv", "fex"),
        Format("libreface", "LibreFace CSV of a video", ".libreface.csv", "libreface"),
        Format("wide", "CSV with a row a frame and columns for each person", ".wide.csv", "wide"),
        Format("long", "CSV with a row a value (frame, person, variable)", ".long.csv", "long"),
        Format("parquet", "Apache Parquet, a row a face and frame", ".parquet", "parquet"),
        Format("spss", "SPSS .sav with labels, a row a face and frame", ".sav", "spss"),
        Format("eaf", "ELAN: segments, blinks, cuts and markers on tiers", ".eaf", "eaf"),
        Format("textgrid", "Praat TextGrid: the same tiers", ".TextGrid", "textgrid"),
        Format("boris", "BORIS spreadsheet (.xlsx) to import into an observation", ".boris.xlsx", "boris"),
        Format("bids", "BIDS derivatives: events, physio and motion, in a folder", "", "bids"),
    )
}


def export(records: str | Path, to: str, target: str | Path, options: Options | None = None) -> list[str]:
    """Exports a file of records.

    Args:
        records: the file, as `norface.read` takes it.
        to: name of a format, a key of `FORMATS`.
        target: the file to write; for `bids` a folder.
        options: what is wanted.

    Returns:
        What is left out or differs from what the format's readers may expect, a text each.

    Raises:
        KeyError: there is no such format.
        ExportError: the records do not hold what it needs, or a library is missing.
        OSError, RecordFileError: as `norface.read`.
    """
    return FORMATS[to].write(Path(records), Path(target), options or Options())
