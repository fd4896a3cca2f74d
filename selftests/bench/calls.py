# SPDX-License-Identifier: GPL-2.0
"""calls.py FILE... - prints callgrind's counts by exchange and function."""
import collections
import re
import sys

FEW = 6
ALLOCATOR = re.compile("malloc|free|arena|tcache|unlink_chunk")


def read(path):
    """Returns (exchange, rounds) and each function's own instructions."""
    names = {}
    taken = collections.Counter()
    label = function = called = None
    for line in open(path, encoding="ascii"):
        found = re.match(r"desc: Trigger: .*?(\S+) (\d+) rounds", line)
        if found:
            label = found[1], int(found[2])
        found = re.match(r"(c?fn)=(\(\d+\))(?: (.*))?", line)
        if found:
            if found[3]:
                names[found[2]] = found[3]
            if found[1] == "fn":
                function = names[found[2]]
        elif line.startswith("calls="):
            called = True
        elif re.match(r"[+*\d-]", line):
            # the line after "calls=" has the cost of the called function
            fields = line.split()
            if not called and function and len(fields) > 1:
                taken[function] += int(fields[1])
            called = False
    return label, taken


def main():
    """Prints a line for each exchange."""
    for path in sorted(sys.argv[1:], key=lambda p: int(p.rsplit(".", 1)[1])):
        label, taken = read(path)
        if not label:
            continue
        name, rounds = label
        # the kernel has another allocator
        for function in [f for f in taken if ALLOCATOR.search(f)]:
            del taken[function]
        print(f"{name:12} {sum(taken.values()) // rounds:7}  ", *(
            f"{f.removeprefix('algate_')} {n // rounds}"
            for f, n in taken.most_common(FEW)))


main()
