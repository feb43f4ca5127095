#!/usr/bin/env python3
"""A web server for a folder, on loopback, for tests of recordings. Only the standard library.

  web_server.py FOLDER

What comes before a file's name in the path says how it is served:

  /ranges/NAME   as web servers do: its length, and any part of it that is asked for
  /cut/NAME      the same, but every connection breaks after a third of the file
  /gone/NAME     the same, but the first connection for it breaks half way, and every later one is refused
  /endless/NAME  over and over, without a length or ranges: what a camera does

Prints "port N" when it listens, and "get HOW NAME FIRST" for each request. Ends with its parent, on a signal, or after half an hour.
"""
import ctypes
import http.server
import os
import signal
import sys
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    served = set()

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.close_connection = True
        how, name = self.path.lstrip("/").split("/", 1)
        with open(os.path.join(sys.argv[1], os.path.basename(name)), "rb") as file:
            data = file.read()
        asked = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")
        first = int(asked[0] or 0)
        last = min(int(asked[1]), len(data) - 1) if len(asked) > 1 and asked[1] else len(data) - 1
        with self.lock:
            print("get", how, name, first, flush=True)
            isKnown = (how, name) in self.served
            self.served.add((how, name))
        if how == "gone" and isKnown:
            return self.send_error(503)
        if how == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(data)
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        end = {"cut": first + len(data) // 3, "gone": first + len(data) // 2}.get(how, len(data))
        self.wfile.write(data[first : min(last + 1, end)])


def main():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.alarm(1800)
    http.server.ThreadingHTTPServer.handle_error = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print("port", server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
