//! Every part of a package but cells and strings.

use super::{Outcome, Run, at_part, withheld};
use crate::formats::ooxml::{
    coding::Coding,
    flow::Dialect,
    macros,
    package::{Family, Kind, key, load, load_raw, owner_of, relation, value},
    slide,
    sweep::{Known, Rules, Sweep, hand_on},
    tokens::{Other, Token, Tokens},
};
use crate::formats::{
    Cx, FormatError, Splice, Treatment,
    archives::{
        copy::{Lazy, Packer},
        inflate::Inflate,
        package::{self as rebuilt, Inside},
    },
    pictures,
    source::read_full,
};
use crate::model::{GapKind, Name};
use std::collections::HashSet;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;

impl Run<'_> {
    /// Every part but cells and strings.
    pub(super) fn others(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        // The main part first: what it says of names holds for the others.
        let main = self.package.find(&self.package.main);
        let rest = (0..self.package.parts.len()).filter(|&i| Some(i) != main);
        for index in main.into_iter().chain(rest) {
            let (part, _) = self.part(index)?;
            let at = at_part(part);
            let result = match part.kind {
                Kind::Folder | Kind::Sheet | Kind::Strings | Kind::Types | Kind::Rels => Ok(()),
                Kind::Workbook | Kind::Table | Kind::Xml | Kind::UnknownXml | Kind::CalcChain => {
                    self.xml(index, Rules::default(), cx)
                }
                Kind::Image | Kind::Thumbnail => self.picture(index, cx),
                Kind::Recording => self.unread(index, "a recording", cx),
                Kind::Macros => self.unread(index, "macros", cx),
                Kind::Opaque => self.unread(index, "an unknown part", cx),
                Kind::Embedded => self.embedded(index, cx),
                Kind::Font => {
                    if !self.writing {
                        cx.gap(&at, GapKind::Opaque, "a font");
                    }
                    self.set(index, Outcome::Drop);
                    Ok(())
                }
                Kind::Printer => self.printer(index, cx),
                Kind::Signature => {
                    cx.gap(&at, GapKind::Signed, "a signature");
                    Ok(())
                }
            };
            if let Err(e) = result {
                self.trouble(&at, e, cx)?;
            }
        }
        Ok(())
    }

    /// A part that is not read: in a copy it is blank, or missing.
    fn unread(&mut self, index: usize, what: &str, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let (at, kind, method) = (at_part(part), part.kind, entry.method);
        if entry.size == 0 {
            return Ok(());
        }
        let unread = cx.limits.unread;
        let (gap, treatment) = match kind {
            Kind::Image | Kind::Thumbnail => (GapKind::Image, unread.pictures),
            Kind::Recording => (GapKind::Opaque, unread.pictures),
            _ => (GapKind::Opaque, unread.objects),
        };
        if !self.writing {
            cx.gap(&at, gap, what);
            if matches!(kind, Kind::Macros | Kind::Opaque) {
                macros::sweep(&load_raw(self.bytes, self.directory, index, cx)?, &at, cx);
            }
            return Ok(());
        }
        match treatment {
            Treatment::Withhold => return Err(withheld(gap, what)),
            Treatment::Keep => {
                cx.gap(&at, GapKind::Kept, what);
                return Ok(());
            }
            Treatment::Blank => {}
        }
        cx.gap(&at, GapKind::Dropped, what);
        let new = match kind {
            Kind::Macros | Kind::Xml | Kind::UnknownXml => {
                self.set(index, Outcome::Drop);
                return Ok(());
            }
            Kind::Image | Kind::Thumbnail => pictures::blank(&self.head(index, cx)?),
            Kind::Recording => Vec::new(),
            _ => pictures::empty(&self.head(index, cx)?),
        };
        let mut packer = Packer::new(method, &self.spool);
        packer.write_all(&new)?;
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    /// The first bytes of a part.
    fn head(&self, index: usize, cx: &Cx<'_>) -> Result<Vec<u8>, FormatError> {
        let (_, entry) = self.part(index)?;
        let mut inflate = Inflate::new(self.bytes, entry, cx.limits, cx.room())?;
        let mut head = vec![0; pictures::HEAD];
        let n = read_full(&mut inflate, &mut head)?;
        head.truncate(n);
        Ok(head)
    }

    /// A picture: there is nothing to read in one that is blank.
    fn picture(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let blank = pictures::blank(&self.head(index, cx)?);
        let (_, entry) = self.part(index)?;
        if entry.size == blank.len() as u64
            && load_raw(self.bytes, self.directory, index, cx)? == blank
        {
            return Ok(());
        }
        self.unread(index, "a picture", cx)
    }

    /// Relationships of a part to what a copy goes without.
    fn gone(&self, this: &str, cx: &mut Cx<'_>) -> Result<HashSet<String>, FormatError> {
        if !self.writing || !self.led {
            return Ok(HashSet::new());
        }
        let relations = self
            .package
            .relations(self.bytes, self.directory, this, cx)?;
        let leads = |key: &String| {
            let index = self.package.find(key);
            index
                .and_then(|i| self.package.parts.get(i))
                .is_some_and(|p| matches!(p.kind, Kind::Printer | Kind::Font))
        };
        Ok(relations
            .into_iter()
            .filter(|r| r.key.as_ref().is_some_and(leads))
            .map(|r| r.id)
            .collect())
    }

    /// Names of the fields of a pivot cache, when the part with this key holds its records.
    fn fields(&self, this: &str, cx: &mut Cx<'_>) -> Result<Vec<String>, FormatError> {
        let Some(rest) = this.strip_prefix("xl/pivotcache/pivotcacherecords") else {
            return Ok(Vec::new());
        };
        let definition = format!("xl/pivotcache/pivotcachedefinition{rest}");
        let Some(index) = self.package.find(&definition) else {
            return Ok(Vec::new());
        };
        let xml = load(self.bytes, self.directory, index, cx)?;
        let mut tokens = Tokens::new(&xml);
        let mut out = Vec::new();
        while let Some(token) = tokens.next()? {
            if let Token::Open(tag) = token
                && tag.name == b"cacheField"
            {
                out.push(
                    tag.attribute(b"name")
                        .map(|a| value(&a))
                        .unwrap_or_default(),
                );
            }
        }
        Ok(out)
    }

    /// Sweeps an XML part.
    fn xml(&mut self, index: usize, rules: Rules, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let (kind, this, method) = (part.kind, key(&part.path), entry.method);
        let at = at_part(part);
        let fields = self.fields(&this, cx)?;
        let flow = (self.package.family == Family::Text)
            .then(|| (Dialect::Office, Rc::clone(&self.tables)));
        let rules = Rules {
            workbook: kind == Kind::Workbook,
            fields,
            flow,
            gone: self.gone(&this, cx)?,
            data: this.starts_with("customxml/"),
            writing: self.writing,
            whole: self.whole.clone(),
            renames: self.renames.clone(),
            columns: self.columns.get(&this).cloned(),
            ..rules
        };
        if entry.size > slide::WHOLE && self.is_utf8(entry, cx)? {
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
        let mut splice = Splice::default();
        let mut sweep = Sweep::new(at.to_vec(), rules);
        let mut tokens = Tokens::new(text);
        let mut mashup = false;
        while let Some(token) = tokens.next()? {
            match token {
                Token::Other(_, Other::Doctype) if self.writing => {
                    return Err(withheld(GapKind::Opaque, "a part with a document type"));
                }
                Token::Open(tag) => mashup |= tag.name == b"DataMashup",
                _ => {}
            }
            sweep.token(&token, text, &mut splice, cx)?;
        }
        sweep.finish(&mut splice, cx)?;
        if mashup {
            return self.unread(index, "Power Query", cx);
        }
        if splice.is_empty() {
            return Ok(());
        }
        let mut packer = Packer::new(method, &self.spool);
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
        let (part, entry) = self.part(index)?;
        let (at, entry) = (at_part(part), entry.clone());
        let (bytes, limits, writing) = (self.bytes, cx.limits, self.writing);
        let mut mashup = false;
        let mut each = |token: &Token<'_>, _: &[u8], _: usize| {
            match token {
                Token::Other(_, Other::Doctype) if writing => {
                    return Err(withheld(GapKind::Opaque, "a part with a document type"));
                }
                Token::Open(tag) => mashup |= tag.name == b"DataMashup",
                _ => {}
            }
            Ok(())
        };
        let mut sweep = Sweep::new(at.to_vec(), rules);
        let mut copy = writing.then(|| Lazy::new(bytes, &entry, limits, &self.spool));
        let mut inflate = Inflate::new(bytes, &entry, limits, cx.room())?;
        slide::sweep(&mut inflate, &mut sweep, copy.as_mut(), &mut each, cx)?;
        let packed = copy.map(Lazy::finish).transpose()?.flatten();
        if mashup {
            return self.unread(index, "Power Query", cx);
        }
        if let Some(packed) = packed {
            self.set(index, Outcome::New(packed));
        }
        Ok(())
    }

    /// A file inside. One that cannot be read, or not be redacted, is empty in a copy.
    fn embedded(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let (at, name) = (at_part(part), Name::from(part.path.as_str()));
        let entry = entry.clone();
        if entry.size <= 4096 {
            let raw = load_raw(self.bytes, self.directory, index, cx)?;
            if raw == pictures::empty(&raw) {
                return Ok(());
            }
        }
        let worst = cx.worst();
        match rebuilt::inside(self.bytes, &entry, &name, self.copied(), cx)? {
            Inside::Same => {}
            Inside::New(packed) => self.set(index, Outcome::New(packed)),
            Inside::Unread => return self.unread(index, "a file inside", cx),
        }
        if !self.writing && cx.worst() != worst && has_extension(&entry.name, b".bin") {
            let raw = load_raw(self.bytes, self.directory, index, cx)?;
            macros::sweep(&raw, &at, cx);
        }
        Ok(())
    }

    /// Printer settings: UTF-16 names in binary. Read as text; a copy goes without them.
    fn printer(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let (part, _) = self.part(index)?;
        let at = at_part(part);
        let raw = load_raw(self.bytes, self.directory, index, cx)?;
        self.set(index, Outcome::Drop);
        for skip in [0, 1] {
            let units: Vec<u16> = raw
                .get(skip..)
                .unwrap_or_default()
                .chunks_exact(2)
                .map(|c| c.iter().rev().fold(0, |n, &b| n << 8 | u16::from(b)))
                .collect();
            hand_on(cx, &at, &String::from_utf16_lossy(&units), None);
        }
        Ok(())
    }

    /// Relationships and content types, last: what they name may have gone.
    pub(super) fn references(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        if self.writing {
            if self.book.formula_dropped {
                for index in self.indexes(|k| k == Kind::CalcChain) {
                    self.set(index, Outcome::Drop);
                }
            }
            if self.is_changed() {
                for index in self.indexes(|k| k == Kind::Signature) {
                    self.set(index, Outcome::Drop);
                }
            }
        }
        let mut gone: HashSet<String> = HashSet::new();
        if self.writing {
            for (part, outcome) in self.package.parts.iter().zip(&self.outcomes) {
                if matches!(outcome, Outcome::Drop) {
                    gone.insert(key(&part.path));
                }
            }
            // Relationships of a part that goes have nothing to relate.
            for index in self.indexes(|k| k == Kind::Rels) {
                let (part, _) = self.part(index)?;
                if gone.contains(&owner_of(&key(&part.path))) {
                    gone.insert(key(&part.path));
                    self.set(index, Outcome::Drop);
                }
            }
        }
        for index in self.indexes(|k| matches!(k, Kind::Rels | Kind::Types)) {
            if let Some(Outcome::Drop) = self.outcomes.get(index) {
                continue;
            }
            let (part, _) = self.part(index)?;
            let at = at_part(part);
            if let Err(e) = self.reference(index, &gone, cx) {
                self.trouble(&at, e, cx)?;
            }
        }
        Ok(())
    }

    fn reference(
        &mut self,
        index: usize,
        gone: &HashSet<String>,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let method = entry.method;
        let this = key(&part.path);
        let owner = owner_of(&this);
        let rules = Rules {
            known: Some(Known {
                owner: owner.clone(),
                keys: Arc::clone(&self.keys),
            }),
            ..Rules::default()
        };
        let mut sweep = Sweep::new(at_part(part).to_vec(), rules);
        let raw = load_raw(self.bytes, self.directory, index, cx)?;
        let coding = Coding::of(&raw);
        let text = match coding {
            Coding::Utf8 => raw,
            Coding::Other(..) => coding.decode(&raw)?.into_bytes(),
        };
        let mut splice = Splice::default();
        let mut tokens = Tokens::new(&text);
        while let Some(token) = tokens.next()? {
            if let Token::Open(tag) = token {
                let target = match tag.name {
                    b"Relationship" => relation(&tag, &owner).key,
                    b"Override" => tag.attribute(b"PartName").map(|a| key(&value(&a))),
                    _ => None,
                };
                if target.is_some_and(|t| gone.contains(&t)) {
                    if !tag.empty {
                        return Err(FormatError::Corrupt("a relationship that is not empty"));
                    }
                    splice.cut(tag.at.0 as u64, tag.at.1 as u64, b"");
                    continue;
                }
            }
            sweep.token(&token, &text, &mut splice, cx)?;
        }
        sweep.finish(&mut splice, cx)?;
        if splice.is_empty() {
            return Ok(());
        }
        let mut new = Vec::with_capacity(text.len());
        splice.apply(&text, 0, &mut new)?;
        let mut packer = Packer::new(method, &self.spool);
        packer.write_all(&match coding {
            Coding::Utf8 => new,
            Coding::Other(..) => coding.encode(&String::from_utf8_lossy(&new)),
        })?;
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }
}

fn has_extension(name: &[u8], extension: &[u8]) -> bool {
    name.to_ascii_lowercase().ends_with(extension)
}
