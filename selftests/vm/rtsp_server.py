#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""GStreamer's RTSP server, with a video and an audio stream

rtsp_server.py [PORT]
"""

import sys

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('::')
server.set_service(sys.argv[1] if len(sys.argv) > 1 else '554')
factory = GstRtspServer.RTSPMediaFactory()
# Small pictures in cheap encodings, because an emulated machine is slow.
factory.set_launch('( videotestsrc is-live=true ! '
                   'video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! '
                   'jpegenc ! rtpjpegpay name=pay0 '
                   'audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! '
                   'alawenc ! rtppcmapay name=pay1 )')
server.get_mount_points().add_factory('/test', factory)
server.attach(None)
GLib.MainLoop().run()
