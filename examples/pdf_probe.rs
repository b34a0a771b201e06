//! Measures reading and copying of PDF: `pdf_probe [text|scan|redact] FILE…`.
//!
//! `text` writes everything that is read to the output; `redact FILE OUT VALUE…` writes a copy of one file
//! without these values.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a measuring program"
)]

use inkout::formats::{Cx, Format, Limits, Pdf, Sink, Source, nest};
use inkout::model::{Edit, FormatId, Fragment, GapKind, Layout, Name, Span, State, Step};
use std::{fs::File, io::Cursor, time::Instant};

#[derive(Default)]
struct Probe {
    bytes: u64,
    gaps: Vec<String>,
    show: bool,
    values: Vec<String>,
}

impl Sink for Probe {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        self.bytes += fragment.bytes.len() as u64;
        let text = String::from_utf8_lossy(fragment.bytes);
        if self.show {
            println!("{text}");
        }
        let mut found: Vec<(usize, usize)> = self
            .values
            .iter()
            .flat_map(|v| text.match_indices(v.as_str()))
            .map(|(at, v)| (at, at + v.len()))
            .collect();
        found.sort_unstable();
        let cells = match fragment.layout {
            Layout::Cells { cells, .. } => cells,
            _ => &[],
        };
        for (start, end) in found {
            let cell = cells.iter().position(|c| c.range().contains(&start));
            edits.push(Edit {
                span: Span::new(start, end).unwrap(),
                cell: cell.and_then(|c| u32::try_from(c).ok()),
                with: "*".into(),
            });
        }
    }
    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        self.gaps.push(format!("{at:?} {kind:?} {note}"));
    }
    fn encoding(&mut self, _: &'static str) {}
    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

fn run(path: &str, probe: &mut Probe, out: Option<&mut Cursor<Vec<u8>>>) -> String {
    let limits = Limits::default();
    let file = File::open(path).unwrap();
    let mut usage = nest::Usage::new(file.metadata().unwrap().len());
    let mut source = Source::file(&file).unwrap();
    let mut cx = Cx::new(probe, &limits, &mut usage, Name::from(path));
    let result = match out {
        Some(out) => Pdf.run(&mut source, &mut cx, Some(out)),
        None => Pdf.run(&mut source, &mut cx, None),
    };
    match result {
        Ok(()) => "read".into(),
        Err(e) => format!("refused: {e}"),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (mode, files) = args.split_first().unwrap();
    let mut probe = Probe {
        show: mode == "text",
        ..Probe::default()
    };
    if mode == "redact" {
        probe.values = files[2..].to_vec();
        let mut out = Cursor::new(Vec::new());
        let result = run(&files[0], &mut probe, Some(&mut out));
        eprintln!("{result}; {}", probe.gaps.join("; "));
        if result == "read" {
            std::fs::write(&files[1], out.into_inner()).unwrap();
        }
        return;
    }
    for path in files {
        let start = Instant::now();
        let result = run(path, &mut probe, None);
        eprintln!(
            "{path}: {result}, {} bytes of text, {:.3} s; {}",
            probe.bytes,
            start.elapsed().as_secs_f64(),
            probe.gaps.join("; ")
        );
        probe.bytes = 0;
        probe.gaps.clear();
    }
}
