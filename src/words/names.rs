//! Words for the values of the model.

use super::Word;
use crate::model::{GapKind, Reason, State};

/// Why a finding is as sure as it is.
pub fn reason_title(reason: Reason) -> Word {
    match reason {
        Reason::Shape => Word::WhyShape,
        Reason::Check => Word::WhyCheck,
        Reason::Near => Word::WhyNear,
        Reason::Label => Word::WhyLabel,
        Reason::Header => Word::WhyHeader,
        Reason::Column => Word::WhyColumn,
        Reason::Against => Word::WhyAgainst,
        Reason::Rounded => Word::WhyRounded,
        Reason::Folded => Word::WhyFolded,
        Reason::Damaged => Word::WhyDamaged,
        Reason::InName => Word::WhyInName,
        Reason::Neighbour => Word::WhyNeighbour,
    }
}

/// What kind of gap it is.
pub fn gap_title(kind: GapKind) -> Word {
    gap(kind).0
}

/// What the administrator can do about it.
pub fn gap_advice(kind: GapKind) -> Word {
    gap(kind).1
}

fn gap(kind: GapKind) -> (Word, Word) {
    match kind {
        GapKind::Unreadable => (Word::GapUnreadable, Word::GapUnreadableDo),
        GapKind::Changed => (Word::GapChanged, Word::GapChangedDo),
        GapKind::Special => (Word::GapSpecial, Word::GapSpecialDo),
        GapKind::Link => (Word::GapLink, Word::GapLinkDo),
        GapKind::Loop => (Word::GapLoop, Word::GapLoopDo),
        GapKind::OtherFileSystem => (Word::GapOtherFileSystem, Word::GapOtherFileSystemDo),
        GapKind::Excluded => (Word::GapExcluded, Word::GapExcludedDo),
        GapKind::Encrypted => (Word::GapEncrypted, Word::GapEncryptedDo),
        GapKind::Unsupported => (Word::GapUnsupported, Word::GapUnsupportedDo),
        GapKind::Corrupt => (Word::GapCorrupt, Word::GapCorruptDo),
        GapKind::Undecodable => (Word::GapUndecodable, Word::GapUndecodableDo),
        GapKind::Image => (Word::GapImage, Word::GapImageDo),
        GapKind::Opaque => (Word::GapOpaque, Word::GapOpaqueDo),
        GapKind::Limit => (Word::GapLimit, Word::GapLimitDo),
        GapKind::Timeout => (Word::GapTimeout, Word::GapTimeoutDo),
        GapKind::Signed => (Word::GapSigned, Word::GapSignedDo),
        GapKind::Crashed => (Word::GapCrashed, Word::GapCrashedDo),
        GapKind::Dropped => (Word::GapDropped, Word::GapDroppedDo),
        GapKind::Kept => (Word::GapKept, Word::GapKeptDo),
    }
}

/// How much was read.
pub fn state_name(state: State) -> Word {
    match state {
        State::Read => Word::StateRead,
        State::Partly(_) => Word::StatePartly,
        State::Unread(_) => Word::StateUnread,
    }
}

/// A format by its id; [`Word::FormatUnknown`] for `None`, and `None` for one without a name.
pub fn format_name(id: Option<&str>) -> Option<Word> {
    Some(match id {
        None => Word::FormatUnknown,
        Some("text") => Word::FormatText,
        Some("csv") => Word::FormatCsv,
        Some("json") => Word::FormatJson,
        Some("xml") => Word::FormatXml,
        Some("html") => Word::FormatHtml,
        Some("xlsx" | "xlsm") => Word::FormatXlsx,
        Some("xls") => Word::FormatXls,
        Some("xlsb") => Word::FormatXlsb,
        Some("ods") => Word::FormatOds,
        Some("docx") => Word::FormatDocx,
        Some("pptx") => Word::FormatPptx,
        Some("odt") => Word::FormatOdt,
        Some("odp") => Word::FormatOdp,
        Some("rtf") => Word::FormatRtf,
        Some("doc") => Word::FormatDoc,
        Some("ppt") => Word::FormatPpt,
        Some("pdf") => Word::FormatPdf,
        Some("zip") => Word::FormatZip,
        Some("dbf") => Word::FormatDbf,
        Some("dbt" | "fpt") => Word::FormatMemo,
        Some("sqlite" | "sqlite-journal") => Word::FormatSqlite,
        Some("parquet") => Word::FormatParquet,
        Some("arrow") => Word::FormatArrow,
        Some("avro") => Word::FormatAvro,
        Some("sql") => Word::FormatSql,
        Some("ofd" | "ofd-part") => Word::FormatOfd,
        Some("eml") => Word::FormatMail,
        Some("mbox") => Word::FormatMailbox,
        Some("tar") => Word::FormatTar,
        Some("gzip" | "bzip2" | "xz" | "zstd") => Word::FormatPacked,
        Some("7z") => Word::FormatSevenZip,
        Some("vcf") => Word::FormatCard,
        Some("ics") => Word::FormatCalendar,
        Some("conf") => Word::FormatSettings,
        Some("msg") => Word::FormatOutlook,
        Some("office-locked") => Word::FormatLocked,
        Some("tnef") => Word::FormatTnef,
        Some("png" | "jpg" | "tiff" | "webp" | "heic" | "gif" | "bmp") => Word::FormatImage,
        Some(_) => return None,
    })
}
