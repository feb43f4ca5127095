"""A daemon under test: started with a configuration, read through its socket, looked at through /proc."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Daemon:
    """Runs norfaced in a folder of its own; a context that ends it."""

    def __init__(self, sources, build, bundle=None, extra="", files=None):
        """files: more outputs, as lines of YAML below `files`, each with its name."""
        self.folder = Path(tempfile.mkdtemp(prefix="norfaced-bench-"))
        self.socket = str(self.folder / "s.sock")
        self.config = self.folder / "norfaced.yaml"
        self.bundle = bundle or ROOT / "Models/norface-s"
        self.build, self.extra = Path(build), extra
        self.files = "".join(f", {name}: {line}" for name, line in (files or {}).items())
        self.write(sources)

    def write(self, sources):
        """Writes the configuration; sources are lines of YAML by name."""
        text = f"models: {{front_end: {ROOT}/Models/front-end, bundle: {self.bundle}}}\n"
        text += f"outputs: {{socket: {{path: {self.socket}}}, files: {{r: {{path: '{self.folder}/{{source}}.jsonl', "
        text += f"rotate_size: 8MiB, keep: 2}}{self.files}}}}}\n"
        text += f"http: {{listen: {self.folder}/h.sock}}\n{self.extra}\nsources:\n"
        self.config.write_text(text + "".join(f"  {name}: {line}\n" for name, line in sources.items()))

    def __enter__(self):
        log = open(self.folder / "log", "w")
        self.process = subprocess.Popen([self.build / "norfaced", "run", "--config", self.config], stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if " ready " in (self.folder / "log").read_text():
                return self
            time.sleep(0.05)
        raise SystemExit("the daemon does not start:\n" + (self.folder / "log").read_text())

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if code != 0:
            raise SystemExit(f"the daemon ended with {code}:\n" + (self.folder / "log").read_text()[-2000:])
        shutil.rmtree(self.folder)

    def reload(self, sources):
        self.write(sources)
        self.process.send_signal(signal.SIGHUP)

    def subscribe(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.socket)
        return connection

    def page(self, path):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(30)
        connection.connect(str(self.folder / "h.sock"))
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            return answer.read().decode().split("\r\n\r\n", 1)[1]

    def status(self):
        connection = self.subscribe()
        connection.sendall(b'{"events_only":true,"status":true}\n')
        for line in connection.makefile():
            value = json.loads(line)
            if value.get("event") == "status":
                connection.close()
                return value

    def facts(self):
        """Resident MiB, descriptors, threads, processor seconds."""
        base = f"/proc/{self.process.pid}"
        lines = Path(base, "status").read_text().splitlines()
        rss = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
        threads = next(int(line.split()[1]) for line in lines if line.startswith("Threads:"))
        fields = Path(base, "stat").read_text().rsplit(")", 1)[1].split()
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return rss, len(os.listdir(base + "/fd")), threads, seconds


def clip(folder, source, width, height, rate, seconds=20):
    """A clip of the given size and rate, made with ffmpeg from another."""
    path = Path(folder) / f"{width}x{height}-{rate}.mp4"
    scale = f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1,fps={rate}"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-i", source, "-t", str(seconds), "-vf", scale, "-an", "-c:v", "libx264",
         "-preset", "veryfast", "-pix_fmt", "yuv420p", path],
        check=True,
    )  # fmt: skip
    return path


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]
