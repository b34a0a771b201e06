//! Mail: single messages (eml) and mailboxes (mbox).
//!
//! Read: every header field, encoded words decoded, display names of senders and recipients as names of
//! persons; every part of the MIME tree by what it is, transfer encodings and charsets undone, attachments
//! and forwarded mails nested; what stands between the parts. Written: the bytes of the message with the
//! touched fields and parts replaced; a part is encoded again as it was. A copy goes without signatures of
//! S/MIME and PGP. Not seen: encrypted parts, signed S/MIME containers, data that text parts hold in
//! other codings (uuencode, yEnc).
//!
//! Standards: RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 3676, RFC 4155.

mod body;
mod flowed;
mod header;
mod mbox;
mod params;
mod shift;
mod transfer;
mod walk;
mod words;

pub use mbox::Mbox;

/// Base64 and quoted-printable, for other formats that use them.
pub(super) mod coding {
    pub(in crate::formats) use super::transfer::{base64, quoted, to_base64, to_quoted};
}

use super::{Cx, Format, FormatError, Output, Probe, Source, encoding::readable_head};
use crate::model::FormatId;
use walk::Walk;

/// A single message.
#[derive(Debug, Clone, Copy)]
pub struct Eml;

impl Format for Eml {
    fn id(&self) -> FormatId {
        "eml"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        if head.is_empty() || readable_head(head).is_none() {
            return Probe::No;
        }
        let named = name.to_ascii_lowercase().ends_with(b".eml");
        match looks(head) {
            Looks::Message => Probe::Bytes,
            Looks::Fields if named => Probe::Name,
            Looks::Fields | Looks::Other => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let held;
        let message = if let Some(slice) = source.as_slice() {
            slice
        } else {
            held = source.held(cx.limits.held_bytes)?;
            &held
        };
        cx.read(message.len() as u64);
        let mut splice = Walk::read(message, out.is_some(), cx)?;
        if let Some(out) = out {
            splice.apply(message, 0, out)?;
        }
        Ok(())
    }
}

/// What the beginning of a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Fields that only mail has.
    Message,
    /// Fields.
    Fields,
    Other,
}

/// Fields that mail has, and little else has.
const TELLING: &[&[u8]] = &[
    b"received",
    b"return-path",
    b"message-id",
    b"mime-version",
    b"delivered-to",
    b"dkim-signature",
    b"x-mailer",
    b"x-originating-ip",
    b"reply-to",
    b"in-reply-to",
    b"content-transfer-encoding",
];

/// Fields of mail that other texts may have as well.
const USUAL: &[&[u8]] = &[
    b"from",
    b"to",
    b"cc",
    b"bcc",
    b"subject",
    b"date",
    b"sender",
    b"content-type",
    b"references",
    b"user-agent",
];

/// Judges by the names of the first fields: two of mail, one of which is telling, or the four usual ones.
fn looks(head: &[u8]) -> Looks {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let (fields, _) = header::fields(head, 0..head.len());
    if fields.is_empty() {
        return Looks::Other;
    }
    let (mut telling, mut usual) = (0, 0);
    for field in &fields {
        let Some(name) = head.get(field.name.clone()).filter(|n| !n.is_empty()) else {
            break;
        };
        let name = name.to_ascii_lowercase();
        telling += usize::from(TELLING.contains(&name.as_slice()));
        usual += usize::from(USUAL.contains(&name.as_slice()));
    }
    if (telling > 0 && telling + usual >= 2) || usual >= 4 {
        Looks::Message
    } else {
        Looks::Fields
    }
}

#[cfg(test)]
mod tests;
