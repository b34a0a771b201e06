//! Every part of a workbook but its cells and strings.

use super::{Outcome, Run, at_part, withheld};
use crate::formats::ooxml::{
    coding::Coding,
    package::{Kind, key, load, load_raw, owner_of, relation, value},
    sweep::{Known, Rules, Sweep, hand_on},
    tokens::{Other, Token, Tokens},
};
use crate::formats::{
    Cx, FormatError, Output, Source, Splice,
    archives::{
        copy::{MemberCopy, Packer},
        inflate::Inflate,
    },
};
use crate::model::{GapKind, Name, Step};
use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

impl Run<'_> {
    /// Every part but cells and strings.
    pub(super) fn others(&mut self, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        for index in 0..self.package.parts.len() {
            let (part, _) = self.part(index)?;
            let at = at_part(part);
            let result = match part.kind {
                Kind::Folder | Kind::Sheet | Kind::Strings | Kind::Types | Kind::Rels => Ok(()),
                Kind::Workbook | Kind::Table | Kind::Xml | Kind::CalcChain => {
                    self.xml(index, Rules::default(), cx)
                }
                Kind::UnknownXml => self.xml(index, Rules::default(), cx).and(self.unread(
                    &at,
                    GapKind::Opaque,
                    "an unknown part",
                    cx,
                )),
                Kind::Image => self.unread(&at, GapKind::Image, "a picture", cx),
                Kind::Macros => self.unread(&at, GapKind::Opaque, "macros", cx),
                Kind::Opaque => self.unread(&at, GapKind::Opaque, "an unknown part", cx),
                Kind::Embedded => self.embedded(index, cx),
                Kind::Thumbnail => {
                    if !self.writing {
                        cx.gap(&at, GapKind::Image, "a picture of the first sheet");
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

    /// A part that is not read.
    fn unread(
        &self,
        at: &[Step],
        kind: GapKind,
        what: &str,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        cx.gap(at, kind, what);
        if self.writing {
            return Err(withheld(kind, what));
        }
        Ok(())
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
        let rules = Rules {
            workbook: kind == Kind::Workbook,
            fields,
            whole: self.whole.clone(),
            renames: self.renames.clone(),
            columns: self.columns.get(&this).cloned(),
            ..rules
        };
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
            self.unread(&at, GapKind::Opaque, "Power Query", cx)?;
        }
        if splice.is_empty() {
            return Ok(());
        }
        let mut new = Vec::with_capacity(text.len());
        splice.apply(text, 0, &mut new)?;
        let mut packer = Packer::new(method, cx.limits.held_bytes);
        match coding {
            Coding::Utf8 => packer.write_all(&new)?,
            Coding::Other(..) => {
                packer.write_all(&coding.encode(&String::from_utf8_lossy(&new)))?;
            }
        }
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }

    /// A file inside.
    fn embedded(&mut self, index: usize, cx: &mut Cx<'_>) -> Result<(), FormatError> {
        let (part, entry) = self.part(index)?;
        let (name, entry) = (Name::from(part.path.as_str()), entry.clone());
        let (bytes, limits) = (self.bytes, cx.limits);
        let mut inflate = Inflate::new(bytes, &entry, limits, cx.room())?;
        let mut source = Source::stream(&mut inflate)?;
        let mut copy = self
            .writing
            .then(|| MemberCopy::new(bytes, &entry, limits))
            .transpose()?;
        let result = cx.member(
            &name,
            &mut source,
            copy.as_mut().map(|c| c as &mut dyn Output),
        );
        drop(source);
        cx.spend(inflate.produced())?;
        result?;
        let packed = copy.map(MemberCopy::finish).transpose()?.flatten();
        if let Some(packed) = packed {
            self.set(index, Outcome::New(packed));
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
        let mut packer = Packer::new(method, cx.limits.held_bytes);
        packer.write_all(&match coding {
            Coding::Utf8 => new,
            Coding::Other(..) => coding.encode(&String::from_utf8_lossy(&new)),
        })?;
        self.set(index, Outcome::New(packer.finish()?));
        Ok(())
    }
}
