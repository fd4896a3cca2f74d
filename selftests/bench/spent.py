#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""spent.py COMMAND... - prints the command's processor time, in ns."""
import resource
import subprocess
import sys

subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(round((usage.ru_utime + usage.ru_stime) * 1e9))
