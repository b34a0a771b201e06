//! [`Segments`]: a large text cut into blocks that are read side by side.

use super::{
    Cx, FormatError,
    blocks::{self, BLOCK, Kind, REACH, cut},
    csv::{self, Entry, Grid, Inside, Piece},
    encoding::{Decision, Encoding, decide},
    feed::{HALO, read_full_at, sample_file},
};
use crate::model::FormatId;
use std::{fs::File, ops::Range};

/// A text shorter than this is not worth cutting.
const LEAST: u64 = 4 << 20;

/// What must be known where a segment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Whether it starts inside a quoted field of a table.
    pub quoted: bool,
    /// Number of the first line, or of the first row of a table, from 1.
    pub line: u64,
}

/// What is known where a segment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Whether it ends inside a quoted field of a table.
    pub quoted: bool,
    /// Lines, or rows of a table, that the segment has: the next starts at `line + lines`.
    pub lines: u64,
}

/// How a large text is cut into segments of about 1 MiB that are read side by side. They give the very
/// fragments that [`super::Format::run`] gives.
#[derive(Debug)]
pub struct Segments {
    len: u64,
    decision: Decision,
    /// How the table is read, when it is one.
    grid: Option<Grid>,
}

/// Bytes around a segment.
struct Loaded {
    bytes: Vec<u8>,
    /// Offset of the first.
    base: u64,
    /// The segment in them.
    own: Range<usize>,
    /// The end of the segment after it in them.
    ahead: usize,
    /// Whether nothing follows that.
    last: bool,
}

impl Segments {
    /// How to cut a file of this format and length; `None` when it is to be read in one go.
    pub fn plan(format: FormatId, file: &File, len: u64) -> Option<Self> {
        if len < LEAST || !matches!(format, "text" | "csv") {
            return None;
        }
        let decision = decide(&sample_file(file, len).ok()?, None);
        if !matches!(decision.encoding, Encoding::Utf8 | Encoding::Gb18030) {
            return None;
        }
        let grid = if format == "csv" {
            let mut head = vec![0; (64 << 10) - decision.bom];
            let n = read_full_at(file, &mut head, decision.bom as u64).ok()?;
            head.truncate(n);
            let gb = decision.encoding == Encoding::Gb18030;
            Some(Grid {
                dialect: csv::decide(&head, false, gb, b""),
                kind: Kind::decided(decision),
            })
        } else {
            None
        };
        Some(Self {
            len,
            decision,
            grid,
        })
    }

    /// Number of segments.
    pub fn count(&self) -> u64 {
        self.len.div_ceil(BLOCK as u64)
    }

    /// Name of the encoding.
    pub fn encoding(&self) -> &'static str {
        self.decision.name()
    }

    fn load(&self, index: u64, blocks: u64, file: &File) -> Result<Loaded, FormatError> {
        let block = BLOCK as u64;
        let nominal = index.saturating_mul(block);
        let base = nominal.saturating_sub((REACH + HALO) as u64);
        let to = (nominal + blocks * block + HALO as u64).min(self.len);
        let size = usize::try_from(to.saturating_sub(base)).unwrap_or(0);
        let mut bytes = vec![0; size];
        if read_full_at(file, &mut bytes, base)? < size {
            return Err(FormatError::Io(std::io::ErrorKind::UnexpectedEof));
        }
        let place = |n: u64| -> usize {
            if n == 0 {
                return self.decision.bom + self.grid.map_or(0, |g| g.dialect.lead);
            }
            let at = usize::try_from(n.saturating_sub(base)).unwrap_or(size);
            if n >= self.len || at >= size {
                return size;
            }
            at - cut(bytes.get(..at).unwrap_or_default())
        };
        let own = place(nominal)..place(nominal + block);
        let ahead = place(nominal + blocks * block);
        let last = nominal + blocks * block >= self.len;
        Ok(Loaded {
            bytes,
            base,
            own,
            ahead,
            last,
        })
    }

    /// Reads one segment.
    ///
    /// # Errors
    /// Those of reading.
    pub fn run(
        &self,
        index: u64,
        start: Start,
        file: &File,
        cx: &mut Cx<'_>,
    ) -> Result<End, FormatError> {
        cx.spend(0)?;
        let Some(grid) = self.grid else {
            let Loaded {
                bytes, base, own, ..
            } = self.load(index, 1, file)?;
            Self::count_read(index, &own, cx);
            let kind = Kind::decided(self.decision);
            let ignore = &mut |_: Range<usize>, _: &str, _| {};
            let lines = blocks::lines(&bytes, own, Some(base), kind, start.line, cx, ignore);
            return Ok(End {
                quoted: false,
                lines,
            });
        };
        let Loaded {
            bytes,
            base,
            own,
            ahead,
            last,
        } = self.load(index, 2, file)?;
        Self::count_read(index, &own, cx);
        let entry = self.entry(index, &grid, start, &bytes, &own, file)?;
        let piece = Piece {
            bytes: &bytes,
            own,
            ahead,
            last,
            base: Some(base),
            first: index == 0,
        };
        let exit = grid.read(&piece, entry, start.line, cx, &mut Vec::new());
        Ok(End {
            quoted: exit.quoted,
            lines: exit.rows,
        })
    }

    fn count_read(index: u64, own: &Range<usize>, cx: &mut Cx<'_>) {
        let lead = if index == 0 { own.start } else { 0 };
        cx.read((own.len() + lead) as u64);
    }

    /// How a segment of a table begins: with a row, or inside one that the segment before has read, or
    /// inside one that is longer than a segment.
    fn entry(
        &self,
        index: u64,
        grid: &Grid,
        start: Start,
        bytes: &[u8],
        own: &Range<usize>,
        file: &File,
    ) -> Result<Entry, FormatError> {
        let before = own.start.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        if index == 0 || (before == Some(grid.dialect.newline) && !start.quoted) {
            return Ok(Entry::Row(own.start));
        }
        let inside = Inside {
            quoted: start.quoted,
            field: start.quoted || before != Some(grid.dialect.delimiter),
        };
        let Ok(end) = grid.row_end(bytes, own.start, own.end, inside) else {
            return Ok(Entry::Long(inside));
        };
        // The segment before has read it only if that is so however that segment began.
        let previous = self.load(index - 1, 2, file)?;
        let reach = previous.own.end + (end - own.start);
        let begun: &[Option<bool>] = if index == 1 {
            &[None]
        } else {
            &[Some(false), Some(true)]
        };
        let read = begun.iter().all(|&quoted| {
            let (at, inside) = grid.reaches(&previous.bytes, &previous.own, previous.ahead, quoted);
            inside != start.quoted || at >= reach
        });
        Ok(if read {
            Entry::Row(end)
        } else {
            Entry::Long(inside)
        })
    }

    /// Guesses what is known where a segment starts without reading those before it; the line is 1. For
    /// a table: which of both, inside a quoted field or not, gives more rows of the usual width.
    pub fn guess(&self, index: u64, file: &File) -> Start {
        let quoted = index > 0
            && self.grid.is_some_and(|grid| {
                self.load(index, 1, file).is_ok_and(|l| {
                    let to = l.own.end.min(l.own.start + (64 << 10));
                    let seen = l.bytes.get(l.own.start..to).unwrap_or_default();
                    let before = l.own.start.checked_sub(1).and_then(|i| l.bytes.get(i));
                    let fit = |quoted| {
                        let mid = quoted || before != Some(&grid.dialect.newline);
                        let inside = Inside {
                            quoted,
                            field: true,
                        };
                        grid.evenness(seen, mid.then_some(inside))
                    };
                    memchr::memchr(b'"', seen).is_some() && fit(true) > fit(false)
                })
            });
        Start { quoted, line: 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        Csv, Format, Source, Text,
        trial::{Seen, Trial, encoded, with_cx},
    };
    use proptest::prelude::*;
    use std::{io::Write, os::fd::AsFd};

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        assert!(file.as_fd().try_clone_to_owned().is_ok());
        file
    }

    /// Fragments in order, as one reader gives them.
    fn in_order(format: &dyn Format, file: &File) -> Vec<Seen> {
        let mut trial = Trial {
            keep: true,
            ..Trial::default()
        };
        with_cx(&mut trial, 0, |cx| {
            format.run(&mut Source::file(file)?, cx, None)
        })
        .unwrap();
        assert_eq!(trial.bytes, file.metadata().unwrap().len());
        trial.seen
    }

    /// Fragments segment by segment, with guesses checked and put right.
    fn by_segments(format: &dyn Format, file: &File) -> (Vec<Seen>, u64) {
        let len = file.metadata().unwrap().len();
        let plan = Segments::plan(format.id(), file, len).unwrap();
        let mut trial = Trial {
            keep: true,
            ..Trial::default()
        };
        let (mut wrong, mut line, mut quoted, mut bytes) = (0, 1, false, 0);
        for index in 0..plan.count() {
            wrong += u64::from(plan.guess(index, file).quoted != quoted);
            let mut end = None;
            with_cx(&mut trial, 0, |cx| {
                end = Some(plan.run(index, Start { quoted, line }, file, cx)?);
                Ok(())
            })
            .unwrap();
            bytes += trial.bytes;
            let end = end.unwrap();
            line += end.lines;
            quoted = end.quoted;
        }
        assert_eq!(bytes, len, "every byte is accounted for");
        (trial.seen, wrong)
    }

    fn agree(format: &dyn Format, bytes: &[u8]) -> (Vec<Seen>, u64) {
        let file = file(bytes);
        let one = in_order(format, &file);
        let (many, wrong) = by_segments(format, &file);
        assert_eq!(one.len(), many.len());
        for (a, b) in one.iter().zip(&many) {
            let brief = |s: &Seen| (s.line, s.base, s.own.clone(), s.text.len(), s.cells.len());
            assert!(a == b, "{:?} / {:?}", brief(a), brief(b));
        }
        (one, wrong)
    }

    #[test]
    fn text_in_segments_is_the_text_in_order() {
        let lines: String = (0..300_000)
            .map(|n| format!("第{n}行 13800138000\n"))
            .collect();
        agree(&Text, lines.as_bytes());
        agree(&Text, &encoded(&lines, Encoding::Gb18030, false));
        agree(&Text, lines.replace('\n', "").as_bytes());
        agree(
            &Text,
            &encoded(&lines.replace(['\n', ' '], ""), Encoding::Gb18030, false),
        );
        let mut both = lines.clone().into_bytes();
        both.extend(encoded(&lines, Encoding::Gb18030, false));
        agree(&Text, &both);
    }

    fn table(rows: u64, newline_every: u64) -> String {
        let mut out = String::from("\u{FEFF}编号,姓名,备注,电话\r\n");
        for n in 0..rows {
            let note = if n % newline_every == 0 {
                format!(
                    "\"第一行,\n第{n}行\n\n{}\"",
                    "长".repeat(usize::try_from(n % 700).unwrap())
                )
            } else {
                "无".into()
            };
            out.push_str(&format!("{n},张三,{note},13800138000\r\n"));
        }
        out
    }

    #[test]
    fn tables_in_segments_are_the_table_in_order() {
        let text = table(120_000, 3);
        let (seen, wrong) = agree(&Csv, text.as_bytes());
        assert_eq!(wrong, 0, "guesses");
        let cells: Vec<_> = seen.iter().flat_map(|s| &s.cells).collect();
        assert_eq!(cells.len(), 4 * 120_001);
        assert!(cells.chunks(4).enumerate().all(|(i, row)| {
            row.iter().all(|c| c.0 == i as u64 + 1) && (i == 0 || row[3].2 == "13800138000")
        }));
        assert!(
            seen.iter()
                .all(|s| s.table.as_ref().is_some_and(|t| t.1 == (s.base == Some(3))))
        );
        agree(
            &Csv,
            &encoded(&text.replace('\u{FEFF}', ""), Encoding::Gb18030, false),
        );
    }

    #[test]
    fn rows_that_are_too_long_are_text() {
        let mut text = table(20_000, 5);
        text.push_str(&format!("1,x,\"{}\",2\n", "很长,\n".repeat(400_000)));
        text.push_str(&table(60_000, 7));
        let (seen, _) = agree(&Csv, text.as_bytes());
        assert!(seen.iter().any(|s| s.line.is_some()));
        let shown: usize = seen.iter().map(|s| s.own.len()).sum();
        assert!(shown + 8 >= text.len(), "{shown} of {}", text.len());
        // Never closed.
        text.push_str(&format!("1,x,\"{}", "很长,\n".repeat(900_000)));
        agree(&Csv, text.as_bytes());
        // Columns without end.
        agree(&Csv, "13800138000,".repeat(500_000).as_bytes());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn hostile_tables_lose_nothing(parts in proptest::collection::vec(("[a-z,\"\n ]{0,12}", 1..60_000usize), 1..12)) {
            let mut text: String = parts.iter().map(|(p, n)| p.repeat(*n)).collect();
            while text.len() < (4 << 20) {
                text = if text.is_empty() { "a,b\n".into() } else { text.repeat(2) };
            }
            text.truncate(6 << 20);
            let file = file(text.as_bytes());
            let mut seen = vec![false; text.len()];
            for s in by_segments(&Csv, &file).0 {
                let base = usize::try_from(s.base.unwrap()).unwrap();
                seen[base + s.own.start..base + s.own.end].fill(true);
            }
            let bytes = text.as_bytes();
            prop_assert!(seen.iter().zip(bytes).all(|(&s, &b)| s || !b.is_ascii_alphabetic()));
        }
    }
}
