#!/usr/bin/env python3
"""Cameras that go and come back at random, on loopback: each port serves an MPEG transport stream at its own pace.

  cutting_peer.py CLIP --sources N --cuts M --up MIN MAX --down MIN MAX --seed S

A cut is one of: every connection reset and the port closed; every connection ended and the port closed; or a hang:
connections stay open and are accepted, but nothing is sent any more, and what was opened before never comes to life again.
A viewer that connects is given the stream from a random point on, so that it waits for the next key picture as with a camera.

Prints "source I PORT" for each, "port 0" when all serve, then "down I KIND TIME" and "back I KIND TIME" (CLOCK_MONOTONIC
in nanoseconds), and "done I" when a source has had all its cuts and stays up.
"""
import argparse
import ctypes
import random
import signal
import socket
import struct
import threading
import time

PACKET = 188


class Camera:
    def __init__(self, number, data, rate, options):
        self.number, self.data, self.rate, self.options = number, data, rate, options
        self.random = random.Random(options.seed * 1000 + number)
        self.generation = 0
        self.peers = []
        self.lock = threading.Lock()
        self.listener = self.listen(0)
        self.port = self.listener.getsockname()[1]

    def listen(self, port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(16)
        threading.Thread(target=self.accept, args=(listener, self.generation), daemon=True).start()
        return listener

    def accept(self, listener, generation):
        listener.settimeout(0.05)
        while generation == self.generation:
            try:
                peer, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            peer.settimeout(5)
            with self.lock:
                self.peers.append(peer)
            threading.Thread(target=self.send, args=(peer, generation), daemon=True).start()

    def send(self, peer, generation):
        packets = len(self.data) // PACKET
        position = self.random.randrange(packets // 2) * PACKET
        begin, sent = time.monotonic(), 0
        try:
            while generation == self.generation:
                # Begins anew at its end: its clock jumps back.
                position = 0 if position >= len(self.data) else position
                block = self.data[position:position + 7 * PACKET]
                peer.sendall(block)
                position += len(block)
                sent += len(block)
                time.sleep(max(0, begin + sent / self.rate - time.monotonic()))
        except OSError:
            pass

    def run(self):
        options = self.options
        for _ in range(options.cuts):
            time.sleep(self.random.uniform(*(options.up if self.random.random() < 0.8 else (0.2, options.up[0]))))
            kind = self.random.choice(options.kinds)
            with self.lock:
                peers, self.peers = self.peers, []
                self.generation += 1
            self.tell("down", kind)
            if kind == "hang":
                time.sleep(self.random.uniform(*options.down))
                # Whoever called meanwhile was accepted by the system and is never answered.
                self.listener.settimeout(0)
                try:
                    while True:
                        peers.append(self.listener.accept()[0])
                except OSError:
                    pass
                self.hung = getattr(self, "hung", []) + peers
                self.tell("back", kind)
                threading.Thread(target=self.accept, args=(self.listener, self.generation), daemon=True).start()
                continue
            self.listener.close()
            for peer in peers:
                if kind == "reset":
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.close()
            time.sleep(self.random.uniform(*options.down))
            self.listener = self.listen(self.port)
            self.tell("back", kind)
        print("done", self.number, flush=True)

    def tell(self, what, kind):
        print(what, self.number, kind, time.clock_gettime_ns(time.CLOCK_MONOTONIC), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clip")
    parser.add_argument("--sources", type=int, default=1)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--seconds", type=float, required=True, help="the clip's length")
    parser.add_argument("--up", type=float, nargs=2, default=(1, 3))
    parser.add_argument("--down", type=float, nargs=2, default=(0.2, 2))
    parser.add_argument("--kinds", nargs="+", default=["reset", "close", "hang"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lifetime", type=int, default=1500)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.alarm(options.lifetime)
    with open(options.clip, "rb") as file:
        data = file.read()
    cameras = [Camera(i, data, len(data) / options.seconds, options) for i in range(options.sources)]
    for camera in cameras:
        print("source", camera.number, camera.port)
    print("port", cameras[0].port, flush=True)
    # Time for everybody to connect.
    time.sleep(3)
    for camera in cameras:
        threading.Thread(target=camera.run, daemon=True).start()
    while True:
        time.sleep(3600)


main()
