"""What both builds are run on: clips made of the sample clip, pictures, folders, options."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from comparing.runs import Case, Missing

X264 = "-c:v libx264 -preset veryfast -crf 20 -threads 1"

# The clip for speed.
LONG = "long.mp4"

# Name of the clip: ffmpeg's options before the input (the sample clip, unless they name one) and behind it. {NAME} is another.
MADE = {
    "h264.mkv": ("", "-t 2 -c copy"),
    "mpeg4.avi": ("", "-t 2 -c:v mpeg4 -q:v 3"),
    "h264-640x480.mov": ("", f"-t 2 -vf scale=640:480 {X264}"),
    "vp9.webm": ("", "-t 1.5 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M"),
    "h264.ts": ("", f"-t 2 {X264} -f mpegts"),
    "hevc.mp4": ("", "-t 1.5 -c:v libx265 -preset ultrafast -crf 22 -x265-params log-level=error:pools=1 -tag:v hvc1"),
    "mjpeg.avi": ("", "-t 1 -c:v mjpeg -q:v 3"),
    "320x180.mp4": ("", f"-t 2 -vf scale=320:180 {X264}"),
    "1280x720.mp4": ("", f"-t 1.5 -vf scale=1280:720 {X264}"),
    "1920x1080.mp4": ("", f"-t 1 -vf scale=1920:1080 {X264}"),
    "10-fps.mp4": ("", f"-t 4 -r 10 {X264}"),
    "29.97-fps.mp4": ("", f"-t 2 -r 30000/1001 {X264}"),
    "60-fps.mp4": ("", f"-t 1.5 -r 60 {X264}"),
    "b-frames.mp4": ("", f"-t 2 {X264} -bf 3 -g 50"),
    "variable-rate.mkv": ("", f"-t 3 -vf select='not(mod(n\\,3))+lt(mod(n\\,7)\\,2)' -vsync vfr {X264}"),
    "sideways.mp4": ("", f"-t 2 -vf transpose=2 {X264}"),
    # Its display matrix makes it upright again.
    "rotated.mp4": ("-i {sideways.mp4}", "-c copy -metadata:s:v:0 rotate=270"),
    "4-2-2.mkv": ("", f"-t 1.5 -pix_fmt yuv422p {X264}"),
    "10-bit.mkv": ("", f"-t 1.5 -pix_fmt yuv420p10le {X264}"),
    "full-range.mp4": ("", f"-t 1.5 -vf scale=out_range=full -color_range pc {X264}"),
    "interlaced.ts": ("", "-t 1.5 -c:v mpeg2video -q:v 3 -flags +ilme+ildct -f mpegts"),
    "dark.mp4": ("", f"-t 2 -vf eq=brightness=-0.35:contrast=0.7 {X264}"),
    "two-faces.mp4": ("", f"-t 3 -vf split[a][b];[b]hflip[c];[a][c]hstack {X264}"),
    "leaves-and-returns.mp4": ("", f"-t 6 -vf drawbox=color=gray:t=fill:enable='between(t,1.5,4)' {X264}"),
    "picture.png": ("-ss 2", "-frames:v 1 -update 1"),
    "picture.jpg": ("-ss 2", "-frames:v 1 -update 1 -q:v 3"),
    "two-faces.png": ("-ss 2", "-vf split[a][b];[b]hflip[c];[a][c]hstack -frames:v 1 -update 1"),
    "nobody.mp4": ("-f lavfi -i testsrc2=s=640x360:r=25:d=1", X264),
    LONG: ("-stream_loop 4", "-c copy"),
}


class Clips:
    """Clips made of the sample clip when a case needs them, and kept."""

    def __init__(self, root: Path, cache: Path):
        self.sample = root / "Tests" / "Fixtures" / "sample.mp4"
        self.cache = cache.resolve()

    def path(self, name: str) -> Path:
        return self.cache / name

    def make(self, path: Path) -> None:
        """Makes a clip that is not there yet; files that are no clips of ours are left alone."""
        if path.parent != self.cache or path.exists():
            return
        if not shutil.which("ffmpeg"):
            raise Missing("ffmpeg is needed to make the clips")
        before, after = MADE[path.name]
        for other in re.findall(r"{(.*?)}", before):
            self.make(self.path(other))
            before = before.replace(f"{{{other}}}", str(self.path(other)))
        begin = before.split() if "-i " in before else [*before.split(), "-i", str(self.sample)]
        self.cache.mkdir(parents=True, exist_ok=True)
        # Under another name first: a clip that is there is whole, also when two comparisons make it at once.
        unfinished = self.cache / f".{os.getpid()}-{path.name}"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *begin, "-an", *after.split(), str(unfinished)]
        done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            unfinished.unlink(missing_ok=True)
            raise Missing(f"ffmpeg does not make {path.name}: {done.stderr.strip()}")
        unfinished.rename(path)


def analysis(name: str, path: Path, *options: str, files: dict[str, str | Path] | None = None) -> Case:
    """A run of norface analyze over one file, which writes records and a sidecar."""
    arguments = ["analyze", "--quiet", str(path), "-o", "records.jsonl", *options]
    return Case(name, arguments, inputs=[path], files=files or {})


def cases(clips: Clips, bundle: dict, folder: str | None) -> list[Case]:
    """All runs of norface that are compared.

    bundle: the content of the bundle's bundle.json. folder: clips of the user's.
    """
    sample, two = clips.sample, clips.path("two-faces.mp4")
    result = [analysis("sample", sample)]
    result += [analysis(name, clips.path(name)) for name in MADE if name != LONG]
    units = {unit: 0.2 for unit in bundle["labels"]["au"]}
    sides = {unit: 0.2 for unit in bundle["labels"]["sides"]}
    person = {"track": "*", "au": units, "left": sides, "right": sides}
    baseline = {"format": 1, "bundle": bundle["name"], "version": bundle["version"], "persons": [person]}
    result += [
        analysis("sample, --offline", sample, "--offline"),
        analysis("sample, --no-smoothing", sample, "--no-smoothing"),
        analysis("sample, --every 3", sample, "--every", "3"),
        analysis("sample, --fps 10", sample, "--fps", "10"),
        analysis("sample, --neutral-at 1", sample, "--neutral-at", "1"),
        analysis("sample, --save-baseline", sample, "--save-baseline", "saved.json"),
        analysis("sample, --baseline", sample, "--baseline", "given.json", files={"given.json": json.dumps(baseline)}),
        analysis("two-faces, --faces 1", two, "--faces", "1"),
        analysis("two-faces, --detector full", two, "--detector", "full"),
        analysis("two-faces, --detector short --offline", two, "--detector", "short", "--offline"),
        analysis("leaves-and-returns, --offline", clips.path("leaves-and-returns.mp4"), "--offline"),
        Case("sample to standard output", ["analyze", "--quiet", str(sample)]),
        Case("mkv from standard input", ["analyze", "--quiet", "-"], inputs=[clips.path("h264.mkv")], is_piped=True),
        Case(
            "a folder with a broken file",
            ["analyze", "--quiet", "in", "-o", "out"],
            code=2,
            inputs=[clips.path(name) for name in ("picture.png", "two-faces.png", "h264.mkv")],
            files={
                "in/a.png": clips.path("picture.png"),
                "in/b/two.png": clips.path("two-faces.png"),
                "in/b/clip.mkv": clips.path("h264.mkv"),
                "in/broken.mp4": "this is no video\n",
            },
        ),
        Case("no such file", ["analyze", "--quiet", "missing.mp4", "-o", "out.jsonl"], code=66),
        Case("two choices", ["analyze", "--quiet", "missing.mp4", "--fps", "3", "--every", "2"], code=64),
    ]
    if folder:
        paths = sorted(path for path in Path(folder).resolve().rglob("*") if path.is_file() and not path.name.startswith("."))
        if not paths:
            raise Missing(f"{folder}: there are no clips")
        for path in paths:
            result += [analysis(f"yours: {path.name}", path), analysis(f"yours: {path.name}, --offline", path, "--offline")]
    return result
