//! `inkout text`: what the scanner reads, piece by piece.

use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, args::Text},
    detect::text_of,
    formats::{
        Cx, Format, Limits, Sink, Source,
        nest::{Usage, identify},
    },
    model::{Charset, Edit, FormatId, Fragment, GapKind, Layout, Locator, Name, State, Step},
    reports::Condition,
};
use std::{fs::File, io::Write, os::unix::ffi::OsStrExt};

/// Prints the texts of files, one line a piece: locator, TAB, text with control characters escaped.
pub(in crate::cli) fn run(args: &Text, warning: &str) -> Result<Vec<Condition>, Trouble> {
    let out = std::io::stdout().lock();
    let mut printer = Printer {
        out: std::io::BufWriter::new(out),
        at: Vec::new(),
        failed: false,
        gaps: false,
    };
    writeln!(std::io::stderr(), "{warning}").ok();
    let limits = Limits::default();
    for path in &args.files {
        let failed = |e: &dyn std::fmt::Display| Trouble::usage(format!("{}: {e}", path.shown()));
        let file = File::open(path).map_err(|e| failed(&e))?;
        let mut source = Source::file(&file).map_err(|e| failed(&e))?;
        let name = Name::new(path.as_os_str().as_bytes());
        printer.at = vec![Step::File(name.clone())];
        let last = path
            .file_name()
            .map(|n| n.as_bytes().to_vec())
            .unwrap_or_default();
        let identity = identify(source.head(), &last);
        printer.line(
            &[],
            &format!("# {}", identity.format.map_or("unknown", Format::id)),
        );
        let mut usage = Usage::new(source.len().unwrap_or(0));
        let mut cx = Cx::new(&mut printer, &limits, &mut usage, Name::new(last));
        let _ = cx.run_identified(identity, &mut source, None);
    }
    printer.out.flush()?;
    Ok(if printer.gaps {
        vec![Condition::Incomplete]
    } else {
        Vec::new()
    })
}

struct Printer<W> {
    out: W,
    at: Vec<Step>,
    failed: bool,
    gaps: bool,
}

impl<W: Write> Printer<W> {
    fn line(&mut self, steps: &[Step], text: &str) {
        if self.failed {
            return;
        }
        let mut at = self.at.clone();
        at.extend_from_slice(steps);
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\\' => shown.push_str("\\\\"),
                '\t' => shown.push_str("\\t"),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                c if c.is_control() => shown.extend(c.escape_default()),
                c => shown.push(c),
            }
        }
        self.failed = writeln!(self.out, "{}\t{shown}", Locator(at)).is_err();
    }
}

impl<W: Write> Sink for Printer<W> {
    fn text(&mut self, f: &Fragment<'_>, _: &mut Vec<Edit>) {
        let mut steps = f.at.to_vec();
        match f.layout {
            Layout::Whole => {
                let text = text_of(f.bytes, f.charset).into_owned();
                self.line(&steps, &text);
            }
            Layout::Lines { first } => {
                let own = f.bytes.get(f.own.clone()).unwrap_or_default();
                for (line, bytes) in (first..).zip(lines(own, f.charset)) {
                    steps.push(Step::Line(line));
                    let text = text_of(bytes, f.charset).into_owned();
                    self.line(&steps, &text);
                    steps.pop();
                }
            }
            Layout::Cells {
                first_row, cells, ..
            } => {
                for cell in cells {
                    steps.push(Step::Cell {
                        row: first_row + u64::from(cell.row),
                        column: cell.column,
                    });
                    let text = text_of(f.bytes.get(cell.range()).unwrap_or_default(), f.charset)
                        .into_owned();
                    self.line(&steps, &text);
                    steps.pop();
                }
            }
        }
    }

    fn gap(&mut self, at: &[Step], kind: GapKind, note: &str) {
        self.gaps |= !kind.is_wanted();
        let text = format!("# not read: {}: {note}", kind.id());
        self.line(at, &text);
    }

    fn encoding(&mut self, name: &'static str) {
        self.line(&[], &format!("# encoding {name}"));
    }

    fn enter(&mut self, name: &Name, format: Option<FormatId>, _: Option<FormatId>) {
        self.at.push(Step::Member(name.clone()));
        self.line(&[], &format!("# {}", format.unwrap_or("unknown")));
    }

    fn leave(&mut self, _: u64, _: State) {
        self.at.pop();
    }

    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

/// The lines of a text, without their ends; a last empty one is not given.
fn lines(text: &[u8], _: Charset) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|&b| b == b'\n')
        .map(|l| l.strip_suffix(b"\r").unwrap_or(l))
}
