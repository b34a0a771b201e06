//! One traversal of a package, then the copy.

use crate::formats::{
    Cx, FormatError, Output, Splice, Treatment,
    archives::{
        bytes::Bytes,
        copy::{Lazy, Packer},
        directory::{Directory, Entry},
        inflate::Inflate,
        package::{self, Inside, Outcome},
    },
    ooxml::{
        coding::Coding,
        flow::Dialect,
        package::{load_raw, value},
        slide,
        sweep::{Rules, Sweep, Whole},
        tokens::{Other, Token, Tokens},
    },
    pictures,
    source::read_full,
    spill::Spool,
};
use crate::model::{GapKind, Name, Step};
use std::cell::Cell;
use std::collections::HashSet;
use std::io::Write;
use std::rc::Rc;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A folder, or the type of the package.
    Frame,
    /// `META-INF/manifest.xml`: what parts there are.
    Manifest,
    /// XML: all its text and attributes are read.
    Xml,
    /// A picture.
    Image,
    /// Sound or moving pictures.
    Recording,
    /// A font: a copy goes without it.
    Font,
    /// Where lines broke when it was last shown, no text: a copy goes without it.
    Layout,
    /// A signature: goes when anything changes.
    Signature,
    /// A file inside.
    Embedded,
}

struct Run<'r> {
    bytes: &'r Bytes<'r>,
    directory: &'r Directory,
    /// Paths and kinds, in the order of the directory.
    parts: Vec<(String, Kind)>,
    outcomes: Vec<Outcome>,
    writing: bool,
    /// Where new parts wait.
    spool: Rc<Spool>,
    tables: Rc<Cell<u32>>,
    whole: Whole,
}

fn kind(path: &str) -> Kind {
    let key = path.to_ascii_lowercase();
    let extension = key.rsplit_once('.').map_or("", |(_, e)| e);
    if path.ends_with('/') || path == "mimetype" {
        return Kind::Frame;
    }
    if key == "meta-inf/manifest.xml" {
        return Kind::Manifest;
    }
    if key.starts_with("meta-inf/") && key.contains("signature") {
        return Kind::Signature;
    }
    if key == "layout-cache" || key.ends_with("/layout-cache") {
        return Kind::Layout;
    }
    if key.contains("objectreplacements/") {
        return Kind::Image;
    }
    match extension {
        "xml" | "rdf" | "xba" | "xlb" | "xdl" | "xlc" => Kind::Xml,
        "png" | "jpg" | "jpeg" | "gif" | "bmp" | "tif" | "tiff" | "emf" | "wmf" | "svg" | "svm"
        | "webp" | "ico" => Kind::Image,
        "mp4" | "m4v" | "mov" | "avi" | "wmv" | "mpg" | "mpeg" | "mp3" | "m4a" | "wav" | "wma"
        | "ogg" | "oga" | "ogv" | "webm" | "flac" => Kind::Recording,
        "ttf" | "otf" | "ttc" | "woff" | "woff2" => Kind::Font,
        _ if key.starts_with("pictures/") || key.starts_with("thumbnails/") => Kind::Image,
        _ => Kind::Embedded,
    }
}

fn withheld(kind: GapKind, what: &str) -> FormatError {
    FormatError::Withheld(kind, what.into())
}

/// Reads a package and, with an output, writes its copy.
pub(super) fn run(
    bytes: &Bytes<'_>,
    directory: &Directory,
    cx: &mut Cx<'_>,
    out: Option<&mut dyn Output>,
) -> Result<(), FormatError> {
    if directory.entries.iter().any(Entry::is_encrypted) {
        return Err(FormatError::Encrypted);
    }
    let parts: Vec<(String, Kind)> = directory
        .entries
        .iter()
        .map(|e| String::from_utf8_lossy(&e.name).into_owned())
        .map(|path| {
            let kind = kind(&path);
            (path, kind)
        })
        .collect();
    let mut run = Run {
        bytes,
        directory,
        outcomes: parts.iter().map(|_| Outcome::Keep).collect(),
        parts,
        writing: out.is_some(),
        spool: Spool::new(&cx.limits.spill, cx.limits.held_bytes),
        tables: Rc::default(),
        whole: Whole::default(),
    };
    run.refuse_encrypted(cx)?;
    run.names(cx)?;
    for index in 0..run.parts.len() {
        let at = run.at(index);
        if let Err(e) = run.part(index, cx) {
            run.trouble(&at, e, cx)?;
        }
    }
    run.drop_signatures();
    for index in 0..run.parts.len() {
        if run.parts.get(index).is_some_and(|p| p.1 == Kind::Manifest) {
            let at = run.at(index);
            if let Err(e) = run.manifest(index, cx) {
                run.trouble(&at, e, cx)?;
            }
        }
    }
    match out {
        Some(out) => run.write(out),
        None => Ok(()),
    }
}

impl Run<'_> {
    fn at(&self, index: usize) -> Vec<Step> {
        let part = self.parts.get(index);
        part.map(|(path, _)| Step::Part(path.clone()))
            .into_iter()
            .collect()
    }

    fn entry(&self, index: usize) -> Result<&Entry, FormatError> {
        self.directory
            .entries
            .get(index)
            .ok_or(FormatError::Corrupt("no such part"))
    }

    fn set(&mut self, index: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = outcome;
        }
    }

    /// Trouble with one part: noted when reading, the end of a copy.
    fn trouble(&self, at: &[Step], error: FormatError, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        match error {
            FormatError::Timeout
            | FormatError::Limit("expanded bytes of one file")
            | FormatError::Withheld(..) => Err(error),
            _ if self.writing => Err(FormatError::Withheld(error.kind(), error.to_string())),
            _ => {
                cx.gap(at, error.kind(), &error.to_string());
                Ok(())
            }
        }
    }

    /// Parts that need a password are named in the manifest, and nowhere else.
    fn refuse_encrypted(&self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for (index, _) in self
            .parts
            .iter()
            .enumerate()
            .filter(|(_, p)| p.1 == Kind::Manifest)
        {
            let raw = load_raw(self.bytes, self.directory, index, cx)?;
            let text = Coding::of(&raw).decode(&raw)?;
            let mut tokens = Tokens::new(text.as_bytes());
            while let Some(token) = tokens.next()? {
                if matches!(token, Token::Open(tag) if tag.name == b"encryption-data") {
                    return Err(FormatError::Encrypted);
                }
            }
        }
        Ok(())
    }

    /// Names of parts and what the zip file holds besides its parts.
    fn names(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let mut hits = 0;
        for ((path, _), entry) in self.parts.iter().zip(&self.directory.entries) {
            let at = [Step::Part(path.clone()), Step::Name];
            hits += cx.string(&at, path, None).len();
            let mut texts: Vec<&[u8]> = vec![&entry.comment];
            texts.extend(entry.local_name.as_deref());
            texts.extend(entry.extra_texts.iter().map(Vec::as_slice));
            for text in texts.into_iter().filter(|t| !t.is_empty()) {
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
        if hits > 0 {
            return Err(withheld(GapKind::Opaque, "a value in the name of a part"));
        }
        Ok(())
    }

    fn part(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let Some(&(_, kind)) = self.parts.get(index) else {
            return Ok(());
        };
        let at = self.at(index);
        let mut drop = |gap: Option<(GapKind, &str)>, cx: &mut Cx<'_>| {
            if let Some((kind, what)) = gap.filter(|_| !self.writing) {
                cx.gap(&at, kind, what);
            }
            self.set(index, Outcome::Drop);
        };
        match kind {
            Kind::Frame | Kind::Manifest => {}
            Kind::Layout => drop(None, cx),
            Kind::Font => drop(Some((GapKind::Opaque, "a font")), cx),
            Kind::Signature => cx.gap(&at, GapKind::Signed, "a signature"),
            Kind::Xml => return self.xml(index, cx),
            Kind::Image => return self.picture(index, cx),
            Kind::Recording => return self.unread(index, "a recording", cx),
            Kind::Embedded => return self.embedded(index, cx),
        }
        Ok(())
    }

    /// Where copies of files inside wait, when a copy is made.
    fn copied(&self) -> Option<&Rc<Spool>> {
        self.writing.then_some(&self.spool)
    }

    fn new_part(&mut self, index: usize, data: &[u8]) -> Result<(), FormatError> {
        let mut packer = Packer::new(self.entry(index)?.method, &self.spool);
        packer.write_all(data)?;
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    /// Sweeps an XML part.
    fn xml(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let rules = Rules {
            flow: Some((Dialect::Open, Rc::clone(&self.tables))),
            whole: self.whole.clone(),
            writing: self.writing,
            ..Rules::default()
        };
        let entry = self.entry(index)?;
        if entry.size > slide::WHOLE && Coding::of(&self.head(index, cx)?) == Coding::Utf8 {
            return self.large_xml(index, rules, cx);
        }
        let raw = load_raw(self.bytes, self.directory, index, cx)?;
        let coding = Coding::of(&raw);
        let decoded;
        let text: &[u8] = match coding {
            Coding::Utf8 => &raw,
            Coding::Other(..) => {
                decoded = coding.decode(&raw)?;
                decoded.as_bytes()
            }
        };
        let mut sweep = Sweep::new(self.at(index), rules);
        let mut splice = Splice::default();
        let mut tokens = Tokens::new(text);
        while let Some(token) = tokens.next()? {
            if let Token::Other((start, end), Other::Doctype) = token {
                let inside = text.get(start..end).unwrap_or_default();
                // The types of macro files name a standard and define nothing.
                if self.writing && memchr::memchr(b'[', inside).is_some() {
                    return Err(withheld(GapKind::Opaque, "a part with a document type"));
                }
            }
            sweep.token(&token, text, &mut splice, cx)?;
        }
        sweep.finish(&mut splice, cx)?;
        if !self.writing || splice.is_empty() {
            return Ok(());
        }
        let mut packer = Packer::new(self.entry(index)?.method, &self.spool);
        match coding {
            Coding::Utf8 => splice.apply(text, 0, &mut packer)?,
            Coding::Other(..) => {
                let mut new = Vec::with_capacity(text.len());
                splice.apply(text, 0, &mut new)?;
                packer.write_all(&coding.encode(&String::from_utf8_lossy(&new)))?;
            }
        }
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    /// Sweeps a large XML part in UTF-8 as it is read.
    fn large_xml(
        &mut self,
        index: usize,
        rules: Rules,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let entry = self.entry(index)?.clone();
        let (bytes, limits, writing) = (self.bytes, cx.limits, self.writing);
        let mut each = |token: &Token<'_>, held: &[u8], base: usize| {
            if let Token::Other((start, end), Other::Doctype) = *token {
                let inside = held.get(start - base..end - base).unwrap_or_default();
                if writing && memchr::memchr(b'[', inside).is_some() {
                    return Err(withheld(GapKind::Opaque, "a part with a document type"));
                }
            }
            Ok(())
        };
        let mut sweep = Sweep::new(self.at(index), rules);
        let mut copy = writing.then(|| Lazy::new(bytes, &entry, limits, &self.spool));
        let mut inflate = Inflate::new(bytes, &entry, limits, cx.room())?;
        slide::sweep(&mut inflate, &mut sweep, copy.as_mut(), &mut each, cx)?;
        if let Some(packed) = copy.map(Lazy::finish).transpose()?.flatten() {
            self.set(index, Outcome::New(packed));
        }
        Ok(())
    }

    fn head(&self, index: usize, cx: &Cx<'_>) -> Result<Vec<u8>, FormatError> {
        let entry = self.entry(index)?;
        let mut inflate = Inflate::new(self.bytes, entry, cx.limits, cx.room())?;
        let mut head = vec![0; pictures::HEAD];
        let n = read_full(&mut inflate, &mut head)?;
        head.truncate(n);
        Ok(head)
    }

    /// A picture: there is nothing to read in one that is blank.
    fn picture(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let blank = pictures::blank(&self.head(index, cx)?);
        if self.entry(index)?.size == blank.len() as u64
            && load_raw(self.bytes, self.directory, index, cx)? == blank
        {
            return Ok(());
        }
        self.unread(index, "a picture", cx)
    }

    /// A part that is not read: in a copy it is blank or empty.
    fn unread(&mut self, index: usize, what: &str, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let at = self.at(index);
        if self.entry(index)?.size == 0 {
            return Ok(());
        }
        let unread = cx.limits.unread;
        let kind = self.parts.get(index).map(|p| p.1);
        let (gap, treatment) = match kind {
            Some(Kind::Image) => (GapKind::Image, unread.pictures),
            Some(Kind::Recording) => (GapKind::Opaque, unread.pictures),
            _ => (GapKind::Opaque, unread.objects),
        };
        if !self.writing {
            cx.gap(&at, gap, what);
            return Ok(());
        }
        match treatment {
            Treatment::Withhold => Err(withheld(gap, what)),
            Treatment::Keep => {
                cx.gap(&at, GapKind::Kept, what);
                Ok(())
            }
            Treatment::Blank => {
                cx.gap(&at, GapKind::Dropped, what);
                let new = match kind {
                    Some(Kind::Image) => pictures::blank(&self.head(index, cx)?),
                    Some(Kind::Recording) => Vec::new(),
                    _ => pictures::empty(&self.head(index, cx)?),
                };
                self.new_part(index, &new)
            }
        }
    }

    /// A file inside. One that cannot be read, or not be redacted, is empty in a copy.
    fn embedded(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let entry = self.entry(index)?.clone();
        let name = self.parts.get(index).map(|p| Name::from(p.0.as_str()));
        let name = name.unwrap_or_else(|| Name::from(""));
        if entry.size <= 4096 {
            let raw = load_raw(self.bytes, self.directory, index, cx)?;
            if raw == pictures::empty(&raw) {
                return Ok(());
            }
        }
        match package::inside(self.bytes, &entry, &name, self.copied(), cx)? {
            Inside::Same => {}
            Inside::New(packed) => self.set(index, Outcome::New(packed)),
            Inside::Unread => return self.unread(index, "a file inside", cx),
        }
        Ok(())
    }

    fn is_changed(&self) -> bool {
        package::is_changed(self.directory, &self.outcomes)
    }

    fn drop_signatures(&mut self) {
        if !self.writing || !self.is_changed() {
            return;
        }
        for index in 0..self.parts.len() {
            if self
                .parts
                .get(index)
                .is_some_and(|p| p.1 == Kind::Signature)
            {
                self.set(index, Outcome::Drop);
            }
        }
    }

    /// The list of parts, last: what it names may have gone.
    fn manifest(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let gone: HashSet<&str> = self
            .parts
            .iter()
            .zip(&self.outcomes)
            .filter(|(_, o)| matches!(o, Outcome::Drop))
            .map(|((path, _), _)| path.as_str())
            .collect();
        let known: HashSet<&str> = self.parts.iter().map(|(path, _)| path.as_str()).collect();
        let raw = load_raw(self.bytes, self.directory, index, cx)?;
        let coding = Coding::of(&raw);
        let text = coding.decode(&raw)?;
        let text = text.as_bytes();
        let mut sweep = Sweep::new(self.at(index), Rules::default());
        let (mut splice, mut tokens) = (Splice::default(), Tokens::new(text));
        while let Some(token) = tokens.next()? {
            if let Token::Open(tag) = token
                && tag.name == b"file-entry"
                && tag.empty
                && let Some(path) = tag.attribute(b"full-path").map(|a| value(&a))
            {
                if self.writing && gone.contains(path.as_str()) {
                    splice.cut(tag.at.0 as u64, tag.at.1 as u64, b"");
                    continue;
                }
                if known.contains(path.as_str()) {
                    continue;
                }
            }
            sweep.token(&token, text, &mut splice, cx)?;
        }
        sweep.finish(&mut splice, cx)?;
        if !self.writing || splice.is_empty() {
            return Ok(());
        }
        let mut packer = Packer::new(self.entry(index)?.method, &self.spool);
        match coding {
            Coding::Utf8 => splice.apply(text, 0, &mut packer)?,
            Coding::Other(..) => {
                let mut new = Vec::with_capacity(text.len());
                splice.apply(text, 0, &mut new)?;
                packer.write_all(&coding.encode(&String::from_utf8_lossy(&new)))?;
            }
        }
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    fn write(&self, out: &mut dyn Output) -> Result<(), FormatError> {
        package::write(self.bytes, self.directory, &self.outcomes, out)
    }
}
