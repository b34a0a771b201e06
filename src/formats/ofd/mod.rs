//! OFD documents (GB/T 33190-2016): pages with fixed layout, electronic invoices, vouchers.
//!
//! Read: every part of the package. Text of pages, templates and annotations glyph by glyph, joined to
//! lines by where the glyphs stand ([`part`]); every other text and attribute of XML parts; attachments
//! and whatever else lies in the package as files of their own; earlier versions, which are parts too.
//!
//! Written: characters are replaced one for one in the parts, so that the distances between glyphs still
//! fit; glyphs that are named by number for replaced characters are named no more. Other parts keep
//! their bytes. When anything changes the signatures go, because they would be broken: the folder of
//! signatures with its seals, and the mention in `OFD.xml`.
//!
//! Not read: pictures, which are blank in a copy, or as it is asked for; text that is drawn as paths. Embedded fonts are copied: they hold the shapes of
//! the characters of the document, in no order.

mod glyphs;
pub(super) mod part;
#[cfg(test)]
mod tests;

use super::{
    Cx, Format, FormatError, Output, Probe, Source, Treatment, Zip,
    archives::{
        bytes::Bytes,
        copy::{MemberCopy, Packed, Packer},
        directory::{Directory, Entry},
        inflate::Inflate,
        package,
        sniff::{self, Package},
        write::{Face, Writer},
        zip,
    },
    nest::identify,
    pictures,
    spill::Spool,
    strings,
};
use crate::model::{FormatId, GapKind, Name, Step};
use std::{
    io::{self, Cursor, Read, Write},
    rc::Rc,
};

/// OFD documents.
#[derive(Debug, Clone, Copy)]
pub struct Ofd;

/// What a zip directory is called that has an `OFD.xml`.
pub(super) const PACKAGE: Package = Package::Other("OFD document");

impl Format for Ofd {
    fn id(&self) -> FormatId {
        "ofd"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        match sniff::head(head) {
            Some(package) if package == PACKAGE => Probe::Bytes,
            // The first names can be any; the directory decides in the end.
            Some(Package::Plain) if name.to_ascii_lowercase().ends_with(b".ofd") => Probe::Bytes,
            _ => Probe::No,
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let bytes = Bytes::open(source, cx.limits.held_bytes)?;
        let directory = Directory::read(&bytes, cx.limits)?;
        if zip::package(&bytes, &directory)? != PACKAGE {
            return match &bytes {
                Bytes::Owned(held) => Zip.run(&mut Source::slice(held), cx, out),
                _ => Zip.run(source, cx, out),
            };
        }
        cx.read(bytes.len());
        let mut run = Run {
            bytes: &bytes,
            directory: &directory,
            writing: out.is_some(),
            spool: Spool::new(&cx.limits.spill, cx.limits.held_bytes),
        };
        run.names(cx)?;
        let mut outcomes = Vec::with_capacity(directory.entries.len());
        for entry in &directory.entries {
            outcomes.push(run.entry(entry, cx)?);
        }
        match out {
            Some(out) => run.write(&outcomes, out),
            None => Ok(()),
        }
    }
}

/// What a copy does with a part.
enum Outcome {
    /// Copies it as it is.
    Keep,
    /// Writes new data.
    New(Packed),
    /// The list of documents: kept or changed, its text for the mention of signatures.
    List(Vec<u8>, bool),
    /// Belongs to a signature: goes when anything changes; whether something was found in it.
    Signature(bool),
}

struct Run<'r> {
    bytes: &'r Bytes<'r>,
    directory: &'r Directory,
    writing: bool,
    spool: Rc<Spool>,
}

/// Path of a part in lower case with forward slashes.
fn key(entry: &Entry) -> String {
    let path = String::from_utf8_lossy(&entry.name).replace('\\', "/");
    path.trim_start_matches('/').to_lowercase()
}

fn is_signature(key: &str) -> bool {
    let last = key.rsplit('/').next().unwrap_or_default();
    key.contains("/signs/")
        || key.contains("/sign_")
        || matches!(
            last,
            "signatures.xml" | "signature.xml" | "signedvalue.dat" | "seal.esl"
        )
}

fn is_font(head: &[u8]) -> bool {
    [
        b"\0\x01\0\0".as_slice(),
        b"OTTO",
        b"true",
        b"ttcf",
        b"wOFF",
        b"%!PS-AdobeFont",
        b"\x80\x01",
    ]
    .iter()
    .any(|magic| head.starts_with(magic))
}

impl Run<'_> {
    /// Reads names, comments and bytes that belong to no part.
    fn names(&self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut hits = 0;
        for entry in &self.directory.entries {
            let path = String::from_utf8_lossy(&entry.name).into_owned();
            let at = [Step::Part(path.clone()), Step::Name];
            hits += cx.string(&at, &path, None).len();
            let others = [&entry.comment].into_iter().chain(&entry.local_name);
            for text in others.chain(&entry.extra_texts).filter(|t| !t.is_empty()) {
                // A copy goes without these.
                cx.string(&at, &String::from_utf8_lossy(text), None);
            }
        }
        if !self.directory.comment.is_empty() {
            let comment = String::from_utf8_lossy(&self.directory.comment);
            cx.string(&[Step::Field("$comment".into())], &comment, None);
        }
        for &(start, end) in &self.directory.strays {
            let at = [Step::Field(format!("$bytes[{start}]"))];
            let end = end.min(start.saturating_add(cx.limits.held_bytes));
            for piece in self.bytes.vec(start, end)?.chunks(1 << 20) {
                cx.string(&at, &String::from_utf8_lossy(piece), None);
            }
            if !self.writing {
                cx.gap(&at, GapKind::Opaque, "bytes that belong to no part");
            }
        }
        if hits > 0 && self.writing {
            let note = "a value in the name of a part";
            return Err(FormatError::Withheld(GapKind::Opaque, note.into()));
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry, cx: &mut Cx<'_>) -> Result<Outcome, FormatError> {
        if entry.is_folder() {
            return Ok(Outcome::Keep);
        }
        let key = key(entry);
        let name = Name::new(entry.name.clone());
        let limits = cx.limits;
        let mut inflate = match Inflate::new(self.bytes, entry, limits, cx.room()) {
            Ok(inflate) => inflate,
            Err(e) => return self.unread(&name, entry, &e, cx),
        };
        if is_signature(&key) {
            return signature(entry, &mut inflate, cx);
        }
        let mut source = match Source::stream(&mut inflate) {
            Ok(source) => source,
            Err(e) => return self.unread(&name, entry, &e, cx),
        };
        let last = key.rsplit('/').next().unwrap_or_default();
        let identity = identify(source.head(), last.as_bytes());
        if identity.format.is_none() && !is_font(source.head()) {
            let picture = matches!(identity.unknown, Some((GapKind::Image, _)));
            drop(source);
            return self.opaque(entry, picture, cx);
        }
        if is_font(source.head()) {
            drop(source);
            let rest = io::copy(&mut inflate, &mut io::sink())?;
            cx.spend(rest)?;
            return Ok(Outcome::Keep);
        }
        if !self.writing {
            let result = cx.member(&name, &mut source, None);
            drop(source);
            cx.spend(inflate.produced())?;
            return result.map(|()| Outcome::Keep);
        }
        if key == "ofd.xml" {
            let raw = source.held(limits.held_bytes)?;
            drop(source);
            cx.spend(inflate.produced())?;
            let mut copy = Cursor::new(Vec::new());
            cx.member(&name, &mut Source::slice(&raw), Some(&mut copy))?;
            let copy = copy.into_inner();
            let changed = copy != raw;
            return Ok(Outcome::List(copy, changed));
        }
        let mut copy = MemberCopy::new(self.bytes, entry, limits, &self.spool)?;
        let result = cx.member(&name, &mut source, Some(&mut copy));
        drop(source);
        cx.spend(inflate.produced())?;
        result?;
        let Some(packed) = copy.finish()? else {
            return Ok(Outcome::Keep);
        };
        Ok(Outcome::New(packed))
    }

    /// A picture, or bytes that no reader knows: in a copy they are blank, or as it is asked for.
    fn opaque(
        &mut self,
        entry: &Entry,
        picture: bool,
        cx: &mut Cx<'_>,
    ) -> Result<Outcome, FormatError> {
        let at = [Step::Part(
            String::from_utf8_lossy(&entry.name).into_owned(),
        )];
        let mut inflate = Inflate::new(self.bytes, entry, cx.limits, cx.room())?;
        let mut raw = Vec::new();
        (&mut inflate)
            .take(cx.limits.held_bytes)
            .read_to_end(&mut raw)?;
        cx.spend(raw.len() as u64)?;
        let (kind, note, treatment, new) = if picture {
            let new = pictures::blank(&raw);
            (GapKind::Image, "a picture", cx.limits.unread.pictures, new)
        } else {
            let new = pictures::empty(&raw);
            let note = "a part that no reader knows";
            (GapKind::Opaque, note, cx.limits.unread.objects, new)
        };
        if raw == new {
            return Ok(Outcome::Keep);
        }
        if !picture {
            strings::sweep(&raw, &at, cx);
        }
        if !self.writing {
            cx.gap(&at, kind, note);
            return Ok(Outcome::Keep);
        }
        match treatment {
            Treatment::Withhold => Err(FormatError::Withheld(kind, note.into())),
            Treatment::Keep => {
                cx.gap(&at, GapKind::Kept, note);
                Ok(Outcome::Keep)
            }
            Treatment::Blank => {
                cx.gap(&at, GapKind::Dropped, note);
                let mut packer = Packer::new(entry.method, &self.spool);
                packer.write_all(&new)?;
                Ok(Outcome::New(packer.finish()?))
            }
        }
    }

    fn unread(
        &self,
        name: &Name,
        entry: &Entry,
        error: &FormatError,
        cx: &mut Cx<'_>,
    ) -> Result<Outcome, FormatError> {
        cx.unread(name, entry.size, error)?;
        if self.writing {
            return Err(FormatError::Withheld(error.kind(), error.to_string()));
        }
        Ok(Outcome::Keep)
    }

    fn write(&self, outcomes: &[Outcome], out: &mut dyn Output) -> Result<(), FormatError> {
        let changed = package::says_more(self.directory)
            || outcomes.iter().any(|o| {
                matches!(
                    o,
                    Outcome::New(_) | Outcome::List(_, true) | Outcome::Signature(true)
                )
            });
        if !changed {
            io::copy(&mut self.bytes.stretch(0, self.bytes.len()), out)?;
            return Ok(());
        }
        let mut writer = Writer::new(out);
        for (entry, outcome) in self.directory.entries.iter().zip(outcomes) {
            let face = Face {
                comment: b"",
                ..Face::of(entry)
            };
            match outcome {
                Outcome::Keep => writer.copy(self.bytes, entry, face)?,
                Outcome::New(packed) => writer.packed(entry, face, packed)?,
                Outcome::Signature(_) => {}
                Outcome::List(text, changed) => {
                    let new = part::without(text, b"Signatures");
                    if new.len() == text.len() && !changed {
                        writer.copy(self.bytes, entry, face)?;
                        continue;
                    }
                    let mut packer = Packer::new(entry.method, &self.spool);
                    packer.write_all(&new)?;
                    writer.packed(entry, face, &packer.finish()?)?;
                }
            }
        }
        writer.finish(b"")
    }
}

/// A part of a signature: whatever text is in it is read.
fn signature(
    entry: &Entry,
    inflate: &mut Inflate<'_>,
    cx: &mut Cx<'_>,
) -> Result<Outcome, FormatError> {
    let path = String::from_utf8_lossy(&entry.name).into_owned();
    let at = [Step::Part(path)];
    cx.gap(&at, GapKind::Signed, "a signature");
    let mut raw = Vec::new();
    inflate.take(cx.limits.held_bytes).read_to_end(&mut raw)?;
    cx.spend(raw.len() as u64)?;
    let mut found = false;
    let mut text = String::new();
    // Certificates hold names among their bytes.
    for word in raw
        .split(|&b| b < b' ' || b == 0x7F)
        .filter(|w| w.len() >= 4)
    {
        text.push_str(&String::from_utf8_lossy(word));
        text.push('\n');
        if text.len() > 1 << 20 {
            found |= !cx.string(&at, &text, None).is_empty();
            text.clear();
        }
    }
    found |= !cx.string(&at, &text, None).is_empty();
    Ok(Outcome::Signature(found))
}
