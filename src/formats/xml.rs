//! XML, well-formed or not.
//!
//! The text of an element and the value of an attribute are cells of one table: the column is the element's
//! or attribute's local name, the row the number of elements with children that have ended so far, so that
//! a list of records is a table. Text with markup inside it is one cell. Comments, instructions and
//! declarations are running text. Entities but for the five and numbers stay as they are: nothing is ever
//! expanded.

use super::{
    Cx, Format, FormatError, Output, Probe, Source,
    encoding::readable_head,
    feed::Feed,
    markup::{BLOCK, HARD, Joined, Lines, Mode, Token, attributes, declared, local_name, next_in},
};
use crate::model::{CellAt, CellKind, FormatId, Headers, Table};
use std::{collections::HashMap, ops::Range};

/// XML.
#[derive(Debug, Clone, Copy)]
pub struct Xml;

/// Deepest nesting that is followed.
const DEPTH: usize = 512;
/// Most names that have a column of their own.
const NAMES: usize = 4096;

impl Format for Xml {
    fn id(&self) -> FormatId {
        "xml"
    }

    fn probe(&self, head: &[u8], name: &[u8]) -> Probe {
        let Some(text) = readable_head(head) else {
            return Probe::No;
        };
        let start = text
            .iter()
            .position(|b| !b.is_ascii_whitespace())
            .unwrap_or(0);
        let text = text.get(start..).unwrap_or_default();
        if text.starts_with(b"<?xml") {
            return Probe::Bytes;
        }
        if text.first() != Some(&b'<') {
            return Probe::No;
        }
        let name = name.to_ascii_lowercase();
        let named = [
            b".xml".as_slice(),
            b".xsd",
            b".xsl",
            b".svg",
            b".kml",
            b".plist",
            b".wsdl",
        ]
        .iter()
        .any(|e| name.ends_with(e));
        if named { Probe::Name } else { Probe::No }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut feed = Feed::open(source, out.map(|o| o as _), false, declared, cx)?;
        let mut tree = Tree::new();
        while tree.block(&mut feed, cx)? {}
        feed.finish(cx)
    }
}

/// An open element.
#[derive(Debug, Clone, Copy)]
struct Open {
    column: u32,
    parent: bool,
}

#[derive(Debug)]
struct Tree {
    stack: Vec<Open>,
    /// Elements deeper than are followed.
    deeper: u64,
    names: Vec<String>,
    columns: HashMap<Vec<u8>, u32>,
    text: Joined,
    cells: Vec<CellAt>,
    /// Where the open cell's text starts, and its column.
    open: Option<(usize, u32)>,
    /// Attributes seen while a cell is open.
    attributes: Vec<(u32, Range<usize>)>,
    aside: Lines,
    row: u64,
    first_row: u64,
    first: bool,
    line: u64,
}

impl Tree {
    fn new() -> Self {
        Self {
            stack: Vec::new(),
            deeper: 0,
            names: vec![String::new()],
            columns: HashMap::new(),
            text: Joined::default(),
            cells: Vec::new(),
            open: None,
            attributes: Vec::new(),
            aside: Lines::default(),
            row: 1,
            first_row: 1,
            first: true,
            line: 1,
        }
    }

    /// Reads one block and writes it; false at the end.
    fn block(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) -> Result<bool, FormatError> {
        feed.fill(HARD + 1, cx)?;
        let window = feed.window();
        if window.is_empty() {
            return Ok(false);
        }
        let (base, last) = (feed.at(), window.len() <= HARD);
        let mut at = 0;
        self.first_row = self.row;
        while at < window.len() && (at < BLOCK || (at < HARD && self.open.is_some())) {
            let Some((token, end)) = next_in(window, at, last) else {
                break;
            };
            let glued = window
                .get(end)
                .is_some_and(|b| *b != b'<' && !b.is_ascii_whitespace());
            self.token(window, &token, base, glued);
            let whole = window.get(at..end).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', whole).count() as u64;
            at = end;
        }
        self.end_cell(window, base);
        self.hand_on(feed, cx);
        feed.consume(at, cx)?;
        Ok(true)
    }

    fn hand_on(&mut self, feed: &mut Feed<'_>, cx: &mut Cx<'_>) {
        if !self.cells.is_empty() {
            let table = Table {
                id: 0,
                first: std::mem::take(&mut self.first),
                headers: Headers::Known(&self.names),
            };
            self.text
                .hand_on_cells(table, self.first_row, &self.cells, feed, cx);
        }
        self.aside.hand_on(feed, cx);
        self.text.clear();
        self.cells.clear();
    }

    /// `glued`: text follows the token directly.
    fn token(&mut self, window: &[u8], token: &Token, base: u64, glued: bool) {
        let bytes = |r: &Range<usize>| window.get(r.clone()).unwrap_or_default();
        let offset = |r: &Range<usize>| base + r.start as u64;
        match token {
            Token::Text(r) => self.push(bytes(r), offset(r), Mode::Text),
            Token::Cdata(r) => self.push(bytes(r), offset(r), Mode::Raw),
            Token::Aside(r) => self.aside(window, r, base, Mode::Raw),
            Token::Open {
                name,
                inside,
                empty,
            } => {
                if !self.ends_with_text() {
                    self.end_cell(window, base);
                }
                if let Some(parent) = self.stack.last_mut() {
                    parent.parent = true;
                }
                for (name, value) in attributes(window, inside) {
                    let column = self.column(bytes(&name));
                    if column == 1 && name != value {
                        self.aside(window, &name, base, Mode::Tag);
                    }
                    self.attributes.push((column, value));
                }
                if self.open.is_none() {
                    self.end_cell(window, base);
                }
                let column = self.column(bytes(name));
                if column == 1 {
                    self.aside(window, name, base, Mode::Tag);
                }
                if *empty {
                    return;
                }
                if self.stack.len() < DEPTH {
                    self.stack.push(Open {
                        column,
                        parent: false,
                    });
                } else {
                    self.deeper += 1;
                }
            }
            Token::Close { name } => {
                if is_data(bytes(name)) {
                    self.aside(window, name, base, Mode::Tag);
                }
                if !glued {
                    self.end_cell(window, base);
                }
                if self.deeper > 0 {
                    self.deeper -= 1;
                } else if self.stack.pop().is_some_and(|e| e.parent) && self.open.is_none() {
                    self.row += 1;
                }
            }
        }
    }

    fn aside(&mut self, window: &[u8], range: &Range<usize>, base: u64, mode: Mode) {
        let raw = window.get(range.clone()).unwrap_or_default();
        let at = base + range.start as u64;
        self.aside.push(raw, at, mode, self.line, true);
    }

    fn ends_with_text(&self) -> bool {
        self.open.is_some() && self.text.ends_with_text()
    }

    fn push(&mut self, raw: &[u8], at: u64, mode: Mode) {
        if self.open.is_none() {
            if raw.iter().all(u8::is_ascii_whitespace) {
                return;
            }
            let column = self.stack.last().map_or(1, |e| e.column);
            self.open = Some((self.text.len(), column));
        }
        self.text.push(raw, at, mode);
    }

    /// Ends the open cell; the attributes that were met inside it follow.
    fn end_cell(&mut self, window: &[u8], base: u64) {
        if let Some((start, column)) = self.open.take() {
            self.cell(start, column);
        }
        for (column, value) in std::mem::take(&mut self.attributes) {
            let start = self.text.len();
            let raw = window.get(value.clone()).unwrap_or_default();
            self.text.push(raw, base + value.start as u64, Mode::Tag);
            self.cell(start, column);
        }
    }

    fn cell(&mut self, start: usize, column: u32) {
        let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.cells.push(CellAt {
            row: u32::try_from(self.row - self.first_row).unwrap_or(u32::MAX),
            column,
            start: place(start),
            end: place(self.text.len()),
            kind: CellKind::Text,
        });
        self.text.separate(b"\n");
    }

    /// The column of a name, its prefix left out. Names that are data have none of their own; they are
    /// read as running text.
    fn column(&mut self, name: &[u8]) -> u32 {
        let name = local_name(name);
        if let Some(&column) = self.columns.get(name) {
            return column;
        }
        if self.names.len() >= NAMES || is_data(name) {
            return 1;
        }
        self.names.push(String::from_utf8_lossy(name).into_owned());
        let column = u32::try_from(self.names.len()).unwrap_or(1);
        self.columns.insert(name.to_vec(), column);
        column
    }
}

/// Names with many digits and very long ones hold data.
fn is_data(name: &[u8]) -> bool {
    name.len() > 64
        || name.contains(&b'@')
        || name.iter().filter(|b| b.is_ascii_digit()).count() >= 6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{
        encoding::Encoding,
        trial::{copy, encoded, read},
    };
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        let seen = read(&Xml, text.as_bytes());
        let names = seen
            .seen
            .iter()
            .rev()
            .find_map(|s| s.table.clone())
            .map_or(Vec::new(), |t| t.2);
        seen.cells()
            .into_iter()
            .map(|(row, column, text, _)| format!("{row}.{}={text}", names[column as usize - 1]))
            .collect()
    }

    #[test]
    fn records_are_rows() {
        let text = "<?xml version=\"1.0\"?>\n<list>\n <c idNo=\"1&#49;0\"><name>张三</name><x:phone t='m'>13800138000</x:phone><addr><![CDATA[a<b]]></addr></c>\n <c idNo=\"2\"><name>李&amp;四</name></c>\n</list>";
        assert_eq!(
            shown(text),
            [
                "1.idNo=110",
                "1.name=张三",
                "1.t=m",
                "1.phone=13800138000",
                "1.addr=a<b",
                "2.idNo=2",
                "2.name=李&四"
            ]
        );
        let out = copy(
            &Xml,
            text.as_bytes(),
            &[("110", "<\">"), ("a<b", "]]>"), ("李&四", "李&*")],
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            text.replace("1&#49;0", "&lt;&quot;&gt;")
                .replace("a<b", "]]*")
                .replace("李&amp;四", "李&amp;*")
        );
    }

    #[test]
    fn text_with_markup_in_it_is_one_cell() {
        let text = "<d><p><b>138</b>0013<i id='z'>8000</i></p><q>1</q><r>2</r><e/></d>";
        assert_eq!(shown(text), ["1.b=13800138000", "1.id=z", "2.q=1", "2.r=2"]);
        assert_eq!(
            copy(&Xml, text.as_bytes(), &[("13800138000", "***********")]),
            b"<d><p><b>***</b>****<i id='z'>****</i></p><q>1</q><r>2</r><e/></d>"
        );
    }

    #[test]
    fn comments_and_odd_names_are_read() {
        let text = "<a><!-- 13800138000 --><?pi 13900139000?><n13700137000>x</n13700137000></a>";
        let seen = read(&Xml, text.as_bytes());
        for n in ["13800138000", "13900139000", "13700137000"] {
            assert!(seen.shows(n));
        }
        let out = copy(
            &Xml,
            text.as_bytes(),
            &[("13700137000", "_"), ("13800138000", "--")],
        );
        assert_eq!(out, b"<a><!-- -* --><?pi 13900139000?><n_>x</n_></a>");
    }

    #[test]
    fn bombs_and_deep_nesting_are_harmless() {
        let bomb = format!(
            "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"13800138000\">{}]><l>&b9;</l>",
            "<!ENTITY b \"&a;&a;&a;&a;\">".repeat(9)
        );
        let seen = read(&Xml, bomb.as_bytes());
        assert!(seen.shows("13800138000") && seen.shows("&b9;"));
        let deep = format!(
            "{}13800138000{}",
            "<a>".repeat(100_000),
            "</a>".repeat(100_000)
        );
        assert!(read(&Xml, deep.as_bytes()).shows("13800138000"));
        assert_eq!(copy(&Xml, deep.as_bytes(), &[]), deep.into_bytes());
    }

    #[test]
    fn every_encoding_and_size() {
        for (encoding, bom, declared) in [
            (Encoding::Utf8, true, "utf-8"),
            (Encoding::Gb18030, false, "GBK"),
            (Encoding::Utf16Be, true, "UTF-16"),
        ] {
            let text = format!("<?xml version='1.0' encoding='{declared}'?><a><n>张三</n></a>");
            let raw = encoded(&text, encoding, bom);
            assert_eq!(
                copy(&Xml, &raw, &[("张三", "张某")]),
                encoded(&text.replace("张三", "张某"), encoding, bom)
            );
        }
        for text in [
            format!(
                "<l>{}</l>",
                "<r><n>张三</n><p>13800138000</p></r>\n".repeat(90_000)
            ),
            format!("<l>{}</l>", "13800138000,".repeat(400_000)),
            format!("<l><![CDATA[{}]]></l>", "13800138000,".repeat(400_000)),
            format!("<l a='{}'/>", "13800138000,".repeat(400_000)),
        ] {
            let out = copy(&Xml, text.as_bytes(), &[("13800138000", "*")]);
            assert!(out == text.replace("13800138000", "*").into_bytes());
        }
    }

    proptest! {
        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(any::<u8>(), 0..200), text in "(<|>|</|a|<a>|</a>|<b x=\"|<b/>|=|\"|&#49;| |x|\n|<!--|-->|<!\\[CDATA\\[|]]>){0,60}") {
            prop_assert_eq!(copy(&Xml, &raw, &[]), raw);
            prop_assert_eq!(copy(&Xml, text.as_bytes(), &[("x", "x")]), text.into_bytes());
        }

        #[test]
        fn no_text_is_lost(text in "(<|>|</|<a>|</a>|<b x=\"|<b/>|=|\"|&| |\n|<!--|-->|<!|]]>|<!\\[CDATA\\[){0,40}") {
            let text = format!("13800138000{text}13900139000{text}13700137000");
            let seen = read(&Xml, text.as_bytes());
            for n in ["13800138000", "13900139000", "13700137000"] {
                prop_assert!(seen.shows(n), "{}", seen.all_text());
            }
        }
    }
}
