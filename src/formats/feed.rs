//! [`Feed`]: a text source read once through a window, and its copy written with edits spliced in.
//!
//! All text formats stand on it. What they see are *logical* bytes: the file's own when it is read raw,
//! UTF-8 otherwise. Edits are given in logical bytes and land on the exact bytes of the file. Memory is
//! the window, whatever the length of the source.

use super::{
    Cx, FormatError, Output, Source,
    encoding::{Codec, Decision, Encoding, Samples, Unit, decide},
    source::read_full,
};
use crate::model::{Charset, GapKind};
use std::{collections::VecDeque, fs::File, io::Read, os::unix::fs::FileExt};

/// Bytes kept before the window, as context.
pub(super) const HALO: usize = 256;
/// Bytes read at a time.
const CHUNK: usize = 256 << 10;
/// Bytes that the encoding is decided by.
const SAMPLE: usize = 64 << 10;

/// A replacement: logical bytes `start..end` of the source become these bytes.
struct Patch {
    start: u64,
    end: u64,
    with: Vec<u8>,
}

/// See the module's documentation.
pub(super) struct Feed<'r> {
    reader: Box<dyn Read + 'r>,
    out: Option<&'r mut dyn Output>,
    decision: Decision,
    codec: Codec,
    /// Whether logical bytes are the file's own.
    raw_mode: bool,
    /// Logical bytes: `kept` context, then the window from `start` on.
    text: Vec<u8>,
    start: usize,
    /// Offset of `text[start]` in logical bytes.
    at: u64,
    /// Bytes read but not yet decoded, and, when writing, those of the window before them.
    raw: Vec<u8>,
    decoded: usize,
    eof: bool,
    bad: u64,
    units: u64,
    patches: VecDeque<Patch>,
    sorted: bool,
    /// Logical bytes before this offset were written as part of a patch.
    written: u64,
}

/// Samples of a file for deciding its encoding. Leaves its position alone.
pub(super) fn sample_file(file: &File, len: u64) -> Result<Samples, FormatError> {
    let mut head = vec![0; usize::try_from(len).unwrap_or(SAMPLE).min(SAMPLE)];
    let n = read_full_at(file, &mut head, 0)?;
    head.truncate(n);
    let mut samples = Samples::new(&head, len <= SAMPLE as u64);
    if len > SAMPLE as u64 {
        samples.look_further(len, &mut |at, buf| read_full_at(file, buf, at))?;
    }
    Ok(samples)
}

/// Fills `buf` from an offset, less only at the end of the file.
pub(super) fn read_full_at(file: &File, buf: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buf.get_mut(filled..).filter(|r| !r.is_empty()) {
        match file.read_at(rest, at + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

impl<'r> Feed<'r> {
    /// Opens a source, decides its encoding (`declares` reads what the first bytes say of it) and notes
    /// it. With `raw_gb`, GB 18030 is not decoded; UTF-8 never is. The byte order mark is passed over.
    ///
    /// # Errors
    /// Those of reading and writing.
    pub(super) fn open(
        source: &'r mut Source<'_>,
        out: Option<&'r mut dyn Output>,
        raw_gb: bool,
        declares: fn(&[u8]) -> Option<Encoding>,
        cx: &mut Cx<'_>,
    ) -> Result<Self, FormatError> {
        let file = source.as_file().zip(source.len());
        let slice = source.as_slice();
        // One byte more than is there tells that nothing follows.
        let size = source
            .len()
            .and_then(|n| usize::try_from(n).ok())
            .map_or(SAMPLE, |n| n.saturating_add(1).min(SAMPLE));
        let mut reader = source.reader()?;
        let mut head = vec![0; size];
        let n = read_full(&mut *reader, &mut head)?;
        head.truncate(n);
        let whole = n < size;
        let mut samples = Samples::new(&head, whole);
        if let Some((file, len)) = file.filter(|_| !whole) {
            samples.look_further(len, &mut |at, buf| read_full_at(file, buf, at))?;
        } else if let Some(slice) = slice.filter(|_| !whole) {
            samples.look_further(slice.len() as u64, &mut |at, buf| {
                let rest = usize::try_from(at).ok().and_then(|at| slice.get(at..));
                Ok(rest.map_or(0, |rest| {
                    let n = rest.len().min(buf.len());
                    buf.iter_mut().zip(rest).for_each(|(b, &r)| *b = r);
                    n
                }))
            })?;
        }
        let decision = decide(&samples, cx.declared().or_else(|| declares(&head)));
        cx.encoding(decision.name());
        let raw_mode = match decision.encoding {
            Encoding::Utf8 => true,
            Encoding::Gb18030 => raw_gb,
            _ => false,
        };
        let mut feed = Self {
            reader,
            out,
            decision,
            codec: Codec::new(decision.encoding),
            raw_mode,
            text: Vec::new(),
            start: 0,
            at: 0,
            raw: Vec::new(),
            decoded: 0,
            eof: whole,
            bad: 0,
            units: 0,
            patches: VecDeque::new(),
            sorted: true,
            written: 0,
        };
        if raw_mode {
            feed.text = head;
            feed.consume(decision.bom, cx)?;
            feed.text.drain(..feed.start);
            feed.start = 0;
        } else {
            let (bom, rest) = head.split_at(decision.bom.min(head.len()));
            cx.read(bom.len() as u64);
            if let Some(out) = &mut feed.out {
                out.write_all(bom)?;
            }
            feed.raw = rest.to_vec();
            feed.decode_more(cx);
        }
        Ok(feed)
    }

    /// What was decided about the encoding.
    pub(super) fn decision(&self) -> Decision {
        self.decision
    }

    /// The charset of logical bytes.
    pub(super) fn charset(&self) -> Charset {
        if self.raw_mode && self.decision.encoding == Encoding::Gb18030 {
            Charset::Gb18030
        } else {
            Charset::Utf8
        }
    }

    /// Logical offset of the window; with [`Feed::is_raw`] it is the offset in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Whether logical bytes are the file's own.
    pub(super) fn is_raw(&self) -> bool {
        self.raw_mode
    }

    /// The window: logical bytes not yet consumed.
    pub(super) fn window(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }

    /// Context before the window and the window, with the length of the context.
    pub(super) fn with_context(&self) -> (&[u8], usize) {
        let before = self.start.min(HALO);
        let from = self.start - before;
        (self.text.get(from..).unwrap_or_default(), before)
    }

    /// Whether the window reaches to the end of the source.
    pub(super) fn is_last(&self) -> bool {
        self.eof
    }

    /// Reads until the window has `want` bytes or the source ends.
    ///
    /// # Errors
    /// Those of reading; `Timeout`.
    pub(super) fn fill(&mut self, want: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if self.text.len() - self.start >= want || self.eof {
            return Ok(());
        }
        cx.spend(0)?;
        if self.start > HALO {
            self.text.drain(..self.start - HALO);
            self.start = HALO;
        }
        while self.text.len() - self.start < want && !self.eof {
            let target = if self.raw_mode {
                &mut self.text
            } else {
                &mut self.raw
            };
            let old = target.len();
            let more = if self.raw_mode {
                (want + self.start).saturating_sub(old).max(CHUNK)
            } else {
                CHUNK
            };
            target.resize(old + more, 0);
            let n = read_full(&mut *self.reader, target.get_mut(old..).unwrap_or_default())?;
            target.truncate(old + n);
            self.eof = n < more;
            if !self.raw_mode {
                self.decode_more(cx);
            }
        }
        Ok(())
    }

    fn decode_more(&mut self, cx: &mut Cx<'_>) {
        let fresh = self.raw.get(self.decoded..).unwrap_or_default();
        let n = self
            .codec
            .decode(fresh, self.eof, &mut self.text, &mut self.bad);
        self.units += n as u64;
        self.decoded += n;
        cx.read(n as u64);
        if self.out.is_none() {
            self.raw.drain(..self.decoded);
            self.decoded = 0;
        }
    }

    /// Replaces window bytes `start..end` by this text when they are consumed.
    pub(super) fn edit(&mut self, start: usize, end: usize, with: &str) {
        self.edit_at(self.at + start as u64, self.at + end as u64, with);
    }

    /// As [`Feed::edit`], with logical offsets of the source.
    pub(super) fn edit_at(&mut self, start: u64, end: u64, with: &str) {
        let with = self.codec.encode(with);
        self.push(Patch { start, end, with });
    }

    /// As [`Feed::edit`], with the text in the encoding of a line of mixed text.
    pub(super) fn edit_in(&mut self, start: usize, end: usize, with: &str, charset: Charset) {
        let encoding = match charset {
            _ if !self.raw_mode => self.decision.encoding,
            Charset::Utf8 => Encoding::Utf8,
            Charset::Gb18030 => Encoding::Gb18030,
        };
        let with = Codec::new(encoding).encode(with);
        let (start, end) = (self.at + start as u64, self.at + end as u64);
        self.push(Patch { start, end, with });
    }

    /// As [`Feed::edit`], with bytes as the window has them.
    pub(super) fn edit_raw(&mut self, start: usize, end: usize, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) if !self.raw_mode => self.edit(start, end, &text),
            Ok(text) => self.edit_in(start, end, &text, Charset::Utf8),
            Err(e) => {
                let (start, end) = (self.at + start as u64, self.at + end as u64);
                let with = e.into_bytes();
                self.push(Patch { start, end, with });
            }
        }
    }

    fn push(&mut self, patch: Patch) {
        if self.out.is_none() {
            return;
        }
        if self.patches.back().is_some_and(|p| p.start > patch.start) {
            self.sorted = false;
        }
        self.patches.push_back(patch);
    }

    /// Moves the window on by `n` bytes and writes them, edits applied.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn consume(&mut self, n: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let n = n.min(self.text.len() - self.start);
        if self.raw_mode {
            cx.read(n as u64);
        }
        if !self.sorted {
            self.patches.make_contiguous().sort_by_key(|p| p.start);
            self.sorted = true;
        }
        if let Some(out) = self.out.as_deref_mut() {
            let window = self.text.get(self.start..).unwrap_or_default();
            let end = self.at + n as u64;
            let mut raw = Aligned {
                codec: (!self.raw_mode).then_some(self.codec),
                raw: if self.raw_mode { window } else { &self.raw },
                text_at: self.at,
                raw_at: 0,
            };
            raw.skip(self.written, end, window.len());
            while let Some(patch) = self.patches.front().filter(|p| p.start < end) {
                if patch.end < self.written
                    || (patch.end == self.written && patch.start < patch.end)
                {
                    self.patches.pop_front();
                    continue;
                }
                if patch.start >= self.written {
                    out.write_all(raw.take(patch.start, false))?;
                }
                out.write_all(&patch.with)?;
                self.written = patch.end;
                raw.take(patch.end.min(end), true);
                self.patches.pop_front();
            }
            if self.written < end {
                out.write_all(raw.take(end, false))?;
            }
            if !self.raw_mode {
                let used = raw.raw_at;
                self.raw.drain(..used);
                self.decoded -= used.min(self.decoded);
            }
        }
        self.at += n as u64;
        self.start += n;
        Ok(())
    }

    /// Ends the traversal: notes undecodable bytes.
    ///
    /// # Errors
    /// Those of writing.
    pub(super) fn finish(mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if let Some(out) = &mut self.out {
            out.flush()?;
        }
        note_undecodable(self.bad, self.units, cx);
        Ok(())
    }
}

/// Notes undecodable bytes when they are more than a trace: eight, and one in ten thousand.
pub(super) fn note_undecodable(bad: u64, of: u64, cx: &mut Cx<'_>) {
    if bad > 8 && bad.saturating_mul(10_000) > of {
        cx.gap(&[], GapKind::Undecodable, &format!("{bad} bytes"));
    }
}

/// Walks raw bytes along logical offsets.
struct Aligned<'a> {
    /// `None` when both are the same bytes.
    codec: Option<Codec>,
    raw: &'a [u8],
    text_at: u64,
    raw_at: usize,
}

impl<'a> Aligned<'a> {
    /// Passes over what was written already.
    fn skip(&mut self, written: u64, end: u64, _window: usize) {
        if written > self.text_at {
            self.take(written.min(end), true);
        }
    }

    /// Raw bytes up to a logical offset; one inside a character is taken as its start, or with
    /// `whole` as its end.
    fn take(&mut self, to: u64, whole: bool) -> &'a [u8] {
        let from = self.raw_at;
        match self.codec {
            None => {
                let n = to.saturating_sub(self.text_at);
                self.raw_at += usize::try_from(n).unwrap_or(usize::MAX - from);
                self.text_at = self.text_at.max(to);
            }
            Some(codec) => {
                while self.text_at < to {
                    let rest = self.raw.get(self.raw_at..).unwrap_or_default();
                    let (text, raw) = match codec.first(rest) {
                        _ if rest.is_empty() => break,
                        Unit::Char(c, n) => (c.len_utf8(), n),
                        Unit::Bad(n) => (3, n),
                        Unit::Incomplete => (3, rest.len()),
                    };
                    if !whole && self.text_at + text as u64 > to {
                        break;
                    }
                    self.text_at += text as u64;
                    self.raw_at += raw;
                }
            }
        }
        self.raw.get(from..self.raw_at).unwrap_or_default()
    }
}
