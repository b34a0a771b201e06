#!/usr/bin/env python3
"""How much of the text of PDF files is read: recall against what two independent readers agree on.

    python3 benches/pdf_recall.py DIR_OR_FILE... [--probe BIN] [--worst N] [--missing FILE]

The judges are MuPDF (the package pymupdf) and pdfium (pypdfium2); `--install` puts them into a virtual
environment under target/ and runs there. The reference of a file is the multiset of runs of three
characters (NFKC, without whitespace) that both judges find; recall is the share of them that the
probe's text has. Files with fewer than ten runs do not count. A file counts as Chinese when the reference
has twenty Han characters or more.

What is measured is the text as the detector gets it, in the order it gets it: lines, cells, strings. Text
that is read but in another order than both judges agree on counts as missed where the pieces meet. Text
that is drawn several times in one place reaches the detector once, as it is seen once, and the judges as
often as it is drawn: the first lines count a character once for each place on a page (within half a point),
the lines `as often as drawn` do not. `by characters` does not look at order.

The probe is `cargo build --release --example pdf_probe`.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent


def plain(text):
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if not c.isspace() and c not in "\0\u00ad\u200b\u200c\u200d\ufeff\ufffe\ufffd")


def runs(text, n=3):
    return collections.Counter(text[i : i + n] for i in range(len(text) - n + 1))


def judges(path, cache):
    """The texts of both judges, None when one does not open the file; kept in a folder, by what the file holds."""
    kept = cache and cache / (hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:32] + ".3.json")
    if kept and kept.exists():
        return json.loads(kept.read_text())
    texts = ask_judges(path)
    if kept:
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(texts))
    return texts


def ask_judges(path):
    code = (
        "import sys,pymupdf\n"
        "pymupdf.TOOLS.mupdf_display_errors(False)\n"
        "d=pymupdf.open(sys.argv[1],filetype='pdf')\n"
        "assert not d.needs_pass\n"
        "sys.stdout.buffer.write('\\n'.join(p.get_text(flags=0) for p in d).encode('utf8','replace'))\n"
    )
    once = (
        "import sys,pymupdf\n"
        "pymupdf.TOOLS.mupdf_display_errors(False)\n"
        "out=[]\n"
        "for p in pymupdf.open(sys.argv[1],filetype='pdf'):\n"
        " seen=set()\n"
        " for b in p.get_text('rawdict',flags=0)['blocks']:\n"
        "  for l in b.get('lines',()):\n"
        "   for c in (c for s in l['spans'] for c in s['chars']):\n"
        "    x,y=c['origin']\n"
        "    near={(c['c'],round(x+a),round(y+b)) for a in (0,.5) for b in (0,.5)}\n"
        "    if c['c'].isspace() or not near&seen: out.append(c['c'])\n"
        "    seen|=near\n"
        "   out.append('\\n')\n"
        "sys.stdout.buffer.write(''.join(out).encode('utf8','replace'))\n"
    )
    other = (
        "import sys,pypdfium2 as p\n"
        "d=p.PdfDocument(sys.argv[1])\n"
        "sys.stdout.buffer.write('\\n'.join(d[i].get_textpage().get_text_range() for i in range(len(d))).encode('utf8','replace'))\n"
    )
    out = []
    for program in (code, other, once):
        try:
            ran = subprocess.run([sys.executable, "-c", program, path], capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            return None
        if ran.returncode:
            return None
        out.append(plain(ran.stdout.decode("utf8", "replace")))
    return out


def ours(probe, path):
    try:
        ran = subprocess.run([probe, "text", path], capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return "", "timed out"
    note = ran.stderr.decode("utf8", "replace").strip().removeprefix(path).lstrip(": ")
    return plain(ran.stdout.decode("utf8", "replace")), note


def measure(job):
    probe, path, cache = job
    texts = judges(path, cache)
    text, note = ours(probe, path)
    if texts is None:
        return path, None, None, text, note
    both = [runs(texts[n]) & runs(texts[1]) for n in (2, 0)]
    letters = runs(texts[2], 1) & runs(texts[1], 1)
    return path, both, letters, text, note


def install():
    here = ROOT / "target" / "judges"
    python = here / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", here], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "pymupdf", "pypdfium2"], check=True)
    os.execv(python, [str(python), *[a for a in sys.argv if a != "--install"]])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("paths", nargs="+")
    args.add_argument("--probe", default=str(ROOT / "target/release/examples/pdf_probe"))
    args.add_argument("--worst", type=int, default=20, help="how many files to list")
    args.add_argument("--missing", type=int, default=0, help="how many missed runs to show of each of them")
    args.add_argument("--cache", type=pathlib.Path, help="a folder to keep what the judges read")
    args.add_argument("--install", action="store_true", help="install the judges first")
    args = args.parse_args()
    if args.install:
        install()
    files = []
    for path in map(pathlib.Path, args.paths):
        files += sorted(path.rglob("*.pdf")) if path.is_dir() else [path]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found = list(pool.map(measure, [(args.probe, str(f), args.cache) for f in files]))
    rows = []
    for path, both, letters, text, note in found:
        if both is None or sum(both[1].values()) < 10:
            continue
        own = runs(text)
        drawn = (sum((both[1] & own).values()), sum(both[1].values()))
        both = both[0]
        total = sum(both.values())
        hit = sum((both & own).values())
        single = sum((letters & runs(text, 1)).values()) / sum(letters.values())
        han = sum(n for c, n in letters.items() if "\u3400" <= c <= "\u9fff") >= 20
        rows.append((hit / total, single, path, hit, total, han, note, both - own, drawn))
    for name, kept in (("all", rows), ("Chinese", [r for r in rows if r[5]])):
        if kept:
            macro = sum(r[0] for r in kept) / len(kept)
            micro = sum(r[3] for r in kept) / sum(r[4] for r in kept)
            single = sum(r[1] for r in kept) / len(kept)
            print(f"{name}: {len(kept)} files, recall macro {macro:.4f} micro {micro:.4f}; "
                  f"by characters, macro {single:.4f}")
            macro = sum(r[8][0] / r[8][1] for r in kept) / len(kept)
            micro = sum(r[8][0] for r in kept) / sum(r[8][1] for r in kept)
            print(f"{name}, as often as drawn: macro {macro:.4f} micro {micro:.4f}")
    rows.sort(key=lambda r: r[0])
    for recall, single, path, hit, total, _, note, missed, _ in rows[: args.worst]:
        print(f"{recall:.3f} {single:.3f} {hit:>7}/{total:<7} {pathlib.Path(path).name}  {note[:140]}")
        if args.missing:
            print("     ", " ".join(f"{g}×{n}" for g, n in missed.most_common(args.missing)))


if __name__ == "__main__":
    main()
