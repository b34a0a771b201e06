#!/usr/bin/env python3
"""How fast office files are read and redacted, against the usual Python libraries: processor seconds, one run, ratios.

    python3 benches/office_speed.py --install [--inkout BIN] [--size N]

Inputs are made here from a fixed rule: a sheet, a document, a DBF table and a CSV file of customers, values in every row.
`--install` puts the libraries into a virtual environment under target/ and runs there. `--size` is the number of rows.
Reading: openpyxl read-only, python-docx (paragraphs), dbfread, csv. Copying: load and save (openpyxl, python-docx). Each
program is a process of its own; its start is in the figure. Take figures of one run together only.
"""
import argparse
import csv
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ["openpyxl", "python-docx", "dbfread"]
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>{}</Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
OFFICE = "application/vnd.openxmlformats-officedocument."


def person(n):
    name = "王李张刘陈杨黄赵"[n % 8] + "伟芳娜敏静丽强磊"[n // 8 % 8] + "明华平军"[n // 64 % 4]
    return name, f"139{n * 7919 % 100000000:08}", f"{n * 104729 % 10000000 / 100:.2f}", f"备注第{n}条"


def sheet(path, size):
    columns = "ABCD"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        book = f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}spreadsheetml.sheet.main+xml"/>'
        part = f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{OFFICE}spreadsheetml.worksheet+xml"/>'
        out.writestr("[Content_Types].xml", TYPES.format(book + part))
        out.writestr("_rels/.rels", RELS.format("officeDocument", "xl/workbook.xml"))
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        out.writestr("xl/workbook.xml", f'<?xml version="1.0"?><workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')
        out.writestr("xl/_rels/workbook.xml.rels", RELS.format("worksheet", "worksheets/sheet1.xml"))
        rows = []
        for n in range(size + 1):
            values = person(n) if n else ("姓名", "手机号", "余额", "备注")
            cells = (
                f'<c r="{c}{n + 1}"><v>{v}</v></c>' if n and c in "BC" else f'<c r="{c}{n + 1}" t="inlineStr"><is><t>{v}</t></is></c>'
                for c, v in zip(columns, values)
            )
            rows.append(f'<row r="{n + 1}">{"".join(cells)}</row>')
        out.writestr("xl/worksheets/sheet1.xml", f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>')


def document(path, size):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        part = f'<Override PartName="/word/document.xml" ContentType="{OFFICE}wordprocessingml.document.main+xml"/>'
        out.writestr("[Content_Types].xml", TYPES.format(part))
        out.writestr("_rels/.rels", RELS.format("officeDocument", "word/document.xml"))
        paragraphs = []
        for n in range(size):
            name, phone, balance, note = person(n)
            paragraphs.append(
                f'<w:p w:rsidR="00A1B2C3"><w:pPr><w:jc w:val="both"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>客户{name}，电话{phone[:6]}</w:t></w:r>'
                f"<w:r><w:t>{phone[6:]}，余额{balance}元，{note}。</w:t></w:r></w:p>"
            )
        word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        out.writestr("word/document.xml", f'<?xml version="1.0"?><w:document xmlns:w="{word}"><w:body>{"".join(paragraphs)}<w:sectPr/></w:body></w:document>')


def table(path, size):
    fields = [("KHXM", 12), ("SJHM", 11), ("ZHYE", 12), ("BZ", 20)]
    width = 1 + sum(n for _, n in fields)
    head = bytearray(32)
    head[0] = 3
    head[1:4] = bytes((126, 1, 1))
    head[4:8] = size.to_bytes(4, "little")
    head[8:10] = (32 + 32 * len(fields) + 1).to_bytes(2, "little")
    head[10:12] = width.to_bytes(2, "little")
    out = bytes(head)
    for name, length in fields:
        out += name.encode().ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes((length, 0)) + b"\0" * 14
    rows = [b"\r"]
    for n in range(size):
        rows.append(b" " + b"".join(v.encode("gb18030")[:w].ljust(w) for v, (_, w) in zip(person(n), fields)))
    pathlib.Path(path).write_bytes(out + b"".join(rows) + b"\x1a")


def rows(path, size):
    with open(path, "w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("姓名", "手机号", "余额", "备注"))
        writer.writerows(map(person, range(size)))


JUDGES = {
    "xlsx": ("import openpyxl,sys\nfor r in openpyxl.load_workbook(sys.argv[1],read_only=True).active.iter_rows(values_only=True): pass", "import openpyxl,sys\nopenpyxl.load_workbook(sys.argv[1]).save(sys.argv[2])"),
    "docx": ("import docx,sys\nfor p in docx.Document(sys.argv[1]).paragraphs: p.text", "import docx,sys\nd=docx.Document(sys.argv[1])\nfor p in d.paragraphs: p.text\nd.save(sys.argv[2])"),
    "dbf": ("import dbfread,sys\nfor r in dbfread.DBF(sys.argv[1],encoding='gb18030'): pass", None),
    "csv": ("import csv,sys\nfor r in csv.reader(open(sys.argv[1],encoding='gb18030',newline='')): pass", None),
}


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--inkout", default=str(ROOT / "target/release/inkout"))
    parser.add_argument("--size", type=int, default=100_000)
    args = parser.parse_args()
    if args.install:
        home = ROOT / "target/judges"
        if not (home / "bin/python").exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([home / "bin/pip", "install", "-q", *PACKAGES], check=True)
        os.execv(home / "bin/python", [str(home / "bin/python"), *(a for a in sys.argv if a != "--install")])
    print(f"{'':6} {'read':>8} {'library':>8} {'ratio':>6}   {'redact':>8} {'load+save':>9} {'ratio':>6}   (s, {args.size} rows)")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for kind, make in (("xlsx", sheet), ("docx", document), ("dbf", table), ("csv", rows)):
            path = folder / f"a.{kind}"
            make(path, args.size)
            read, save = JUDGES[kind]
            ours = seconds([args.inkout, "scan", "-q", "--threads", "1", "--job", str(folder / kind), str(path)])
            theirs = seconds([sys.executable, "-c", read, str(path)])
            copied = seconds([args.inkout, "redact", "-q", "--threads", "1", "--out", str(folder / f"{kind}-copies"), str(path)])
            line = f"{kind:6} {ours:8.2f} {theirs:8.2f} {theirs / ours:6.1f}   {copied:8.2f}"
            if save:
                saved = seconds([sys.executable, "-c", save, str(path), str(folder / f"saved.{kind}")])
                line += f" {saved:9.2f} {saved / copied:6.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
