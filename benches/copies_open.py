#!/usr/bin/env python3
"""Whether redacted copies open in the programs that people use, and say what they said before.

    python3 benches/copies_open.py --install DIR_OR_FILE... [--inkout BIN] [--keep DIR] [--worst N] [--no-libreoffice]

Scans and redacts what it is given with the built program, then opens each original and its copy with independent
readers and compares them unit by unit: a cell, a paragraph, a field, a line. A unit in which the scan found nothing
must be equal in both; in the others the text around the found values must still be there, in order.

Readers: openpyxl (xlsx), python-docx and lxml (docx), python-pptx (pptx), xlrd (xls, et), odfpy (odt, ods, odp), dbfread,
the standard library's email, mailbox, sqlite3, zipfile, tarfile, gzip, bz2, lzma, csv, json and xml, and LibreOffice without a
window for every office format. `--install` puts the packages into a virtual environment under target/ and runs there.
Without LibreOffice (`soffice` in PATH) its rows say skipped.

COPIES_OPEN_SHOW=1 in the environment shows both texts of a unit that differs: for files without real people's data.

Exit status 1 when a copy does not open where its original does, or a unit without a finding differs.
What no reader opens before is counted, and not held against the copy.
"""
import argparse
import bisect
import collections
import concurrent.futures
import contextlib
import csv
import email
import email.errors
import email.header
import email.policy
import hashlib
import io
import json
import mailbox
import multiprocessing
import os
import pathlib
import quopri
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHOW = bool(os.environ.get("COPIES_OPEN_SHOW"))
PACKAGES = ["openpyxl", "python-docx", "python-pptx", "xlrd", "odfpy", "dbfread", "lxml", "py7zr", "fastavro", "pyarrow"]


def decode(data):
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace")
    for name in ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(name)
    return data.decode("latin-1")


# Each reader gives (where, text) in order; the same places must come of a copy.


def xlsx(path):
    import openpyxl
    import warnings

    warnings.simplefilter("ignore")
    book = openpyxl.load_workbook(path)
    for number, sheet in enumerate(book.worksheets):
        yield f"{number} name", sheet.title
        yield f"{number} state", sheet.sheet_state
        yield f"{number} merged", " ".join(sorted(map(str, sheet.merged_cells.ranges)))
        for row in sheet.iter_rows():
            for cell in row:
                yield f"{number}!{cell.coordinate}", getattr(cell.value, "text", cell.value)
                if cell.comment:
                    yield f"{number}!{cell.coordinate} comment", cell.comment.text


def docx(path):
    import docx as judge
    from lxml import etree

    judge.Document(path)
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if not (name.startswith("word/") and name.endswith(".xml")):
                continue
            root = etree.fromstring(package.read(name), etree.XMLParser(huge_tree=True))
            for number, paragraph in enumerate(root.iter(word + "p")):
                texts = (
                    t.text or ""
                    for t in paragraph.iter(word + "t", word + "delText")
                    if next(t.iterancestors(word + "p")) is paragraph
                )
                yield f"{name} {number}", "".join(texts)


def pptx(path):
    from pptx import Presentation

    def shapes(all_of):
        for shape in all_of:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if getattr(shape, "has_table", False) and shape.has_table:
                for row in shape.table.rows:
                    for cell in row.cells:
                        yield cell.text
            if shape.shape_type == 6:
                yield from shapes(shape.shapes)

    for number, slide in enumerate(Presentation(path).slides):
        for which, text in enumerate(shapes(slide.shapes)):
            yield f"slide {number} {which}", text
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield f"slide {number} notes", slide.notes_slide.notes_text_frame.text


def xls(path):
    import xlrd

    with open(os.devnull, "w") as quiet:
        book = xlrd.open_workbook(path, logfile=quiet)
    for number, sheet in enumerate(book.sheets()):
        yield f"{number} name", sheet.name
        for row in range(sheet.nrows):
            for column in range(sheet.row_len(row)):
                if sheet.cell_type(row, column) not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                    yield f"{number} r{row}c{column}", sheet.cell_value(row, column)


def odf(path):
    from odf import opendocument, teletype
    from odf.text import H, P

    document = opendocument.load(path)
    for kind in (P, H):
        for number, element in enumerate(document.getElementsByType(kind)):
            yield f"{kind.__name__} {number}", teletype.extractText(element)


def dbf(path):
    from dbfread import DBF

    table = DBF(path, encoding="gb18030", char_decode_errors="replace", ignore_missing_memofile=True)
    yield "fields", repr([(f.name, f.type, f.length) for f in table.fields])
    for which, records in (("record", table), ("deleted", table.deleted)):
        for number, record in enumerate(records):
            for name, value in record.items():
                yield f"{which} {number} {name}", value


def lines(path):
    data = pathlib.Path(path).read_bytes()
    parts = decode(data).split("\n") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else map(decode, data.split(b"\n"))
    for number, line in enumerate(parts):
        yield f"line {number}", line


def cards(path):
    """Properties of vcf and ics: folded lines joined, quoted-printable decoded."""
    text = decode(pathlib.Path(path).read_bytes()).replace("\r\n", "\n")
    text = re.sub(r"\n[ \t]", "", re.sub(r"=\n", "", text))
    for number, line in enumerate(text.splitlines()):
        name, _, value = line.partition(":")
        if "QUOTED-PRINTABLE" in name.upper():
            value = decode(quopri.decodestring(value.encode()))
        # The parts of a name are read together.
        yield f"{number} {name.split(';')[0]}", value.replace(";", " ")


def table(path):
    text = decode(pathlib.Path(path).read_bytes()).replace("\0", "")
    first = text.split("\n", 1)[0]
    separator = max(",\t;|", key=first.count)
    csv.field_size_limit(1 << 30)
    for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
        for column, cell in enumerate(row):
            yield f"r{number}c{column}", cell


def flat(value, where=""):
    if isinstance(value, dict):
        for number, (key, inner) in enumerate(value.items()):
            yield f"{where}.{number} key", key
            yield from flat(inner, f"{where}.{number}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from flat(inner, f"{where}[{number}]")
    else:
        yield where, value


def jsons(path):
    text = decode(pathlib.Path(path).read_bytes())
    try:
        yield from flat(json.loads(text))
    except json.JSONDecodeError:
        for number, line in enumerate(text.splitlines()):
            if line.strip():
                yield from flat(json.loads(line), f"{number}:")


def markup(path):
    from lxml import etree, html

    data = pathlib.Path(path).read_bytes()
    if str(path).lower().endswith((".html", ".htm", ".xhtml")):
        root = html.fromstring(decode(data).encode(), parser=html.HTMLParser(encoding="utf-8"))
    else:
        root = etree.fromstring(data, etree.XMLParser(huge_tree=True, resolve_entities=False))
    for number, element in enumerate(root.iter()):
        yield f"{number} {element.tag} text", element.text
        yield f"{number} tail", element.tail
    for number, element in enumerate(root.iter()):
        for name, value in sorted(element.attrib.items()):
            yield f"{number} @{name}", value


def message(mail, at=""):
    for part_number, part in enumerate(mail.walk()):
        where = f"{at}{part_number}"
        for number, (name, value) in enumerate(part.items()):
            if name.lower() not in ("content-type", "content-length", "lines", "content-transfer-encoding"):
                try:
                    text = str(email.header.make_header(email.header.decode_header(value)))
                except (UnicodeError, LookupError, email.errors.HeaderParseError):
                    text = str(value)
                yield f"{where} header {number} {name}", text
        yield f"{where} type", part.get_content_type()
        if part.get_content_maintype() == "text":
            data = part.get_payload(decode=True) or b""
            text = decode(data)
            with contextlib.suppress(UnicodeError, LookupError):
                text = data.decode(part.get_content_charset("x-none"))
            for number, line in enumerate(text.splitlines()):
                yield f"{where} line {number}", line


def eml(path):
    yield from message(email.message_from_bytes(pathlib.Path(path).read_bytes(), policy=email.policy.compat32))


def mbox(path):
    box = mailbox.mbox(path, create=False)
    for key in box.keys():
        yield from message(box[key], f"{key}/")


def sqlite(path):
    with tempfile.TemporaryDirectory() as folder:
        twin = pathlib.Path(folder) / "x.sqlite"
        shutil.copyfile(path, twin)
        base = sqlite3.connect(twin)
        base.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
        answer = base.execute("pragma integrity_check").fetchone()[0]
        if answer != "ok":
            raise ValueError("integrity check")
        names = base.execute("select name, sql from sqlite_master where type = 'table' order by rowid").fetchall()
        for name, sql in names:
            if sql and sql.upper().startswith("CREATE VIRTUAL") or re.search(r"_(data|idx|content|docsize|config|segdir|segments|stat)$", name) or name.startswith("sqlite_"):
                continue
            rows = base.execute('select * from "' + name.replace('"', '""') + '"').fetchall()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if not isinstance(value, bytes):
                        yield f"{name} {number} {column}", value
        base.close()


def parquet(path):
    import pyarrow.parquet as judge

    data = judge.read_table(path)
    yield "schema", str(data.schema.remove_metadata())
    for number, row in enumerate(data.to_pylist()):
        yield from flat(row, f"{number}:")


def avro(path):
    import fastavro

    with open(path, "rb") as file:
        for number, row in enumerate(fastavro.reader(file)):
            yield from flat(row, f"{number}:")


def picture(_path):
    return iter(())


def members(path):
    """Members of an archive: (name, bytes)."""
    import bz2
    import gzip
    import lzma
    import tarfile

    data = pathlib.Path(path).read_bytes()
    if data[:2] == b"PK":
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                yield info.filename, b"" if info.is_dir() else archive.read(info)
    elif data[:6] == b"7z\xbc\xaf\x27\x1c":
        import py7zr

        with tempfile.TemporaryDirectory() as folder, py7zr.SevenZipFile(path) as archive:
            names = archive.getnames()
            archive.extractall(folder)
            for name in names:
                inner = pathlib.Path(folder) / name
                yield name, inner.read_bytes() if inner.is_file() else b""
    elif data[:2] == b"\x1f\x8b":
        yield pathlib.Path(path).stem, gzip.decompress(data)
    elif data[:3] == b"BZh":
        yield pathlib.Path(path).stem, bz2.decompress(data)
    elif data[:6] == b"\xfd7zXZ\0":
        yield pathlib.Path(path).stem, lzma.decompress(data)
    else:
        with tarfile.open(path) as archive:
            for info in archive:
                file = archive.extractfile(info) if info.isreg() else None
                yield info.name, file.read() if file else b""


READERS = {
    "xlsx": xlsx, "xlsm": xlsx, "xltx": xlsx, "xltm": xlsx, "docx": docx, "docm": docx, "pptx": pptx, "pptm": pptx,
    "ppsx": pptx, "xls": xls, "et": xls, "xlt": xls, "odt": odf, "ods": odf, "odp": odf, "ott": odf, "ots": odf, "dbf": dbf,
    "csv": table, "tsv": table, "json": jsons, "jsonl": jsons, "xml": markup, "html": markup, "htm": markup, "xhtml": markup,
    "eml": eml, "mbox": mbox, "sqlite": sqlite, "db": sqlite, "parquet": parquet, "avro": avro,
    "txt": lines, "log": lines, "sql": lines, "vcf": cards, "ics": cards, "ini": lines, "env": lines, "yaml": lines,
    "yml": lines, "toml": lines, "md": lines, "conf": lines, "properties": lines,
}
# Where a value may run over several units.
RUNS = (markup, lines, eml, mbox, cards)
ARCHIVES = ("zip", "tar", "gz", "tgz", "bz2", "xz", "7z", "ofd", "epub")
OFFICE = {
    "xlsx": "calc", "xlsm": "calc", "xltx": "calc", "xls": "calc", "et": "calc", "xlt": "calc", "ods": "calc", "fods": "calc",
    "dbf": "calc", "xlsb": "calc", "docx": "writer", "docm": "writer", "dotx": "writer", "doc": "writer", "odt": "writer",
    "fodt": "writer", "rtf": "writer", "wps": "writer", "pptx": "impress", "pptm": "impress", "ppsx": "impress",
    "ppt": "impress", "odp": "impress", "odg": "impress",
}
# Every sheet to a file of its own: the last number.
TO = {
    "calc": "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
    "writer": "txt:Text (encoded):UTF8",
    "impress": "pdf",
}


def shape(value):
    """A value as people see it: a whole number without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value) and abs(value) < 1e22:
        return str(int(value))
    return str(value)


def forms(values):
    """The ways in which a found value may stand in a unit."""
    out = set()
    for value in values:
        plain = unicodedata.normalize("NFKC", value)
        out |= {value, plain, *value.split("\n"), value.replace("\n", " ")}
        digits = re.sub(r"[\s\-()+.]", "", plain)
        if sum(c.isdigit() for c in digits) >= 6:
            out.add(digits)
    return {v for v in out if v.strip()}


def stands(values, text):
    plain = unicodedata.normalize("NFKC", text)
    tight = re.sub(r"[\s\-()+.]", "", plain)
    return [v for v in values if v in text or v in plain or (len(v) > 5 and v in tight)]


def around(before, after, values):
    """Whether what stands around the values before is there after, in order."""
    here = [v for v in values if v in before]
    if not here:
        return True
    at = 0
    for piece in re.split("|".join(map(re.escape, sorted(here, key=len, reverse=True))), before):
        piece = piece.strip(" \t\r\n,.;:，。；：、|()<>[]\"'")
        found = after.find(piece, at)
        if piece and found < 0:
            return False
        at = max(at, found + len(piece))
    return True


def joined(units, values):
    """Numbers of the units that a value runs over, in texts that are cut at markup or line ends."""
    text, ends = [], []
    length = 0
    for unit in units:
        tight = re.sub(r"\s", "", unit)
        text.append(tight)
        length += len(tight)
        ends.append(length)
    text = "".join(text)
    out = set()
    for value in values:
        tight = re.sub(r"\s", "", value)
        at = text.find(tight) if len(tight) > 1 else -1
        while at >= 0:
            first, last = bisect.bisect_right(ends, at), bisect.bisect_left(ends, at + len(tight))
            out.update(range(first, last + 1))
            at = text.find(tight, at + 1)
    return out


def compare(before, after, values, problems, counts, runs=False):
    """Lists of (where, text) of both sides; with `runs`, a value may stand in several units one after the other."""
    places = [w for w, _ in before]
    if places != [w for w, _ in after]:
        problems.append(("structure", f"{len(before)} -> {len(after)} units"))
        odd = next((a for a, b in zip(places, [w for w, _ in after]) if a != b), None)
        if odd:
            problems.append(("structure", f"first at {odd}"))
    if len(before) != len(after):
        return
    spread = joined([shape(old) for _, old in before], values) if runs else set()
    for number, ((where, old), (_, new)) in enumerate(zip(before, after)):
        old, new = shape(old), shape(new)
        counts["units"] += 1
        if old == new:
            continue
        counts["changed"] += 1
        here = stands(values, old)
        seen = f": {old[:90]!r} -> {new[:90]!r}" if SHOW else ""
        if number in spread:
            continue
        if not here:
            problems.append(("collateral", where + seen))
        # A formula that holds a value goes as a whole.
        elif not old.startswith("=") and not around(old, new, here):
            problems.append(("around", where + seen))


def kind(path):
    name = pathlib.Path(str(path)).name.lower()
    return name.rsplit(".", 1)[-1] if "." in name else ""


def judge(old, new, values):
    """(problems, counts) of one pair."""
    problems, counts = [], collections.Counter()
    ending = kind(new)
    if ending in ARCHIVES:
        try:
            before = list(members(old))
        except Exception as error:
            counts["original does not open"] += 1
            return problems, counts
        try:
            after = list(members(new))
        except Exception as error:
            return [("unreadable", type(error).__name__)], counts
        if len(before) != len(after):
            return [("structure", f"{len(before)} -> {len(after)} members")], counts
        counts["opened"] += 1
        for (name, a), (_, b) in zip(before, after):
            if a == b:
                continue
            with tempfile.TemporaryDirectory() as folder:
                ending = "." + kind(name)
                one, two = pathlib.Path(folder) / ("a" + ending), pathlib.Path(folder) / ("b" + ending)
                one.write_bytes(a)
                two.write_bytes(b)
                inner, more = judge(one, two, values)
                problems += [(what, "member: " + str(where)) for what, where in inner]
                counts += more
        return problems, counts
    reader = READERS.get(ending)
    if reader is None or kind(old) != ending:
        counts["no reader"] += 1
        return problems, counts
    try:
        before = list(reader(old))
    except Exception:
        counts["original does not open"] += 1
        return problems, counts
    try:
        after = list(reader(new))
    except Exception as error:
        return [("unreadable", f"{reader.__name__}: {type(error).__name__}")], counts
    counts["opened"] += 1
    compare(before, after, values, problems, counts, reader in RUNS)
    return problems, counts


def judged(task):
    name, old, new, values = task
    try:
        problems, counts = judge(old, new, forms(values))
    except Exception as error:  # a judge that fails says nothing of the copy
        problems, counts = [], collections.Counter({f"judge failed: {type(error).__name__}": 1})
    return name, kind(new), problems, counts


def office(files, folder):
    """What LibreOffice makes of files: name -> list of texts, None where it makes nothing."""
    made = {}
    by_form = collections.defaultdict(list)
    for number, path in files:
        by_form[OFFICE[kind(path)]].append((number, path))
    for form, some in by_form.items():
        for start in range(0, len(some), 20):
            batch = some[start : start + 20]
            source, target = pathlib.Path(folder) / "in", pathlib.Path(folder) / "out"
            for place in (source, target):
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
            for number, path in batch:
                shutil.copyfile(path, source / f"f{number}.{kind(path)}")
            names = [str(source / f"f{n}.{kind(p)}") for n, p in batch]

            def convert(some_names, seconds):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    subprocess.run(
                        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", TO[form], "--outdir", str(target), *some_names],
                        capture_output=True,
                        timeout=seconds,
                        check=False,
                    )

            def got(number):
                return sorted(p for p in target.iterdir() if re.match(rf"f{number}[.-]", p.name))

            convert(names, 60 + 20 * len(names))
            # One that stops the program takes the rest of its batch along.
            for (number, _), name in zip(batch, names):
                if not got(number):
                    convert([name], 120)
            for number, _ in batch:
                found = got(number)
                if found and form != "impress":
                    made[number] = [decode(p.read_bytes()) for p in found]
                else:
                    made[number] = [""] if found else None
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--inkout", default=str(ROOT / "target/release/inkout"))
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--keep", help="folder for the copies")
    parser.add_argument("--worst", type=int, default=40)
    parser.add_argument("--no-libreoffice", action="store_true")
    args = parser.parse_args()
    if args.install:
        home = ROOT / "target/judges"
        if not (home / "bin/python").exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            subprocess.run([home / "bin/pip", "install", "-q", *PACKAGES], check=True)
        rest = [a for a in sys.argv if a != "--install"]
        os.execv(home / "bin/python", [str(home / "bin/python"), *rest])
    with tempfile.TemporaryDirectory() as folder:
        copies = pathlib.Path(args.keep or pathlib.Path(folder) / "copies")
        scanned = subprocess.run(
            [args.inkout, "scan", "--job", str(pathlib.Path(folder) / "job"), "--format", "jsonl", "--show-values", "--all-findings", *args.paths],
            capture_output=True,
            check=False,
        )
        values = collections.defaultdict(set)
        for line in scanned.stdout.splitlines():
            told = json.loads(line)
            if told.get("kind") == "finding":
                values[told["path"]].add(told["value"])
        redacted = subprocess.run([args.inkout, "redact", "-q", "--out", str(copies), *args.paths], capture_output=True, check=False)
        if not (copies / "manifest.json").exists():
            sys.exit(redacted.stderr.decode() or "no manifest")
        manifest = json.loads((copies / "manifest.json").read_text())
        # Paths in a manifest are masked: originals are told by what they hold.
        originals = {}
        for path in args.paths:
            path = pathlib.Path(path)
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file():
                    originals[hashlib.sha256(file.read_bytes()).hexdigest()] = str(file)
        tasks, withheld, rows = [], collections.Counter(), collections.defaultdict(collections.Counter)
        for file in manifest["files"]:
            if "copy" in file and file["outcome"] not in ("withheld", "failed"):
                source = originals[file["sha256_before"]]
                tasks.append((source, source, str(copies / file["copy"]), values[source]))
            else:
                rows[kind(file["source"])]["withheld"] += 1
                withheld[file.get("reason", "?")] += 1
        problems = []
        with concurrent.futures.ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("spawn")) as pool:
            for name, ending, found, counts in pool.map(judged, tasks, chunksize=4):
                rows[ending]["copies"] += 1
                rows[ending] += counts
                rows[ending]["problems"] += len(found)
                problems += [(name, *p) for p in found]
        if args.no_libreoffice or not shutil.which("soffice"):
            print("LibreOffice: skipped")
        else:
            pairs = [(i, t) for i, t in enumerate(tasks) if kind(t[2]) in OFFICE and kind(t[1]) in OFFICE]
            before = office([(i, t[1]) for i, t in pairs], folder)
            after = office([(i, t[2]) for i, t in pairs], folder)
            for number, (name, _, new, found) in pairs:
                row = rows[kind(new)]
                if before[number] is None:
                    row["LibreOffice does not open the original"] += 1
                elif after[number] is None:
                    problems.append((name, "unreadable", "LibreOffice"))
                    row["problems"] += 1
                else:
                    row["opened by LibreOffice"] += 1
                    if kind(name) == kind(new):
                        a = [(f"{n} {m}", l) for n, t in enumerate(before[number]) for m, l in enumerate(t.splitlines())]
                        b = [(f"{n} {m}", l) for n, t in enumerate(after[number]) for m, l in enumerate(t.splitlines())]
                        here, counts = [], collections.Counter()
                        compare(a, b, forms(found), here, counts)
                        row["LibreOffice's lines"] += counts["units"]
                        row["problems"] += len(here)
                        problems += [(name, what, f"LibreOffice {where}") for what, where in here]
    for name, what, where in problems[: args.worst]:
        print(what, name, where)
    for ending, row in sorted(rows.items()):
        print(f"{ending:8}", ", ".join(f"{k} {v}" for k, v in row.items()))
    total = sum(rows.values(), collections.Counter())
    print("all:", json.dumps(dict(total), sort_keys=True))
    print("withheld:", json.dumps(dict(withheld), sort_keys=True))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
