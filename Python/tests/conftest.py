from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_report_support import NORFACE, SAMPLE, write_recording

DATA = Path(__file__).parent / "data"


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


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute of a made dialogue, with its sidecar and events."""
    return write_recording(tmp_path_factory.mktemp("made") / "talk.jsonl", 900)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the program writes of the sample clip, with events."""
    folder = tmp_path_factory.mktemp("real")
    subprocess.run([NORFACE, "analyze", str(SAMPLE), "--events", "-o", f"{folder}/", "--quiet"], check=True, timeout=300)
    return folder / "sample.jsonl"
