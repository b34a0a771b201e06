#!/usr/bin/env python3
"""Makes ../traditional.txt: traditional characters, each with its simplified form behind it.

  pip download opencc-python-reimplemented==0.1.7 --no-deps --no-binary :all:
  tar xzf opencc-python-reimplemented-0.1.7.tar.gz
  python3 traditional.py opencc-python-reimplemented-0.1.7/opencc/dictionary/TSCharacters.txt

Source: OpenCC, TSCharacters.txt (Apache-2.0 licence).
"""
import os, sys

def is_simplified(c):
    """Characters of GB 2312 are written in simplified texts too: 著, 乾."""
    try:
        c.encode('gb2312')
    except UnicodeEncodeError:
        return False
    return True


pairs = []
for line in open(sys.argv[1], encoding='utf-8'):
    old, new = line.rstrip('\n').split('\t')
    new = new.split()[0]
    if len(old) == 1 and old != new and not is_simplified(old) and all('\u4e00' <= c <= '\u9fff' for c in old + new):
        pairs.append(old + new)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'traditional.txt'), 'w', encoding='utf-8') as f:
    f.write('# Traditional characters, each with its simplified form behind it. Made by make/traditional.py from OpenCC (Apache-2.0).\n')
    for i in range(0, len(pairs), 40):
        f.write(' '.join(pairs[i:i + 40]) + '\n')
