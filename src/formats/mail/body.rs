//! Bodies of parts: decoded, read as members by what they are, encoded again when they were changed.

use super::{
    flowed::Flowed,
    header::{bare, line_len},
    shift::Shift,
    transfer::{Transfer, base64, base64_body, quoted, to_base64, to_quoted},
    walk::{About, Walk, kind_of},
    words::guessed,
};
use crate::formats::{
    Cx, FormatError, Identity, Source,
    encoding::{Codec, Encoding},
    nest::Known,
    strings,
};
use crate::model::{Charset, Fragment, GapKind, Layout, Name, Step};
use std::{borrow::Cow, io::Cursor, ops::Range};

/// What a body is besides its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file or text.
    Content,
    /// A signature of the parts beside it.
    Signature,
    /// Something encrypted.
    Encrypted,
    /// A signed container with the content inside.
    Sealed,
}

/// Longest text between parts that is read in place.
const BETWEEN: usize = 4 << 20;

/// Extension by which an unnamed part of a media type is known.
fn extension(kind: &str) -> &'static str {
    match kind {
        "text/html" | "application/xhtml+xml" => "html",
        "text/csv" | "text/comma-separated-values" => "csv",
        "text/calendar" => "ics",
        "text/vcard" | "text/x-vcard" | "text/directory" => "vcf",
        "text/xml" | "application/xml" => "xml",
        "application/json" => "json",
        "message/rfc822"
        | "message/global"
        | "message/news"
        | "text/rfc822-headers"
        | "message/delivery-status"
        | "message/disposition-notification"
        | "message/rfc822-headers" => "eml",
        k if k.starts_with("text/") => "txt",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}

/// The name that a part is known by: that of its file, or its number.
fn name_of(about: &About, number: &str) -> Name {
    let file = about.file.as_deref().map(str::trim).unwrap_or_default();
    let last = file.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() {
        Name::from(format!("{number}.{}", extension(&about.kind)).as_str())
    } else {
        Name::from(file)
    }
}

/// Reads the body of a part that has no parts.
pub(super) fn read(
    walk: &mut Walk<'_>,
    range: Range<usize>,
    number: &str,
    about: &About,
    cx: &mut Cx<'_>,
) -> Result<(), FormatError> {
    let raw = walk.bytes(&range);
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let at = [Step::Part(number.to_owned())];
    let (decoded, must_write) = undone(raw, about.transfer, &at, cx);
    cx.spend(decoded.len() as u64)?;
    if closed(walk, &range, about, &decoded, &at, cx) {
        return Ok(());
    }
    let text = about.kind.starts_with("text/");
    if text || about.transfer == Transfer::Plain {
        coded(&decoded, &at, cx);
    }
    let flowed = about.kind == "text/plain"
        && about.file.is_none()
        && about
            .typed
            .get("format")
            .is_some_and(|f| f.eq_ignore_ascii_case("flowed"));
    let delete = about
        .typed
        .get("delsp")
        .is_some_and(|f| f.eq_ignore_ascii_case("yes"));
    let charset = about.typed.get("charset");
    let shift = Shift::of(charset, &decoded).filter(|_| text);
    let foreign = |n: &str| n.to_ascii_lowercase().starts_with("iso-2022-");
    if shift.is_none()
        && text
        && charset.is_some_and(foreign)
        && memchr::memchr2(0x1B, 0x0E, &decoded).is_some()
    {
        cx.gap(
            &at,
            GapKind::Undecodable,
            "a text in a charset that is not known",
        );
    }
    let decoded = match shift {
        Some(shift) => Cow::Owned(shift.undone(&decoded)),
        None => decoded,
    };
    let known = Known {
        encoding: shift.map_or(about.charset, |_| Some(Encoding::Utf8)),
        identity: flowed.then_some(Identity {
            format: Some(Flowed::of(delete)),
            clash: None,
            unknown: None,
        }),
    };
    let name = name_of(about, number);
    let mut source = Source::slice(&decoded);
    if !walk.writing {
        return cx.known_member(&name, known, &mut source, None);
    }
    let mut out = Cursor::new(Vec::new());
    cx.known_member(&name, known, &mut source, Some(&mut out))?;
    let mut new = out.into_inner();
    if must_write || new != *decoded {
        if let Some(shift) = shift {
            let note = "a text that its charset cannot say with its masks";
            let done = shift.done(&new);
            new = done.ok_or_else(|| FormatError::Withheld(GapKind::Unsupported, note.into()))?;
        }
        let coded = match about.transfer {
            Transfer::Base64 => encoded_like(raw, &new, walk.eol),
            Transfer::Quoted => to_quoted(&new, walk.eol),
            Transfer::Plain | Transfer::Unknown => new,
        };
        walk.splice
            .cut(range.start as u64, range.end as u64, &coded);
    }
    Ok(())
}

/// The bytes behind a transfer encoding, and whether the body is to be written again whatever they are.
fn undone<'r>(
    raw: &'r [u8],
    transfer: Transfer,
    at: &[Step],
    cx: &mut Cx<'_>,
) -> (Cow<'r, [u8]>, bool) {
    match transfer {
        Transfer::Plain => (Cow::Borrowed(raw), false),
        Transfer::Quoted => (Cow::Owned(quoted(raw)), false),
        Transfer::Base64 => {
            let body = base64_body(raw);
            strings::sweep(&body.behind, at, cx);
            let junk = !body.junk.is_empty();
            if junk {
                // It is read, as it is and as what lenient programs make of it, and a copy goes without it.
                strings::sweep(&body.junk, at, cx);
                strings::sweep(&base64(&body.junk).bytes, at, cx);
            }
            (Cow::Owned(body.bytes), junk)
        }
        Transfer::Unknown => {
            let note = "a transfer encoding that is not known";
            cx.gap(at, GapKind::Unsupported, note);
            (Cow::Borrowed(raw), false)
        }
    }
}

/// Reads a part whose content is not to be had, as far as can be; false for one that has content.
fn closed(
    walk: &mut Walk<'_>,
    range: &Range<usize>,
    about: &About,
    decoded: &[u8],
    at: &[Step],
    cx: &mut Cx<'_>,
) -> bool {
    match kind_of(about) {
        Kind::Content => return false,
        Kind::Signature => {
            walk.signed("the sender's signature", cx);
            if walk.writing {
                walk.splice
                    .cut(range.start as u64, range.end as u64, walk.eol);
            }
        }
        Kind::Encrypted => cx.gap(at, GapKind::Encrypted, "an encrypted part"),
        Kind::Sealed => cx.gap(at, GapKind::Unsupported, "a signed container (S/MIME)"),
    }
    strings::sweep(decoded, at, cx);
    true
}

/// Base64 in lines as long as they were, with the line ends at the end that were there.
fn encoded_like(raw: &[u8], new: &[u8], eol: &[u8]) -> Vec<u8> {
    let lead = raw.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let body = raw.get(lead..).unwrap_or_default();
    let first = bare(body.get(..line_len(body)).unwrap_or_default())
        .trim_ascii()
        .len();
    let one = line_len(body) >= body.trim_ascii_end().len();
    let width = if one && first > 998 {
        0
    } else {
        (first.clamp(4, 996) / 4 * 4).max(if one { 76 } else { 4 })
    };
    let mut out = raw.get(..lead).unwrap_or_default().to_vec();
    out.extend_from_slice(&to_base64(new, width, eol));
    out.extend_from_slice(raw.get(raw.trim_ascii_end().len()..).unwrap_or_default());
    out
}

/// Notes what a text says it holds in a coding that is not undone.
fn coded(text: &[u8], at: &[Step], cx: &mut Cx<'_>) {
    let starts = |mark: &[u8]| {
        memchr::memmem::find_iter(text, mark).any(|n| n == 0 || text.get(n - 1) == Some(&b'\n'))
    };
    if starts(b"-----BEGIN PGP MESSAGE-----") {
        cx.gap(at, GapKind::Encrypted, "an encrypted text (PGP)");
    }
    if starts(b"=ybegin ") {
        cx.gap(at, GapKind::Unsupported, "data in yEnc");
    }
    let uu = memchr::memmem::find_iter(text, b"begin ")
        .filter(|&n| n == 0 || text.get(n - 1) == Some(&b'\n'))
        .any(|n| {
            let line = text.get(n + 6..).unwrap_or_default();
            let mode = line
                .iter()
                .take_while(|b| (b'0'..=b'7').contains(*b))
                .count();
            (3..=4).contains(&mode) && line.get(mode) == Some(&b' ')
        });
    if uu && starts(b"end") {
        cx.gap(at, GapKind::Unsupported, "data in uuencode");
    }
}

/// Reads what stands before the first part or behind the last, in place.
pub(super) fn between(walk: &mut Walk<'_>, range: Range<usize>, what: &str, cx: &mut Cx<'_>) {
    let raw = walk.bytes(&range);
    if raw.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let at = [Step::Part(what.to_owned())];
    if raw.len() > BETWEEN {
        cx.gap(&at, GapKind::Limit, "text between parts");
        return;
    }
    let codec = Codec::new(guessed(raw, None));
    let (mut text, mut bad) = (Vec::new(), 0);
    codec.decode(raw, true, &mut text, &mut bad);
    coded(&text, &at, cx);
    let edits = cx.text(&Fragment {
        at: &at,
        bytes: &text,
        charset: Charset::Utf8,
        own: 0..text.len(),
        base: None,
        layout: Layout::Lines { first: 1 },
        label: None,
    });
    if edits.is_empty() {
        return;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.extend_from_slice(text.get(done..edit.span.start()).unwrap_or_default());
        out.extend_from_slice(edit.with.as_bytes());
        done = edit.span.end();
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    let new = codec.encode(&String::from_utf8_lossy(&out));
    walk.splice.cut(range.start as u64, range.end as u64, &new);
}
