"""The command: pages of real and made records, their content, size and time, and exit codes."""

from __future__ import annotations

import itertools
import json
import re
import resource
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytest.importorskip("jinja2", reason="needs the report extra (jinja2)")
pytest.importorskip("vl_convert", reason="needs the report extra (vl-convert-python)")

from test_report_numbers import needs_norface, numbers_of
from test_report_support import NORFACE, SAMPLE, write_recording

from norface.export import FORMATS, export
from norface.report.cli import main
from norface.report.names import unit_title


class Outline(HTMLParser):
    """What of a page matters to its readers: headings, tables, charts, addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.charts: list[dict[str, str]] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self._caption = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attributes}
        self.addresses += [own[name] for name in ("src", "href", "action", "srcset") if name in own]
        if tag not in ("meta", "input", "img", "link", "br", "rect"):
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if "plot" in own.get("class", "").split():
            self.charts.append(own)
        if tag == "caption":
            self._caption = ""
        if tag == "tr" and self._caption:
            self.tables[self._caption].append([])
        if tag in ("td", "th") and self._caption:
            self.tables[self._caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "caption":
            self.tables[self._caption] = []
        if tag == "table":
            self._caption = ""

    def handle_data(self, data: str) -> None:
        if {"script", "style"} & set(self._open):
            return
        self.words.append(data)
        if self._open and re.fullmatch("h[1-6]", self._open[-1]):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)
        if "caption" in self._open:
            self._caption += data
        elif self._caption and {"td", "th"} & set(self._open):
            self.tables[self._caption][-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(path: Path, tmp_path: Path, *more: str, code: int = 0) -> Outline:
    output = tmp_path / "page.html"
    assert main([str(path), "-o", str(output), "-q", *more]) == code
    text = output.read_text(encoding="utf-8")
    outline = Outline(text)
    check_outline(outline, text)
    return outline


def check_outline(outline: Outline, text: str) -> None:
    """What holds of every page: nothing from elsewhere, headings in order, texts for all charts, captions for all tables."""
    assert [address for address in outline.addresses if not address.startswith(("#", "data:"))] == []
    text = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", text)
    levels = [level for level, _ in outline.headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(chart["role"] == "img" and len(chart["aria-label"]) > 20 for chart in outline.charts)
    assert text.count("<table") == text.count("<caption>")


def check_tables(outline: Outline, path: Path) -> None:
    """The page's tables hold what the records give."""
    numbers = numbers_of(path)
    rows = {row[0]: row for row in outline.tables["Faces and how well they were seen"]}
    for face in numbers.faces:
        row = rows[face.title]
        assert row[5] == f"{face.frames:,}" and row[6] == f"{face.quality:.2f}"
        assert row[11] == str(face.blinks) and row[12] == f"{face.blinks_per_min:.1f}"
        units = {row[0]: row for row in outline.tables[f"{face.title}: action units in numbers"]}
        for unit in numbers.units:
            row = units[unit_title(unit)]
            assert row[1] == f"{face.mean[unit]:.3f}" and row[5] == str(face.segments[unit])
            assert row[6] == f"{face.segments_per_min[unit]:.2f}"


def test_page_of_made_records(made: Path, tmp_path: Path) -> None:
    outline = page_of(made, tmp_path)
    check_tables(outline, made)
    assert outline.headings[0] == (1, "talk.mp4")
    ids = [chart["id"] for chart in outline.charts]
    per_face = [f"face-{track}-{what}" for track in (1, 2) for what in ("heat", "units", "emotions", "angles", "quality")]
    assert ids == ["timeline", *per_face, "compare-means", "compare-rates", "compare-emotions"]
    assert "No face was found in 10.0 % of the frames (3.0 s; longest stretch 3.0 s)." in outline.text
    assert "5 frames were dropped before the analysis" in outline.text
    assert "Damaged frames: 2 frames" in outline.text
    assert "Part of the face is hidden in 10.0 % of Face 2's frames and 5.6 % of Face 1's frames." in outline.text
    assert "The quality is below 0.5 in 4.0 % of Face 2's frames" in outline.text
    assert "It is uncertain who it is in 1.1 % of Face 1's frames." in outline.text
    assert ["detect_every", "5"] in outline.tables["Settings"]
    sums = {(row[0], row[1]): row for row in outline.tables["Missing and doubtful, all of it"]}
    assert sums["Part of the face hidden", "Face 1"][3] == "45" and sums["Break of the stream", ""][2] == "none"


@needs_norface
def test_page_of_real_records(real: Path, tmp_path: Path) -> None:
    outline = page_of(real, tmp_path)
    check_tables(outline, real)
    meta = json.loads(real.with_suffix(".meta.json").read_text())
    assert outline.headings[0] == (1, "sample.mp4")
    assert any(meta["program"] in " ".join(row) for row in outline.tables["The run"])
    assert {name for name, _ in outline.tables["Versions"][1:]} == set(meta["versions"])


@needs_norface
def test_page_of_real_records_as_csv(real: Path, tmp_path: Path) -> None:
    table = tmp_path / "sample.csv"
    subprocess.run([NORFACE, "convert", str(real), "-o", str(table)], check=True, timeout=60, capture_output=True)
    outline = page_of(table, tmp_path)
    units = {row[0]: row for row in outline.tables["Face 1: action units in numbers"]}
    assert units["AU12 Lip corner puller"][1] == f"{numbers_of(real).faces[0].mean['AU12']:.3f}"
    assert "how the run ended, its settings and versions are not known" in outline.text


@needs_norface
def test_pictures_only_where_they_are_asked_for(real: Path, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="pictures need PyAV")
    pytest.importorskip("PIL", reason="pictures need Pillow")
    assert page_of(real, tmp_path).addresses.count("data:") == 0
    without = (tmp_path / "page.html").read_text()
    assert "data:image" not in without
    outline = page_of(real, tmp_path, "--with-pictures", str(SAMPLE))
    pictures = [address for address in outline.addresses if address.startswith("data:image/jpeg;base64,")]
    assert 8 <= len(pictures) <= 16
    assert (tmp_path / "page.html").stat().st_size - len(without) < 200_000


@needs_norface
def test_pictures_of_another_video_are_refused(real: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("av", reason="pictures need PyAV")
    pytest.importorskip("PIL", reason="pictures need Pillow")
    other = tmp_path / "other.mp4"
    other.write_bytes(SAMPLE.read_bytes() + b"\0")
    assert main([str(real), "-o", str(tmp_path / "x.html"), "-q", "--with-pictures", str(other)]) == 65
    assert "another video" in capsys.readouterr().err
    assert main([str(real), "-o", str(tmp_path / "x.html"), "-q", "--with-pictures", str(tmp_path / "no.mp4")]) == 66
    assert not (tmp_path / "x.html").exists()


def test_page_without_sidecar_and_events(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "bare.jsonl", 300, events=False, meta=False)
    outline = page_of(path, tmp_path)
    assert "There is no description (NAME.meta.json) beside the records" in outline.text
    assert "There is no file of events" in outline.text
    rows = {row[0]: row for row in outline.tables["Faces and how well they were seen"]}
    assert rows["Face 1"][11:] == ["–", "–"]
    units = {row[0]: row for row in outline.tables["Face 1: action units in numbers"]}
    assert units["AU12 Lip corner puller"][5:] == ["–", "–"]


def test_page_of_nobody(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "nobody.jsonl", 60, people=0)
    outline = page_of(path, tmp_path)
    assert "No face was found in any frame" in outline.text
    assert [chart["id"] for chart in outline.charts] == ["timeline"]


def test_page_of_one_frame(tmp_path: Path) -> None:
    outline = page_of(write_recording(tmp_path / "one.jsonl", 1, people=1), tmp_path)
    assert outline.tables["Face 1: action units in numbers"][1][0] == "AU01 Inner brow raiser"


def test_page_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for index in range(3):
        write_recording(folder / f"talk{index}.jsonl", 300, people=index + 1, events=index != 1, meta=index != 2, seed=index)
    outline = page_of(folder, tmp_path)
    assert outline.headings[0] == (1, "study")
    assert [chart["id"] for chart in outline.charts] == [
        "lanes",
        "all-means",
        "all-units",
        "all-rates",
        "all-blinks",
        "all-emotions",
    ]
    rows = {row[0]: row for row in outline.tables["Recordings in numbers"]}
    assert rows["talk0.mp4"][2:6] == ["0:10.0", "300", "90.0 %", "1"]
    assert rows["talk2.mp4"][1] == "unknown" and rows["talk1.mp4"][12] == "no"
    faces = outline.tables["Faces in numbers"][1:]
    assert [row[:2] for row in faces] == [[f"talk{i}.mp4", f"Face {t}"] for i in range(3) for t in range(1, i + 2)]
    means = {(row[0], row[1]): row for row in outline.tables["Mean intensity of each action unit"]}
    for face in numbers_of(folder / "talk2.jsonl").faces:
        assert means["talk2.mp4", face.title][2:5] == [f"{face.mean[unit]:.3f}" for unit in ("AU01", "AU02", "AU04")]
    assert "no events, so neither blinks nor segments are known, of talk1.mp4" in outline.text


def test_tables_that_were_exported_beside_the_records_are_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("good", "better"):
        records = write_recording(tmp_path / f"{name}.jsonl", 60)
        for to, entry in FORMATS.items():
            if entry.ending.endswith(".csv"):
                export(records, to, tmp_path / f"{name}{entry.ending}")
    outline = page_of(tmp_path, tmp_path)
    assert "could not be read" not in outline.text and "0 of" not in outline.text
    rows = [row[0] for row in outline.tables["Recordings in numbers"][1:]]
    assert sorted(rows) == ["better.mp4", "good.mp4"]
    assert ".csv" not in capsys.readouterr().err


def test_a_bad_file_of_several_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_recording(tmp_path / "good.jsonl", 60)
    write_recording(tmp_path / "better.jsonl", 60)
    (tmp_path / "bad.jsonl").write_text("no record\nnor this\n")
    outline = page_of(tmp_path, tmp_path, code=2)
    assert "bad.jsonl could not be read and is left out" in outline.text
    assert "bad.jsonl" in capsys.readouterr().err


def test_names_cannot_put_programs_into_the_page(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "talk.jsonl", 30)
    name = "</script><script>alert(1)</script>'\"\\<img src=x onerror=alert(2)>\u2028.mp4"
    for file in (path, path.with_suffix(".events.jsonl"), path.with_suffix(".meta.json")):
        file.write_text(file.read_text().replace('"talk.mp4"', json.dumps(name)))
    page_of(path, tmp_path)
    text = (tmp_path / "page.html").read_text()
    assert "<script>alert" not in text and "<img src=x" not in text
    data = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data[1])["seconds"] == pytest.approx(1.0)


def test_ten_minutes_are_small_and_quick(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "long.jsonl", 18_000)
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "norface.report.cli", str(path), "-o", str(tmp_path / "long.html")]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    size = (tmp_path / "long.html").stat().st_size
    assert size < 5_000_000
    # Processor time, which other work on the machine does not change much.
    assert ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime < 20
    assert "Curves are drawn with 2,000 points of 0.3 s each" in Outline((tmp_path / "long.html").read_text()).text


def test_the_same_records_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        assert main([str(made), "-o", str(tmp_path / name), "-q"]) == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_exit_codes(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "x.html")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.jsonl").write_text("{}\nno record\n")
    (tmp_path / "nothing.jsonl").write_text("")
    cases = [
        ([str(made)], 64),
        ([str(made), "-o", str(tmp_path / "x.pdf")], 64),
        ([str(made), "-o", out, "--faces", "0"], 64),
        ([str(made), str(made.parent), "-o", out, "--with-pictures", str(SAMPLE)], None),
        ([str(tmp_path / "none.jsonl"), "-o", out], 66),
        ([str(tmp_path / "empty"), "-o", out], 66),
        ([str(tmp_path / "bad.jsonl"), "-o", out], 65),
        ([str(tmp_path / "nothing.jsonl"), "-o", out], 65),
        ([str(made), "-o", str(tmp_path / "none" / "x.html")], 73),
    ]
    for arguments, code in cases:
        if code is None:
            continue
        try:
            found = main([*arguments, "-q"])
        except SystemExit as end:
            found = end.code
        assert found == code, arguments
        assert capsys.readouterr().err.strip(), arguments
    assert not (tmp_path / "x.html").exists()


def test_pictures_are_for_one_recording(made: Path, tmp_path: Path) -> None:
    other = write_recording(tmp_path / "other.jsonl", 30)
    assert main([str(made), str(other), "-o", str(tmp_path / "x.html"), "-q", "--with-pictures", str(SAMPLE)]) == 64


def test_an_old_page_stays_whole_when_the_new_one_cannot_be_made(made: Path, tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    page.write_text("old")
    (tmp_path / "bad.jsonl").write_text("{}\nno record\n")
    assert main([str(tmp_path / "bad.jsonl"), "-o", str(page), "-q"]) == 65
    assert page.read_text() == "old"
    assert main([str(made), "-o", str(page), "-q"]) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["bad.jsonl", "x.html"]


def test_help_tells_how(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "--with-pictures" in text and "exit codes" in text
