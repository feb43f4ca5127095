from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with what `norface analyze sample.mp4 --events --landmarks 68 --head` and `norface convert` wrote."""
    for name in ("sample.jsonl", "sample.csv"):
        (tmp_path / name).write_bytes(gzip.decompress((DATA / f"{name}.gz").read_bytes()))
    for name in ("sample.meta.json", "sample.events.jsonl"):
        shutil.copy(DATA / name, tmp_path)
    return tmp_path


@pytest.fixture
def records(run: Path) -> list[dict[str, Any]]:
    """The records of the run as objects."""
    return [json.loads(line) for line in (run / "sample.jsonl").read_text().splitlines()]
