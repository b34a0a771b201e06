//! What stands in a file and in no object of it: comments, bytes before the header, between objects and behind
//! the end, entries of trailers, objects that no table lists, and numbers with more digits than objects keep.
//!
//! No copy has any of it, and viewers show none; it is read so that a scan says what is there.

use super::{
    digits, header,
    lex::{Instructions, Kind, Token, name, printed, says_something, string},
    names, strings,
    tree::content,
};
use lopdf::{Document, Object, ObjectId};
use std::collections::BTreeSet;

/// Most bytes of such text that are read.
const MOST: usize = 16 << 20;
/// Tokens inside one object.
const TOKENS: usize = 50_000_000;
/// Most long numbers of objects that are read: more are how the writer of the file writes.
const NUMBERS: usize = 4 * digits::FEW;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Loose {
    /// Texts, by the first byte of the place they stand in.
    pub texts: Vec<(usize, String)>,
    /// Whether there is more than is read.
    pub over: bool,
    /// Whether there are streams of objects that no table lists.
    pub unlisted: bool,
    /// Whether there are bytes that are no text.
    pub unread: bool,
}

struct Look<'b> {
    bytes: &'b [u8],
    doc: &'b Document,
    all: Instructions<'b>,
    out: Loose,
    read: usize,
    numbers: BTreeSet<Vec<u8>>,
    /// Strings of objects, unless they were encrypted.
    known: Option<BTreeSet<&'b [u8]>>,
    /// Where the next object ends and where one begins, as far as that is known.
    done: usize,
    next: usize,
}

/// Looks through a file that was opened.
pub(super) fn look(bytes: &[u8], doc: &Document) -> Loose {
    let mut look = Look {
        bytes,
        doc,
        all: Instructions::new(bytes),
        out: Loose::default(),
        read: 0,
        numbers: BTreeSet::new(),
        known: doc.encryption_state.is_none().then(|| known(doc)),
        done: 0,
        next: 0,
    };
    look.file();
    look.packed();
    if look.numbers.len() <= NUMBERS {
        for raw in std::mem::take(&mut look.numbers) {
            let said = digits::said(&raw).join("\n");
            look.keep(0, &said);
        }
    }
    look.out
}

fn is_digits(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_digit)
}

/// The number of an object that begins with the word `obj` at this place, and where that number stands.
fn heading(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let before = bytes.get(..at)?;
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == 0;
    let number = |end: usize| {
        let head = before.get(..end)?;
        let word = head.iter().rposition(|b| !b.is_ascii_digit());
        let start = word.map_or(0, |at| at + 1);
        let digits = head.get(start..)?;
        (is_digits(digits) && digits.len() < 11).then_some((start, digits))
    };
    let skip = |end: usize| {
        let head = before.get(..end)?;
        Some(head.iter().rposition(|b| !blank(b))? + 1)
    };
    let (start, generation) = number(skip(at)?)?;
    if generation.len() > 5 {
        return None;
    }
    let end = skip(start).filter(|end| *end < start)?;
    let (start, digits) = number(end)?;
    let id = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((id, start))
}

impl Look<'_> {
    fn file(&mut self) {
        let mut from = header(self.bytes).unwrap_or(0);
        let head = self.bytes.get(..from).unwrap_or_default();
        self.region(0, head);
        loop {
            let start = self.next_heading(from);
            self.between(from, start);
            let Some((id, at)) = self.heading_at(start) else {
                return;
            };
            from = self.object(id, at);
        }
    }

    /// The number of the object that begins here, and where what is behind the word `obj` begins.
    fn heading_at(&self, start: usize) -> Option<(u32, usize)> {
        let rest = self.bytes.get(start..)?;
        let at = start + memchr::memmem::find(rest, b"obj")?;
        Some((heading(self.bytes, at)?.0, at + 3))
    }

    /// What stands between objects: tables, trailers, ends, and whatever else.
    fn between(&mut self, mut from: usize, to: usize) {
        while let Some(region) = self.bytes.get(from..to) {
            let Some(found) = memchr::memmem::find(region, b"trailer") else {
                break;
            };
            self.region(from, region.get(..found).unwrap_or_default());
            let at = from + found + 7;
            // What stands in it is not told by lines.
            from = self.value(at, to, &mut |look, token, key| match key {
                b"ID" => look.identifier(at, token),
                b"Encrypt" | b"Prev" | b"Size" | b"XRefStm" => {}
                _ => look.spoken(at, token),
            });
        }
        let region = self.bytes.get(from..to).unwrap_or_default();
        self.region(from, region);
    }

    /// One object; gives where what comes after it begins.
    fn object(&mut self, id: u32, at: usize) -> usize {
        let entries = &self.doc.reference_table.entries;
        let known: Vec<ObjectId> = self
            .doc
            .objects
            .range((id, 0)..=(id, u16::MAX))
            .map(|o| *o.0)
            .collect();
        let listed = entries.contains_key(&id) || !known.is_empty();
        let limit = self.end(at);
        let mut tokens: Vec<Token> = Vec::new();
        let end = self.value(at, limit, &mut |look, token, key| {
            if !listed {
                look.spoken(at, token);
            } else if matches!(token.kind, Kind::Literal | Kind::Hex) {
                look.lost(at, token);
            }
            if key == b"Length" {
                tokens.push(token);
            }
        });
        // What stands behind the value, up to its end or the next object.
        let rest = self.bytes.get(end..limit).unwrap_or_default();
        let Some(stream) = memchr::memmem::find(rest, b"stream") else {
            self.region(end, rest);
            return self.behind(limit);
        };
        self.region(end, rest.get(..stream).unwrap_or_default());
        self.out.unlisted |= !listed;
        let data = end + stream + 6;
        let line = match self.bytes.get(data..data + 2) {
            Some(b"\r\n") => 2,
            Some([b'\r' | b'\n', _]) => 1,
            _ => 0,
        };
        let told = self.length(&tokens);
        let told = told.and_then(|long| (data + line).checked_add(long));
        let told = told.filter(|to| {
            let after = self.bytes.get(*to..).unwrap_or_default();
            let after = after.get(..16).unwrap_or(after).trim_ascii_start();
            after.starts_with(b"endstream")
        });
        let from = told.unwrap_or(data);
        let rest = self.bytes.get(from..).unwrap_or_default();
        let Some(over) = memchr::memmem::find(rest, b"endstream") else {
            return self.bytes.len();
        };
        let over = from + over + 9;
        let limit = self.end(over);
        self.region(over, self.bytes.get(over..limit).unwrap_or_default());
        self.behind(limit)
    }

    /// How long a stream is said to be.
    fn length(&self, tokens: &[Token]) -> Option<usize> {
        let first = std::str::from_utf8(self.all.raw(*tokens.first()?)).ok()?;
        if tokens.len() == 1 {
            return first.parse().ok();
        }
        match self.doc.objects.get(&(first.parse().ok()?, 0)) {
            Some(Object::Integer(n)) => usize::try_from(*n).ok(),
            _ => None,
        }
    }

    /// Where an object ends that goes on here: at its last word, or where the next one begins.
    fn end(&mut self, from: usize) -> usize {
        if self.done < from {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let found = memchr::memmem::find(rest, b"endobj");
            self.done = found.map_or(self.bytes.len(), |at| from + at);
        }
        self.done.min(self.next_heading(from))
    }

    /// Behind the last word of an object, if it has one.
    fn behind(&self, limit: usize) -> usize {
        let rest = self.bytes.get(limit..).unwrap_or_default();
        limit + if rest.starts_with(b"endobj") { 6 } else { 0 }
    }

    /// Where the next object begins.
    fn next_heading(&mut self, from: usize) -> usize {
        if self.next >= from && self.next > 0 {
            return self.next;
        }
        let mut at = from;
        self.next = loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(found) = memchr::memmem::find(rest, b"obj") else {
                break self.bytes.len();
            };
            match heading(self.bytes, at + found) {
                Some((_, start)) if start >= from => break start,
                _ => at += found + 3,
            }
        };
        self.next
    }

    /// One value, token by token, each with the key of the outermost entry that it is in; comments and long
    /// numbers in it are kept. Gives where it ends.
    fn value(
        &mut self,
        at: usize,
        limit: usize,
        found: &mut dyn FnMut(&mut Self, Token, &[u8]),
    ) -> usize {
        self.all = Instructions::new(self.bytes.get(..limit).unwrap_or(self.bytes));
        self.all.seek(at);
        let (mut depth, mut end, mut numbers) = (0_usize, at, 0);
        let mut key: Vec<u8> = Vec::new();
        let mut fresh = true;
        for _ in 0..TOKENS {
            let Some(token) = self.all.token() else { break };
            let raw = self.all.raw(token);
            let closed = match token.kind {
                Kind::Literal => raw.len() > 1 && raw.ends_with(b")"),
                Kind::Hex => raw.ends_with(b">"),
                _ => true,
            };
            if !closed {
                break;
            }
            match token.kind {
                Kind::Word if raw == b"R" => {
                    end = token.end;
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                Kind::Word => break,
                Kind::Number(_) if depth == 0 => {
                    // It may be the first of a reference.
                    numbers += 1;
                    if numbers == 1 {
                        end = token.end;
                    }
                    if numbers > 2 {
                        break;
                    }
                    continue;
                }
                _ if depth == 0 && numbers > 0 => break,
                Kind::Open | Kind::OpenDict => depth += 1,
                Kind::Close | Kind::CloseDict => depth = depth.saturating_sub(1),
                Kind::Name if depth == 1 && fresh => {
                    key = name(raw);
                    fresh = false;
                    found(self, token, b"");
                    end = token.end;
                    continue;
                }
                _ => {}
            }
            end = token.end;
            found(self, token, &key);
            if depth == 0 {
                break;
            }
            // The next name of the outermost dictionary is a key, unless it is the first thing behind one.
            if depth == 1 {
                fresh = true;
            }
        }
        let comments = std::mem::take(&mut self.all.comments);
        for (start, to) in comments.into_iter().filter(|c| c.1 <= end) {
            let comment = self.bytes.get(start + 1..to).unwrap_or_default();
            self.region(start, comment);
        }
        self.long(at, end);
        end
    }

    /// Numbers with many digits, and letters in strings of digits, which objects do not keep.
    fn long(&mut self, at: usize, end: usize) {
        for (start, to) in std::mem::take(&mut self.all.long) {
            if to <= end && self.numbers.len() <= NUMBERS {
                let raw = self.bytes.get(start..to).unwrap_or_default();
                self.numbers.insert(raw.to_vec());
            }
        }
        for (start, to) in std::mem::take(&mut self.all.odd) {
            let raw = self.bytes.get(start..to).unwrap_or_default();
            if to <= end && raw.starts_with(b"<") {
                self.keep(at, &String::from_utf8_lossy(raw));
            }
        }
    }

    /// A string that became no object: of an entry that another with the same key stands for, or of an earlier
    /// revision.
    fn lost(&mut self, at: usize, token: Token) {
        let mut bytes = Vec::new();
        string(self.all.raw(token), &mut bytes);
        let known = self.known.as_ref();
        if known.is_some_and(|known| !known.contains(bytes.as_slice())) {
            self.keep(at, &strings::text(&bytes));
        }
    }

    /// One of the two names that a file has among files, sixteen bytes as a rule.
    fn identifier(&mut self, at: usize, token: Token) {
        if matches!(token.kind, Kind::Literal | Kind::Hex) {
            let mut bytes = Vec::new();
            string(self.all.raw(token), &mut bytes);
            if bytes.len() == 16 && !bytes.is_ascii() {
                return;
            }
        }
        self.spoken(at, token);
    }

    /// A token that nothing else reads.
    fn spoken(&mut self, at: usize, token: Token) {
        let raw = self.all.raw(token);
        match token.kind {
            Kind::Literal | Kind::Hex => {
                let mut bytes = Vec::new();
                string(raw, &mut bytes);
                self.keep(at, &strings::text(&bytes));
            }
            Kind::Name => {
                let name = name(raw);
                if says_something(&name) {
                    self.keep(at, &names::said(&name));
                }
            }
            Kind::Number(n) if n.abs() >= digits::LARGE => {
                self.keep(at, &String::from_utf8_lossy(raw));
            }
            _ => {}
        }
    }

    /// Bytes of no object, without what every file has there.
    fn region(&mut self, at: usize, region: &[u8]) {
        let blank = |b: &u8| b.is_ascii_whitespace() || *b == 0;
        let Some(first) = region.iter().position(|b| !blank(b)) else {
            return;
        };
        let last = region.iter().rposition(|b| !blank(b)).unwrap_or(first);
        let whole = region.get(first..=last).unwrap_or_default();
        let mut before: &[u8] = b"";
        for line in whole.split(|b| matches!(b, b'\n' | b'\r')) {
            let line = line.trim_ascii();
            let offset = before == b"startxref" && self.is_place(line);
            before = line;
            if line.is_empty() || offset || self.is_usual(line) {
                continue;
            }
            let unseen = line
                .iter()
                .filter(|b| b.is_ascii_control() && **b != b'\t')
                .count();
            if unseen == 0 {
                self.keep(at + first, &strings::text(line));
                continue;
            }
            // Signs of a file that is not ASCII stand behind its header.
            self.out.unread |= line.len() > 64;
            let mut said = String::new();
            // Two bytes a letter, one of them nought.
            let narrow: Vec<u8> = line.iter().copied().filter(|b| *b != 0).collect();
            for word in printed(line).chain(printed(&narrow)) {
                said.push_str(&strings::text(word));
                said.push('\n');
            }
            self.keep(at + first, &said);
        }
    }

    /// Whether a number is a place in the file.
    fn is_place(&self, word: &[u8]) -> bool {
        let number = std::str::from_utf8(word).ok().filter(|_| is_digits(word));
        let number: Option<usize> = number.and_then(|n| n.parse().ok());
        number.is_some_and(|n| n <= self.bytes.len())
    }

    /// Lines that every file has: of its table of objects, of its header and its ends.
    fn is_usual(&self, line: &[u8]) -> bool {
        let words = line.split(u8::is_ascii_whitespace);
        let words: Vec<&[u8]> = words.filter(|w| !w.is_empty()).take(5).collect();
        match words.as_slice() {
            [b"%%EOF" | b"xref" | b"startxref" | b"trailer" | b"endobj" | b"endstream"] => true,
            [b"startxref", offset] | [b"startxref", offset, b"%%EOF"] => self.is_place(offset),
            [b"xref", first, count] | [first, count] => {
                [first, count].iter().all(|n| is_digits(n) && n.len() < 8)
            }
            [offset, generation, b"n" | b"f"] => {
                self.is_place(offset) && is_digits(generation) && generation.len() == 5
            }
            [one] => {
                let version = one.strip_prefix(b"%PDF-").unwrap_or_default();
                let plain = version.iter().all(|b| b.is_ascii_digit() || *b == b'.');
                // Signs that the file is not ASCII.
                let mark = one.strip_prefix(b"%").unwrap_or_default();
                (!version.is_empty() && version.len() < 5 && plain)
                    || (!mark.is_empty() && mark.len() <= 6 && !mark.iter().any(u8::is_ascii))
            }
            _ => false,
        }
    }

    fn keep(&mut self, at: usize, text: &str) {
        if text.trim().len() < 2 || self.out.over {
            return;
        }
        self.read += text.len();
        if self.read > MOST {
            self.out.over = true;
            return;
        }
        match self.out.texts.last_mut() {
            Some((place, lines)) if *place == at => {
                lines.push('\n');
                lines.push_str(text);
            }
            _ => self.out.texts.push((at, text.to_owned())),
        }
    }

    /// Objects that are packed together: comments and numbers in them, and strings that became no object.
    fn packed(&mut self) {
        let packed = self.doc.objects.values().filter_map(|object| match object {
            Object::Stream(s) if s.dict.has_type(b"ObjStm") => content(s, 64 << 20).ok(),
            _ => None,
        });
        let packed: Vec<Vec<u8>> = packed.collect();
        if packed.is_empty() {
            return;
        }
        let known = known(self.doc);
        for data in packed {
            let mut all = Instructions::new(&data);
            let mut bytes = Vec::new();
            while let Some(token) = all.token() {
                if matches!(token.kind, Kind::Literal | Kind::Hex) {
                    string(all.raw(token), &mut bytes);
                    if !known.contains(bytes.as_slice()) {
                        self.keep(0, &strings::text(&bytes));
                    }
                }
            }
            for (start, to) in std::mem::take(&mut all.comments) {
                let comment = data.get(start + 1..to).unwrap_or_default();
                self.region(0, comment);
            }
            for (start, to) in std::mem::take(&mut all.long) {
                if self.numbers.len() <= NUMBERS {
                    self.numbers
                        .insert(data.get(start..to).unwrap_or_default().to_vec());
                }
            }
        }
    }
}

/// Strings of all objects.
fn known(doc: &Document) -> BTreeSet<&[u8]> {
    let mut out = BTreeSet::new();
    for object in doc.objects.values() {
        each(object, 0, &mut |raw| {
            out.insert(raw);
        });
    }
    out
}

/// Strings of an object.
fn each<'d>(object: &'d Object, depth: u32, found: &mut dyn FnMut(&'d [u8])) {
    if depth > 64 {
        return;
    }
    let dict = match object {
        Object::String(raw, _) => return found(raw),
        Object::Array(items) => {
            for item in items {
                each(item, depth + 1, found);
            }
            return;
        }
        Object::Dictionary(dict) => dict,
        Object::Stream(stream) => &stream.dict,
        _ => return,
    };
    for (_, value) in dict {
        each(value, depth + 1, found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        copies::{holds, redact},
        hostile::{MANY, soon},
        tests::{page, pdf, read, stream, text_of},
    };
    use crate::model::GapKind;

    const VALUE: &str = "13800138000";

    fn with(file: &[u8], before: &str, more: &str, after: &str) -> Vec<u8> {
        let at = memchr::memmem::rfind(file, before.as_bytes()).unwrap();
        let (a, b) = (at, at + before.len());
        [
            &file[..a],
            before.as_bytes(),
            more.as_bytes(),
            &file[b..],
            after.as_bytes(),
        ]
        .concat()
    }

    fn is_read(file: &[u8]) -> bool {
        let (result, seen) = read(file);
        result.unwrap();
        seen.texts.iter().any(|t| t.2.contains(VALUE))
    }

    #[test]
    fn plain_files_have_nothing_outside_of_their_objects() {
        let file = page("BT /F1 9 Tf 9 99 Td (kept) Tj ET", "", &["[]"]);
        let (_, seen) = read(&file);
        assert_eq!(seen.texts.len(), 1, "{:?}", seen.texts);
        let marked = with(&file, "%PDF-1.7\n", "", "\r\n\0\0");
        let (_, seen) = read(&marked);
        assert_eq!((seen.texts.len(), seen.gaps.len()), (1, 0));
    }

    #[test]
    fn what_stands_outside_of_objects_is_read() {
        let file = page("BT /F1 9 Tf 9 99 Td (kept) Tj ET", "", &["[]"]);
        let trailer = "/Root 1 0 R";
        let cases = [
            // Tables of objects lead to the places behind them, so that what is put there is the last thing.
            with(&file, "%%EOF\n", "", "% tel 13800138000"),
            with(&file, "%%EOF\n", "", "tel 13800138000\n"),
            with(&file, "%%EOF\n", "", "tel (13800138000\n"),
            with(&file, "%%EOF\n", "", "9 0 obj (13800138000) endobj"),
            with(
                &file,
                "%%EOF\n",
                "",
                "9 0 obj <3133383030313338303030> endobj",
            ),
            with(&file, "%%EOF\n", "", "9 0 obj (a) 13800138000 endobj"),
            with(
                &file,
                "%%EOF\n",
                "",
                "9 0 obj (a) 10 0 obj(13800138000)endobj",
            ),
            with(&file, trailer, "/Own(13800138000)", ""),
            with(&file, trailer, "/Own 13800138000", ""),
            with(&file, trailer, "/Own[<</A<3133383030313338303030>>>]", ""),
            with(&file, trailer, "% 13800138000\n", ""),
            with(&file, "startxref", " 13800138000", ""),
            [b"13800138000\n", file.as_slice()].concat(),
        ];
        for file in cases {
            let said = String::from_utf8_lossy(&file).into_owned();
            assert!(is_read(&file), "{said}");
            let copy = redact(&file, &[VALUE]).unwrap();
            assert!(!holds(&copy, VALUE), "{said}");
            let (_, seen) = read(&copy);
            assert_eq!(text_of(&seen, "#page1"), "kept\n");
        }
    }

    #[test]
    fn comments_and_digits_in_objects_are_read() {
        for more in [
            "% 13800138000\n",
            "/Own[1 % 13800138000\n]",
            "/Own 13800138000.5",
            "/Own[0.13800138000]",
            "/Own <13800138000 of Li>",
            "/Contents(13800138000)/Contents(x)",
            "/Contents(x)/Contents(13800138000)",
            "/Own[<</A<3133383030313338303030>/A 1>>]",
        ] {
            let note = format!("<</Type/Annot/Subtype/Text/Rect[0 0 9 9]{more}>>");
            let file = page("", "", &["[7 0 R]", &note]);
            assert!(is_read(&file), "{more}");
        }
        let packed = "7 0 9 6 % 13800138000\n(a) 9 (138001) 1.13800138000";
        let list = stream("/Type/ObjStm/N 1/First 4", packed);
        let file = page("", "", &["[]", &list]);
        let (_, seen) = read(&file);
        let said = |text: &str| seen.texts.iter().any(|t| t.2.contains(text));
        assert!(said(VALUE) && said("138001"), "{:?}", seen.texts);
    }

    #[test]
    fn streams_that_no_table_lists_are_told() {
        let file = page("BT /F1 9 Tf 9 99 Td (kept) Tj ET", "", &["[]"]);
        let other = format!("99 0 obj {} endobj", stream("", "BT (13800138000) Tj ET"));
        let file = with(&file, "%%EOF\n", "", &other);
        let (_, seen) = read(&file);
        assert!(seen.gaps.iter().any(|g| g.1 == GapKind::Opaque));
        // A table's objects stay what they are.
        let (_, seen) = read(&pdf(
            &[
                "<</Type/Catalog/Pages 2 0 R>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>",
                &stream("/Length1 7", "endstream obj"),
            ],
            "",
        ));
        assert!(seen.gaps.is_empty(), "{:?}", seen.gaps);
    }

    #[test]
    fn files_without_end_of_what_is_no_object() {
        let file = page("", "", &["[]"]);
        for part in [
            "9 0 obj ",
            "obj ",
            "(",
            "<<",
            "trailer<<",
            "1 1 obj(",
            "stream\n",
            "9 0 obj<</A[",
            "%\n",
        ] {
            let file = with(&file, "%%EOF\n", "", &part.repeat(MANY / part.len()));
            soon("loose", || drop(read(&file)));
        }
    }
}
