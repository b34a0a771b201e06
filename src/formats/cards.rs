//! vCard and iCalendar: contacts and appointments.
//!
//! Read: the value of every property under what its name says (names of persons, telephones, addresses, dates of
//! birth), folded lines joined, quoted-printable and Base64 undone, escapes resolved; parameters; what is no
//! property as text. The parts of a name or an address are read together. Written: edits in place, in the coding
//! of their line.
//!
//! Standards: RFC 6350 and vCard 2.1 (quoted-printable, charsets by line), RFC 5545.

mod line;
mod read;

use super::{
    Cx, Format, FormatError, Output, Probe, Source, encoding::readable_head, feed::Feed,
    text::undeclared,
};
use crate::model::FormatId;

/// vCard or iCalendar.
#[derive(Debug, Clone, Copy)]
pub struct Cards {
    id: FormatId,
    begin: &'static [u8],
}

impl Cards {
    /// vCard.
    pub const VCF: Self = Self {
        id: "vcf",
        begin: b"BEGIN:VCARD",
    };
    /// iCalendar.
    pub const ICS: Self = Self {
        id: "ics",
        begin: b"BEGIN:VCALENDAR",
    };
}

impl Format for Cards {
    fn id(&self) -> FormatId {
        self.id
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let start = text
            .iter()
            .position(|b| !b.is_ascii_whitespace() && *b != 0)
            .unwrap_or(0);
        let text = text.get(start..).unwrap_or_default();
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let begins = text
            .get(..self.begin.len())
            .is_some_and(|t| t.eq_ignore_ascii_case(self.begin));
        if begins { Probe::Bytes } else { Probe::No }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let writing = out.is_some();
        let mut feed = Feed::open(source, out.map(|o| o as _), false, undeclared, cx)?;
        read::all(&mut feed, writing, cx)?;
        feed.finish(cx)
    }
}

#[cfg(test)]
mod tests;
