//! The parts of a package: what each is, how they refer to each other.
//!
//! Standard: ECMA-376 part 2 (Open Packaging Conventions).

use super::{
    chars::{Escapes, decode},
    tokens::{Attribute, Tag, Token, Tokens},
};
use crate::formats::{
    Cx, FormatError,
    archives::{bytes::Bytes, directory::Directory, inflate::Inflate},
};
use crate::model::Step;
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// What a part is, which decides how it is read and what a copy does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `[Content_Types].xml`.
    Types,
    /// Relationships of a part.
    Rels,
    /// The workbook.
    Workbook,
    /// A sheet of any sort.
    Sheet,
    /// The shared strings.
    Strings,
    /// A table on a sheet.
    Table,
    /// The order of calculation: goes when a formula goes.
    CalcChain,
    /// XML of a known sort: all its text and attributes are read.
    Xml,
    /// XML of an unknown sort: read likewise, but a copy is withheld.
    UnknownXml,
    /// A picture.
    Image,
    /// A picture of the first sheet: a copy goes without it.
    Thumbnail,
    /// Settings of a printer: a copy goes without them.
    Printer,
    /// A program.
    Macros,
    /// A file inside.
    Embedded,
    /// A signature: goes when anything changes.
    Signature,
    /// Unknown bytes.
    Opaque,
    /// A folder's entry.
    Folder,
}

/// One part.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Its path as shown.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// One sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: String,
    /// Key of its part.
    pub(super) key: String,
}

/// One relationship.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// Identifier.
    pub(super) id: String,
    /// Last word of its type.
    pub(super) kind: String,
    /// Key of the part it leads to; `None` when it leads outside.
    pub(super) key: Option<String>,
}

/// All parts, in the order of the directory.
#[derive(Debug)]
pub(super) struct Package {
    /// The parts; index as in the directory.
    pub(super) parts: Vec<Part>,
    /// Indexes by key; more than one when names are there twice.
    keys: HashMap<String, Vec<usize>>,
    /// Sheets in the workbook's order.
    pub(super) sheets: Vec<Sheet>,
    /// Key of the workbook part.
    pub(super) workbook: String,
}

/// The form of a part's name that is compared: no leading slash, forward slashes, lower case.
pub(super) fn key(path: &str) -> String {
    path.trim_start_matches(['/', '\\'])
        .replace('\\', "/")
        .to_lowercase()
}

/// Follows a relationship's target from the part with the key `source`.
pub(super) fn resolve(source: &str, target: &str) -> String {
    let target = target.split(['#', '?']).next().unwrap_or_default();
    let mut steps: Vec<&str> = Vec::new();
    let rooted = target.starts_with(['/', '\\']);
    if !rooted {
        steps.extend(source.split('/'));
        steps.pop();
    }
    let target = target.replace('\\', "/");
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    key(&steps.join("/"))
}

/// Key of the relationships of a part.
pub(super) fn rels_of(key: &str) -> String {
    match key.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
        None => format!("_rels/{key}.rels"),
    }
}

/// Key of the part that relationships are of.
pub(super) fn owner_of(rels: &str) -> String {
    let owner = rels.strip_suffix(".rels").unwrap_or(rels);
    match owner.strip_prefix("_rels/") {
        Some(name) => name.to_owned(),
        None => owner.replacen("/_rels/", "/", 1),
    }
}

const PICTURES: [&str; 12] = [
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg", ".wdp",
    ".webp",
];

/// Whether a key has this extension. Keys are in lower case.
fn has_extension(key: &str, extension: &str) -> bool {
    key.rsplit_once('.').is_some_and(|(_, e)| e == extension)
}

fn kind(key: &str) -> Kind {
    const KNOWN: [&str; 6] = [
        "xl/",
        "docprops/",
        "customxml/",
        "docmetadata/",
        "customui/",
        "usercustomization/",
    ];
    let ends = |list: &[&str]| list.iter().any(|e| key.ends_with(e));
    if key.ends_with('/') || key.is_empty() {
        Kind::Folder
    } else if key == "[content_types].xml" {
        Kind::Types
    } else if key.starts_with("_xmlsignatures/") {
        Kind::Signature
    } else if has_extension(key, "rels") {
        Kind::Rels
    } else if key.starts_with("docprops/thumbnail.") {
        Kind::Thumbnail
    } else if key.contains("/printersettings/") && has_extension(key, "bin") {
        Kind::Printer
    } else if key.contains("/embeddings/") {
        Kind::Embedded
    } else if key.contains("vbaproject") && has_extension(key, "bin") {
        Kind::Macros
    } else if key.starts_with("xl/media/") || ends(&PICTURES) {
        Kind::Image
    } else if key == "xl/calcchain.xml" {
        Kind::CalcChain
    } else if key == "xl/sharedstrings.xml" {
        Kind::Strings
    } else if has_extension(key, "xml") || has_extension(key, "vml") {
        let sheet = ["worksheets", "macrosheets", "chartsheets", "dialogsheets"]
            .iter()
            .any(|f| {
                key.strip_prefix("xl/")
                    .and_then(|k| k.strip_prefix(f))
                    .is_some_and(|k| k.starts_with('/'))
            });
        if sheet {
            Kind::Sheet
        } else if key.starts_with("xl/tables/") {
            Kind::Table
        } else if KNOWN.iter().any(|f| key.starts_with(f)) {
            Kind::Xml
        } else {
            Kind::UnknownXml
        }
    } else {
        Kind::Opaque
    }
}

impl Package {
    /// Takes the parts from the directory and reads which sheets there are.
    ///
    /// # Errors
    /// `Corrupt` when there is no workbook or it cannot be read.
    pub(super) fn read(
        bytes: &Bytes<'_>,
        directory: &Directory,
        cx: &mut Cx<'_>,
    ) -> Result<Self, FormatError> {
        let mut package = Self {
            parts: Vec::new(),
            keys: HashMap::new(),
            sheets: Vec::new(),
            workbook: "xl/workbook.xml".into(),
        };
        for (index, entry) in directory.entries.iter().enumerate() {
            let path = String::from_utf8_lossy(&entry.name).into_owned();
            let key = key(&path);
            package.parts.push(Part {
                kind: kind(&key),
                path,
            });
            package.keys.entry(key).or_default().push(index);
        }
        let relations = package.relations(bytes, directory, "", cx)?;
        if let Some(main) = relations
            .into_iter()
            .find(|r| r.kind == "officeDocument")
            .and_then(|r| r.key)
        {
            package.workbook = main;
        }
        if has_extension(&package.workbook, "bin") {
            return Err(FormatError::Unsupported("binary workbook"));
        }
        let Some(index) = package.find(&package.workbook) else {
            return Err(FormatError::Corrupt("no workbook in the package"));
        };
        let relations = package.relations(bytes, directory, &package.workbook.clone(), cx)?;
        for relation in &relations {
            let kind = match relation.kind.as_str() {
                "worksheet" | "chartsheet" | "dialogsheet" | "xlMacrosheet"
                | "xlIntlMacrosheet" => Kind::Sheet,
                "sharedStrings" => Kind::Strings,
                "calcChain" => Kind::CalcChain,
                _ => continue,
            };
            for &i in relation
                .key
                .as_ref()
                .and_then(|k| package.keys.get(k))
                .into_iter()
                .flatten()
            {
                if let Some(part) = package.parts.get_mut(i) {
                    part.kind = kind;
                }
            }
        }
        if let Some(part) = package.parts.get_mut(index) {
            part.kind = Kind::Workbook;
        }
        let xml = load(bytes, directory, index, cx)?;
        package.sheets = sheets(&xml, &relations)?;
        Ok(package)
    }

    /// The first part with this key.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.keys.get(key)?.first().copied()
    }

    /// Relationships of the part with this key (`""` for the package); none when they are missing.
    ///
    /// # Errors
    /// Those of reading.
    pub(super) fn relations(
        &self,
        bytes: &Bytes<'_>,
        directory: &Directory,
        key: &str,
        cx: &mut Cx<'_>,
    ) -> Result<Vec<Relation>, FormatError> {
        let rels = if key.is_empty() {
            "_rels/.rels".to_owned()
        } else {
            rels_of(key)
        };
        match self.find(&rels) {
            Some(index) => relations(&load(bytes, directory, index, cx)?, key),
            None => Ok(Vec::new()),
        }
    }
}

/// The expanded bytes of a part, as UTF-8.
///
/// # Errors
/// Those of reading; `Limit` when they are too many to hold.
pub(super) fn load(
    bytes: &Bytes<'_>,
    directory: &Directory,
    index: usize,
    cx: &mut Cx<'_>,
) -> Result<Vec<u8>, FormatError> {
    let raw = load_raw(bytes, directory, index, cx)?;
    Ok(match super::coding::Coding::of(&raw) {
        super::coding::Coding::Utf8 => raw,
        coding @ super::coding::Coding::Other(..) => coding.decode(&raw)?.into_bytes(),
    })
}

/// The expanded bytes of a part.
///
/// # Errors
/// Those of reading; `Limit` when they are too many to hold.
pub(super) fn load_raw(
    bytes: &Bytes<'_>,
    directory: &Directory,
    index: usize,
    cx: &mut Cx<'_>,
) -> Result<Vec<u8>, FormatError> {
    let entry = directory
        .entries
        .get(index)
        .ok_or(FormatError::Corrupt("no such part"))?;
    let held = cx.limits.held_bytes;
    let inflate = Inflate::new(bytes, entry, cx.limits, cx.room())?;
    let mut out = Vec::new();
    inflate.take(held + 1).read_to_end(&mut out)?;
    cx.spend(out.len() as u64)?;
    if out.len() as u64 > held {
        return Err(FormatError::Limit("bytes held in memory"));
    }
    Ok(out)
}

/// The text of an attribute.
pub(super) fn value(attribute: &Attribute<'_>) -> String {
    let mut out = String::new();
    decode(attribute.value, 0, Escapes::Xml, &mut out, None);
    out
}

/// Reads relationships of the part with the key `owner`.
pub(super) fn relations(xml: &[u8], owner: &str) -> Result<Vec<Relation>, FormatError> {
    let mut out = Vec::new();
    let mut tokens = Tokens::new(xml);
    while let Some(token) = tokens.next()? {
        if let Token::Open(tag) = token
            && tag.name == b"Relationship"
        {
            out.push(relation(&tag, owner));
        }
    }
    Ok(out)
}

/// Reads one relationship of the part with the key `owner`.
pub(super) fn relation(tag: &Tag<'_>, owner: &str) -> Relation {
    let get = |name: &[u8]| tag.attribute(name).map(|a| value(&a)).unwrap_or_default();
    let kind = get(b"Type");
    let outside = get(b"TargetMode").eq_ignore_ascii_case("External");
    Relation {
        id: get(b"Id"),
        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
        key: (!outside).then(|| resolve(owner, &get(b"Target"))),
    }
}

fn sheets(xml: &[u8], relations: &[Relation]) -> Result<Vec<Sheet>, FormatError> {
    let mut out = Vec::new();
    let mut tokens = Tokens::new(xml);
    while let Some(token) = tokens.next()? {
        let Token::Open(tag) = token else { continue };
        if tag.name != b"sheet" {
            continue;
        }
        let name = tag.attribute(b"name").map(|a| value(&a));
        let id = tag
            .attributes()
            .find(|a| a.name() == b"id" && a.full != b"id")
            .map(|a| value(&a));
        let key = relations
            .iter()
            .find(|r| Some(&r.id) == id.as_ref())
            .and_then(|r| r.key.clone());
        if let (Some(name), Some(key)) = (name, key) {
            out.push(Sheet { name, key });
        }
    }
    Ok(out)
}

/// Whether a value is too plain to be looked at: short numbers, references and switches.
pub(super) fn is_trivial(raw: &[u8]) -> bool {
    if raw.len() > 24 {
        return raw.trim_ascii().is_empty();
    }
    let mut run = 0;
    for &b in raw {
        match b {
            b'0'..=b'9' => {
                run += 1;
                if run > 6 {
                    return false;
                }
            }
            b'.' | b',' | b':' | b' ' | b'$' | b'\n' | b'\r' | b'\t' => run = 0,
            _ => return matches!(raw, b"true" | b"false"),
        }
    }
    // A long run of short groups could be a number that was written in groups.
    raw.len() <= 12 || raw.iter().filter(|b| b.is_ascii_digit()).count() <= 8
}

/// Namespaces of the standards themselves.
pub(super) fn is_namespace(attribute: &Attribute<'_>) -> bool {
    const KNOWN: [&[u8]; 7] = [
        b"http://schemas.openxmlformats.org/",
        b"http://schemas.microsoft.com/",
        b"http://purl.oclc.org/ooxml/",
        b"http://purl.org/dc/",
        b"http://www.w3.org/",
        b"urn:schemas-microsoft-com:",
        b"application/vnd.openxmlformats-",
    ];
    attribute.value.len() <= 120 && KNOWN.iter().any(|k| attribute.value.starts_with(k))
}

/// Values that stand where none are expected, in attributes of cells and strings and in comments:
/// each different one is handed on once, and none can be changed.
#[derive(Debug, Default)]
pub(super) struct Rare {
    seen: HashSet<Box<[u8]>>,
    bytes: usize,
    pending: Vec<Box<[u8]>>,
}

impl Rare {
    /// Notes the attributes of a tag.
    pub(super) fn tag(&mut self, tag: &Tag<'_>) {
        for attribute in tag.attributes() {
            if !is_namespace(&attribute) {
                self.text(attribute.value);
            }
        }
    }

    /// Notes a text.
    pub(super) fn text(&mut self, raw: &[u8]) {
        if is_trivial(raw) || self.seen.contains(raw) {
            return;
        }
        if self.bytes > 4 << 20 {
            self.seen.clear();
            self.bytes = 0;
        }
        self.bytes += raw.len() + 64;
        self.seen.insert(raw.into());
        self.pending.push(raw.into());
    }

    /// Hands on what was noted.
    ///
    /// # Errors
    /// `Withheld` when something would have to be changed.
    pub(super) fn emit(&mut self, at: &[Step], cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for raw in self.pending.drain(..) {
            let mut text = String::new();
            decode(&raw, 0, Escapes::Xml, &mut text, None);
            if !cx.string(at, &text, None).is_empty() {
                return Err(FormatError::Withheld(
                    crate::model::GapKind::Opaque,
                    "a value in an attribute that cannot be changed".into(),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_followed() {
        assert_eq!(
            resolve("xl/worksheets/sheet1.xml", "../Tables/T1.xml"),
            "xl/tables/t1.xml"
        );
        assert_eq!(
            resolve("xl/workbook.xml", "/xl/styles.xml"),
            "xl/styles.xml"
        );
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(rels_of("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
        assert_eq!(owner_of("xl/_rels/workbook.xml.rels"), "xl/workbook.xml");
        assert_eq!(owner_of("_rels/.rels"), "");
    }

    #[test]
    fn what_can_hold_an_identifier_is_not_trivial() {
        for plain in ["1", "true", "A1:B2", "12.75", "1:16384"] {
            assert!(plain == "A1:B2" || is_trivial(plain.as_bytes()), "{plain}");
        }
        for value in [
            "13800138000",
            "6222 0200 6810 8011 948",
            "张三",
            "Li Si",
            "010.8888.6666.11",
        ] {
            assert!(!is_trivial(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn parts_are_told_by_their_path() {
        assert_eq!(kind("xl/worksheets/sheet1.xml"), Kind::Sheet);
        assert_eq!(kind("xl/worksheets/_rels/sheet1.xml.rels"), Kind::Rels);
        assert_eq!(
            kind("xl/printersettings/printersettings1.bin"),
            Kind::Printer
        );
        assert_eq!(kind("xl/vbaproject.bin"), Kind::Macros);
        assert_eq!(kind("odd/part.xml"), Kind::UnknownXml);
        assert_eq!(kind("xl/model/item.data"), Kind::Opaque);
    }
}
