//! Attributes of the elements of a part.

use super::{Sweep, hand_on, in_formula, withheld};
use crate::formats::ooxml::{
    blob::{self, is_blob},
    chars::{Escapes, Map, cut, decode, escape, percent},
    flow::{Dialect, Typed},
    package::{key, resolve, value},
    plain::{is_measure, is_namespace, is_trivial},
    tokens::{Attribute, Tag},
};
use crate::formats::{Cx, FormatError, Source, Splice};
use crate::model::{GapKind, Name};

impl Sweep {
    pub(super) fn attribute(
        &mut self,
        tag: &Tag<'_>,
        attribute: &Attribute<'_>,
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<(), FormatError> {
        let (name, full) = (attribute.name(), attribute.full);
        if self.special(tag, attribute, splice) {
            return Ok(());
        }
        if is_trivial(attribute.value)
            || is_namespace(attribute)
            || self.names_part(tag, full, attribute)
        {
            return Ok(());
        }
        if (is_blob(attribute.value) || name == b"gfxdata")
            && self.blob(attribute.value, attribute.at, splice, cx)?
        {
            return Ok(());
        }
        let repeats = self.flow.is_some() && attribute.value.len() <= 256;
        if repeats
            && (is_serial(name, attribute.value)
                || self.seen.holds(tag.name, name, attribute.value))
        {
            return Ok(());
        }
        let (mut text, mut map) = (String::new(), Map::default());
        decode(
            attribute.value,
            attribute.at.0,
            Escapes::Xstring,
            &mut text,
            Some(&mut map),
        );
        if let Some((view, new)) = percent(&text, &map) {
            (text, map) = (view, new);
        }
        let label = self.label(tag, name);
        let edits = hand_on(cx, &self.at, &text, label.as_deref());
        let edits = if name == b"name" {
            edits
        } else {
            self.rules.whole.add_names(&text, edits)
        };
        let (references, edits) = self.rules.renames.split(&text, edits);
        for edit in &references {
            cut(&map.ranges(edit.span.range()), &edit.with, splice);
        }
        if edits.is_empty() {
            let free = matches!(full, b"v" | b"val" | b"c" | b"name") && !is_fixed(tag, full);
            let free = free && references.is_empty();
            if let Some(new) = self.rules.whole.get(&text).filter(|_| free) {
                cut(&map.ranges(0..text.len()), &new, splice);
            } else if repeats && references.is_empty() {
                self.seen.keep();
            }
            return Ok(());
        }
        if is_fixed(tag, full) {
            return Err(withheld("a value in a name that other parts refer to"));
        }
        let typed = is_measure(attribute.value)
            || (tag.name == b"n" && full == b"v")
            || matches!(full, b"minValue" | b"maxValue" | b"min" | b"max");
        if typed {
            splice.cut(attribute.at.0 as u64, attribute.at.1 as u64, b"0");
            return Ok(());
        }
        for edit in &edits {
            let with = if self.flow.is_some() && name == b"formula" {
                in_formula(&text, edit)?
            } else {
                &edit.with
            };
            cut(&map.ranges(edit.span.range()), with, splice);
        }
        Ok(())
    }

    /// Attributes that are changed for other reasons than what is in them; false for all others.
    fn special(&self, tag: &Tag<'_>, attribute: &Attribute<'_>, splice: &mut Splice) -> bool {
        let name = attribute.name();
        let full = attribute.full;
        if tag.name == b"pageSetup" && name == b"id" && full != b"id" && !self.rules.gone.is_empty()
        {
            let id = value(attribute);
            if self.rules.gone.contains(&id) {
                let start = attribute.at.0.saturating_sub(full.len() + 2);
                splice.cut(start as u64, (attribute.at.1 + 1) as u64, b"");
                return true;
            }
        }
        if tag.name == b"tableColumn"
            && full == b"name"
            && let Some(new) = self
                .rules
                .columns
                .as_ref()
                .and_then(|c| c.get(&self.column))
        {
            let mut raw = Vec::new();
            escape(new, &mut raw);
            splice.cut(attribute.at.0 as u64, attribute.at.1 as u64, &raw);
            return true;
        }
        if self.rules.workbook && tag.name == b"sheet" && full == b"name" {
            let old = value(attribute);
            if let Some(new) = self.rules.renames.get(&old) {
                let mut raw = Vec::new();
                escape(new, &mut raw);
                splice.cut(attribute.at.0 as u64, attribute.at.1 as u64, &raw);
            }
            return true;
        }
        false
    }

    /// Reads data inside a text as a file. A copy goes without it. False when it is no data.
    pub(super) fn blob(
        &mut self,
        raw: &[u8],
        at: (usize, usize),
        splice: &mut Splice,
        cx: &mut Cx<'_>,
    ) -> Result<bool, FormatError> {
        let Some(data) = blob::decode(raw) else {
            return Ok(false);
        };
        if self.rules.writing {
            splice.cut(at.0 as u64, at.1 as u64, b"");
            cx.gap(&self.at, GapKind::Dropped, "data inside a text");
        } else {
            let name = Name::from(format!("data-{}", at.0).as_str());
            cx.member(&name, &mut Source::slice(&data), None)?;
        }
        Ok(true)
    }

    /// Whether an element does nothing but lead to a part that a copy goes without.
    pub(super) fn leads_nowhere(&self, tag: &Tag<'_>) -> bool {
        const LEADING: [&[u8]; 9] = [
            b"printerSettings",
            b"embedRegular",
            b"embedBold",
            b"embedItalic",
            b"embedBoldItalic",
            b"regular",
            b"bold",
            b"italic",
            b"boldItalic",
        ];
        tag.empty
            && !self.rules.gone.is_empty()
            && LEADING.contains(&tag.name)
            && tag
                .attributes()
                .find(|a| a.name() == b"id" && a.full != b"id")
                .is_some_and(|a| self.rules.gone.contains(&value(&a)))
    }

    /// What a cell of an `OpenDocument` table holds besides its text.
    pub(super) fn typed(&self, tag: &Tag<'_>) -> Option<Typed> {
        match self.rules.flow {
            Some((Dialect::Open, _)) => Typed::of(tag),
            _ => None,
        }
    }

    /// Whether an attribute only names a part that is there.
    fn names_part(&self, tag: &Tag<'_>, full: &[u8], attribute: &Attribute<'_>) -> bool {
        let Some(known) = &self.rules.known else {
            return false;
        };
        let key = match (tag.name, full) {
            (b"Relationship", b"Target") => {
                if tag
                    .attribute(b"TargetMode")
                    .is_some_and(|a| a.value.eq_ignore_ascii_case(b"External"))
                {
                    return false;
                }
                resolve(&known.owner, &value(attribute))
            }
            (b"Override", b"PartName") => key(&value(attribute)),
            _ => return false,
        };
        known.keys.contains(&key)
    }

    /// What stands above a value and says what it is. Most attributes of documents have the name of a
    /// setting, which says nothing of what is in it: `name` is that of a style, a font or a picture.
    fn label(&self, tag: &Tag<'_>, name: &[u8]) -> Option<String> {
        if let (b"v", Some(field)) = (name, &self.field) {
            return Some(field.clone());
        }
        if self.flow.is_some() && !self.rules.data {
            let named = match (tag.name, name) {
                (b"docVar" | b"tag", b"val")
                | (b"user-field-decl" | b"variable-set" | b"user-field-get", b"string-value") => {
                    tag.attribute(b"name").map(|a| value(&a))
                }
                _ => None,
            };
            let telling = matches!(
                name,
                b"author" | b"creator" | b"userId" | b"lastModifiedBy" | b"user-name"
            );
            return named.or_else(|| telling.then(|| String::from_utf8_lossy(name).into_owned()));
        }
        let name = match name {
            b"v" | b"val" | b"value" => tag.name,
            b"name" if !self.rules.data => return None,
            name => name,
        };
        Some(String::from_utf8_lossy(name).into_owned())
    }
}

/// Whether an attribute is a number that Word gives to paragraphs and sessions of editing: eight digits
/// of base 16 (ECMA-376 part 1, 17.18.50).
fn is_serial(name: &[u8], value: &[u8]) -> bool {
    value.len() == 8
        && value.iter().all(u8::is_ascii_hexdigit)
        && (name.starts_with(b"rsid") || matches!(name, b"paraId" | b"textId" | b"durableId"))
}

/// Whether others refer to an attribute by its value.
fn is_fixed(tag: &Tag<'_>, full: &[u8]) -> bool {
    full.starts_with(b"xmlns")
        || matches!(
            (tag.name, full),
            (b"definedName" | b"sheet", b"name")
                | (b"table", b"name" | b"displayName")
                | (b"Override" | b"Default", _)
                | (b"Relationship", b"Id" | b"Type")
        )
        || (full.contains(&b':') && full.starts_with(b"r:"))
        || (tag.name == b"Relationship"
            && full == b"Target"
            && !tag
                .attribute(b"TargetMode")
                .is_some_and(|a| a.value.eq_ignore_ascii_case(b"External")))
}
