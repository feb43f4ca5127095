#!/usr/bin/python3
"""A real RTSP server (GStreamer's) on loopback, for tests.

Mounts, all H.264:
  /clip   the file given with --clip (any container that decodebin opens), once, at its own pace
  /live   a moving test picture without end
  /bframes  the same with B-frames, as some cameras send it
  /secret   as /live, at the guarded port, for user "viewer" with password "p4ss-w0rd" only

Prints "guarded N" and "port N" when it serves. Ends with its parent, on a signal, or after --lifetime seconds.
"""
import argparse
import ctypes
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clip")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate", type=int, default=25)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--key-interval", type=int, default=25)
    parser.add_argument("--lifetime", type=int, default=120)
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.alarm(options.lifetime)

    Gst.init(None)
    server, mounts = make_server(options.port)
    guarded, guarded_mounts = make_server(0)

    width, height = options.size.split("x")
    picture = (
        f"videotestsrc is-live=true pattern=ball ! video/x-raw,width={width},height={height},"
        f"framerate={options.rate}/1 ! x264enc speed-preset=ultrafast key-int-max={options.key_interval} bitrate=500 "
    )
    payload = " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
    add(mounts, "/live", "( " + picture + "tune=zerolatency" + payload)
    add(mounts, "/bframes", "( " + picture + "bframes=3 rc-lookahead=0 sync-lookahead=0" + payload)
    secret = add(guarded_mounts, "/secret", "( " + picture + "tune=zerolatency" + payload)
    if options.clip:
        add(mounts, "/clip", f'( filesrc location="{options.clip}" ! decodebin ! videoconvert ! '
            "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25" + payload, shared=False)

    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic("viewer", "p4ss-w0rd"), token)
    guarded.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    secret.set_permissions(permissions)

    if server.attach(None) == 0 or guarded.attach(None) == 0:
        sys.exit("cannot listen")
    print("guarded", guarded.get_bound_port())
    print("port", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


def add(mounts, path, launch, shared=True):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(shared)
    mounts.add_factory(path, factory)
    return factory


def make_server(port):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    return server, server.get_mount_points()


main()
