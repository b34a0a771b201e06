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
use std::collections::HashMap;
use std::io::Read;

/// What a part is, which decides how it is read and what a copy does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Kind {
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
    /// Sound or moving pictures.
    Recording,
    /// A font: a copy goes without it.
    Font,
    /// A file inside.
    Embedded,
    /// A signature: goes when anything changes.
    Signature,
    /// Unknown bytes.
    Opaque,
    /// A folder's entry.
    Folder,
}

/// What a package is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Family {
    /// A workbook.
    Sheet,
    /// A document or presentation: running text.
    Text,
}

/// One part.
#[derive(Debug, Clone)]
pub(in crate::formats) struct Part {
    /// Its path as shown.
    pub(in crate::formats) path: String,
    /// What it is.
    pub(in crate::formats) kind: Kind,
}

/// One sheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(in crate::formats) struct Sheet {
    /// Its name.
    pub(in crate::formats) name: String,
    /// Key of its part.
    pub(in crate::formats) key: String,
}

/// One relationship.
#[derive(Debug, Clone)]
pub(in crate::formats) struct Relation {
    /// Identifier.
    pub(in crate::formats) id: String,
    /// Last word of its type.
    pub(in crate::formats) kind: String,
    /// Key of the part it leads to; `None` when it leads outside.
    pub(in crate::formats) key: Option<String>,
}

/// All parts, in the order of the directory.
#[derive(Debug)]
pub(in crate::formats) struct Package {
    /// The parts; index as in the directory.
    pub(in crate::formats) parts: Vec<Part>,
    /// Indexes by key; more than one when names are there twice.
    keys: HashMap<String, Vec<usize>>,
    /// Sheets in the workbook's order.
    pub(in crate::formats) sheets: Vec<Sheet>,
    /// Key of the main part.
    pub(in crate::formats) main: String,
    /// What it is of.
    pub(in crate::formats) family: Family,
}

/// The form of a part's name that is compared: no leading slash, forward slashes, lower case.
pub(in crate::formats) fn key(path: &str) -> String {
    path.trim_start_matches(['/', '\\'])
        .replace('\\', "/")
        .to_lowercase()
}

/// Follows a relationship's target from the part with the key `source`.
pub(in crate::formats) fn resolve(source: &str, target: &str) -> String {
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
pub(in crate::formats) fn rels_of(key: &str) -> String {
    match key.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/_rels/{name}.rels"),
        None => format!("_rels/{key}.rels"),
    }
}

/// Key of the part that relationships are of.
pub(in crate::formats) fn owner_of(rels: &str) -> String {
    let owner = rels.strip_suffix(".rels").unwrap_or(rels);
    match owner.strip_prefix("_rels/") {
        Some(name) => name.to_owned(),
        None => owner.replacen("/_rels/", "/", 1),
    }
}

/// Extensions of pictures.
const PICTURES: [&str; 19] = [
    ".png", ".jpg", ".jpeg", ".jpe", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".emf", ".wmf",
    ".emz", ".wmz", ".svg", ".wdp", ".webp", ".ico", ".heic", ".pict",
];

/// Extensions of sound and moving pictures.
const RECORDINGS: [&str; 14] = [
    ".mp4", ".m4v", ".mov", ".avi", ".wmv", ".mpg", ".mpeg", ".mp3", ".m4a", ".wav", ".wma",
    ".mid", ".aac", ".flv",
];

const FONTS: [&str; 5] = [".odttf", ".fntdata", ".ttf", ".otf", ".ttc"];

/// Extensions of files that may be put into a document (`altChunk`, packages).
const FILES: [&str; 22] = [
    ".htm", ".html", ".mht", ".rtf", ".txt", ".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm",
    ".doc", ".xls", ".ppt", ".csv", ".pdf", ".zip", ".odt", ".ods", ".odp", ".msg", ".eml",
];

/// Whether a key has this extension. Keys are in lower case.
fn has_extension(key: &str, extension: &str) -> bool {
    key.rsplit_once('.').is_some_and(|(_, e)| e == extension)
}

fn kind(key: &str) -> Kind {
    const KNOWN: [&str; 9] = [
        "xl/",
        "word/",
        "ppt/",
        "visio/",
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
    } else if (key.contains("vbaproject") && has_extension(key, "bin"))
        || key.ends_with("/vbadata.xml")
    {
        Kind::Macros
    } else if ends(&RECORDINGS) {
        Kind::Recording
    } else if ends(&FONTS) {
        Kind::Font
    } else if ends(&PICTURES) || key.contains("/media/") {
        Kind::Image
    } else if ends(&FILES) {
        Kind::Embedded
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
    pub(in crate::formats) fn read(
        bytes: &Bytes<'_>,
        directory: &Directory,
        cx: &mut Cx<'_>,
    ) -> Result<Self, FormatError> {
        let mut package = Self {
            parts: Vec::new(),
            keys: HashMap::new(),
            sheets: Vec::new(),
            main: String::new(),
            family: Family::Sheet,
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
            package.main = main;
        }
        if package.find(&package.main).is_none() {
            const USUAL: [&str; 3] = [
                "xl/workbook.xml",
                "word/document.xml",
                "ppt/presentation.xml",
            ];
            let there = USUAL.into_iter().find(|k| package.find(k).is_some());
            there.unwrap_or_default().clone_into(&mut package.main);
        }
        if has_extension(&package.main, "bin") {
            return Err(FormatError::Unsupported("binary workbook"));
        }
        let Some(index) = package.find(&package.main) else {
            return Err(FormatError::Corrupt("no main part in the package"));
        };
        if ["word/", "ppt/"]
            .iter()
            .any(|f| package.main.starts_with(f))
            || !package
                .keys
                .keys()
                .any(|k| k.starts_with("xl/") || k == "workbook.xml")
        {
            package.family = Family::Text;
            return Ok(package);
        }
        let relations = package.relations(bytes, directory, &package.main.clone(), cx)?;
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
    pub(in crate::formats) fn find(&self, key: &str) -> Option<usize> {
        self.keys.get(key)?.first().copied()
    }

    /// Relationships of the part with this key (`""` for the package); none when they are missing.
    ///
    /// # Errors
    /// Those of reading.
    pub(in crate::formats) fn relations(
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
pub(in crate::formats) fn load(
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
pub(in crate::formats) fn load_raw(
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
pub(in crate::formats) fn value(attribute: &Attribute<'_>) -> String {
    let mut out = String::new();
    decode(attribute.value, 0, Escapes::Xml, &mut out, None);
    out
}

/// Reads relationships of the part with the key `owner`.
pub(in crate::formats) fn relations(xml: &[u8], owner: &str) -> Result<Vec<Relation>, FormatError> {
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
pub(in crate::formats) fn relation(tag: &Tag<'_>, owner: &str) -> Relation {
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
