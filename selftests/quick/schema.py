#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""schema.py SCHEMA - checks the JSON objects on stdin, one on each line.

Knows the words of JSON Schema that tools/monitor.schema.json uses, and reports
other words. Also reports keys that the schema does not mention, although a
reader has to ignore them, and objects whose damage is not reported.
"""

import json
import re
import sys

TYPES = {'object': dict, 'integer': int, 'string': str}
NOTES = {'$schema', 'title', 'description'}


def faults_of(schema, value, path, known):
    faults = []
    for word, given in schema.items():
        if word == 'type':
            bad = not isinstance(value, TYPES[given])
        elif word == 'const':
            bad = value != given
        elif word == 'enum':
            bad = value not in given
        elif word == 'minimum':
            bad = not isinstance(value, int) or value < given
        elif word == 'pattern':
            bad = not re.search(given, str(value))
        elif word == 'required':
            bad = not set(given) <= set(value)
        elif word == 'properties':
            bad = False
            for key in set(given) & set(value):
                known.add(f'{path}.{key}')
                faults += faults_of(given[key], value[key], f'{path}.{key}',
                                    known)
        elif word == 'additionalProperties':
            bad = False
            for key in set(value) - set(schema.get('properties', {})):
                known.add(f'{path}.{key}')
                faults += faults_of(given, value[key], f'{path}.{key}', known)
        elif word == 'oneOf':
            tried = [(faults_of(s, value, path, k), k)
                     for s, k in ((s, set()) for s in given)]
            good = [k for f, k in tried if not f]
            known.update(*good)
            bad = len(good) != 1
        else:
            bad = word not in NOTES
        if bad:
            faults.append(f'{path}: {word}')
    return faults


def keys_of(value, path):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f'{path}.{key}'
            yield from keys_of(inner, f'{path}.{key}')


def damages(event):
    """The event without each of its keys, and of another version."""
    for key in ('schema', 'time', 'event'):
        yield {k: v for k, v in event.items() if k != key}
    yield {**event, 'schema': 2}
    yield {**event, 'event': 'other'}
    yield {**event, 'time': 'now'}
    if event['event'] != 'lost':
        yield {**event, 'plugin': 1}


def main():
    with open(sys.argv[1], encoding='utf-8') as f:
        schema = json.load(f)
    faults, seen = [], set()
    for line in sys.stdin:
        event, known = json.loads(line), set()
        seen.add(event.get('event'))
        faults += [f'{f} in {line}'
                   for f in faults_of(schema, event, '', known)]
        faults += [f'{key} is unknown: {line}'
                   for key in set(keys_of(event, '')) - known]
        faults += [f'not reported: {damage}' for damage in damages(event)
                   if not faults_of(schema, damage, '', set())]
    for fault in faults:
        print(fault)
    print(*sorted(seen))
    return bool(faults)


sys.exit(main())
