//! [`Layer`]: a stream of bytes, looked through in stretches, with the streams that inflate out of it.
//!
//! Deflate streams are found by the headers before them, wherever these lie: what a directory does not
//! name, and what a reader would not open, inflates all the same. A header can turn up by chance inside
//! of compressed data; what follows then does not inflate for long.

use super::{
    BLOCK, Task, Unsearched,
    window::{self, CARRY, UNSETTLED, Window},
};
use crate::model::GapKind;
use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

const ZIP: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1f\x8b\x08";
/// Streams that may be open at once over all layers; 0.4 MiB each.
const OPEN: usize = 32;
/// Bytes inflated at a time.
const PIECE: usize = 64 << 10;
/// Things not seen that are kept of one layer.
const LISTED: usize = 1024;
/// Bytes that do not come out of noise.
const NOT_NOISE: u64 = 1 << 10;

/// A stream of bytes: the copy itself, or what was inflated.
pub(super) struct Layer {
    /// What is carried from the stretch before, then what is new.
    text: Vec<u8>,
    /// How many of them were looked at for headers already.
    old: usize,
    /// How many of them settled already.
    done: usize,
    offset: u64,
    within: Vec<u64>,
    streams: Vec<Stream>,
    /// What could not be inflated, until it is known not to lie inside of what could: deflated
    /// archives often stand nearly unchanged in the outer stream, and their headers mean nothing there.
    torn: Vec<(u64, Unsearched)>,
    /// Extents of the streams that came to their end in this stretch.
    whole: Vec<(u64, u64)>,
}

/// Why a stream was not looked through.
type Gap = (GapKind, &'static str);

/// How a stream stands after it was fed.
enum Flow {
    Open,
    /// Came to its end, at this offset in the layer around it.
    Whole(u64),
    Torn(Option<Gap>),
}

impl Layer {
    pub(super) fn new(within: Vec<u64>) -> Self {
        Self {
            text: Vec::new(),
            old: 0,
            done: 0,
            offset: 0,
            within,
            streams: Vec::new(),
            torn: Vec::new(),
            whole: Vec::new(),
        }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8], task: &mut Task<'_>) {
        while !bytes.is_empty() && !task.is_over() {
            let room = (CARRY + BLOCK).saturating_sub(self.text.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.text.extend_from_slice(now);
            bytes = later;
            if self.text.len() >= CARRY + BLOCK {
                self.look(false, task);
            }
        }
    }

    /// Looks through what is left, and ends the streams that are open. Returns what was not seen.
    pub(super) fn finish(&mut self, task: &mut Task<'_>) -> Vec<Unsearched> {
        if !task.is_over() {
            self.look(true, task);
        }
        for mut stream in std::mem::take(&mut self.streams) {
            self.tear(&mut stream, None, task);
        }
        std::mem::take(&mut self.torn)
            .into_iter()
            .map(|t| t.1)
            .collect()
    }

    fn look(&mut self, last: bool, task: &mut Task<'_>) {
        let len = self.text.len();
        let limit = if last {
            len
        } else {
            len.saturating_sub(UNSETTLED)
        };
        let window = Window {
            text: &self.text,
            done: self.done,
            limit,
            offset: self.offset,
            within: &self.within,
        };
        window::look(&window, task);
        self.inflate(task);
        // Keep the end of it for the next stretch.
        let cut = len.saturating_sub(CARRY);
        self.text.drain(..cut);
        self.offset += cut as u64;
        self.done = limit.saturating_sub(cut);
        self.old = self.text.len();
    }

    /// Feeds the open streams and opens those whose headers begin in the new bytes.
    fn inflate(&mut self, task: &mut Task<'_>) {
        let text = std::mem::take(&mut self.text);
        let new = text.get(self.old..).unwrap_or_default();
        let mut streams = std::mem::take(&mut self.streams);
        streams.retain_mut(|s| self.feed(s, new, task));
        // A header may have begun just before.
        for (magic, gzip) in [(ZIP, false), (GZIP, true)] {
            let from = self.old.saturating_sub(magic.len() - 1);
            let search = text.get(from..).unwrap_or_default();
            for found in memmem::find_iter(search, magic) {
                let at = from + found;
                if at + magic.len() <= self.old || task.is_over() {
                    continue;
                }
                let offset = self.offset + at as u64;
                if self.within.len() >= task.limits.depth as usize {
                    let note = "streams inside streams too deep";
                    task.unsearched(&self.within, offset, GapKind::Limit, note);
                    break;
                }
                if task.open >= OPEN {
                    let note = "too many streams open at once";
                    task.unsearched(&self.within, offset, GapKind::Limit, note);
                    break;
                }
                let mut stream = Stream::new(offset, gzip);
                task.open += 1;
                if self.feed(&mut stream, text.get(at..).unwrap_or_default(), task) {
                    streams.push(stream);
                }
            }
        }
        for stream in &mut streams {
            let at = stream.offset;
            stream.covered |= self.whole.iter().any(|w| (w.0..w.1).contains(&at));
        }
        self.whole.clear();
        self.streams = streams;
        self.text = text;
    }

    /// Feeds one stream; whether it goes on.
    fn feed(&mut self, stream: &mut Stream, bytes: &[u8], task: &mut Task<'_>) -> bool {
        match stream.feed(bytes, &self.within, task) {
            Flow::Open => return true,
            Flow::Whole(end) => {
                let start = stream.offset;
                let below = stream.end(task);
                self.torn.retain(|t| !(start + 1..end).contains(&t.0));
                self.whole.push((start + 1, end));
                if !self.is_covered(stream) {
                    self.keep(start, below);
                }
            }
            Flow::Torn(gap) => self.tear(stream, gap, task),
        }
        false
    }

    fn tear(&mut self, stream: &mut Stream, gap: Option<Gap>, task: &mut Task<'_>) {
        let below = stream.end(task);
        let gap = gap.or_else(|| stream.breaks_off());
        if self.is_covered(stream) || task.is_over() {
            return;
        }
        if let Some((kind, note)) = gap {
            let own = Unsearched {
                within: self.within.clone(),
                offset: stream.offset,
                kind,
                note,
            };
            self.keep(stream.offset, vec![own]);
        }
        // What noise inflates to says nothing; what a stream gave before it broke off does.
        if gap.is_some() {
            self.keep(stream.offset, below);
        }
    }

    fn keep(&mut self, offset: u64, gaps: Vec<Unsearched>) {
        let room = LISTED.saturating_sub(self.torn.len());
        self.torn
            .extend(gaps.into_iter().take(room).map(|g| (offset, g)));
    }

    fn is_covered(&self, stream: &Stream) -> bool {
        let at = stream.offset;
        stream.covered || self.whole.iter().any(|w| (w.0..w.1).contains(&at))
    }
}

/// A deflate stream behind a header.
struct Stream {
    /// Offset of its header in the layer around it.
    offset: u64,
    state: State,
    /// For zip: how it says it is packed, 0 or 8.
    method: Option<u16>,
    made: u64,
    /// Bytes taken of the layer around it.
    taken: u64,
    /// Lies inside of a stream that came to its end: means nothing by itself.
    covered: bool,
    layer: Option<Box<Layer>>,
}

enum State {
    /// The fixed part of a zip header: 30 bytes (APPNOTE 4.3.7).
    Zip(Vec<u8>),
    /// The fixed part of a gzip header: 10 bytes (RFC 1952, 2.3).
    Gzip(Vec<u8>),
    /// Bytes of the header that are passed over.
    Skip(u64, GzipRest),
    /// A length of two bytes, then so many bytes are passed over.
    Extra(Vec<u8>, GzipRest),
    /// Passed over up to a zero byte; so many times.
    Text(u8, bool),
    Body(Box<Decompress>),
    Done,
}

/// What of a gzip header is still to come.
#[derive(Clone, Copy, Default)]
struct GzipRest {
    texts: u8,
    check: bool,
}

impl Stream {
    fn new(offset: u64, gzip: bool) -> Self {
        let head = Vec::with_capacity(30);
        Self {
            offset,
            state: if gzip {
                State::Gzip(head)
            } else {
                State::Zip(head)
            },
            method: None,
            made: 0,
            taken: 0,
            covered: false,
            layer: None,
        }
    }

    /// Takes the next bytes around it.
    fn feed(&mut self, mut bytes: &[u8], within: &[u64], task: &mut Task<'_>) -> Flow {
        while !bytes.is_empty() && !task.is_over() {
            if let State::Body(_) = self.state {
                return self.body(bytes, within, task);
            }
            let before = bytes.len();
            bytes = match self.head(bytes) {
                Ok(rest) => rest,
                Err(gap) => return Flow::Torn(gap),
            };
            self.taken += (before - bytes.len()) as u64;
        }
        Flow::Open
    }

    /// Goes through one part of the header; returns what follows it.
    fn head<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], Option<Gap>> {
        let state = std::mem::replace(&mut self.state, State::Done);
        let (state, rest) = match state {
            State::Zip(mut head) => {
                let rest = fill(&mut head, 30, bytes);
                match head.as_slice().first_chunk::<30>() {
                    Some(full) => (self.zip(full)?, rest),
                    None => (State::Zip(head), rest),
                }
            }
            State::Gzip(mut head) => {
                let rest = fill(&mut head, 10, bytes);
                match head.as_slice().first_chunk::<10>() {
                    Some(full) => (gzip(full[3]).ok_or(None)?, rest),
                    None => (State::Gzip(head), rest),
                }
            }
            State::Extra(mut length, then) => {
                let rest = fill(&mut length, 2, bytes);
                match *length.as_slice() {
                    [a, b] => (
                        State::Skip(u64::from(u16::from_le_bytes([a, b])), then),
                        rest,
                    ),
                    _ => (State::Extra(length, then), rest),
                }
            }
            State::Skip(left, then) => {
                let now = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let rest = bytes.get(now..).unwrap_or_default();
                match left - now as u64 {
                    0 => (after(then), rest),
                    left => (State::Skip(left, then), rest),
                }
            }
            State::Text(texts, check) => match memchr::memchr(0, bytes) {
                Some(end) => {
                    let then = GzipRest {
                        texts: texts - 1,
                        check,
                    };
                    (after(then), bytes.get(end + 1..).unwrap_or_default())
                }
                None => (State::Text(texts, check), &b""[..]),
            },
            other => (other, bytes),
        };
        self.state = state;
        Ok(rest)
    }

    fn zip(&mut self, head: &[u8; 30]) -> Result<State, Option<Gap>> {
        let word = |at: usize| match head.get(at..at + 2) {
            Some(&[a, b]) => u16::from_le_bytes([a, b]),
            _ => 0,
        };
        let (flags, method) = (word(6), word(8));
        let gap = if flags & 1 != 0 {
            Some((GapKind::Encrypted, "an encrypted zip member"))
        } else if !matches!(method, 0 | 8) {
            Some((GapKind::Unsupported, "a zip member that is not deflated"))
        } else {
            None
        };
        if gap.is_some() {
            return Err(gap);
        }
        // A member that says it is stored may be inflated by readers that believe the directory.
        self.method = Some(method);
        let skip = u64::from(word(26)) + u64::from(word(28));
        Ok(match skip {
            0 => after(GzipRest::default()),
            skip => State::Skip(skip, GzipRest::default()),
        })
    }

    fn body(&mut self, mut bytes: &[u8], within: &[u64], task: &mut Task<'_>) -> Flow {
        let State::Body(inflate) = &mut self.state else {
            return Flow::Open;
        };
        let layer = self.layer.get_or_insert_with(|| {
            let mut path = within.to_vec();
            path.push(self.offset);
            Box::new(Layer::new(path))
        });
        let mut piece = Vec::with_capacity(PIECE);
        loop {
            let (was_in, was_out) = (inflate.total_in(), inflate.total_out());
            piece.clear();
            let status = inflate.decompress_vec(bytes, &mut piece, FlushDecompress::None);
            let used = inflate.total_in() - was_in;
            let made = inflate.total_out() - was_out;
            bytes = usize::try_from(used)
                .ok()
                .and_then(|n| bytes.get(n..))
                .unwrap_or_default();
            self.taken += used;
            self.made += made;
            task.inflated += made;
            layer.push(&piece, task);
            if task.inflated > task.limits.inflated && !task.stopped {
                task.stopped = true;
                task.unsearched(within, self.offset, GapKind::Limit, "too much inflates");
            }
            match status {
                Ok(Status::StreamEnd) => return Flow::Whole(self.offset + self.taken),
                Ok(_) if bytes.is_empty() && piece.len() < PIECE => return Flow::Open,
                Ok(_) if (used > 0 || made > 0) && !task.is_over() => {}
                _ => return Flow::Torn(None),
            }
        }
    }

    /// Ends it; returns what was not seen of what came out of it.
    fn end(&mut self, task: &mut Task<'_>) -> Vec<Unsearched> {
        task.open = task.open.saturating_sub(1);
        self.layer
            .take()
            .map_or_else(Vec::new, |mut l| l.finish(task))
    }

    /// That it is not whole, unless it was noise that only looked like one.
    fn breaks_off(&self) -> Option<Gap> {
        let is_one = self.method == Some(8) || self.made > NOT_NOISE;
        is_one.then_some((GapKind::Corrupt, "a deflate stream that breaks off"))
    }
}

/// Moves bytes until so many are there; returns the others.
fn fill<'b>(head: &mut Vec<u8>, wanted: usize, bytes: &'b [u8]) -> &'b [u8] {
    let (now, rest) = bytes.split_at((wanted - head.len()).min(bytes.len()));
    head.extend_from_slice(now);
    rest
}

fn gzip(flags: u8) -> Option<State> {
    let then = GzipRest {
        texts: u8::from(flags & 8 != 0) + u8::from(flags & 16 != 0),
        check: flags & 2 != 0,
    };
    if flags & 0xE0 != 0 {
        return None; // reserved: no gzip header
    }
    Some(if flags & 4 != 0 {
        State::Extra(Vec::with_capacity(2), then)
    } else {
        after(then)
    })
}

fn after(rest: GzipRest) -> State {
    match rest {
        GzipRest {
            texts: 0,
            check: false,
        } => State::Body(Box::new(Decompress::new(false))),
        GzipRest {
            texts: 0,
            check: true,
        } => State::Skip(2, GzipRest::default()),
        GzipRest { texts, check } => State::Text(texts, check),
    }
}
