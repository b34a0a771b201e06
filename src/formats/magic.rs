//! What names claim and what unknown bytes are: for clashes and for the ledger's reasons.

use crate::model::{FormatId, GapKind};

/// Extensions and the format they claim. Text-like extensions are absent: any text may bear any name.
const CLAIMS: &[(&str, FormatId)] = &[
    ("xlsx", "xlsx"),
    ("xlsm", "xlsx"),
    ("xltx", "xlsx"),
    ("xltm", "xlsx"),
    ("xls", "xls"),
    ("xlt", "xls"),
    ("et", "xls"),
    ("xlsb", "xlsb"),
    ("ods", "ods"),
    ("ots", "ods"),
    ("pdf", "pdf"),
    ("zip", "zip"),
    ("json", "json"),
    ("jsonl", "json"),
    ("ndjson", "json"),
    ("html", "html"),
    ("htm", "html"),
    ("xml", "xml"),
    ("csv", "csv"),
    ("tsv", "csv"),
    ("txt", "text"),
    ("log", "text"),
    ("docx", "docx"),
    ("pptx", "pptx"),
    ("doc", "doc"),
    ("ppt", "ppt"),
    ("odt", "odt"),
    ("ofd", "ofd"),
    ("dbf", "dbf"),
    ("sqlite", "sqlite"),
    ("sqlite3", "sqlite"),
    ("db3", "sqlite"),
    ("parquet", "parquet"),
    ("arrow", "arrow"),
    ("feather", "arrow"),
    ("avro", "avro"),
    ("dbt", "dbt"),
    ("fpt", "fpt"),
    ("png", "png"),
    ("jpg", "jpg"),
    ("jpeg", "jpg"),
    ("gif", "gif"),
    ("7z", "7z"),
    ("rar", "rar"),
    ("gz", "gzip"),
];

/// The format that a name claims by its extension.
pub(super) fn claimed(name: &[u8]) -> Option<FormatId> {
    let dot = name.iter().rposition(|&b| b == b'.')?;
    let extension = std::str::from_utf8(name.get(dot + 1..)?)
        .ok()?
        .to_ascii_lowercase();
    CLAIMS
        .iter()
        .find(|(e, _)| *e == extension)
        .map(|&(_, id)| id)
}

/// Whether a claim goes together with what the bytes are.
pub(super) fn agrees(claim: FormatId, found: FormatId) -> bool {
    const TEXTS: &[FormatId] = &[
        "text", "csv", "json", "html", "xml", "sql", "conf", "ofd-part",
    ];
    const PACKAGES: &[FormatId] = &["xlsx", "docx", "pptx", "xlsb"];
    claim == found
        || (found == "office-locked" && PACKAGES.contains(&claim))
        || (TEXTS.contains(&claim) && TEXTS.contains(&found))
}

/// Magic numbers of formats without a reader: offset, bytes, what it is, why it is not read.
const MAGIC: &[(usize, &[u8], &str, GapKind)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "PNG picture", GapKind::Image),
    (0, b"\xff\xd8\xff", "JPEG picture", GapKind::Image),
    (0, b"GIF8", "GIF picture", GapKind::Image),
    (0, b"II*\0", "TIFF picture", GapKind::Image),
    (0, b"MM\0*", "TIFF picture", GapKind::Image),
    (0, b"BM", "bitmap picture", GapKind::Image),
    (8, b"WEBP", "WebP picture", GapKind::Image),
    (4, b"ftypheic", "HEIC picture", GapKind::Image),
    (4, b"ftypmif1", "HEIF picture", GapKind::Image),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "OLE compound file (doc, ppt, msg, …)",
        GapKind::Unsupported,
    ),
    (
        0,
        b"7z\xbc\xaf\x27\x1c",
        "7-Zip archive",
        GapKind::Unsupported,
    ),
    (0, b"Rar!\x1a\x07", "RAR archive", GapKind::Unsupported),
    (0, b"\x1f\x8b", "gzip data", GapKind::Unsupported),
    (0, b"BZh", "bzip2 data", GapKind::Unsupported),
    (0, b"\xfd7zXZ\0", "xz data", GapKind::Unsupported),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        "Zstandard data",
        GapKind::Unsupported,
    ),
    (257, b"ustar", "tar archive", GapKind::Unsupported),
    (
        0,
        b"SQLite format 3\0",
        "SQLite database",
        GapKind::Unsupported,
    ),
    (
        4,
        b"Standard Jet DB",
        "Access database",
        GapKind::Unsupported,
    ),
    (
        4,
        b"Standard ACE DB",
        "Access database",
        GapKind::Unsupported,
    ),
    (0, b"!BDN", "Outlook store", GapKind::Unsupported),
    (
        0,
        b"FEA1",
        "Feather file of version 1",
        GapKind::Unsupported,
    ),
    (0, b"PK\x03\x04", "zip package", GapKind::Corrupt),
    (0, b"PK\x05\x06", "zip package", GapKind::Corrupt),
    (0, b"\x7fELF", "program", GapKind::Unsupported),
    (0, b"MZ", "program", GapKind::Unsupported),
];

/// What bytes are whose beginning is too telling to be the beginning of a text: pictures and packed data,
/// whatever follows.
pub(super) fn certain(head: &[u8]) -> Option<(GapKind, &'static str)> {
    MAGIC
        .iter()
        .filter(|(_, magic, ..)| magic.iter().any(|b| *b >= 0x80 || *b < b'\t'))
        .filter(|(_, magic, ..)| !magic.starts_with(b"PK") && !magic.starts_with(b"\xd0\xcf"))
        .find(|(at, magic, ..)| head.get(*at..).is_some_and(|h| h.starts_with(magic)))
        .map(|&(_, _, what, kind)| (kind, what))
}

/// What bytes that no reader knows are, and why they are not read.
pub(super) fn unknown(head: &[u8], name: &[u8]) -> (GapKind, &'static str) {
    if let Some(what) = super::archives::sniff::unread(head) {
        return (GapKind::Unsupported, what);
    }
    for &(at, magic, what, kind) in MAGIC {
        if head.get(at..).is_some_and(|h| h.starts_with(magic)) {
            return (kind, what);
        }
    }
    if let Some(kind) = message_syntax(head) {
        return kind;
    }
    if is_index(name) {
        let what = "index of a table: it holds keys of the table, is made anew from the copy";
        return (GapKind::Unsupported, what);
    }
    match claimed(name) {
        Some("dbf") => (GapKind::Unsupported, "DBF table"),
        _ => (GapKind::Unsupported, "binary data of unknown kind"),
    }
}

/// Containers of S/MIME (p7m, p7s) in binary: a sequence that begins with what it is. Standard: RFC 5652.
fn message_syntax(head: &[u8]) -> Option<(GapKind, &'static str)> {
    const CONTENT: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07";
    let at = memchr::memmem::find(head.get(..20).unwrap_or(head), CONTENT)?;
    match (head.first(), head.get(at + CONTENT.len())) {
        (Some(0x30), Some(2)) => Some((GapKind::Unsupported, "S/MIME container, signed")),
        (Some(0x30), Some(3 | 6)) => Some((GapKind::Encrypted, "S/MIME container, encrypted")),
        _ => None,
    }
}

/// Whether a name is that of an index beside a DBF table.
fn is_index(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    [
        b".cdx".as_slice(),
        b".mdx",
        b".ndx",
        b".ntx",
        b".idx",
        b".nsx",
        b".dcx",
    ]
    .iter()
    .any(|e| name.ends_with(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_claim_and_texts_agree() {
        assert_eq!(claimed("工资.XLSX".as_bytes()), Some("xlsx"));
        assert_eq!(claimed(b"README"), None);
        assert!(agrees("json", "text") && !agrees("xlsx", "text"));
        assert!(agrees("xml", "ofd-part") && agrees("text", "sql") && !agrees("pdf", "sql"));
    }

    #[test]
    fn a_picture_is_no_text_even_when_its_rest_is() {
        assert_eq!(
            certain(b"\x89PNG\r\n\x1a\nplain text").map(|c| c.0),
            Some(GapKind::Image)
        );
        assert!(certain(b"\x1f\x8b text").is_some());
        assert_eq!(certain(b"BMW is a car maker, MZ was one"), None);
        assert_eq!(certain("客户名单".as_bytes()), None);
        assert_eq!(certain(b"PK\x03\x04"), None);
    }

    #[test]
    fn containers_of_mails_are_named() {
        let with = |kind: u8| {
            let mut head = b"\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07".to_vec();
            head.extend([kind, 0xA0]);
            unknown(&head, b"a.p7m")
        };
        assert_eq!(with(2).0, GapKind::Unsupported);
        assert!(with(2).1.contains("signed"));
        assert_eq!(with(3).0, GapKind::Encrypted);
        assert!(with(1).1.contains("unknown kind"));
    }

    #[test]
    fn unknown_bytes_are_named() {
        assert_eq!(
            unknown(b"\x89PNG\r\n\x1a\nxx", b"a.txt"),
            (GapKind::Image, "PNG picture")
        );
        assert_eq!(unknown(b"\0\x01\x02", b"x").0, GapKind::Unsupported);
    }
}
