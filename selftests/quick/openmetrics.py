#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""openmetrics.py [SAMPLE=VALUE...] - checks OpenMetrics' text format 1.0.

Reads a text from stdin and reports each violation of the grammar or of the
rules for types, units and names. The text must contain each SAMPLE with its
VALUE. Then damages the text in several ways, and checks that each damage is
reported.
"""

import re
import sys

NAME = r'[a-zA-Z_:][a-zA-Z0-9_:]*'
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
NUMBER = r'[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?'
SAMPLE = re.compile(rf'({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? ({NUMBER})')
DESCRIPTOR = re.compile(rf'# (TYPE|UNIT|HELP) ({NAME}) (.+)')
HELP = re.compile(r'(?:[^"\\\n]|\\["\\n])*')
SUFFIXES = {'counter': ('_total',), 'gauge': ('',)}


class Text:
    def __init__(self, text):
        self.faults = []
        self.seen = {}      # descriptors of each family
        self.samples = {}   # value by name and labels
        self.owner = {}     # family of each name of samples
        self.family = None
        if not text.endswith('\n# EOF\n') or '# EOF' in text[:-6]:
            self.faults.append('"# EOF" is not the last line, and only there')
        for line in text.split('\n')[:-2]:
            self.line(line)

    def fault(self, line, why):
        self.faults.append(f'{why}: {line}')

    def line(self, line):
        match = DESCRIPTOR.fullmatch(line)
        if match:
            self.descriptor(line, *match.groups())
            return
        match = SAMPLE.fullmatch(line)
        if match:
            self.sample(line, *match.groups())
        else:
            self.fault(line, 'neither descriptor nor sample')

    def descriptor(self, line, kind, name, text):
        if name != self.family:
            if name in self.seen:
                self.fault(line, 'the family is in several places')
            self.family = name
            self.seen[name] = {}
        have = self.seen[name]
        if kind in have or 'samples' in have:
            self.fault(line, 'a second descriptor, or behind samples')
        have[kind] = text
        if kind == 'TYPE' and text not in SUFFIXES:
            self.fault(line, 'a type that not all readers know')
        if kind == 'UNIT' and not name.endswith('_' + text):
            self.fault(line, 'the unit is not the end of the name')
        if kind == 'HELP' and not HELP.fullmatch(text):
            self.fault(line, 'a character that needs an escape')

    def sample(self, line, name, labels, value):
        have = self.seen.get(self.family, {})
        suffixes = SUFFIXES.get(have.get('TYPE'), ())
        if name not in [f'{self.family}{s}' for s in suffixes]:
            self.fault(line, 'a sample outside of its family')
        if self.owner.setdefault(name, self.family) != self.family:
            self.fault(line, 'the name belongs to another family')
        have['samples'] = True
        keys = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="', labels or '')
        if len(keys) != len(set(keys)):
            self.fault(line, 'a label twice')
        key = f'{name}{{{labels or ""}}}'
        if key in self.samples:
            self.fault(line, 'the same sample twice')
        self.samples[key] = float(value)
        if have.get('TYPE') == 'counter' and float(value) < 0:
            self.fault(line, 'a counter below 0')


DAMAGES = {
    'no end': lambda t: t.replace('# EOF\n', ''),
    'text behind the end': lambda t: t + 'a 1\n',
    'no LF at the end': lambda t: t[:-1],
    'a counter without _total': lambda t: t.replace('_total{', '{', 1),
    'a sample twice': lambda t: re.sub(r'(\n[a-z].*)', r'\1\1', t, count=1),
    'a family twice': lambda t: t.replace(
        '# EOF', '# TYPE algate_packets counter\n# EOF'),
    'an unknown type': lambda t: t.replace(' gauge', ' gouge', 1),
    'a unit that is no suffix': lambda t: t.replace(
        '_bytes bytes', '_bytes packets', 1),
    'a quotation mark': lambda t: t.replace('="', '=""', 1),
    'two blanks': lambda t: t.replace('} ', '}  ', 1),
    'an empty line': lambda t: t.replace('\n', '\n\n', 1),
    'a counter below 0': lambda t: re.sub(r'(_total\S*) ', r'\1 -1', t,
                                          count=1),
}


def main():
    text = sys.stdin.read()
    checked = Text(text)
    faults = checked.faults
    for want in sys.argv[1:]:
        name, _, value = want.rpartition('=')
        got = checked.samples.get(name)
        if got != float(value):
            faults.append(f'{name} is {got}, not {value}')
    for name, damage in DAMAGES.items():
        if damage(text) == text or not Text(damage(text)).faults:
            faults.append(f'not reported: {name}')
    for fault in faults:
        print(fault)
    return bool(faults)


sys.exit(main())
