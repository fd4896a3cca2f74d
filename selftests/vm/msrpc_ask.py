#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""msrpc_ask.py CONFIG ADDRESS SERVICE [OPTION] - asks a server by MS-RPC

Samba's client asks the endpoint mapper for the port of the SERVICE srvsvc, wkssvc
or winreg, connects there, and prints the server's name, or the access that it
has. OPTION is one of Samba's bindings, such as bigendian.
"""
import sys

from samba.credentials import Credentials
from samba.dcerpc import srvsvc, winreg, wkssvc
from samba.param import LoadParm

config, address, service = sys.argv[1:4]
lp = LoadParm()
lp.load(config)
anybody = Credentials()
anybody.set_anonymous()
binding = f"ncacn_ip_tcp:{address}[{','.join(sys.argv[4:])}]"
if service == "srvsvc":
    answer = srvsvc.srvsvc(binding, lp, anybody)
    print(answer.NetSrvGetInfo(None, 101).server_name)
elif service == "wkssvc":
    answer = wkssvc.wkssvc(binding, lp, anybody)
    print(answer.NetWkstaGetInfo(None, 100).server_name)
else:
    answer = winreg.winreg(binding, lp, anybody)
    print(answer.GetVersion(answer.OpenHKLM(None, 0x2000000)))
