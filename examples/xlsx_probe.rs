//! Measures reading and copying of workbooks and archives: `xlsx_probe [scan|redact|floor|dump] FILE…`.
//!
//! `floor` inflates every member and splits its XML with quick-xml; `redact` masks every run of 11 or
//! more digits.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measuring program"
)]

use inkout::formats::{Cx, Format, FormatError, Limits, Sink, Source, Xlsx, Zip, nest};
use inkout::model::{Edit, FormatId, Fragment, GapKind, Layout, Name, Span, State, Step};
use std::{fs::File, io::Read, time::Instant};

#[derive(Default)]
struct Counter {
    fragments: u64,
    cells: u64,
    bytes: u64,
    edits: u64,
    gaps: Vec<String>,
    redact: bool,
    dump: bool,
}

impl Sink for Counter {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        self.fragments += 1;
        self.bytes += fragment.bytes.len() as u64;
        let cells = match fragment.layout {
            Layout::Cells { cells, .. } => cells,
            _ => &[],
        };
        self.cells += cells.len() as u64;
        if self.dump {
            println!(
                "{:?} {:?}: {}",
                fragment.at,
                fragment.label,
                String::from_utf8_lossy(fragment.bytes)
            );
        }
        if !self.redact {
            return;
        }
        let (mut run, mut at) = (0, 0);
        for (i, b) in fragment.bytes.iter().chain(&[0]).enumerate() {
            if b.is_ascii_digit() {
                run += 1;
                continue;
            }
            if run >= 11 {
                while cells.get(at).is_some_and(|c| (c.end as usize) < i) {
                    at += 1;
                }
                edits.push(Edit {
                    span: Span::new(i - run, i).unwrap(),
                    cell: (!cells.is_empty()).then(|| u32::try_from(at).unwrap()),
                    with: "*".repeat(run),
                });
            }
            run = 0;
        }
        self.edits += edits.len() as u64;
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        self.gaps.push(format!("{at:?} {}: {note}", kind.id()));
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, name: &Name, format: Option<FormatId>, _: Option<FormatId>) {
        self.gaps.push(format!("> {name} {format:?}"));
    }
    fn leave(&mut self, bytes: u64, state: State) {
        self.gaps.push(format!("< {bytes} {state:?}"));
    }
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

fn floor(path: &str) -> u64 {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut total = 0;
    for i in 0..zip.len() {
        let mut member = zip.by_index(i).unwrap();
        let mut text = Vec::new();
        member.read_to_end(&mut text).unwrap();
        total += text.len() as u64;
        let mut reader = quick_xml::Reader::from_reader(text.as_slice());
        let mut buf = Vec::new();
        loop {
            match reader.read_event_into(&mut buf) {
                Ok(quick_xml::events::Event::Eof) | Err(_) => break,
                Ok(_) => {}
            }
            buf.clear();
        }
    }
    total
}

fn peak() -> String {
    std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or_default()
        .to_owned()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mode = args.next().unwrap_or_default();
    for path in args {
        let start = Instant::now();
        if mode == "floor" {
            println!(
                "{path}: {} bytes, {:?}, {}",
                floor(&path),
                start.elapsed(),
                peak()
            );
            continue;
        }
        let file = File::open(&path).unwrap();
        let mut source = Source::file(&file).unwrap();
        let mut sink = Counter {
            redact: mode == "redact",
            dump: mode == "dump",
            ..Counter::default()
        };
        let limits = Limits::default();
        let mut usage = nest::Usage::new(source.len().unwrap_or(0));
        let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
        let format: &dyn Format = if Xlsx.probe(source.head(), b"") == inkout::formats::Probe::Bytes
        {
            &Xlsx
        } else {
            &Zip
        };
        let mut out = (mode == "redact").then(|| {
            let name = path.rsplit('/').next().unwrap();
            File::create(format!("/tmp/probe-{name}")).unwrap()
        });
        let result: Result<(), FormatError> = format.run(
            &mut source,
            &mut cx,
            out.as_mut().map(|o| o as &mut dyn inkout::formats::Output),
        );
        println!(
            "{path}: {} {result:?} {:?} fragments {} cells {} bytes {} edits {} {}",
            format.id(),
            start.elapsed(),
            sink.fragments,
            sink.cells,
            sink.bytes,
            sink.edits,
            peak()
        );
        for gap in &sink.gaps {
            println!("   {gap}");
        }
    }
}
