//! Formats: one module each, and what they share.
//!
//! A format reads and writes through **one traversal**, [`Format::run`]: it hands every text of its
//! source to the [`Cx`] and, when it was given an output, writes the source there with the edits
//! that came back applied to the source's own bytes. What is found is therefore what can be
//! redacted, and bytes without edits stay as they are.

pub mod encoding;
pub mod nest;
mod passwords;
pub mod source;

mod archives;
mod biff;
mod blocks;
mod cards;
#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::needless_pass_by_value,
    reason = "tests build their inputs plainly"
)]
mod channels;
mod clock;
mod columnar;
mod csv;
mod dbf;
mod doc;
mod feed;
mod fixed;
mod html;
mod images;
mod json;
mod le;
pub mod legacy;
mod magic;
mod mail;
mod markup;
mod msg;
mod odf;
mod ofd;
mod ole;
mod ooxml;
mod outlook;
mod pdf;
mod pictures;
mod ppt;
mod protected;
mod rtf;
mod segments;
mod spill;
mod splice;
mod sql;
mod sqlite;
mod strings;
mod text;
mod tnef;
pub mod transcript;
#[cfg(test)]
#[allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::get_unwrap,
    clippy::needless_pass_by_value,
    reason = "tests build their inputs plainly"
)]
mod trial;
mod unlock;
mod xml;

pub use archives::{
    bzip2::Bzip2, gzip::Gzip, sevenz::SevenZip, tar::Tar, xz::Xz, zip::Zip, zstd::Zstd,
};
pub use biff::Xls;
pub use cards::Cards;
pub use columnar::{Arrow, Avro, Parquet};
pub use csv::Csv;
pub use dbf::{Dbf, memo::Memo};
pub use doc::Doc;
pub use html::Html;
pub use images::Image;
pub use json::Json;
pub use legacy::{
    CHILD_ARGUMENT, Cell as SecondCell, Legacy, Stored, cells, child_main, program, set_program,
};
pub use mail::{Eml, Mbox};
pub use msg::Msg;
pub use nest::{Cx, Sink};
pub use odf::OpenDocument;
pub use ofd::{Ofd, part::OfdPart};
pub use ooxml::{Office, Xlsx};
pub use passwords::Passwords;
pub use pdf::Pdf;
pub use ppt::Ppt;
pub use protected::Protected;
pub use rtf::Rtf;
pub use source::{Output, Source};
pub use spill::Spill;
pub use splice::Splice;
pub use sql::Sql;
pub use sqlite::{Sqlite, journal::Journal};
pub use text::{End, Segments, Start, Text};
pub use tnef::Tnef;
pub use xml::Xml;

use crate::model::{Ability, FormatId, GapKind};

/// Bounds that hold whatever the input. All can be set by the user.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Containers inside containers.
    pub depth: u32,
    /// Members of one container.
    pub members: u64,
    /// Members of one file, over all levels.
    pub total_members: u64,
    /// Expanded bytes of one member.
    pub member_bytes: u64,
    /// Expanded to packed bytes of one member, once it is past 32 MiB.
    pub ratio: u64,
    /// Expanded bytes of one file over all levels: this, or 300 times its size when that is more
    /// (but never more than 64 GiB).
    pub total_bytes: u64,
    /// A member that must be held in memory to be read (a workbook in an archive).
    pub held_bytes: u64,
    /// Seconds of processor time for one file per 100 MB of expanded input, at least this many.
    pub seconds: u64,
    /// Memory of the child process that reads xls, xlsb and ods.
    pub child_memory: u64,
    /// Whether bytes that no format knows are looked through for text, which does not make them read.
    pub strings: bool,
    /// What copies do with what cannot be read.
    pub unread: Unread,
    /// What becomes of formats that are read and not written.
    pub legacy: Legacies,
    /// Passwords that are tried on what is encrypted.
    pub passwords: Passwords,
    /// Where copies wait that would take too much memory.
    pub spill: Spill,
}

/// What a copy of a document is whose format is read and not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Legacies {
    /// Its text in a format of today ([`transcript`]).
    #[default]
    Convert,
    /// None.
    Withhold,
}

/// What a copy does with parts that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unread {
    /// Pictures and recordings.
    pub pictures: Treatment,
    /// Macros, controls, embedded files that cannot be redacted, unknown parts.
    pub objects: Treatment,
}

/// One way to go about parts that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Treatment {
    /// The copy has a blank one in their place, or goes without them. It says so.
    #[default]
    Blank,
    /// There is no copy.
    Withhold,
    /// They are copied as they are, unread. Only on request: the copy may show what was to be hidden.
    Keep,
}

impl Treatment {
    /// The treatment of this name, as users type it.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "blank" => Some(Self::Blank),
            "withhold" => Some(Self::Withhold),
            "keep" => Some(Self::Keep),
            _ => None,
        }
    }
}

impl Default for Limits {
    /// The defaults measured on real files (`docs/formats.md`, "Limits").
    fn default() -> Self {
        Self {
            depth: 8,
            members: 100_000,
            total_members: 1_000_000,
            member_bytes: 8 << 30,
            ratio: 1_000,
            total_bytes: 2 << 30,
            held_bytes: 256 << 20,
            seconds: 60,
            child_memory: 512 << 20,
            strings: false,
            unread: Unread::default(),
            legacy: Legacies::default(),
            passwords: Passwords::default(),
            spill: Spill::default(),
        }
    }
}

/// How sure a format is that a file is its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Probe {
    /// Not its own.
    No,
    /// Could be: nothing speaks against it. The text formats' answer to text.
    Maybe,
    /// Its name says so and its bytes do not speak against it.
    Name,
    /// Its bytes say so.
    Bytes,
}

/// One file format. See the module's documentation for the law it keeps.
pub trait Format: Send + Sync + std::fmt::Debug {
    /// Its short name.
    fn id(&self) -> FormatId;

    /// Whether it writes redacted copies.
    fn ability(&self) -> Ability {
        Ability::ReadWrite
    }

    /// How sure it is, from the first 4 KiB and the name (the last component, raw bytes).
    fn probe(&self, head: &[u8], name: &[u8]) -> Probe;

    /// Reads the source, hands each text to `cx` and, with an output, writes the copy.
    ///
    /// # Errors
    /// What could not be read, or why no copy can be written. Output written before an error is
    /// worthless and must be thrown away by the caller.
    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError>;
}

/// Why a source could not be read or copied. Never holds content of the source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The system failed.
    #[error("{0}")]
    Io(std::io::ErrorKind),
    /// Damaged, or not what it claims to be; what exactly.
    #[error("damaged: {0}")]
    Corrupt(&'static str),
    /// Needs a password.
    #[error("needs a password")]
    Encrypted,
    /// Understood as far as to know that it cannot be read; what exactly.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// Past a limit; which.
    #[error("past the limit on {0}")]
    Limit(&'static str),
    /// Text that cannot be decoded.
    #[error("text cannot be decoded")]
    Undecodable,
    /// Took too long.
    #[error("took too long")]
    Timeout,
    /// The reader failed.
    #[error("the reader failed")]
    Crashed,
    /// It was read, but a copy cannot be vouched for; why (a [`GapKind`] and words).
    #[error("copy withheld: {1}")]
    Withheld(GapKind, String),
}

impl FormatError {
    /// The kind of gap that it is in the ledger.
    pub fn kind(&self) -> GapKind {
        match self {
            Self::Io(_) => GapKind::Unreadable,
            Self::Corrupt(_) => GapKind::Corrupt,
            Self::Encrypted => GapKind::Encrypted,
            Self::Unsupported(_) => GapKind::Unsupported,
            Self::Limit(_) => GapKind::Limit,
            Self::Undecodable => GapKind::Undecodable,
            Self::Timeout => GapKind::Timeout,
            Self::Crashed => GapKind::Crashed,
            Self::Withheld(kind, _) => *kind,
        }
    }
}

impl From<std::io::Error> for FormatError {
    /// A [`FormatError`] that travelled through a reader or writer comes out as it went in.
    fn from(error: std::io::Error) -> Self {
        let kind = error.kind();
        error.downcast::<Self>().unwrap_or(Self::Io(kind))
    }
}

/// The id of a format that this program knows.
pub fn known_id(id: &str) -> Option<crate::model::FormatId> {
    ALL.iter().map(|f| f.id()).find(|known| *known == id)
}

/// Every format, the surest first: of two that are equally sure the earlier wins.
pub static ALL: &[&dyn Format] = &[
    &Xlsx,
    &Ofd,
    &Office::DOCX,
    &Office::PPTX,
    &OpenDocument::ODT,
    &OpenDocument::ODP,
    &Zip,
    &Gzip,
    &Bzip2,
    &Xz,
    &Zstd,
    &Tar,
    &SevenZip,
    &Image::PNG,
    &Image::JPEG,
    &Image::GIF,
    &Image::TIFF,
    &Image::BMP,
    &Image::WEBP,
    &Image::HEIC,
    &Protected,
    &Tnef,
    &Msg,
    &Xls,
    &Doc,
    &Ppt,
    &Legacy::XLSB,
    &OpenDocument::ODS,
    &Pdf,
    &Sqlite,
    &Journal,
    &Parquet,
    &Arrow,
    &Avro,
    &Dbf,
    &Memo::DBT,
    &Memo::FPT,
    &Sql,
    &Mbox,
    &Eml,
    &Cards::VCF,
    &Cards::ICS,
    &Rtf,
    &Json,
    &Html,
    &OfdPart,
    &Xml,
    &Csv,
    &Text,
];

/// What a file was taken for.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The format that reads it; `None` when no reader knows it.
    pub format: Option<&'static dyn Format>,
    /// The name claims this other format.
    pub clash: Option<FormatId>,
    /// Why no reader knows it, and what it is as far as can be told.
    pub unknown: Option<(GapKind, &'static str)>,
}
