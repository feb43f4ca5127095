#!/usr/bin/env python3
"""Peers that misbehave, on loopback, for tests. Only the standard library.

  fault_peer.py silent                 accepts and never says a word
  fault_peer.py reset                  accepts, reads a little, resets
  fault_peer.py garbage                accepts and sends random bytes for ever
  fault_peer.py drip                   accepts and sends a correct RTSP answer, one byte every 0.3 s
  fault_peer.py half-close             accepts, says nothing, ends its sending side
  fault_peer.py http-error             answers every HTTP request with 503
  fault_peer.py playlist               answers with an HLS playlist that never ends
  fault_peer.py play FILE...           sends the files to whoever connects, one after the other, and ends
                                       (--rate BYTES a second; --then silent|close|reset; --http with an answer before)
  fault_peer.py mjpeg FILE...          HTTP/MJPEG: the JPEG files in turn, --fps a second, --count of them, then --then
  fault_peer.py proxy PORT             hands an RTSP connection on to a real server at PORT until --until:
                                       describe | play | frames:N, then does --then silent|reset|close
  fault_peer.py files FOLDER           a web server for the folder (HLS)

Prints "port N" when it listens. Ends with its parent, on a signal, or after --lifetime seconds.
"""
import argparse
import ctypes
import functools
import http.server
import os
import random
import select
import signal
import socket
import struct
import threading
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode")
    parser.add_argument("what", nargs="*")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lifetime", type=int, default=120)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--fps", type=float, default=10)
    parser.add_argument("--count", type=int, default=1 << 30)
    parser.add_argument("--http", action="store_true")
    parser.add_argument("--then", default="close", choices=["close", "silent", "reset"])
    parser.add_argument("--until", default="describe")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.alarm(options.lifetime)

    if options.mode == "files":
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=options.what[0])
        handler.log_message = lambda *_: None
        http.server.SimpleHTTPRequestHandler.log_message = lambda *_: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler)
        print("port", server.server_port, flush=True)
        server.serve_forever()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    listener.listen(64)
    print("port", listener.getsockname()[1], flush=True)
    serve = {
        "silent": lambda peer, _: finish(peer, "silent"), "reset": reset_after_a_while, "garbage": garbage, "drip": drip,
        "half-close": half_close, "http-error": http_error, "playlist": playlist, "play": play, "mjpeg": mjpeg, "proxy": proxy,
    }[options.mode]
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=guarded, args=(serve, peer, options), daemon=True).start()


def guarded(serve, peer, options):
    try:
        serve(peer, options)
    except OSError:
        peer.close()


def finish(peer, how):
    """Ends a connection, or keeps it open without a word until the peer goes."""
    if how == "silent":
        while peer.recv(4096):
            pass
    if how == "reset":
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def reset_after_a_while(peer, _):
    peer.settimeout(0.2)
    try:
        peer.recv(16)
    except TimeoutError:
        pass
    finish(peer, "reset")


def garbage(peer, _):
    source = random.Random(1)
    while True:
        peer.sendall(source.randbytes(4096))
        time.sleep(0.01)


def drip(peer, _):
    for byte in b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n" * 1000:
        peer.sendall(bytes([byte]))
        time.sleep(0.3)


def half_close(peer, _):
    peer.shutdown(socket.SHUT_WR)
    finish(peer, "silent")


def http_error(peer, _):
    request(peer)
    peer.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    finish(peer, "close")


def playlist(peer, _):
    """As fast as it is read, so that time alone does not end it soon enough."""
    request(peer)
    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\r\n#EXTM3U\n#EXT-X-TARGETDURATION:2\n")
    block = b"#EXTINF:2,\na.ts\n" * 4096
    while True:
        peer.sendall(block)


def request(peer):
    head = b""
    while b"\r\n\r\n" not in head:
        block = peer.recv(4096)
        if not block:
            raise OSError("gone")
        head += block
    return head


def play(peer, options):
    if options.http:
        request(peer)
        peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/MP2T\r\n\r\n")
    begin, sent = time.monotonic(), 0
    for name in options.what:
        with open(name, "rb") as file:
            while block := file.read(1316):
                peer.sendall(block)
                sent += len(block)
                if options.rate:
                    time.sleep(max(0, begin + sent / options.rate - time.monotonic()))
    finish(peer, options.then)


def mjpeg(peer, options):
    request(peer)
    peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n")
    pictures = [open(name, "rb").read() for name in options.what]
    begin = time.monotonic()
    for number in range(options.count):
        data = pictures[number % len(pictures)]
        peer.sendall(b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data))
        peer.sendall(data + b"\r\n")
        time.sleep(max(0, begin + (number + 1) / options.fps - time.monotonic()))
    finish(peer, options.then)


def proxy(peer, options):
    """Passes everything on; counts what the server says, and stops in the middle when it is time."""
    server = socket.create_connection(("127.0.0.1", int(options.what[0])))
    threading.Thread(target=pump, args=(peer, server), daemon=True).start()
    what, _, number = options.until.partition(":")
    limit = int(number or 0)
    buffer, frames, answers = b"", 0, 0
    while True:
        block = server.recv(65536)
        if not block:
            return finish(peer, "close")
        buffer += block
        out = b""
        while len(buffer) >= 4:
            if buffer[0] == 0x24:
                # An interleaved packet; the marker bit of RTP ends a picture.
                length = 4 + struct.unpack(">H", buffer[2:4])[0]
                if len(buffer) < length:
                    break
                if buffer[1] == 0 and buffer[5] & 0x80:
                    frames += 1
                out, buffer = out + buffer[:length], buffer[length:]
                if what == "frames" and frames == limit:
                    peer.sendall(out)
                    return finish(peer, options.then)
                continue
            end = buffer.find(b"\r\n\r\n")
            if end < 0:
                break
            head = buffer[: end + 4]
            body = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    body = int(line.split(b":")[1])
            if len(buffer) < end + 4 + body:
                break
            answers += 1
            out, buffer = out + buffer[: end + 4 + body], buffer[end + 4 + body:]
            isSdp, isPlay = b"application/sdp" in head.lower(), b"rtp-info" in head.lower()
            if (what == "describe" and isSdp) or (what == "play" and isPlay):
                peer.sendall(out)
                return finish(peer, options.then)
        if out:
            peer.sendall(out)


def pump(source, target):
    try:
        # Not blocked in recv: a thread in there would keep the connection alive when the other one closes it.
        while True:
            if not select.select([source], [], [], 0.1)[0]:
                continue
            if not (block := source.recv(65536)):
                break
            target.sendall(block)
    except (OSError, ValueError):
        pass
    try:
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


main()
