#!/usr/bin/env python3
"""How many values are found, by kind: precision, recall, F1.

  python3 benches/accuracy.py [--inkout BIN]
      on fixtures/accuracy, whose truth stands beside it
  python3 benches/accuracy.py --root FOLDER --score SCORE.PY [--set NAME]... [--details N]
      on a labelled corpus, with a scorer of its own: the files of FOLDER/NAME are scanned, and SCORE.PY is called with
      --root FOLDER --findings FILE --set NAME, the file being the findings of `inkout scan --format jsonl`

Findings hold values in clear: they lie in a temporary folder that is removed at the end.
"""
import argparse, collections, json, pathlib, re, subprocess, sys, tempfile

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
    return re.sub(r"[\s-]", "", value).upper()


def on_fixtures(inkout, folder):
    root = HERE / "fixtures" / "accuracy"
    truth = collections.defaultdict(set)
    for line in (root / "truth.tsv").read_text(encoding="utf-8").splitlines():
        file, rule, value = line.split("\t")
        truth[rule].add((file, bare(value)))
    found = collections.defaultdict(set)
    for line in scan(inkout, root, folder):
        f = json.loads(line)
        name = pathlib.PurePath(f["path"]).name
        if name not in ("truth.tsv", "make.py"):
            found[f["rule"]].add((name, bare(f["value"])))
    print("%-26s %6s %6s %6s %6s %6s %6s" % ("rule", "P", "R", "F1", "right", "false", "missed"))
    total = [0, 0, 0]
    for rule in sorted(set(truth) | set(found)):
        right, false, missed = (len(x) for x in (truth[rule] & found[rule], found[rule] - truth[rule], truth[rule] - found[rule]))
        total = [a + b for a, b in zip(total, (right, false, missed))]
        row(rule, right, false, missed)
    row("all", *total)


def row(name, right, false, missed):
    p = right / (right + false) if right + false else 1.0
    r = right / (right + missed) if right + missed else 1.0
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    print("%-26s %6.3f %6.3f %6.3f %6d %6d %6d" % (name, p, r, f1, right, false, missed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inkout", default=str(HERE / "target" / "release" / "inkout"), help="the program (default: the release build)")
    parser.add_argument("--root", help="folder of a labelled corpus")
    parser.add_argument("--score", help="its scorer")
    parser.add_argument("--set", action="append", default=[], help="part of the corpus (default: all of it)")
    parser.add_argument("--details", default="0", help="how many misses and false findings the scorer lists")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if not (options.root and options.score):
            return on_fixtures(options.inkout, folder)
        for name in options.set or [""]:
            findings = pathlib.Path(folder) / "findings.jsonl"
            findings.write_text("".join(f + "\n" for f in scan(options.inkout, pathlib.Path(options.root) / name, folder)), encoding="utf-8")
            command = [sys.executable, options.score, "--root", options.root, "--findings", str(findings), "--details", options.details]
            sys.stdout.flush()
            subprocess.run(command + (["--set", name] if name else []), check=True)


if __name__ == "__main__":
    main()
