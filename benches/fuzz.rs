//! Damaged files against every reader and writer: a fuzzer that any stable compiler builds.
//!
//! ```text
//! cargo bench --bench fuzz -- [--minutes N] [--seed N] [--format ID]… [FILE_OR_FOLDER…]
//! cargo bench --bench fuzz -- --format ID --case FILE        # one case, as it is
//! ```
//!
//! The seeds are the files under `fixtures/`, small ones made here, and the files named on the command line; each goes
//! to the format that it is identified as. What is changed: bits, bytes, stretches (cut, doubled, swapped with another
//! seed's), numbers (to their edges), lengths; in zip packages the members, before they are packed again. Each
//! case is read and, with every run of six digits masked, copied.
//!
//! A panic, a case of more than ten seconds and one that takes more than 256 MiB are failures: the case is written to
//! `target/fuzz/` and named, and the exit status is 1. Same seed, same cases. Without minutes it runs for one second a
//! format, which a test run can afford.

use inkout::{
    formats::{
        ALL, CHILD_ARGUMENT, Cx, Format, Limits, Passwords, Sink, Source, child_main,
        nest::{Usage, identify},
    },
    model::{Edit, FormatId, Fragment, GapKind, Layout, Name, Span, State, Step},
};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Cursor, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Longest seed: what is longer says nothing more and is slow.
const LONGEST: u64 = 256 << 10;
const SLOW: Duration = Duration::from_secs(10);
const MEMORY_KIB: u64 = 256 << 10;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) ^ (self.0 << 20 >> 40)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % n.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() & 0xFF).unwrap_or(0)
    }
}

/// Masks every run of six ASCII digits.
struct Masks;

impl Sink for Masks {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        let places: Vec<(std::ops::Range<usize>, Option<u32>)> = match fragment.layout {
            Layout::Cells { cells, .. } => (0..)
                .zip(cells)
                .map(|(n, cell)| (cell.range(), Some(n)))
                .collect(),
            _ => vec![(fragment.own.clone(), None)],
        };
        for (range, cell) in places {
            let text = fragment.bytes.get(range.clone()).unwrap_or_default();
            let mut at = 0;
            while at < text.len() {
                let rest = text.get(at..).unwrap_or_default();
                let run = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                if run >= 6
                    && let Some(span) = Span::new(range.start + at, range.start + at + run)
                {
                    let with = "*".repeat(run);
                    edits.push(Edit { span, cell, with });
                }
                at += run.max(1);
            }
        }
    }
    fn gap(&mut self, _: &[Step], _: GapKind, _: &str) {}
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

fn run(format: &dyn Format, bytes: &[u8], limits: &Limits) {
    for write in [false, true] {
        let mut usage = Usage::new(bytes.len() as u64);
        let mut sink = Masks;
        let mut cx = Cx::new(&mut sink, limits, &mut usage, Name::from("x"));
        let mut out = Cursor::new(Vec::new());
        let out = write.then_some(&mut out as &mut dyn inkout::formats::Output);
        // Whatever it says of a damaged file is right, as long as it says it.
        let _ = format.run(&mut Source::slice(bytes), &mut cx, out);
    }
}

/// Changes bytes in place or in number.
fn damage(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(6) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        let most = (bytes.len() - at).min(1 + random.below(200));
        match random.below(10) {
            0..=2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            3 => {
                let new = random.byte();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = new;
                }
            }
            4 => {
                let edge: u32 = [
                    0,
                    1,
                    0x7F,
                    0xFF,
                    0xFFFF,
                    0x7FFF_FFFF,
                    0xFFFF_FFFF,
                    0x8000_0000,
                ]
                .get(random.below(8))
                .copied()
                .unwrap_or(0);
                let width = [1, 2, 4].get(random.below(3)).copied().unwrap_or(4);
                let edge = edge.to_le_bytes();
                if let Some(slot) = bytes.get_mut(at..at + width) {
                    slot.copy_from_slice(edge.get(..width).unwrap_or_default());
                }
            }
            5 => drop(bytes.drain(at..at + most)),
            6 => {
                let twice = bytes.get(at..at + most).unwrap_or_default().to_vec();
                bytes.splice(at..at, twice);
            }
            7 if !other.is_empty() => {
                let from = random.below(other.len());
                let most = (other.len() - from).min(1 + random.below(400));
                let piece = other.get(from..from + most).unwrap_or_default().to_vec();
                bytes.splice(at..at, piece);
            }
            8 => bytes.truncate(at),
            _ => {
                // A number in text, to an edge.
                let digits = bytes.get(at..).unwrap_or_default();
                if let Some(first) = digits.iter().position(u8::is_ascii_digit) {
                    let start = at + first;
                    let tail = bytes.get(start..).unwrap_or_default();
                    let run = tail.iter().take_while(|b| b.is_ascii_digit()).count();
                    let new: &[u8] = [&b"0"[..], b"-1", b"4294967295", b"99999999999999999999"]
                        .get(random.below(4))
                        .copied()
                        .unwrap_or(b"0");
                    bytes.splice(start..start + run, new.iter().copied());
                }
            }
        }
    }
}

/// The members of a package, or nothing.
fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    if !bytes.starts_with(b"PK") {
        return out;
    }
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return out;
    };
    for index in 0..archive.len().min(200) {
        let Ok(member) = archive.by_index(index) else {
            continue;
        };
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let mut data = Vec::new();
        if member.take(LONGEST).read_to_end(&mut data).is_ok() {
            out.push((name, data));
        }
    }
    out
}

fn packed(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, data) in members {
        if writer.start_file(name.as_str(), stored).is_ok() {
            let _ = writer.write_all(data);
        }
    }
    writer.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// One case from a seed.
fn case(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut parts = members(seed);
    if !parts.is_empty() && random.below(4) > 0 {
        let index = random.below(parts.len());
        let from = members(other);
        let piece = from
            .get(random.below(from.len()))
            .map_or(other, |(_, data)| data.as_slice())
            .to_vec();
        if let Some((_, data)) = parts.get_mut(index) {
            damage(data, &piece, random);
        }
        return packed(&parts);
    }
    let mut bytes = seed.to_vec();
    damage(&mut bytes, other, random);
    bytes
}

fn collect(path: &Path, out: &mut Vec<(PathBuf, Vec<u8>)>) {
    if path.is_dir() {
        let mut inside: Vec<PathBuf> = fs::read_dir(path)
            .into_iter()
            .flatten()
            .filter_map(|e| Some(e.ok()?.path()))
            .collect();
        inside.sort();
        for path in &inside {
            collect(path, out);
        }
    } else if fs::metadata(path).is_ok_and(|m| m.len() <= LONGEST)
        && let Ok(bytes) = fs::read(path)
    {
        out.push((path.to_owned(), bytes));
    }
}

/// Seeds of formats that the fixtures lack.
fn made() -> Vec<(PathBuf, Vec<u8>)> {
    let mut dbf = vec![0x03, 120, 1, 1, 2, 0, 0, 0, 65, 0, 12, 0];
    dbf.resize(32, 0);
    dbf.extend_from_slice(b"TEL\0\0\0\0\0\0\0\0C\0\0\0\0\x0b");
    dbf.resize(64, 0);
    dbf.extend_from_slice(b"\r 13800138000*13900139000\x1a");
    let texts: [(&str, &[u8]); 9] = [
        ("a.csv", "姓名,电话\n张三,13800138000\n\"李,四\",\"139\"\"00139000\"\n".as_bytes()),
        ("a.json", br#"{"phone":13800138000,"a":[{"b":"\u5f2013900139000"},null,1e400]}"#),
        ("a.xml", b"<?xml version=\"1.0\"?><a b='13800138000'>139<c/>00139000<![CDATA[13700137000]]><!-- 13600136000 --></a>"),
        ("a.html", b"<table><tr><th>tel</th></tr><tr><td>138<b>00138000</b></td></tr></table><script>x='13900139000'</script>"),
        ("a.sql", b"CREATE TABLE t(a,b);\nINSERT INTO t VALUES(1,'13800138000'),(2,x'313339'),(3,'a''b');\nCOPY t FROM stdin;\n1\t13900139000\n\\.\n"),
        ("a.rtf", br"{\rtf1\ansi\ansicpg936{\fonttbl{\f0 x;}}\uc1 \u24352?13800138000{\b 139}00139000\par{\*\xx 13700137000}}"),
        ("a.vcf", b"BEGIN:VCARD\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E5=BC=A0\r\nTEL:138001\r\n 38000\r\nEND:VCARD\r\n"),
        ("a.eml", b"From: a@b.cn\r\nSubject: =?utf-8?Q?138?= 00138000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nMTM4MDAxMzgwMDA=\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>138=\r\n00138000</p>\r\n--b--\r\n"),
        ("winmail.dat", b"\x78\x9f\x3e\x22\x01\x00\x01\x04\x80\x01\x00\x0c\x00\x00\x0013800138000\0\x61\x02\x01\x03\x90\x06\x00\x18\x00\x00\x00\x01\x00\x00\x00\x1e\x00\x1a\x0c\x01\x00\x00\x00\x05\x00\x00\x001380\0\0\0\0\0\0"),
    ];
    let mut out = vec![(PathBuf::from("a.dbf"), dbf)];
    out.extend(texts.map(|(name, data)| (PathBuf::from(name), data.to_vec())));
    out
}

/// Most memory that the process has had, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|l| {
            l.strip_prefix("VmHWM:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// Lets the peak begin anew from what is used now.
fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

#[expect(
    clippy::too_many_lines,
    reason = "arguments, seeds, loop, one after the other"
)]
fn main() -> io::Result<()> {
    // Readers that are programs of their own are this one.
    if std::env::args().nth(1).as_deref() == Some(CHILD_ARGUMENT) {
        return match child_main() {
            0 => Ok(()),
            _ => Err(io::Error::other("the reader failed")),
        };
    }
    let (mut minutes, mut seed, mut only, mut paths) = (0.0_f64, 1_u64, Vec::new(), Vec::new());
    let mut one = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--minutes" => {
                let given = arguments.next().and_then(|a| a.parse().ok());
                minutes = given.unwrap_or(minutes);
            }
            "--seed" => {
                seed = arguments
                    .next()
                    .and_then(|a| a.parse().ok())
                    .unwrap_or(seed);
            }
            "--format" => only.extend(arguments.next()),
            "--case" => one = arguments.next(),
            // What cargo adds.
            "--bench" => {}
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = made();
    collect(&root.join("fixtures"), &mut seeds);
    for path in &paths {
        collect(path, &mut seeds);
    }
    let mut by_format: BTreeMap<FormatId, (&'static dyn Format, Vec<Vec<u8>>)> = BTreeMap::new();
    for (path, bytes) in seeds {
        let name = path.file_name().map(|n| n.as_encoded_bytes().to_vec());
        let head = bytes.get(..4096).unwrap_or(&bytes);
        if let Some(format) = identify(head, &name.unwrap_or_default()).format {
            let entry = by_format.entry(format.id()).or_insert((format, Vec::new()));
            entry.1.push(bytes);
        }
    }
    let each = Duration::from_secs_f64((minutes * 60.0).max(1.0));
    let limits = Limits {
        held_bytes: 64 << 20,
        total_bytes: 256 << 20,
        // Of the fixtures.
        passwords: Passwords::read("客户2026"),
        ..Limits::default()
    };
    if let Some(path) = one {
        let bytes = fs::read(path)?;
        let start = Instant::now();
        for format in ALL.iter().filter(|f| only.iter().any(|o| o == f.id())) {
            run(*format, &bytes, &limits);
        }
        return writeln!(io::stdout(), "{} ms", start.elapsed().as_millis());
    }
    std::panic::set_hook(Box::new(|_| {}));
    let folder = root.join("target/fuzz");
    let mut out = io::stdout().lock();
    let mut failures = 0;
    for (id, (format, seeds)) in &by_format {
        if !only.is_empty() && !only.iter().any(|o| o == id) {
            continue;
        }
        let mut random = Random(seed ^ u64::from(crc32fast::hash(id.as_bytes())));
        let (began, mut cases, mut slowest, mut most) = (Instant::now(), 0_u64, Duration::ZERO, 0);
        let mut failed = 0;
        while began.elapsed() < each {
            let seed = &seeds[random.below(seeds.len())];
            let other = &seeds[random.below(seeds.len())];
            let bytes = case(seed, other, &mut random);
            forget_peak();
            let before = peak();
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| run(*format, &bytes, &limits)));
            let (took, grew) = (start.elapsed(), peak().saturating_sub(before));
            cases += 1;
            slowest = slowest.max(took);
            most = most.max(grew);
            if result.is_err() || took > SLOW || grew > MEMORY_KIB {
                failed += 1;
                fs::create_dir_all(&folder)?;
                let path = folder.join(format!("{id}-{cases}"));
                fs::write(&path, &bytes)?;
                let what = match result {
                    Err(_) => "panic",
                    Ok(()) if took > SLOW => "slow",
                    Ok(()) => "memory",
                };
                writeln!(out, "{what}: {}", path.display())?;
            }
        }
        failures += failed;
        writeln!(
            out,
            "{id:16} {:4} seeds {cases:8} cases, slowest {:5} ms, most {:6} KiB, failures {failed}",
            seeds.len(),
            slowest.as_millis(),
            most
        )?;
        out.flush()?;
    }
    if failures > 0 {
        return Err(io::Error::other("some cases failed"));
    }
    Ok(())
}
