#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR KERNEL... - makes tables of the measured figures.

Reads DIR/KERNEL/figures and DIR/costliest/figures, writes DIR/report.txt and
DIR/report.json, and prints the former. Exits with status 1 if a figure is
invalid.
"""
import json
import os
import sys

# Name and title of an exchange, and the wanted ratio of algate's cost to the
# cost of the kernel's helper.
EXCHANGES = (
    ("ftp-noop", "FTP command, nothing to do", 0.5),
    ("ftp-port", "FTP PORT, rewritten", 0.8),
    ("ftp-227", "FTP 227, tracked", 0.8),
    ("irc-line", "IRC line of 415 bytes", 0.5),
    ("irc-dcc", "IRC DCC SEND, rewritten", 0.8),
    ("tftp-new", "TFTP request", 0.8),
    ("sip-options", "SIP OPTIONS", 0.1),
    ("sip-options-plain", "SIP OPTIONS, name without quotes", 0.1),
    ("sip-invite", "SIP INVITE, two media", 0.15),
    ("sip-invite-plain", "SIP INVITE, name without quotes", 0.15),
    ("rtsp-setup", "RTSP SETUP", None),
    ("pptp-call", "PPTP call", None),
    ("rpc-getport", "Sun RPC GETPORT", None),
    ("snmp-get", "SNMP get, ten addresses", None),
)
BROKEN = ("invalid", "missing")


def read(path):
    """Returns {table: {row: {column: figure or None}}}, and bad figures."""
    tables, bad = {}, []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            table, row, column, figure, *note = line.rstrip("\n").split("\t")
            if figure in BROKEN:
                bad.append({"table": table, "row": row, "column": column,
                            "state": figure, "why": " ".join(note)})
                value = None
            else:
                value = figure if figure == "yes" else float(figure)
            tables.setdefault(table, {}).setdefault(row, {})[column] = value
    return tables, bad


def text(value, digits=0):
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:,.{digits}f}"


def grid(head, rows):
    widths = [max(len(row[i]) for row in [head, *rows])
              for i in range(len(head))]
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        yield "  ".join(cells).rstrip()


def minus(a, b):
    return None if a is None or b is None else a - b


def over(a, b):
    return None if a is None or not b else a / b


def exchanges(table):
    result = []
    for name, title, reach in EXCHANGES:
        figures = table.get(name, {})
        base = figures.get("without")
        kernel = minus(figures.get("kernel"), base)
        algate = minus(figures.get("algate"), base)
        result.append({"case": name, "title": title, "without": base,
                       "kernel_adds": kernel, "algate_adds": algate,
                       "difference": minus(algate, kernel),
                       "ratio": over(algate, kernel), "reach": reach})
    return result


def print_exchanges(rows):
    yield "Instructions of a request and its reply"
    yield from grid(
        ["", "without", "kernel adds", "algate adds", "difference", "ratio",
         "reach"],
        [[r["title"], text(r["without"]), text(r["kernel_adds"]),
          text(r["algate_adds"]), text(r["difference"]), text(r["ratio"], 2),
          text(r["reach"], 2)] for r in rows])


def per_byte(table):
    sizes = sorted(int(row[5:]) for row in table if row.startswith("line-"))
    result, before = [], None
    for size in sizes:
        row = table[f"line-{size}"]
        adds = minus(row.get("inspected"), row.get("absent"))
        step = before and over(minus(adds, before[1]), size - before[0])
        result.append({"bytes": size, "algate_adds": adds, "per_byte": step})
        before = (size, adds) if adds is not None else before
    return result


def print_per_byte(rows):
    yield "Instructions of a line that matches nothing"
    yield from grid(["bytes", "algate adds", "per byte more"],
                    [[str(r["bytes"]), text(r["algate_adds"]),
                      text(r["per_byte"], 2)] for r in rows])


def print_growth(table):
    rows = {k: v for k, v in table.items() if not k.startswith("line-")}
    columns = list(dict.fromkeys(c for row in rows.values() for c in row))
    yield "Instructions of an exchange, by what is loaded and attached"
    yield from grid(["", *columns],
                    [[k, *(text(v.get(c)) for c in columns)]
                     for k, v in rows.items()])
    for name in ("uninspected", "uninspected-new"):
        row = rows.get(name, {})
        more = over(minus(row.get("100 attachments"), row.get("absent")),
                    row.get("absent"))
        if more is not None:
            yield f"{name}: {100 * more:.2f} % more with the module"


def print_plain(title, table):
    columns = list(dict.fromkeys(c for row in table.values() for c in row))
    yield title
    yield from grid(["", *columns],
                    [[k, *(text(v.get(c)) for c in columns)]
                     for k, v in table.items()])


def print_costliest(table):
    yield ("The most expensive message found for each plug-in, in the engine "
           "alone")
    columns = ("bytes", "bound", "steps", "instructions", "a byte")
    yield from grid(["", *columns],
                    [[k, *(text(v.get(c), int(c == "a byte")) for c in columns)]
                     for k, v in table.items()])


def sweep_share(table):
    """Percent of a core that runs 10^9 instructions a second."""
    each = table.get("more for each expectation that expires", {}).get("")
    rows = [(row, v.get("")) for row, v in table.items()
            if row.startswith("a sweep of ")]
    if each is None or not rows or rows[0][1] is None:
        return
    flows = int(rows[0][0].split()[3])
    for n in (200000, 1000000):
        idle = rows[0][1] / 2 * max(1, n / 64 / max(1024, flows / 64))
        percent = (idle + each * n / 180) / 1e7
        yield (f"{n:,} flows, each with an expectation of 3 minutes: "
               f"{percent:.2f} % of a core at 10^9 instructions a second")


def sections(tables, data):
    if "exchange" in tables:
        data["exchange"] = exchanges(tables["exchange"])
        yield print_exchanges(data["exchange"])
    if "growth" in tables:
        data["per_byte"] = per_byte(tables["growth"])
        yield print_growth(tables["growth"])
        yield print_per_byte(data["per_byte"])
    if "bulk" in tables:
        yield print_plain("Instructions of a data packet of 1,400 bytes and a "
                          "short one back", tables["bulk"])
    if "many" in tables:
        yield print_plain("Many flows, instructions", tables["many"])
    if "sip" in tables:
        yield print_plain("SIP INVITE, two media, on a flow that has opened "
                          "expectations", tables["sip"])
    if "memory" in tables:
        yield print_plain("Memory of a SIP flow", tables["memory"])
    if "crowd" in tables:
        yield print_plain("A new flow and its answer, not inspected, beside "
                          "expectations, by lists in conntrack's table",
                          tables["crowd"])
    if "sweep" in tables:
        yield [*print_plain("The sweep, instructions", tables["sweep"]),
               *sweep_share(tables["sweep"])]
    if "control" in tables:
        yield print_plain("Control, instructions, with the start of a process",
                          tables["control"])
    if "costliest" in tables:
        yield print_costliest(tables["costliest"])


def main(directory, kernels):
    report, out, failed = {}, [], False
    parts = {kernel: f"Linux {kernel}" for kernel in kernels}
    parts["costliest"] = "Without a kernel"
    for kernel, title in parts.items():
        tables, bad = read(os.path.join(directory, kernel, "figures"))
        data = {"figures": tables, "bad": bad}
        out.append(title)
        for section in sections(tables, data):
            out += ["", *section]
        out.append("")
        for b in bad:
            out.append(f"{b['state']}: {b['table']}, {b['row']}, "
                       f"{b['column']}: {b['why']}")
        failed = failed or any(b["state"] == "invalid" for b in bad)
        report[kernel] = data
    with open(os.path.join(directory, "report.txt"), "w",
              encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")
    with open(os.path.join(directory, "report.json"), "w",
              encoding="utf-8") as file:
        json.dump(report, file, indent=1)
    print("\n".join(out))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
