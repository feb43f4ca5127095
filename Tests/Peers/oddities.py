#!/usr/bin/env python3
"""A folder of odd recordings, and of what is none, made with ffmpeg from one clip of people.

  oddities.py CLIP FOLDER

Prints one line for each: what should become of it, a tab, and its path below the folder, as Python's ascii() writes it.
"""

import os
import subprocess
import sys
from pathlib import Path

SHORT = ["-frames:v", "8", "-an", "-vf", "scale=320:180,setsar=1"]
X264 = ["-c:v", "libx264", "-preset", "ultrafast"]

# Name, what ffmpeg is told after the first eight frames were made small.
CLIPS: list[tuple[str, list[str]]] = [
    ("h264.mp4", X264),
    ("h264.mkv", X264),
    ("h264.mov", X264),
    ("h264.ts", X264),
    ("h264.flv", X264),
    ("h264.avi", [*X264, "-bf", "0"]),
    ("h264.m4v", X264),
    ("bare.h264", X264),
    ("h264-10bit.mkv", [*X264, "-pix_fmt", "yuv420p10le"]),
    ("h264-444.mp4", [*X264, "-pix_fmt", "yuv444p"]),
    ("h264-rgb.mkv", ["-c:v", "libx264rgb", "-preset", "ultrafast"]),
    ("fragmented.mp4", [*X264, "-movflags", "frag_keyframe+empty_moov"]),
    ("no-ending", [*X264, "-f", "matroska"]),
    ("wrong-ending.avi", [*X264, "-f", "mp4"]),
    ("hevc.mp4", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]),
    ("bare.hevc", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]),
    ("vp8.webm", ["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"]),
    ("vp9.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]),
    ("av1.mkv", ["-c:v", "libsvtav1", "-preset", "12"]),
    ("mpeg4.avi", ["-c:v", "mpeg4", "-q:v", "3"]),
    ("mpeg2.mpg", ["-c:v", "mpeg2video", "-q:v", "3"]),
    ("mpeg1.mpeg", ["-c:v", "mpeg1video", "-q:v", "3"]),
    ("wmv2.wmv", ["-c:v", "wmv2", "-q:v", "3"]),
    ("theora.ogv", ["-c:v", "libtheora", "-q:v", "8"]),
    ("mjpeg.avi", ["-c:v", "mjpeg", "-q:v", "3"]),
    ("bare.mjpeg", ["-c:v", "mjpeg", "-q:v", "3"]),
    ("prores.mov", ["-c:v", "prores"]),
    ("ffv1.mkv", ["-c:v", "ffv1"]),
    ("huffyuv.avi", ["-c:v", "huffyuv"]),
    ("raw.y4m", []),
    ("rle.mov", ["-c:v", "qtrle"]),
    ("animation.gif", []),
    ("grey.mkv", ["-c:v", "ffv1", "-pix_fmt", "gray"]),
    ("late.ts", [*X264, "-output_ts_offset", "1001"]),
    ("fast.mp4", [*X264, "-r", "120"]),
]
# Name, filter, what ffmpeg is told.
FILTERED: list[tuple[str, str, list[str]]] = [
    ("tape.dv", "scale=720:576,setsar=16/15,fps=25", ["-pix_fmt", "yuv420p"]),
    ("phone.3gp", "scale=352:288,setsar=1", ["-c:v", "h263"]),
    ("dnxhd.mxf", "scale=1280:720,fps=25,setsar=1", ["-c:v", "dnxhd", "-b:v", "60M", "-pix_fmt", "yuv422p"]),
    ("anamorphic.mp4", "scale=480:360,setsar=4/3", X264),
    ("half-width.mkv", "scale=320:360,setsar=2/1", X264),
    ("odd-size.mkv", "scale=321:181,setsar=1", ["-c:v", "ffv1"]),
    ("uneven.mkv", "select='not(mod(n\\,3))',scale=320:180,setsar=1", [*X264, "-vsync", "vfr"]),
]
PICTURES = ["picture.jpg", "picture.png", "picture.webp", "picture.bmp", "picture.tiff", "100%d.jpg", "picture.ppm"]


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


class Oddities:
    def __init__(self, clip: Path, folder: Path) -> None:
        self.clip, self.folder = clip, folder

    def tell(self, fate: str, name: str | bytes) -> None:
        text = name if isinstance(name, str) else os.fsdecode(name)
        print(fate, ascii(text), sep="\t")

    def make(self) -> None:
        for name, options in CLIPS:
            ffmpeg("-i", self.clip, *SHORT, *options, self.folder / name)
            self.tell("done", name)
        for name, filters, options in FILTERED:
            ffmpeg("-i", self.clip, "-frames:v", "8", "-an", "-vf", filters, *options, self.folder / name)
            self.tell("done", name)
        for name in PICTURES:
            ffmpeg("-i", self.clip, "-frames:v", "1", "-update", "1", self.folder / name)
            self.tell("done", name)
        self.turned()
        self.without_faces()
        self.hurt()
        self.named()
        self.nothing()

    def turned(self) -> None:
        for degrees in (90, 180, 270):
            name = f"turned-{degrees}.mov"
            ffmpeg("-i", self.folder / "h264.mov", "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}", self.folder / name)
            self.tell("done", name)

    def without_faces(self) -> None:
        for name, source in (("black.mp4", "color=black:s=320x180:d=0.4"), ("tiny.mkv", "testsrc=s=16x16:d=0.4")):
            ffmpeg("-f", "lavfi", "-i", source, *X264, "-pix_fmt", "yuv420p", self.folder / name)
            self.tell("faceless", name)

    def hurt(self) -> None:
        """What a broken copy, a full card or a bad connection leaves."""
        whole = self.folder / ".whole.mp4"
        encode = ["-frames:v", "40", "-an", "-vf", "scale=320:180,setsar=1", *X264, "-g", "10"]
        ffmpeg("-i", self.clip, *encode, "-movflags", "+faststart", whole)
        data = whole.read_bytes()
        (self.folder / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
        (self.folder / "head.mp4").write_bytes(data[:3000])
        ffmpeg("-i", whole, "-c", "copy", self.folder / ".whole.mkv")
        data = (self.folder / ".whole.mkv").read_bytes()
        (self.folder / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
        ffmpeg("-i", whole, "-c", "copy", self.folder / ".whole.ts")
        data = bytearray((self.folder / ".whole.ts").read_bytes())
        for index in range(len(data) * 4 // 10, len(data), 1500):
            data[index] ^= 0x55
        (self.folder / "hurt.ts").write_bytes(data)
        (self.folder / "empty.mp4").write_bytes(b"")
        (self.folder / "letter.mp4").write_bytes(b"Dear Sir or Madam,\n")
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.3", self.folder / "sound-only.mp4")
        for name in ("cut.mp4", "cut.mkv"):
            self.tell("incomplete", name)
        self.tell("damaged", "hurt.ts")
        for name in ("head.mp4", "empty.mp4", "letter.mp4", "sound-only.mp4"):
            self.tell("failed", name)
        for name in (".whole.mp4", ".whole.mkv", ".whole.ts"):
            self.tell("hidden", name)

    def named(self) -> None:
        clip = (self.folder / "h264.mp4").read_bytes()
        deep = self.folder / "deep" / "er"
        deep.mkdir(parents=True)
        names = [b"caf\xe9.mp4", b"two words, 'quoted' \"twice\".mp4", b"-dash.mp4", b"line\nbreak.mp4", b"%s%n.mp4", b"UPPER.MP4"]
        names += ["Стенограмма 日本.mp4".encode(), b"n" * 250 + b".mp4", b"same.mp4", b"same.mov", b"deep/same.mp4", b"deep/er/same.mp4"]
        for name in names:
            path = os.path.join(os.fsencode(self.folder), name)
            with open(path, "wb") as file:
                file.write(clip)
            self.tell("done", name)
        (self.folder / "linked.mp4").symlink_to("h264.mp4")
        self.tell("done", "linked.mp4")

    def nothing(self) -> None:
        """What no recording is, or must not be opened."""
        os.mkfifo(self.folder / "pipe.mp4")
        self.tell("a FIFO", "pipe.mp4")
        (self.folder / "back").symlink_to("..")
        self.tell("a link to a folder", "back")
        (self.folder / "broken.mp4").symlink_to("nowhere.mp4")
        self.tell("a link that leads nowhere", "broken.mp4")
        (self.folder / "null.mp4").symlink_to("/dev/null")
        self.tell("a device", "null.mp4")
        (self.folder / "notes.txt").write_text("Nothing to see.\n")
        self.tell("text", "notes.txt")
        (self.folder / "talk.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
        self.tell("text", "talk.srt")
        (self.folder / "old.jsonl").write_text("{}\n")
        self.tell("results of norface", "old.jsonl")
        (self.folder / "form.pdf").write_bytes(b"%PDF-1.7\n\0\1\2")
        self.tell("documents", "form.pdf")
        (self.folder / "sensor.bin").write_bytes(bytes(i * 7919 & 255 for i in range(3000)))
        self.tell("nothing that libav can open", "sensor.bin")
        (self.folder / "nothing").write_bytes(b"")
        self.tell("empty", "nothing")
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.3", self.folder / "sound.wav")
        self.tell("sound", "sound.wav")


if __name__ == "__main__":
    Oddities(Path(sys.argv[1]), Path(sys.argv[2])).make()
