"""What both builds of norfaced are run on: looped files at full speed, and configurations to check."""

import json
from collections.abc import Callable
from pathlib import Path

from comparing.inputs import Clips
from comparing.runs import Case


def looped(name: str, clips: list[Path], records: int, analysis: str = "{}") -> Case:
    """The daemon on files that begin again when they end, not at their own pace, so that nothing depends on the clock.

    It is stopped when each file of records has so many lines; the first so many of each are compared.
    """
    sources = "".join(f"  s{index}: {{url: {clip}, capture: {{loop: true}}}}\n" for index, clip in enumerate(clips))
    configuration = (
        "log: {level: warning}\n"
        "outputs:\n"
        "  socket: {path: none}\n"
        '  files: {records: {path: "@FOLDER@/{source}.jsonl", flush_interval: 100ms, sync: none, queue: 64MiB}}\n'
        f"analysis: {analysis}\n"
        f"sources:\n{sources}"
    )
    files = [f"s{index}.jsonl" for index in range(len(clips))]
    return Case(
        f"norfaced: {name}",
        ["run", "--config", "norfaced.yaml"],
        program="norfaced",
        inputs=clips,
        files={"norfaced.yaml": configuration},
        enough=_enough(files, records),
        trim=_trim(files, records),
    )


def cases(root: Path, clips: Clips) -> list[Case]:
    """All runs of norfaced that are compared."""
    result = [
        looped("a looped file", [clips.sample], 450),
        looped("three looped files", [clips.path("vp9.webm"), clips.path("two-faces.mp4"), clips.path("60-fps.mp4")], 120),
        looped(
            "analysis has keys",
            [clips.sample],
            150,
            "{max_rate: 8, smoothing: off, baseline: off, detector: full, max_faces: 2}",
        ),
    ]
    reference = root / "Config" / "norfaced.yaml"
    configurations = [reference, *sorted((root / "Tests" / "Fixtures" / "configurations").glob("*.yaml"))]
    for path in configurations:
        # At the same relative path for both, since what is wrong is told with the file's name.
        result.append(
            Case(
                f"norfaced check: {path.name}",
                ["check", "--print", "c.yaml"],
                program="norfaced",
                code=None,
                files={"c.yaml": path},
            )
        )
    return result


def _count(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _enough(files: list[str], records: int) -> Callable[[Path], bool]:
    return lambda folder: all(_count(folder / name) >= records for name in files)


def _trim(files: list[str], records: int) -> Callable[[Path], None]:
    def trim(folder: Path) -> None:
        for name in files:
            path = folder / name
            if path.exists():
                lines = path.read_bytes().splitlines(keepends=True)[:records]
                path.write_bytes(b"".join(_timeless(line) for line in lines))

    return trim


def _timeless(line: bytes) -> bytes:
    """A record without the time of day; a line as it is when it has none."""
    at = line.find(b'"time":"')
    if at < 0 or json.loads(line).get("time") is None:
        return line
    end = line.index(b'"', at + len(b'"time":"'))
    return line[: at + len(b'"time":')] + b"null" + line[end + 1 :]
