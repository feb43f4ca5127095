"""What the tests of archives on several machines share: short recordings, and how results are compared."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from relaying import ROOT, SAMPLE, program

from norface.cluster.check import check


class Archive:
    """A few dozen recordings of a third of a second, their list, and what one machine makes of them."""

    def __init__(self, folder: Path, count: int = 24) -> None:
        self.folder = folder
        self.norface = program("norface")
        ffmpeg = program("ffmpeg")
        clips = folder / "clips"
        clips.mkdir()
        for piece in range(6):
            cut = ["-ss", f"{piece}.2", "-t", "0.32", "-an", "-c:v", "libx264", "-preset", "ultrafast"]
            made = subprocess.run([ffmpeg, "-v", "error", "-i", str(SAMPLE), *cut, str(clips / f"{piece:03}.mp4")], check=False)
            if made.returncode:
                pytest.skip("this ffmpeg writes no H.264")
        for number in range(6, count):
            os.link(clips / f"{number % 6:03}.mp4", clips / f"{number:03}.mp4")
        self.list = folder / "recordings.txt"
        self.names = [str(path) for path in sorted(clips.glob("*.mp4"))]
        self.list.write_text("".join(name + "\n" for name in self.names))
        self.alone = folder / "alone"
        subprocess.run([self.norface, "analyze", "--quiet", "--files-from", str(self.list), "-o", f"{self.alone}/"], check=True)

    def fresh(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path

    def compare(self, results: Path) -> None:
        """Nothing is missing or there twice, and all is as one machine made it, byte for byte; of a sidecar all but `started`,
        and of the tables the one that is made of all records."""
        report = check(self.list, results)
        assert report.good and report.whole == len(self.names), report.lines()
        for folder in (self.alone, results):
            subprocess.run([self.norface, "summary", str(folder)], check=True, capture_output=True)
        assert (results / "summary.csv").read_bytes() == (self.alone / "summary.csv").read_bytes()
        expected = sorted(path.name for path in self.alone.iterdir())
        mine = (".jsonl", ".json", "summary.csv")
        found = sorted(p.name for p in results.iterdir() if p.name.endswith(mine) and not p.name.startswith("summary-"))
        assert found == expected
        for name in expected:
            one, other = (self.alone / name).read_bytes(), (results / name).read_bytes()
            if name.endswith(".meta.json"):
                one, other = (json.dumps({**json.loads(text), "started": None}) for text in (one, other))
            assert one == other, name

    def done(self, results: Path) -> int:
        return len(list(results.glob("*.meta.json")))


CLUSTER = ROOT / "Cluster"
