#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""spec.py ROOT - compares the netlink family with its specification.

Compares include/uapi/linux/algate.yaml with the uapi header and with the
policies and commands in kmod/netlink.c. The compiler evaluates constants, by
static assertions. Reads only the subset of YAML that the file uses, since
tests need no package for YAML.
"""

import copy
import json
import os
import re
import subprocess
import sys

ROOT = sys.argv[1]
SPEC = f'{ROOT}/include/uapi/linux/algate.yaml'
TYPES = {'NLA_U8': 'u8', 'NLA_U16': 'u16', 'NLA_U32': 'u32',
         'NLA_NUL_STRING': 'string', 'NLA_BINARY': 'binary'}
FLAGS = {'GENL_ADMIN_PERM': 'admin-perm',
         'GENL_UNS_ADMIN_PERM': 'uns-admin-perm'}


def scalar(text):
    if text.startswith('['):
        return [t.strip() for t in text[1:-1].split(',')]
    if text.startswith('"'):
        return text[1:-1]
    return int(text) if re.fullmatch(r'-?\d+', text) else text


def block(lines, indent):
    """The map, list or scalars of lines that begin with that many blanks."""
    result = None
    while lines and lines[0][0] >= indent:
        at, text = lines[0]
        if at != indent:
            raise ValueError(f'indentation of "{text}"')
        lines.pop(0)
        if text == '-' or text.startswith('- '):
            result = [] if result is None else result
            result.append(block(lines, lines[0][0]) if text == '-' else
                          scalar(text[2:]))
            continue
        key, _, value = text.partition(':')
        result = {} if result is None else result
        if value:
            result[key] = scalar(value.strip())
        else:
            result[key] = block(lines, lines[0][0]) \
                if lines and lines[0][0] > indent else {}
    return result


def load(path):
    lines = []
    with open(path, encoding='utf-8') as f:
        for line in f:
            text = line.strip()
            if text and not text.startswith('#'):
                lines.append((len(line) - len(line.lstrip()), text))
    return block(lines, 0)


def c_name(prefix, name):
    return (prefix + name).replace('-', '_').upper()


def header(spec):
    """Assertions about numbers: each enumerator, and the end of each list."""
    wanted = []
    for d in spec['definitions']:
        for i, name in enumerate(d['entries'] + ['max'], d['value-start']):
            prefix = d['name-prefix']
            wanted.append((('__' if name == 'max' else '') +
                           c_name(prefix, name), i))
    for s in spec['attribute-sets']:
        names = [a['name'] for a in s['attributes']]
        # the type of a counter is the counter + 1
        first = 0 if s['name'] == 'counters' else 1
        for i, name in enumerate(names, first):
            wanted.append((c_name(s['name-prefix'], name), i))
        wanted.append(('__' + c_name(s['name-prefix'], 'max'),
                       len(names) + first))
    ops = spec['operations']
    for op in ops['list']:
        wanted.append((c_name(ops['name-prefix'], op['name']), op['value']))
    wanted.append(('__' + c_name(ops['name-prefix'], 'max'),
                   len(ops['list']) + 1))
    wanted.append(('ALGATE_GENL_VERSION', spec['version']))
    wanted.append((f'sizeof(ALGATE_GENL_NAME) - sizeof("{spec["name"]}")', 0))
    return [f'{c} == {value}' for c, value in wanted]


def rule(text, ranges):
    """A policy's type and bounds; the values are expressions of C."""
    text = re.sub(r'\s+', ' ', text)
    m = re.match(r'NLA_POLICY_(\w+)\((.*)\)', text)
    if not m:
        kind = re.search(r'\.type = (\w+)', text).group(1)
        bound = re.search(r'\.len = ([^,}]*)', text)
        return TYPES.get(kind), {'max-len': bound.group(1)} if bound else {}
    words = [w.strip() for w in m.group(2).split(',')]
    if m.group(1) == 'NESTED':
        return 'nest', {}
    if m.group(1) == 'FULL_RANGE':
        return TYPES[words[0]], {'max': ranges[words[1]]}
    length = '-len' if words[0] == 'NLA_BINARY' else ''
    names = {'MIN': ['min'], 'MAX': ['max'], 'RANGE': ['min', 'max']}
    return TYPES[words[0]], \
        dict(zip([n + length for n in names[m.group(1)]], words[1:]))


def policies(text):
    ranges = {'&' + name: bound for name, bound in re.findall(
        r'netlink_range_validation (\w+) = \{\s*\.max = (\w+)', text)}
    found = {}
    for name, body in re.findall(
            r'struct nla_policy (\w+)\[[^]]*\](?: = \{\n(.*?)\n\})?;', text,
            re.S):
        found[name] = {
            attr: rule(value, ranges) for attr, value in
            re.findall(r'\[(\w+)\] = (.*?)(?=,\n\t\[|,?\Z)', body, re.S)}
    return found


def compare_attr(where, attr, kind, bounds):
    """Differences, and assertions about the bounds."""
    faults, wanted = [], []
    if kind != attr['type']:
        faults.append(f'{where} is {kind} in the module')
    checks = attr.get('checks', {})
    if sorted(checks) != sorted(bounds):
        faults.append(f'{where} has the bounds {sorted(bounds)}')
    wanted += [f'({bounds[b]}) == {checks[b]}' for b in checks if b in bounds]
    return faults, wanted


def compare_policy(spec, policy, seen):
    attrs = {c_name(s['name-prefix'], a['name']): a
             for s in spec['attribute-sets'] for a in s['attributes']}
    faults, wanted = [], []
    for name, (kind, bounds) in policy.items():
        if not kind:    # NLA_REJECT
            continue
        if name not in attrs:
            faults.append(f'{name} is not specified')
            continue
        more = compare_attr(name, attrs[name], kind, bounds)
        faults += more[0]
        wanted += more[1]
        seen.add(name)
    return faults, wanted


def module(spec, text):
    """Faults in policies and commands, and assertions about bounds."""
    text = re.sub(r'/\*.*?\*/', '', text, flags=re.S)
    found = policies(text)
    faults, wanted, seen = [], [], set()
    for policy in found.values():
        more = compare_policy(spec, policy, seen)
        faults += more[0]
        wanted += more[1]
    for s in spec['attribute-sets']:
        for attr in s['attributes']:
            name = c_name(s['name-prefix'], attr['name'])
            if 'checks' in attr and name not in seen:
                faults.append(f'{name} has bounds, but no policy')
    ops = dict(re.findall(r'\{ \.cmd = (\w+),(.*?)\}', text, re.S))
    for op in spec['operations']['list']:
        name = c_name(spec['operations']['name-prefix'], op['name'])
        body = ops.pop(name, None)
        if (body is None) != ('event' in op):
            faults.append(f'{name}: command or event')
        if body is None:
            continue
        flag = re.search(r'\.flags = (\w+)', body)
        if op.get('flags', []) != ([FLAGS[flag.group(1)]] if flag else []):
            faults.append(f'{name}: its rights')
        takes = found[re.search(r'POLICY\((\w+)\)', body).group(1)]
        for kind in ('do', 'dump'):
            if (kind in op) != (f'.{kind}it' in body):
                faults.append(f'{name}: {kind}')
            if kind not in op:
                continue
            attrs = op[kind].get('request', {}).get('attributes', [])
            if sorted(takes) != sorted(c_name('algate-a-', a) for a in attrs):
                faults.append(f'{name}: takes {sorted(takes)}')
    return faults + [f'{name} is not specified' for name in ops], wanted


def compiles(wanted):
    """The assertions that do not hold, as the compiler reports them."""
    code = '#include <net/if.h>\n' \
        f'#include "{ROOT}/kmod/engine/stream.h"\n' + \
        ''.join(f'_Static_assert({w}, {json.dumps(w)});\n' for w in wanted)
    out = subprocess.run([os.environ.get('CC', 'gcc'), '-fsyntax-only', '-xc',
                          '-'], input=code, capture_output=True, text=True,
                         check=False)
    return [line for line in out.stderr.splitlines() if 'error' in line]


def faults_of(spec, text):
    faults, wanted = module(spec, text)
    return compiles(header(spec)), faults + compiles(wanted)


def verdict(good, name, faults=()):
    print(('ok' if good else 'not ok') + f' spec: {name}')
    for fault in faults if not good else ():
        print(f'# {fault}')
    return good


def damaged(spec, text, change):
    """The comparison reports a changed specification."""
    other = copy.deepcopy(spec)
    change({s['name']: s['attributes'] for s in other['attribute-sets']},
           other['operations']['list'])
    return any(faults_of(other, text))


CHANGES = {
    'two attributes swapped': lambda sets, ops: sets['flow'].reverse(),
    'an attribute left out': lambda sets, ops: sets['limit'].pop(),
    'another bound': lambda sets, ops:
        sets['attach'][0]['checks'].update({'max-len': 16}),
    'a bound left out': lambda sets, ops: sets['algate'][10].pop('checks'),
    'another type': lambda sets, ops: sets['attach'][1].update(type='u16'),
    'other rights': lambda sets, ops: ops[0].pop('flags'),
    'another attribute of a request': lambda sets, ops:
        ops[2]['do']['request']['attributes'].append('image'),
    'a command left out': lambda sets, ops: ops.pop(),
    'a list of a command without one': lambda sets, ops:
        ops[0].update(dump={}),
}


def main():
    spec = load(SPEC)
    with open(f'{ROOT}/kmod/netlink.c', encoding='utf-8') as f:
        text = f.read()
    head, kernel = faults_of(spec, text)
    good = verdict(not head, 'the uapi header is as specified', head)
    good &= verdict(not kernel, 'policies and commands are as specified',
                    kernel)
    for name, change in CHANGES.items():
        good &= verdict(damaged(spec, text, change), f'it reports {name}')
    return not good


if __name__ == '__main__':
    sys.exit(main())
