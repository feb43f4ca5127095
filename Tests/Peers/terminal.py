#!/usr/bin/env python3
"""Runs a program in a terminal of its own, for tests. Only the standard library.

  terminal.py [--columns N] [--stuck-output] [--interrupts N] -- PROGRAM...

Presses Ctrl-C a second after progress with a time left was first shown, and again each second for as long as the program runs on, N times
in all.
With --stuck-output standard output is a pipe that nobody reads, otherwise nothing. Prints an object with what the terminal was sent
("text"), the exit status, what the program outlived ("survived": keys) and how long it took to end after the last key ("seconds").
"""
import argparse
import fcntl
import json
import os
import pty
import select
import signal
import struct
import termios
import time


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--stuck-output", action="store_true")
    parser.add_argument("--interrupts", type=int, default=0)
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    signal.alarm(180)
    reader, writer = os.pipe()
    # A few records fill it.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process, master = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, options.columns, 0, 0))
        os.dup2(writer if options.stuck_output else os.open(os.devnull, os.O_WRONLY), 1)
        os.close(reader)
        os.close(writer)
        os.execvp(options.program[0], options.program)
    os.close(writer)
    text, pressed, last = b"", 0, time.monotonic()
    status = None
    while status is None:
        if select.select([master], [], [], 0.05)[0]:
            try:
                text += os.read(master, 65536)
            except OSError:
                # The other side is closed.
                time.sleep(0.01)
        done, word = os.waitpid(process, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(word)
        elif b" left" not in text:
            last = time.monotonic()
        elif pressed < options.interrupts and time.monotonic() - last > 1:
            os.write(master, b"\x03")
            pressed, last = pressed + 1, time.monotonic()
    seconds = time.monotonic() - last
    while select.select([master], [], [], 0)[0]:
        try:
            text += os.read(master, 65536)
        except OSError:
            break
    print(json.dumps({
        "text": text.decode(errors="replace"), "status": status, "survived": max(0, pressed - 1), "seconds": seconds,
    }))


if __name__ == "__main__":
    main()
