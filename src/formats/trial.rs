//! For tests of the text formats: a sink that records what it is given and replaces given words.

use super::{
    Cx, Format, FormatError, Limits, Sink, Source,
    encoding::{Codec, Encoding},
    nest::Usage,
};
use crate::model::{
    CellKind, Charset, Edit, FormatId, Fragment, GapKind, Headers, Layout, Name, Span, State, Step,
};
use std::io::Cursor;

/// A fragment as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) text: Vec<u8>,
    pub(super) charset: Charset,
    pub(super) own: std::ops::Range<usize>,
    pub(super) base: Option<u64>,
    pub(super) line: Option<u64>,
    pub(super) table: Option<(u32, bool, Vec<String>)>,
    /// Row (absolute), column, text, kind.
    pub(super) cells: Vec<(u64, u32, String, CellKind)>,
    pub(super) label: Option<String>,
}

/// The sink.
#[derive(Debug, Default)]
pub(super) struct Trial {
    pub(super) words: Vec<(String, String)>,
    pub(super) seen: Vec<Seen>,
    pub(super) gaps: Vec<(GapKind, String)>,
    pub(super) encoding: Option<&'static str>,
    pub(super) bytes: u64,
    pub(super) keep: bool,
}

fn decode(bytes: &[u8], charset: Charset) -> String {
    match charset {
        Charset::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Charset::Gb18030 => encoding_rs::GB18030.decode(bytes).0.into_owned(),
    }
}

impl Sink for Trial {
    fn text(&mut self, fragment: &Fragment<'_>, edits: &mut Vec<Edit>) {
        let codec = Codec::new(match fragment.charset {
            Charset::Utf8 => Encoding::Utf8,
            Charset::Gb18030 => Encoding::Gb18030,
        });
        assert!(fragment.own.end <= fragment.bytes.len());
        let mut places = vec![(fragment.own.clone(), None)];
        let (mut line, mut table, mut cells) = (None, None, Vec::new());
        match fragment.layout {
            Layout::Whole => {}
            Layout::Lines { first } => line = Some(first),
            Layout::Cells {
                table: t,
                first_row,
                cells: all,
            } => {
                let names = match t.headers {
                    Headers::InText => Vec::new(),
                    Headers::Known(names) => names.to_vec(),
                };
                table = Some((t.id, t.first, names));
                places.clear();
                let mut last = 0;
                for (i, cell) in all.iter().enumerate() {
                    assert!(cell.start as usize >= last && cell.end >= cell.start);
                    assert!(cell.column > 0);
                    last = cell.end as usize;
                    let text = fragment.bytes.get(cell.range()).unwrap();
                    if self.keep {
                        cells.push((
                            first_row + u64::from(cell.row),
                            cell.column,
                            decode(text, fragment.charset),
                            cell.kind,
                        ));
                    }
                    places.push((cell.range(), u32::try_from(i).ok()));
                }
            }
        }
        for (range, cell) in places {
            let mut found = Vec::new();
            for (word, with) in &self.words {
                let word = codec.encode(word);
                let to = if cell.is_some() {
                    range.end
                } else {
                    fragment.bytes.len()
                };
                let text = fragment.bytes.get(range.start..to).unwrap();
                for at in memchr::memmem::find_iter(text, &word) {
                    let start = range.start + at;
                    if start < range.end {
                        found.push((start, start + word.len(), with.clone()));
                    }
                }
            }
            found.sort();
            for (start, end, with) in found {
                edits.push(Edit {
                    span: Span::new(start, end).unwrap(),
                    cell,
                    with,
                });
            }
        }
        if self.keep {
            self.seen.push(Seen {
                text: fragment.bytes.to_vec(),
                charset: fragment.charset,
                own: fragment.own.clone(),
                base: fragment.base,
                line,
                table,
                cells,
                label: fragment.label.map(str::to_owned),
            });
        }
    }
    fn gap(&mut self, _: &[Step], kind: GapKind, note: &str) {
        self.gaps.push((kind, note.to_owned()));
    }
    fn encoding(&mut self, name: &'static str) {
        self.encoding = Some(name);
    }
    fn enter(&mut self, _: &Name, _: Option<FormatId>, _: Option<FormatId>) {}
    fn leave(&mut self, _: u64, _: State) {}
    fn rename(&mut self, name: &Name) -> Name {
        name.clone()
    }
}

impl Trial {
    /// All cells of all fragments.
    pub(super) fn cells(&self) -> Vec<(u64, u32, String, CellKind)> {
        self.seen.iter().flat_map(|s| s.cells.clone()).collect()
    }

    /// Own text of all fragments, decoded and joined by `|`.
    pub(super) fn all_text(&self) -> String {
        let texts: Vec<String> = self
            .seen
            .iter()
            .map(|s| decode(s.text.get(s.own.clone()).unwrap(), s.charset))
            .collect();
        texts.join("|")
    }

    /// Whether some fragment shows this, outside of context.
    pub(super) fn shows(&self, word: &str) -> bool {
        self.all_text().contains(word)
    }
}

/// Runs something with a context around a new sink.
pub(super) fn with_cx(
    trial: &mut Trial,
    len: usize,
    run: impl FnOnce(&mut Cx<'_>) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let limits = Limits::default();
    let mut usage = Usage::new(len as u64);
    let mut bytes = 0;
    let result = {
        let mut cx = Cx::new(trial, &limits, &mut usage, Name::from("x"));
        let result = run(&mut cx);
        bytes += cx.bytes();
        result
    };
    trial.bytes = bytes;
    result
}

/// Reads bytes.
pub(super) fn read(format: &dyn Format, bytes: &[u8]) -> Trial {
    let mut trial = Trial {
        keep: true,
        ..Trial::default()
    };
    with_cx(&mut trial, bytes.len(), |cx| {
        format.run(&mut Source::slice(bytes), cx, None)
    })
    .unwrap();
    assert_eq!(
        trial.bytes,
        bytes.len() as u64,
        "every byte is accounted for"
    );
    trial
}

/// The copy of bytes with words replaced, written from a stream and from memory alike.
pub(super) fn copy(format: &dyn Format, bytes: &[u8], words: &[(&str, &str)]) -> Vec<u8> {
    let make = |stream: bool| {
        let mut trial = Trial {
            words: words
                .iter()
                .map(|&(a, b)| (a.to_owned(), b.to_owned()))
                .collect(),
            ..Trial::default()
        };
        let mut out = Cursor::new(Vec::new());
        with_cx(&mut trial, bytes.len(), |cx| {
            let mut reader = bytes;
            let mut source = if stream {
                Source::stream(&mut reader)?
            } else {
                Source::slice(bytes)
            };
            format.run(&mut source, cx, Some(&mut out))
        })
        .unwrap();
        assert_eq!(
            trial.bytes,
            bytes.len() as u64,
            "every byte is accounted for"
        );
        out.into_inner()
    };
    let out = make(true);
    assert!(out == make(false), "a stream gives what memory gives");
    out
}

/// Text in an encoding, with its byte order mark when asked.
pub(super) fn encoded(text: &str, encoding: Encoding, bom: bool) -> Vec<u8> {
    let marked = format!("{}{text}", if bom { "\u{FEFF}" } else { "" });
    Codec::new(encoding).encode(&marked)
}
