//! [`Walk`]: one message from its first field to its last part.

use super::{
    body::{self, Kind},
    header::{self, Field, HeaderText, addresses, bare, line_len},
    params::Structured,
    transfer::Transfer,
    words::charset,
};
use crate::formats::{Cx, FormatError, Splice, encoding::Encoding};
use crate::model::{GapKind, Name, Step};
use std::{io::Write, ops::Range};

/// Multiparts inside multiparts.
const DEPTH: u32 = 64;
/// Longest text of one field that is handed on.
const FIELD: usize = 8 << 20;

/// Fields that hold addresses.
const ADDRESSES: &[&[u8]] = &[
    b"from",
    b"to",
    b"cc",
    b"bcc",
    b"sender",
    b"reply-to",
    b"resent-from",
    b"resent-to",
    b"resent-cc",
    b"resent-bcc",
    b"resent-sender",
    b"resent-reply-to",
    b"disposition-notification-to",
    b"return-receipt-to",
    b"errors-to",
    b"mail-followup-to",
    b"x-original-from",
    b"x-sender",
    b"x-receiver",
];

/// The label under which display names are handed on: one that rules for names of persons know.
const PERSON: &str = "姓名";

/// See the module's documentation.
pub(super) struct Walk<'m> {
    /// The message.
    pub(super) message: &'m [u8],
    /// Its line ends.
    pub(super) eol: &'static [u8],
    /// Whether a copy is written.
    pub(super) writing: bool,
    /// What is changed in it.
    pub(super) splice: Splice,
    parts: u64,
    signed: bool,
}

/// What the fields of a part say of its body.
#[derive(Debug)]
pub(super) struct About {
    /// Media type in small letters.
    pub(super) kind: String,
    /// Parameters of the type.
    pub(super) typed: Structured,
    /// Name of the file, when it has one.
    pub(super) file: Option<String>,
    /// Transfer encoding.
    pub(super) transfer: Transfer,
    /// Declared charset.
    pub(super) charset: Option<Encoding>,
}

impl<'m> Walk<'m> {
    /// Reads a message; gives the changes wanted in it.
    ///
    /// # Errors
    /// Those of the limits; when writing also `Withheld`.
    pub(super) fn read(
        message: &'m [u8],
        writing: bool,
        cx: &mut Cx<'_>,
    ) -> Result<Splice, FormatError> {
        let first = line_len(message);
        let crlf = message.get(..first).is_some_and(|l| l.ends_with(b"\r\n"));
        let mut walk = Self {
            message,
            eol: if crlf { b"\r\n" } else { b"\n" },
            writing,
            splice: Splice::default(),
            parts: 0,
            signed: false,
        };
        let mut start = 0;
        if message.starts_with(b"\xEF\xBB\xBF") {
            start = 3;
        }
        // The line by which a mailbox begins a message.
        let rest = message.get(start..).unwrap_or_default();
        if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
            let len = line_len(rest);
            let line = start..start + bare(rest.get(..len).unwrap_or_default()).len();
            walk.text(line, &[Step::Field("$envelope".into())], None, cx);
            start += len;
        }
        let body = walk.entity(start..message.len(), "", 0, cx)?;
        walk.lengths(start, body)?;
        Ok(walk.splice)
    }

    /// The bytes of a range.
    pub(super) fn bytes(&self, range: &Range<usize>) -> &'m [u8] {
        self.message.get(range.clone()).unwrap_or_default()
    }

    /// Counts a part.
    pub(super) fn count(&mut self, cx: &Cx<'_>) -> Result<(), FormatError> {
        self.parts += 1;
        if self.parts > cx.limits.members {
            return Err(FormatError::Limit("parts of one mail"));
        }
        Ok(())
    }

    /// One entity: its fields and its body. Gives where the body begins.
    fn entity(
        &mut self,
        range: Range<usize>,
        number: &str,
        depth: u32,
        cx: &mut Cx<'_>,
    ) -> Result<usize, FormatError> {
        cx.spend(0)?;
        let (fields, body) = header::fields(self.message, range.clone());
        let mut about = About {
            kind: "text/plain".into(),
            typed: Structured::default(),
            file: None,
            transfer: Transfer::Plain,
            charset: None,
        };
        // What a field says of the body is known before the fields are read as text.
        for field in &fields {
            self.learn(field, &mut about);
        }
        let mut boundary = None;
        for field in &fields {
            self.field(field, number, &about, &mut boundary, cx);
        }
        let body_range = body..range.end;
        if about.kind.starts_with("multipart/") {
            if about.kind == "multipart/encrypted" {
                cx.gap(&[], GapKind::Encrypted, "an encrypted mail");
            }
            return match about.typed.get("boundary").filter(|b| !b.is_empty()) {
                Some(old) if depth < DEPTH => {
                    let old = old.to_owned();
                    self.multipart(body_range, number, &old, boundary.as_deref(), depth, cx)?;
                    Ok(body)
                }
                Some(_) => {
                    cx.gap(&[], GapKind::Limit, "parts inside parts");
                    self.leaf(body_range, number, &about, cx)?;
                    Ok(body)
                }
                None => {
                    cx.gap(&[], GapKind::Corrupt, "parts without a boundary");
                    self.leaf(body_range, number, &about, cx)?;
                    Ok(body)
                }
            };
        }
        self.leaf(body_range, number, &about, cx)?;
        Ok(body)
    }

    fn leaf(
        &mut self,
        range: Range<usize>,
        number: &str,
        about: &About,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let number = if number.is_empty() { "1" } else { number };
        body::read(self, range, number, about, cx)
    }

    /// Notes that a signature does not survive.
    pub(super) fn signed(&mut self, what: &str, cx: &mut Cx<'_>) {
        if !std::mem::replace(&mut self.signed, true) {
            cx.gap(&[], GapKind::Signed, what);
        }
    }

    fn learn(&self, field: &Field, about: &mut About) {
        let value = field.value.clone();
        match self.bytes(&field.name).to_ascii_lowercase().as_slice() {
            b"content-type" => {
                let typed = Structured::read(self.message, value);
                if typed.main.contains('/') {
                    about.kind.clone_from(&typed.main);
                }
                about.charset = typed.get("charset").and_then(|c| charset(c.as_bytes()));
                if about.file.is_none() {
                    about.file = typed.get("name").map(str::to_owned);
                }
                about.typed = typed;
            }
            b"content-disposition" => {
                let disposition = Structured::read(self.message, value);
                if let Some(name) = disposition.get("filename") {
                    about.file = Some(name.to_owned());
                }
            }
            b"content-transfer-encoding" => {
                let text = String::from_utf8_lossy(self.bytes(&value)).into_owned();
                about.transfer = Transfer::named(&text);
            }
            _ => {}
        }
    }

    /// Hands one field on.
    fn field(
        &mut self,
        field: &Field,
        number: &str,
        about: &About,
        boundary: &mut Option<String>,
        cx: &mut Cx<'_>,
    ) {
        let name = self.bytes(&field.name).to_ascii_lowercase();
        let shown = String::from_utf8_lossy(self.bytes(&field.name)).into_owned();
        let mut at = Vec::new();
        if !number.is_empty() {
            at.push(Step::Part(number.to_owned()));
        }
        // A name that is no usual one may be anything; it is shown only when it is short and without digits.
        let plain = shown.len() <= 40 && !shown.contains(|c: char| c.is_ascii_digit());
        at.push(Step::Field(if plain && !shown.is_empty() {
            format!("${shown}")
        } else {
            "$header".to_owned()
        }));
        match name.as_slice() {
            b"content-type" | b"content-disposition" => {
                self.structured(field, &at, about, boundary, cx);
            }
            b"dkim-signature" | b"domainkey-signature" | b"arc-seal" | b"arc-message-signature" => {
                self.signed("a signature of the sender's server", cx);
                self.text(field.name.start..field.value.end, &at, about.charset, cx);
            }
            n if ADDRESSES.contains(&n) => self.addresses(field.value.clone(), &at, about, cx),
            _ => self.text(field.name.start..field.value.end, &at, about.charset, cx),
        }
    }

    /// Hands a stretch of the header on as text.
    fn text(
        &mut self,
        range: Range<usize>,
        at: &[Step],
        declared: Option<Encoding>,
        cx: &mut Cx<'_>,
    ) {
        let Some(text) = self.decoded(range, at, declared, cx) else {
            return;
        };
        let edits = cx
            .string(at, &text.text, None)
            .iter()
            .map(|e| (e.span.range(), e.with.clone()))
            .collect();
        text.write(edits, self.eol, &mut self.splice);
    }

    fn decoded(
        &self,
        range: Range<usize>,
        at: &[Step],
        declared: Option<Encoding>,
        cx: &mut Cx<'_>,
    ) -> Option<HeaderText> {
        if range.len() > FIELD {
            cx.gap(at, GapKind::Limit, "length of a field");
            return None;
        }
        let text = HeaderText::read(self.message, range, declared);
        if text.undecodable {
            cx.gap(at, GapKind::Undecodable, "a charset that is not known");
        }
        (!text.text.trim().is_empty()).then_some(text)
    }

    /// Hands an address list on: display names as names of persons.
    fn addresses(&mut self, range: Range<usize>, at: &[Step], about: &About, cx: &mut Cx<'_>) {
        let Some(text) = self.decoded(range, at, about.charset, cx) else {
            return;
        };
        let mut edits = Vec::new();
        for (part, person) in addresses(&text.text) {
            let piece = text.text.get(part.clone()).unwrap_or_default();
            if piece.trim().is_empty() {
                continue;
            }
            let label = person.then_some(PERSON);
            for edit in cx.string(at, piece, label) {
                let range = edit.span.range();
                let moved = part.start + range.start..part.start + range.end;
                edits.push((moved, edit.with.clone()));
            }
            if person {
                cx.remember(piece);
            }
        }
        text.write(edits, self.eol, &mut self.splice);
    }

    /// Hands the type or disposition of a part on: names of files are names, boundaries are kept or replaced
    /// as a whole.
    fn structured(
        &mut self,
        field: &Field,
        at: &[Step],
        about: &About,
        boundary: &mut Option<String>,
        cx: &mut Cx<'_>,
    ) {
        let all = Structured::read(self.message, field.value.clone());
        self.text(field.name.start..all.main_at.end, at, about.charset, cx);
        for param in &all.params {
            let (name, value) = (param.name.as_str(), param.value.as_str());
            match name {
                "name" | "filename" => {
                    // The name of the member is read as text when the part is; here it is only changed.
                    if about.kind.starts_with("multipart/") {
                        cx.string(at, value, None);
                    }
                    if self.writing {
                        let old = Name::from(value);
                        let new = cx.rename(&old);
                        if new != old {
                            param.write(&new.text(), self.message, &mut self.splice);
                        }
                    }
                }
                "boundary" => {
                    let edits = cx.string(at, value, None);
                    if !edits.is_empty() {
                        let new = format!("=_inkout_{}_{}", field.name.start, value.len());
                        param.write(&new, self.message, &mut self.splice);
                        *boundary = Some(new);
                    }
                }
                _ => {
                    if let Some(place) = param.place() {
                        self.text(place, at, about.charset, cx);
                    } else if !cx.string(at, value, Some(name)).is_empty() {
                        param.write("removed", self.message, &mut self.splice);
                    }
                }
            }
        }
    }

    /// The parts between delimiter lines, and what stands before and behind them.
    fn multipart(
        &mut self,
        range: Range<usize>,
        number: &str,
        boundary: &str,
        renamed: Option<&str>,
        depth: u32,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let delimiters = delimiters(self.bytes(&range), boundary.as_bytes());
        let here = |r: &Range<usize>| range.start + r.start..range.start + r.end;
        let Some(first) = delimiters.first() else {
            cx.gap(&[], GapKind::Corrupt, "parts that do not begin");
            let about = About {
                kind: "text/plain".into(),
                typed: Structured::default(),
                file: None,
                transfer: Transfer::Plain,
                charset: None,
            };
            return self.leaf(range, number, &about, cx);
        };
        if let Some(new) = renamed {
            for d in &delimiters {
                let line = here(&d.line);
                let old = line.start + 2;
                self.splice
                    .cut(old as u64, (old + boundary.len()) as u64, new.as_bytes());
            }
        }
        let prefix = if number.is_empty() {
            String::new()
        } else {
            format!("{number}.")
        };
        body::between(self, range.start..here(&first.line).start, "preamble", cx);
        let mut count = 0_u32;
        for (i, d) in delimiters.iter().enumerate() {
            let start = here(&d.line).end;
            let next = delimiters.get(i + 1);
            let end = next.map_or(range.end, |n| {
                let line = here(&n.line).start;
                // The line end before a delimiter belongs to it.
                start + without_eol(self.bytes(&(start..line.max(start)))).len()
            });
            if d.close {
                body::between(
                    self,
                    start..next.map_or(range.end, |n| here(&n.line).start),
                    "epilogue",
                    cx,
                );
                continue;
            }
            count += 1;
            self.count(cx)?;
            let number = format!("{prefix}{count}");
            self.entity(start..end.max(start), &number, depth + 1, cx)?;
        }
        Ok(())
    }

    /// Puts the lengths right that some mailboxes keep in fields, when the body has changed.
    fn lengths(&mut self, start: usize, body: usize) -> Result<(), FormatError> {
        if self.splice.is_empty() {
            return Ok(());
        }
        let (fields, _) = header::fields(self.message, start..body);
        for field in fields {
            let name = self.bytes(&field.name).to_ascii_lowercase();
            if name != b"content-length" {
                continue;
            }
            let mut counted = Counted(0);
            let end = self.message.len();
            self.splice
                .apply(self.bytes(&(body..end)), body as u64, &mut counted)?;
            let old = end - body;
            let text = String::from_utf8_lossy(self.bytes(&field.value)).into_owned();
            // The field may count the empty line behind the message or not.
            let Ok(said) = text.trim().parse::<usize>() else {
                continue;
            };
            if said.abs_diff(old) > 4 {
                continue;
            }
            let new = (said + counted.0).saturating_sub(old);
            let value = field.value;
            self.splice.cut(
                value.start as u64,
                value.end as u64,
                format!(" {new}").as_bytes(),
            );
        }
        Ok(())
    }
}

/// Counts what is written.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.0 += buf.len();
        Ok(buf.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn without_eol(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A delimiter line, with its end.
#[derive(Debug, PartialEq, Eq)]
struct Delimiter {
    line: Range<usize>,
    /// The last one.
    close: bool,
}

/// Delimiter lines of a boundary in a body (RFC 2046, section 5.1.1).
fn delimiters(body: &[u8], boundary: &[u8]) -> Vec<Delimiter> {
    let mark: Vec<u8> = [b"--", boundary].concat();
    let mut out = Vec::new();
    for at in memchr::memmem::find_iter(body, &mark) {
        if at > 0 && body.get(at - 1) != Some(&b'\n') {
            continue;
        }
        let rest = body.get(at + mark.len()..).unwrap_or_default();
        let len = line_len(rest);
        let tail = bare(rest.get(..len).unwrap_or_default());
        let (close, tail) = match tail.strip_prefix(b"--") {
            Some(tail) => (true, tail),
            None => (false, tail),
        };
        if tail.iter().all(u8::is_ascii_whitespace) {
            out.push(Delimiter {
                line: at..at + mark.len() + len,
                close,
            });
        }
    }
    out
}

/// A media type's kind of body.
pub(super) fn kind_of(about: &About) -> Kind {
    match about.kind.as_str() {
        "application/pkcs7-signature"
        | "application/x-pkcs7-signature"
        | "application/pgp-signature" => Kind::Signature,
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
            let sealed = about.typed.get("smime-type");
            if sealed.is_none_or(|s| s.to_ascii_lowercase().contains("envelop")) {
                Kind::Encrypted
            } else {
                Kind::Sealed
            }
        }
        "application/pgp-encrypted" => Kind::Encrypted,
        _ => Kind::Content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_whole_lines() {
        let body = b"--b\r\nx\r\n--b--c\r\n --b\r\n--b \t\r\n--b--";
        let found: Vec<_> = delimiters(body, b"b")
            .into_iter()
            .map(|d| (d.line, d.close))
            .collect();
        assert_eq!(found, [(0..5, false), (22..29, false), (29..34, true)]);
    }
}
