"""Tables and JSON as BIDS wants them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd

from .files import whole_file


def write_json(target: Path, content: dict[str, Any]) -> None:
    """Writes an object."""
    with whole_file(target) as part:
        part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_table(target: Path, table: pd.DataFrame, header: bool) -> None:
    """Writes values parted by tabs, `n/a` where there is none; packed where the name ends with `.gz`, the same bytes each time."""
    text = table.replace({r"[\t\r\n]": " "}, regex=True).to_csv(
        sep="\t", index=False, header=header, na_rep="n/a", lineterminator="\n"
    )
    with whole_file(target) as part:
        data = text.encode("utf-8")
        part.write_bytes(gzip.compress(data, mtime=0) if target.suffix == ".gz" else data)
