#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A control point, by GUPnP: searches for media servers on eth0, and subscribes
to the events of their directories, until it is killed."""

import gi
gi.require_version('GSSDP', '1.6')
gi.require_version('GUPnP', '1.6')
from gi.repository import GLib, GSSDP, GUPnP

services = []


def available(_point, service):
    print(f'found {service.get_location()}', flush=True)
    services.append(service)
    service.set_subscribed(True)


context = GUPnP.Context.new_full('eth0', None, 0, GSSDP.UDAVersion.VERSION_1_0)
point = GUPnP.ControlPoint.new(
    context, 'urn:schemas-upnp-org:service:ContentDirectory:1')
point.connect('service-proxy-available', available)
point.set_active(True)
GLib.MainLoop().run()
