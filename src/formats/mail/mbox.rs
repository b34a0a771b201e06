//! Mailboxes: messages one after another, each begun by a line `From `.
//!
//! Standard: RFC 4155, and what programs make of it: a line `From ` begins a message when the line before is
//! empty, it looks like an envelope and a header field follows. Messages are members named by their number.

use super::{
    Eml,
    header::{bare, name_len},
};
use crate::formats::{
    Cx, Format, FormatError, Identity, Output, Probe, Source, encoding::readable_head, nest::Known,
};
use crate::model::{FormatId, GapKind, Name};
use std::io::{BufRead, BufReader, Cursor, Read};

/// Longest line that is looked at for the beginning of a message.
const LINE: usize = 4096;

/// Mailboxes.
#[derive(Debug, Clone, Copy)]
pub struct Mbox;

impl Format for Mbox {
    fn id(&self) -> FormatId {
        "mbox"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let Some(text) = readable_head(head).filter(|_| head.starts_with(b"From ")) else {
            return Probe::No;
        };
        let mut lines = text.split(|&b| b == b'\n').map(bare);
        let first = lines.next().unwrap_or_default();
        match lines.next() {
            Some(second) if is_envelope(first) && begins(second) => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        mut out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let held = cx.limits.held_bytes;
        let mut lines = Lines {
            reader: BufReader::with_capacity(256 << 10, source.reader()?),
            ahead: Vec::new(),
        };
        let mut number = 0_u64;
        let mut message = Vec::new();
        while lines.message(&mut message, held)? {
            number += 1;
            if number > cx.limits.total_members {
                cx.gap(&[], GapKind::Limit, "messages of one mailbox");
                return Err(FormatError::Limit("messages of one mailbox"));
            }
            cx.read(message.len() as u64);
            cx.spend(0)?;
            let name = Name::from(format!("{number}.eml").as_str());
            let mut source = Source::slice(&message);
            let known = Known {
                encoding: None,
                identity: Some(Identity {
                    format: Some(&Eml),
                    clash: None,
                    unknown: None,
                }),
            };
            let Some(out) = out.as_deref_mut() else {
                cx.known_member(&name, known, &mut source, None)?;
                continue;
            };
            let mut copy = Cursor::new(Vec::new());
            cx.known_member(&name, known, &mut source, Some(&mut copy))?;
            out.write_all(&copy.into_inner())?;
        }
        Ok(())
    }
}

/// Whether a line is the envelope of a message: a sender and something like a date.
fn is_envelope(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let digits = |n: usize| {
        rest.split(|b| !b.is_ascii_digit())
            .any(|part| part.len() == n)
    };
    let time = rest
        .windows(3)
        .any(|w| w.first().is_some_and(u8::is_ascii_digit) && w.get(1) == Some(&b':'));
    time || digits(4)
}

/// Whether a line may follow an envelope.
fn begins(line: &[u8]) -> bool {
    name_len(line).is_some() || line.starts_with(b">From ")
}

struct Lines<R> {
    reader: BufReader<R>,
    /// A line that was read and belongs to the next message.
    ahead: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// One line with its end, at most [`LINE`] bytes of it at a time.
    fn line(&mut self, line: &mut Vec<u8>) -> Result<bool, FormatError> {
        line.clear();
        let mut limited = (&mut self.reader).take(LINE as u64);
        limited.read_until(b'\n', line)?;
        Ok(!line.is_empty())
    }

    /// The next message with its envelope; false at the end.
    fn message(&mut self, message: &mut Vec<u8>, held: u64) -> Result<bool, FormatError> {
        message.clear();
        message.append(&mut self.ahead);
        let (mut line, mut envelope) = (Vec::new(), Vec::new());
        let mut empty = message.is_empty();
        let mut whole = true;
        while self.line(&mut line)? {
            if !envelope.is_empty() {
                if begins(bare(&line)) && !message.is_empty() {
                    self.ahead = std::mem::take(&mut envelope);
                    self.ahead.extend_from_slice(&line);
                    return Ok(true);
                }
                message.append(&mut envelope);
            }
            if whole && empty && is_envelope(bare(&line)) {
                envelope.extend_from_slice(&line);
            } else {
                message.extend_from_slice(&line);
            }
            if message.len() as u64 > held {
                return Err(FormatError::Limit("bytes held in memory"));
            }
            empty = whole && bare(&line).is_empty();
            whole = line.ends_with(b"\n");
        }
        message.append(&mut envelope);
        Ok(!message.is_empty())
    }
}
