"""Records into Parquet, each once, whatever happens in between."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fleeting import DESCRIPTION, RUN, description, flood, killed, message, of_record, open_archive, records_of
from relaying import ROOT, record

from norface.fleet import durable, parts
from norface.fleet.checking import check
from norface.fleet.errors import Failure
from norface.fleet.ranges import Ranges

parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
pytestmark = pytest.mark.timeout(120)


def test_records_are_filed_by_source_and_hour_and_each_file_is_named_by_its_messages(tmp_path):
    archive = open_archive(tmp_path)
    archive.take(flood(1, 62))
    assert sorted(archive.flush()) == list(range(1, 63))
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("source=*/**/*.parquet"))
    assert names[0] == "source=door/date=2026-11-30/hour=08/part-1-000000000004-000000000020.parquet"
    assert len(names) == 6
    assert all(count == 1 for count in records_of(tmp_path).values()) and len(records_of(tmp_path)) == 60
    events = [json.loads(line) for path in tmp_path.glob("events/**/*.jsonl") for line in path.read_text().splitlines()]
    assert [event["event"] for event in events] == ["run", "stream_lost"] and events[1]["stream"]["number"] == 2
    assert check(tmp_path) == ([], ["60 records in 60 rows and 7 files; 0 missing, 0 lost in the stream, 0 unreadable"])


def test_the_columns_are_those_of_norface_export(tmp_path):
    lines = [json.dumps(DESCRIPTION).encode(), *(record(seq, faces=[]) if seq % 3 == 0 else record(seq) for seq in range(9))]
    (tmp_path / "door.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    code = "import sys; from norface.export.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, str(tmp_path / "door.jsonl"), "--to", "parquet"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT / "Python")})
    archive = open_archive(tmp_path / "archive")
    archive.take([message(1, lines[0])] + [message(2 + seq, line, f"{RUN}/door/{seq}") for seq, line in enumerate(lines[1:])])
    archive.flush()
    (path,) = (tmp_path / "archive").glob("source=*/**/*.parquet")
    mine, exported = parquet.read_table(path, partitioning=None), parquet.read_table(tmp_path / "door.parquet")
    assert mine.schema.remove_metadata() == exported.schema.remove_metadata()
    assert mine.to_pydict().keys() == exported.to_pydict().keys() and str(mine.to_pylist()) == str(exported.to_pylist())
    told = json.loads(mine.schema.metadata[b"norface"])
    assert told["started"] == RUN and [one["name"] for one in told["sources"]] == ["door"]


STEPS = [("written", 1), ("staged", 1), ("committed", 1), ("renamed", 1), ("renamed", 4), ("renamed", 7), ("synced", 1)]


@pytest.mark.parametrize(("step", "nth"), STEPS)
def test_a_kill_at_any_step_neither_loses_nor_doubles(tmp_path, step, nth):
    done = killed(tmp_path, step, nth, 1, 60)
    assert done.returncode == -9 and not done.stdout, done.stderr
    # Nothing was acknowledged: NATS gives all of it again, in other pieces, with what came meanwhile.
    archive = open_archive(tmp_path)
    for first, last in ((1, 7), (8, 44), (30, 80)):
        known = archive.take([one for one in flood(1, 80) if first <= one.number <= last])
        assert set(known) | set(archive.flush()) >= set(range(first, last + 1))
    counts = records_of(tmp_path)
    assert len(counts) == 78 and set(counts.values()) == {1}
    assert not list((tmp_path / "_norface" / "staged").iterdir())
    assert check(tmp_path)[0] == []
    events = [line for path in tmp_path.glob("events/**/*.jsonl") for line in path.read_text().splitlines()]
    assert len(events) == 2


def test_kills_one_after_the_other_at_every_step_neither_lose_nor_double(tmp_path):
    for round_, (step, nth) in enumerate(STEPS):
        assert killed(tmp_path, step, nth, 1, 20 + 10 * round_).returncode == -9
    archive = open_archive(tmp_path)
    archive.take(flood(1, 100))
    archive.flush()
    counts = records_of(tmp_path)
    assert len(counts) == 98 and set(counts.values()) == {1}


def test_nothing_may_be_acknowledged_before_file_and_folder_are_synced(tmp_path, monkeypatch):
    steps: list[tuple[str, str]] = []
    for module in (durable, parts):
        monkeypatch.setattr(module, "sync_file", lambda path: steps.append(("file", Path(path).name)))
    from norface.fleet import books

    def sync(path: Path) -> None:
        steps.append(("folder", str(path.relative_to(tmp_path))))

    monkeypatch.setattr(books, "sync_folder", sync)
    monkeypatch.setattr(durable, "sync_folder", sync)
    rename = os.rename
    monkeypatch.setattr(os, "rename", lambda old, new: (steps.append(("rename", Path(new).name)), rename(old, new)))
    archive = open_archive(tmp_path, fault=lambda name: steps.append(("step", name)))
    steps.clear()
    archive.take([description(1), of_record(2, "door", 0, "2026-11-30T08:00:00.000Z")])
    archive.flush()
    folder = "source=door/date=2026-11-30/hour=08"
    part = "part-1-000000000002-000000000002.parquet"
    written = steps.index(("file", f"{folder.replace('/', '+')}+{part}"))
    staged = steps.index(("folder", "_norface/staged"))
    committed = steps.index(("step", "committed"))
    renamed = steps.index(("rename", part))
    synced = steps.index(("folder", folder))
    assert written < staged < committed < renamed < synced < steps.index(("step", "synced"))


def test_what_comes_again_under_other_numbers_is_a_duplicate(tmp_path):
    archive = open_archive(tmp_path)
    archive.take([description(1), *(of_record(2 + seq, "door", seq) for seq in range(5)), description(7)])
    archive.flush()
    # A second relay, later than the stream's window, and twice in one batch.
    archive.take([of_record(8 + seq, "door", seq) for seq in range(6)] + [of_record(20, "door", 5)])
    archive.flush()
    # The same numbers of another run are other records.
    archive.take([of_record(30 + seq, "door", seq, run="2026-11-30T09:00:00.000Z") for seq in range(3)])
    archive.flush()
    counts = records_of(tmp_path)
    assert len(counts) == 9 and set(counts.values()) == {1}
    archive.write_manifest()
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["sources"]["door"] == {"records": 9, "duplicates": 6, "without_time": 9}


def test_gaps_are_told_and_a_late_record_fills_them(tmp_path):
    said: list[str] = []
    archive = open_archive(tmp_path, said)
    archive.take([of_record(1 + seq, "door", seq) for seq in (2, 3, 4, 9, 12)])
    archive.flush()
    assert f"door: records 5 to 8 of the run of {RUN} are missing (4)" in said
    assert f"door: records 10 to 11 of the run of {RUN} are missing (2)" in said
    archive.take([of_record(20, "door", 6)])
    archive.flush()
    assert len([text for text in said if "missing" in text]) == 2
    archive.write_manifest()
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert [(gap["first"], gap["last"]) for gap in told["gaps"]] == [(5, 5), (7, 8), (10, 11)]
    assert told["begin_late"] == [{"first": 2, "run": RUN, "source": "door"}] and told["totals"]["missing"] == 5
    assert any("5 records never came" in text for text in check(tmp_path)[0])


def test_records_without_time_are_filed_by_their_coming_and_counted(tmp_path):
    archive = open_archive(tmp_path)
    archive.take([of_record(1, "door", 0), of_record(2, "door", 1, "2026-11-30T08:00:00.000Z")])
    archive.flush()
    assert sorted(path.parent.parent.name for path in tmp_path.glob("source=*/**/*.parquet")) == [
        "date=2026-11-28",
        "date=2026-11-30",
    ]
    archive.write_manifest()
    assert json.loads((tmp_path / "manifest.json").read_text())["totals"]["without_time"] == 1


def test_what_cannot_be_read_is_kept_and_told_and_stops_nobody(tmp_path):
    said: list[str] = []
    archive = open_archive(tmp_path, said)
    bad = [
        b"no JSON",
        b"\xff\xfe",
        b"[1]",
        b'{"v":1,"seq":3}',
        record(1, time="yesterday").replace(b'"time":null,', b""),
        record(2).replace(b'"pts":', b'"pt":'),
        record(3).replace(b'"box":[1.0,2.0,30.0,40.0]', b'"box":[1.0]'),
        record(4).replace(b'"v":1', b'"v":2'),
        record(5).replace(b'"width":640', b'"width":99999999999999999999999'),
        record(6, source="x" * 300),
        record(7).replace(b'"time":null', b'"time":"2026-11-30T08:83:00.000Z"'),
    ]
    good = [of_record(100 + seq, "door", seq) for seq in range(100, 140)]
    archive.take([description(1), *good, *(message(10 + place, line, f"{RUN}/door/{place}") for place, line in enumerate(bad))])
    assert len(archive.flush()) == 52
    assert sum(records_of(tmp_path).values()) == 40
    kept = [json.loads(line) for path in tmp_path.glob("unreadable/**/*.jsonl") for line in path.read_text().splitlines()]
    assert [one["stream"]["number"] for one in kept] == list(range(10, 21))
    assert kept[3]["line"] == '{"v":1,"seq":3}' and "base64" in kept[1] and all(one["reason"] for one in kept)
    assert archive.tally["unreadable"] == 11 and sum("cannot be read" in text for text in said) == 11
    assert any("11 messages could not be read" in text for text in check(tmp_path)[0])


def test_a_face_that_shows_more_than_the_run_says_is_no_trouble(tmp_path):
    archive = open_archive(tmp_path)
    odd = record(1).replace(b'"AU12":1.250', b'"AU12":1.250,"AU26":0.5')
    archive.take([description(1), of_record(2, "door", 0), message(3, odd, f"{RUN}/door/1"), of_record(4, "hall", 0)])
    archive.flush()
    (path,) = tmp_path.glob("source=door/**/*.parquet")
    assert parquet.read_table(path, partitioning=None)["AU26"].to_pylist() == [None, 0.5]
    assert archive.tally["unreadable"] == 0


def test_without_a_description_the_faces_name_the_columns(tmp_path):
    archive = open_archive(tmp_path)
    archive.take([of_record(1, "door", 0), message(2, b"{\n" + record(1)[1:], f"{RUN}/door/1")])
    archive.flush()
    (path,) = tmp_path.glob("source=door/**/*.parquet")
    table = parquet.read_table(path, partitioning=None)
    assert table["AU12"].to_pylist() == [1.25, 1.25] and b"norface" not in table.schema.metadata


def test_a_description_is_still_known_after_a_restart(tmp_path):
    first = open_archive(tmp_path)
    first.take([description(1)])
    first.flush()
    first.close()
    second = open_archive(tmp_path)
    second.take([message(2, record(0, faces=[]), f"{RUN}/door/0")])
    second.flush()
    (path,) = tmp_path.glob("source=door/**/*.parquet")
    assert "AU12_present" in parquet.read_schema(path).names


def test_records_of_a_file_are_told_apart_by_their_keys(tmp_path):
    archive = open_archive(tmp_path)
    archive.take([message(1, record(0), "aa"), message(2, record(0, extra=1), "bb"), message(3, record(0), "aa")])
    archive.flush()
    archive.take([message(4, record(0), "aa"), message(5, record(1), "cc")])
    archive.flush()
    found = [
        parquet.read_table(path, partitioning=None)["seq"].to_pylist()
        for path in sorted(tmp_path.glob("source=*/**/*.parquet"))
    ]
    assert found == [[0, 0], [1]]
    assert check(tmp_path)[0] == []


def test_a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room(tmp_path, monkeypatch):
    archive = open_archive(tmp_path)
    archive.take(flood(1, 30))
    calls: list[Path] = []

    def full(path: Path) -> None:
        calls.append(path)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        durable.sync_file(path)

    monkeypatch.setattr(parts, "sync_file", full)
    with pytest.raises(OSError, match="No space"):
        archive.flush()
    assert not records_of(tmp_path) and not list((tmp_path / "_norface" / "staged").iterdir())
    assert archive.take(flood(1, 30)) == []
    monkeypatch.setattr(parts, "sync_file", durable.sync_file)
    assert len(archive.flush()) == 30
    assert set(records_of(tmp_path).values()) == {1}


def test_a_disk_that_fills_between_books_and_names_loses_nothing(tmp_path, monkeypatch):
    archive = open_archive(tmp_path)
    archive.take(flood(1, 30))
    from norface.fleet import books

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(books, "sync_folders", full)
    with pytest.raises(OSError, match="No space"):
        archive.flush()
    monkeypatch.setattr(books, "sync_folders", durable.sync_folders)
    assert len(archive.flush()) == 30
    counts = records_of(tmp_path)
    assert len(counts) == 28 and set(counts.values()) == {1} and check(tmp_path)[0] == []


def test_a_stream_that_was_made_anew_is_read_from_its_beginning(tmp_path):
    said: list[str] = []
    archive = open_archive(tmp_path, said)
    archive.take(flood(1, 40))
    archive.flush()
    archive.begin_stream("NORFACE 2", 1)
    assert "the stream was made anew; its messages are counted anew" in said
    assert archive.take([of_record(1, "door", 500), of_record(2, "door", 3)]) == []
    archive.flush()
    counts = records_of(tmp_path)
    assert len(counts) == 39 and set(counts.values()) == {1}
    archive.close()
    again = open_archive(tmp_path)
    again.begin_stream("NORFACE 2", 1)
    assert again.take([of_record(1, "door", 500)]) == [1] or again.books.generation > 2


def test_messages_that_left_the_stream_unread_are_told(tmp_path):
    said: list[str] = []
    archive = open_archive(tmp_path, said)
    archive.take([of_record(number, "door", number) for number in (1, 2, 5, 9)])
    archive.flush()
    assert archive.unseen(2) == []
    archive.take([of_record(11, "door", 11)])
    assert archive.unseen(9) == [(3, 4), (6, 8)] and archive.unseen(20) == [(3, 4), (6, 8), (10, 10), (12, 20)]
    archive.lose(archive.unseen(9))
    assert archive.tally["lost in the stream"] == 5 and "3 to 4, 6 to 8" in said[-1]
    assert archive.unseen(9) == []
    archive.write_manifest()
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert [(one["first"], one["last"]) for one in told["lost_in_stream"]] == [(3, 4), (6, 8)]


def test_two_writers_of_one_archive_exclude_each_other(tmp_path):
    archive = open_archive(tmp_path)
    with pytest.raises(Failure) as told:
        open_archive(tmp_path)
    assert told.value.code == 75
    archive.close()
    open_archive(tmp_path).close()


def test_an_archive_without_its_books_is_not_written_to(tmp_path):
    archive = open_archive(tmp_path)
    archive.take(flood(1, 10))
    archive.flush()
    archive.close()
    (tmp_path / "_norface" / "books.sqlite").unlink()
    with pytest.raises(Failure, match="Bring it back"):
        open_archive(tmp_path)


def test_the_check_finds_what_was_done_to_the_files(tmp_path):
    archive = open_archive(tmp_path)
    archive.take(flood(1, 62))
    archive.flush()
    one, other, third, *_ = sorted(tmp_path.glob("source=*/**/*.parquet"))
    one.unlink()
    other.write_bytes(other.read_bytes()[:-1])
    (third.parent / "part-9.parquet").write_bytes(third.read_bytes())
    wrong = check(tmp_path)[0]
    for text in ("No such file", "bytes, and", "is not in the books", "hold other records"):
        assert any(text in line for line in wrong), (text, wrong)


@pytest.mark.parametrize("seed", range(20))
def test_ranges_are_sets(seed):
    import random

    dice = random.Random(seed)
    mine, plain = Ranges(), set()
    for _ in range(200):
        first = dice.randrange(120)
        last = first + dice.choice((0, 0, 0, 3, 17))
        mine.add(first, last)
        plain |= set(range(first, last + 1))
        assert all((value in mine) == (value in plain) for value in range(-1, 140))
        assert mine.count == len(plain) and len(mine) == sum(value - 1 not in plain for value in plain)
        assert sum(b - a + 1 for a, b in mine.gaps()) == max(plain) - min(plain) + 1 - len(plain) == mine.missing
    assert Ranges.of_text(mine.text()) == mine


MERGED = [("merge staged", 1), ("merge committed", 1), ("renamed", 1), ("removed", 1), ("removed", 3), ("synced", 1)]


class Stopped(BaseException):
    """As if the process had been killed: nothing that cleans up catches it."""


def test_the_files_of_an_hour_become_one(tmp_path):
    archive = open_archive(tmp_path)
    for first in range(1, 63, 7):
        archive.take([one for one in flood(1, 62) if first <= one.number < first + 7])
        archive.flush()
    before = {
        path.parent: parquet.read_table(path.parent, partitioning=None).to_pydict()
        for path in tmp_path.glob("source=*/**/*.parquet")
    }
    assert archive.merge(1e9, 60) == 0 and len(list(tmp_path.glob("source=*/**/*.parquet"))) > len(before)
    # The archive's clock is the stream's: an hour is over when a message came that long after it.
    archive._newest += 10 * 86400
    assert archive.merge(0, 60) == 0
    files = list(tmp_path.glob("source=*/**/*.parquet"))
    assert len(files) == len(before) == 6 and all(path.name.endswith("-m1.parquet") for path in files)
    for folder, rows in before.items():
        merged = parquet.read_table(folder, partitioning=None)
        assert sorted(merged["seq"].to_pylist()) == sorted(rows["seq"]) and merged["seq"].to_pylist() == sorted(rows["seq"])
        assert json.loads(merged.schema.metadata[b"norface"])["started"] == RUN
    assert check(tmp_path)[0] == []
    # A record that comes late is merged into it, and what is whole is not written again.
    times = {path: path.stat().st_mtime_ns for path in files}
    archive.take([of_record(200, "door", 500, "2026-11-30T08:59:00.000Z")])
    archive.flush()
    archive._newest += 10 * 86400
    assert archive.merge(0, 60) == 0
    after = list(tmp_path.glob("source=*/**/*.parquet"))
    assert len(after) == 6 and sum(path.name.endswith("-m2.parquet") for path in after) == 1
    assert sum(times.get(path) == path.stat().st_mtime_ns for path in after) == 5


@pytest.mark.parametrize(("step", "nth"), MERGED)
def test_a_merge_that_is_stopped_neither_loses_nor_doubles(tmp_path, step, nth):
    seen: list[str] = []

    def fault(name: str) -> None:
        if seen is not armed:
            return
        seen.append(name)
        if name == step and seen.count(name) == nth:
            raise Stopped

    armed: list[str] | None = None
    archive = open_archive(tmp_path, fault=fault)
    for first in range(1, 63, 7):
        archive.take([one for one in flood(1, 62) if first <= one.number < first + 7])
        archive.flush()
    expected = records_of(tmp_path)
    archive._newest += 10 * 86400
    armed = seen
    with pytest.raises(Stopped):
        archive.merge(0, 60)
    archive.close()
    again = open_archive(tmp_path)
    assert records_of(tmp_path) == expected and set(expected.values()) == {1}
    assert check(tmp_path)[0] == [] and not list((tmp_path / "_norface" / "staged").iterdir())
    again._newest = 2e9
    assert again.merge(0, 60) == 0 and records_of(tmp_path) == expected
    assert len(list(tmp_path.glob("source=*/**/*.parquet"))) == 6


def test_the_whole_archive_is_one_table_for_its_readers(tmp_path):
    from glob import glob

    import pandas as pd
    from pyarrow import dataset

    archive = open_archive(tmp_path)
    archive.take(flood(1, 62))
    archive.flush()
    files = sorted(glob(f"{tmp_path}/source=*/**/*.parquet", recursive=True))
    rows = (
        dataset.dataset(files).to_table(columns=["source", "seq", "AU12"], filter=dataset.field("source") == "door").to_pandas()
    )
    assert len(rows) == 30 and set(rows["source"]) == {"door"}
    assert len(pd.read_parquet(tmp_path / "source=door", partitioning=None)) == 30
    assert (
        dataset.dataset(f"{tmp_path}/source=door", partitioning="hive").to_table(filter=dataset.field("hour") == 8).num_rows
        == 9
    )
