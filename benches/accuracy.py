#!/usr/bin/env python3
"""How many values are found, by kind: precision, recall, F1.

  python3 benches/accuracy.py [--inkout BIN]
      on fixtures/accuracy, whose truth stands beside it
  python3 benches/accuracy.py --made SEED [--details N]
      on business files that fixtures/accuracy/business.py makes, other ones for each seed
  python3 benches/accuracy.py --root FOLDER --score SCORE.PY [--set NAME]... [--details N]
      on a labelled corpus, with a scorer of its own: the files of FOLDER/NAME are scanned, and SCORE.PY is called with
      --root FOLDER --findings FILE --set NAME, the file being the findings of `inkout scan --format jsonl`

Findings hold values in clear: they lie in a temporary folder that is removed at the end.
"""
import argparse, collections, json, pathlib, re, subprocess, sys, tempfile, unicodedata

HERE = pathlib.Path(__file__).resolve().parent.parent


def scan(inkout, path, folder):
    """The findings of a scan, one JSON object a line, as a file."""
    job = pathlib.Path(folder) / ("job%d" % len(list(pathlib.Path(folder).iterdir())))
    command = [inkout, "scan", str(path), "--job", str(job), "--format", "jsonl", "--show-values", "--all-findings", "--quiet"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    if run.returncode not in (0, 1, 3):
        sys.exit("the scan failed with code %d" % run.returncode)
    return [line for line in run.stdout.splitlines() if '"kind":"finding"' in line]


def bare(value):
    return re.sub(r"[\s\-.,，、()（）]", "", unicodedata.normalize("NFKC", value)).upper()


# Rules that stand for one kind of value.
KINDS = [("phone", ("cn.mobile", "cn.landline", "intl.phone")), ("card", ("cn.bank-card", "intl.payment-card")),
         ("secret", ("secret.",)), ("identity", ("cn.resident-id",))]


def kind(rule):
    return next((k for k, heads in KINDS if rule.startswith(heads)), rule)


def same(rule, wanted, found):
    """Numbers must be equal; of names, addresses and secrets one holds the other and is no more than twice as long."""
    if kind(rule) == "phone":
        wanted, found = (re.sub(r"^\+?86(?=1)", "", v) for v in (wanted, found))
    if wanted == found or kind(rule) not in ("cn.person", "cn.address", "secret"):
        return wanted == found
    short, long = sorted((wanted, found), key=len)
    return len(short) > 1 and short in long and len(short) * 2 >= len(long)


def on_files(inkout, folder, root, details=0):
    truth, found = collections.defaultdict(set), collections.defaultdict(set)
    for line in (root / "truth.tsv").read_text(encoding="utf-8").splitlines():
        file, rule, value = line.split("\t")
        truth[file].add((rule, bare(value)))
    for line in scan(inkout, root, folder):
        f = json.loads(line)
        name = f["path"].removeprefix(str(root) + "/")
        if name not in ("truth.tsv", "make.py", "business.py"):
            found[name].add((f["rule"], bare(f["value"])))
    counts, lines = collections.defaultdict(lambda: [0, 0, 0]), []
    for file in sorted(set(truth) | set(found)):
        for rule, value in sorted(truth[file]):
            hit = any(kind(r) == kind(rule) and same(rule, value, v) for r, v in found[file])
            counts[kind(rule)][0 if hit else 2] += 1
            if not hit:
                lines.append("missed\t%s\t%s\t%s" % (file, rule, value))
        for rule, value in sorted(found[file]):
            if not any(kind(r) == kind(rule) and same(rule, v, value) for r, v in truth[file]):
                counts[kind(rule)][1] += 1
                lines.append("false\t%s\t%s\t%s" % (file, rule, value))
    print("%-26s %6s %6s %6s %6s %6s %6s" % ("kind", "P", "R", "F1", "right", "false", "missed"))
    for name in sorted(counts):
        row(name, *counts[name])
    row("all", *(sum(c[i] for c in counts.values()) for i in range(3)))
    print("\n".join(lines[:details]))


def row(name, right, false, missed):
    p = right / (right + false) if right + false else 1.0
    r = right / (right + missed) if right + missed else 1.0
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    print("%-26s %6.3f %6.3f %6.3f %6d %6d %6d" % (name, p, r, f1, right, false, missed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inkout", default=str(HERE / "target" / "release" / "inkout"), help="the program (default: the release build)")
    parser.add_argument("--made", metavar="SEED", help="make business files and measure on them")
    parser.add_argument("--root", help="folder of a labelled corpus")
    parser.add_argument("--score", help="its scorer")
    parser.add_argument("--set", action="append", default=[], help="part of the corpus (default: all of it)")
    parser.add_argument("--details", default="0", help="how many misses and false findings the scorer lists")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.made:
            made = pathlib.Path(folder) / "made"
            subprocess.run([sys.executable, str(HERE / "fixtures" / "accuracy" / "business.py"), str(made), options.made], check=True)
            return on_files(options.inkout, folder, made, int(options.details))
        if not (options.root and options.score):
            return on_files(options.inkout, folder, HERE / "fixtures" / "accuracy", int(options.details))
        for name in options.set or [""]:
            findings = pathlib.Path(folder) / "findings.jsonl"
            findings.write_text("".join(f + "\n" for f in scan(options.inkout, pathlib.Path(options.root) / name, folder)), encoding="utf-8")
            command = [sys.executable, options.score, "--root", options.root, "--findings", str(findings), "--details", options.details]
            sys.stdout.flush()
            subprocess.run(command + (["--set", name] if name else []), check=True)


if __name__ == "__main__":
    main()
