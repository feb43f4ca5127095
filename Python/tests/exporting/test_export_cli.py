from __future__ import annotations

import builtins
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from norface.export import FORMATS
from norface.export.cli import main

LIBRARIES = {"parquet": "pyarrow", "spss": "pyreadstat", "eaf": "pympi", "textgrid": "pympi", "boris": "openpyxl"}


def needs(*names: str) -> None:
    """Skips where the library of a format is not installed."""
    for name in names:
        if name in LIBRARIES:
            pytest.importorskip(LIBRARIES[name], reason=f"{LIBRARIES[name]} is not installed")


def code(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_help_lists_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert code("--help") == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in FORMATS) and "exit codes" in shown


def test_where_results_go(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code(run / "sample.jsonl", "--to", "libreface") == 0
    assert (run / "sample.libreface.csv").exists() and "left out: lm_mp_*" in capsys.readouterr().err
    assert code(run / "sample.jsonl", "--to", "libreface", "-o", run / "here.csv", "-q") == 0
    assert (run / "here.csv").exists() and capsys.readouterr().err == ""
    (run / "deep").mkdir()
    (run / "sample.jsonl").rename(run / "deep/other.jsonl")
    assert code(run, "--to", "libreface", "-o", run / "tables") == 0
    assert [path.relative_to(run) for path in (run / "tables").rglob("*.csv")] == [Path("tables/deep/other.libreface.csv")]


def test_exit_codes(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = run / "sample.jsonl"
    assert code(records, "--to", "openface", "--columns", "AU12") == 64 and code(records, "--to", "wide", "--task", "x") == 64
    assert code(records, "--to", "nothing") == 64 and code(records) == 64
    assert code(run / "none.jsonl", "--to", "wide") == 66
    assert code(records, run / "none.jsonl", "--to", "libreface", "-o", run / "out/") == 2
    assert code(records, records.with_name("sample.csv"), "--to", "wide", "-o", run / "out/") == 64
    assert "would both become" in capsys.readouterr().err
    assert code(records, "--to", "wide", "-o", records) == 64 and len(records.read_bytes()) > 800_000
    assert code(records, "--to", "wide", "--columns", "AU99") == 65 and "AU99" in capsys.readouterr().err
    assert code(records, "--to", "wide", "--source", "hall") == 65 and "hall" in capsys.readouterr().err
    assert code(records, "--to", "bids") == 65 and "--subject" in capsys.readouterr().err
    assert not Path("derivatives").exists(), "what fails leaves nothing behind"
    assert code(records, "--to", "wide", "-o", records / "below/x.csv") == 73
    (run / "bad.jsonl").write_text("{}\n{}\n")
    assert code(run / "bad.jsonl", "--to", "wide") == 65 and "line 1" in capsys.readouterr().err
    assert not list(run.glob(".*")) and not list(run.glob("*.wide.csv")), "nothing half is left"


def test_a_missing_library_is_named_with_its_extra(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *more: Any, **keys: Any) -> Any:
        if name.split(".")[0] in ("pyarrow", "pyreadstat", "pympi", "openpyxl"):
            raise ImportError(name)
        return imported(name, *more, **keys)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in ("parquet", "spss", "eaf", "textgrid", "boris"):
        assert code(run / "sample.jsonl", "--to", name) == 69
        assert "pip install 'norface[export]'" in capsys.readouterr().err


def test_several_sources_must_be_chosen_from(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("eaf", "parquet", "spss")
    path = run / "two.jsonl"
    records = [json.loads(line) for line in (run / "sample.jsonl").read_text().splitlines()]
    path.write_text("".join(json.dumps({**record, "source": f"s{record['seq'] % 2}"}) + "\n" for record in records))
    for name in ("openface", "eaf"):
        assert code(path, "--to", name) == 65 and "choose one with --source" in capsys.readouterr().err
        (run / "two.events.jsonl").write_bytes((run / "sample.events.jsonl").read_bytes().replace(b"sample.mp4", b"s1"))
        assert code(path, "--to", name, "--source", "s1") == 0
    for name in ("fex1", "wide", "long", "parquet", "spss"):
        assert code(path, "--to", name) == 0
    assert set(pd.read_parquet(run / "two.parquet")["source"]) == {"s0", "s1"}
    assert len((run / "two.openface.csv").read_text().splitlines()) < 200


def test_an_interrupt_leaves_no_half_file(run: Path) -> None:
    big = run / "big.jsonl"
    big.write_bytes((run / "sample.jsonl").read_bytes() * 40)
    program = [sys.executable, "-c", "from norface.export.cli import main; main()", str(big), "--to", "long"]
    process = subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    while process.poll() is None and not list(run.glob(".big*")):
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130 and "interrupted" in told
    assert not list(run.glob(".big*")) and not (run / "big.long.csv").exists()


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("bids", "textgrid")])
def test_recordings_of_nobody_and_of_nothing(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    records = [json.loads(line) for line in (run / "sample.jsonl").read_text().splitlines()]
    needs(name)
    for kept, stem in ((records, "nobody"), ([], "nothing")):
        (run / f"{stem}.jsonl").write_text("".join(json.dumps({**record, "faces": []}) + "\n" for record in kept))
        (run / f"{stem}.events.jsonl").write_text("")
        target = run / f"{stem}{FORMATS[name].ending}"
        assert code(run / f"{stem}.jsonl", "--to", name, "-o", target, "-q") == 0 and target.stat().st_size > 0
        assert ("no records are in it" in capsys.readouterr().err) == (not kept)
        if target.suffix == ".csv":
            rows = {"libreface": 0}.get(name, len(kept))
            assert len(pd.read_csv(target)) == rows
