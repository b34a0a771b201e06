//! Plain text: prose, logs, source code, dumps.
//!
//! Read in blocks of 1 MiB that are cut at safe places ([`blocks::cut`]) and handed on raw when they are
//! UTF-8 or GB 18030, line by line when a file mixes the two. Line ends, byte order mark, NUL padding and
//! stray bytes stay as they are. It cannot see what is encoded inside the text (base64, archives in
//! mail); where a file says that it has such parts, that is noted.

use super::{
    Cx, Format, FormatError, Output, Probe, Source, blocks,
    encoding::{Encoding, looks_like_text},
    feed::{Feed, HALO},
};
use crate::model::FormatId;

pub use super::segments::{End, Segments, Start};

/// Plain text.
#[derive(Debug, Clone, Copy)]
pub struct Text;

impl Format for Text {
    fn id(&self) -> FormatId {
        "text"
    }

    fn probe(&self, head: &[u8], _name: &[u8]) -> Probe {
        if looks_like_text(head) && !head.starts_with(b"{\\rtf") && !head.starts_with(b"%PDF-") {
            Probe::Maybe
        } else {
            Probe::No
        }
    }

    fn run(
        &self,
        source: &mut Source<'_>,
        cx: &mut Cx<'_>,
        out: Option<&mut dyn Output>,
    ) -> Result<(), FormatError> {
        let mut feed = Feed::open(source, out.map(|o| o as _), true, undeclared, cx)?;
        rest(&mut feed, 1, cx)?;
        feed.finish(cx)
    }
}

/// For formats that say nothing of their encoding.
pub(super) fn undeclared(_: &[u8]) -> Option<Encoding> {
    None
}

/// Reads what is left of a feed as lines, the first of which has this number.
pub(super) fn rest(feed: &mut Feed<'_>, line: u64, cx: &mut Cx<'_>) -> Result<(), FormatError> {
    let mut line = line;
    loop {
        let end = blocks::next_end(feed, HALO, cx)?;
        if end == 0 {
            return Ok(());
        }
        line += piece(feed, end, line, cx);
        feed.consume(end, cx)?;
    }
}

/// Hands window bytes `0..end` on as lines and takes the edits; gives the number of line ends.
pub(super) fn piece(feed: &mut Feed<'_>, end: usize, line: u64, cx: &mut Cx<'_>) -> u64 {
    piece_as(feed, end, line, cx, &str::to_owned)
}

/// As [`piece`], with what is put in place escaped.
pub(super) fn piece_as(
    feed: &mut Feed<'_>,
    end: usize,
    line: u64,
    cx: &mut Cx<'_>,
    escape: &dyn Fn(&str) -> String,
) -> u64 {
    let mut edits = Vec::new();
    let (bytes, before) = feed.with_context();
    let base = feed.is_raw().then(|| feed.at() - before as u64);
    let own = before..before + end;
    let kind = blocks::Kind::of(feed);
    let lines = blocks::lines(
        bytes,
        own,
        base,
        kind,
        line,
        cx,
        &mut |span, with, charset| edits.push((span, escape(with), charset)),
    );
    for (span, with, charset) in edits {
        // A value is edited where it starts; what reaches back belongs to the block before.
        if span.start >= before {
            feed.edit_in(span.start - before, span.end - before, &with, charset);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::trial::{copy, encoded, read};
    use crate::model::Charset;
    use proptest::prelude::*;

    const BIG5: Encoding = Encoding::Other(encoding_rs::BIG5);

    #[test]
    fn edits_land_in_every_encoding() {
        let text = "第一行\r\n姓名：張三，電話 13800138000。\r\n尾 €";
        let masked = text
            .replace("13800138000", "138****8000")
            .replace("張三", "张*");
        for (encoding, bom) in [
            (Encoding::Utf8, false),
            (Encoding::Utf8, true),
            (Encoding::Gb18030, false),
            (Encoding::Utf16Le, true),
            (Encoding::Utf16Be, true),
            (Encoding::Utf16Le, false),
        ] {
            let raw = encoded(text, encoding, bom);
            let words = [("13800138000", "138****8000"), ("張三", "张*")];
            assert_eq!(
                copy(&Text, &raw, &words),
                encoded(&masked, encoding, bom),
                "{encoding:?}"
            );
            assert!(read(&Text, &raw).shows("13800138000"));
        }
        // Big5 has no simplified 张.
        let raw = encoded("客戶姓名：張三，聯絡電話 13800138000", BIG5, false);
        let out = copy(&Text, &raw, &[("張三", "张*")]);
        assert_eq!(
            out,
            encoded("客戶姓名：**，聯絡電話 13800138000", BIG5, false)
        );
    }

    #[test]
    fn raw_charsets_are_handed_on_raw() {
        let raw = encoded("姓名：张三 13800138000\n", Encoding::Gb18030, false);
        let seen = read(&Text, &raw);
        assert_eq!(seen.seen[0].charset, Charset::Gb18030);
        assert_eq!(
            (seen.seen[0].base, seen.encoding),
            (Some(0), Some("GB18030"))
        );
        assert_eq!(seen.seen[0].text, raw);
        let raw = encoded("姓名", Encoding::Utf8, true);
        assert_eq!(read(&Text, &raw).seen[0].base, Some(3));
    }

    #[test]
    fn lines_of_two_charsets_are_told_apart() {
        let mut raw = "时间 客户张三 登录成功\n".as_bytes().to_vec();
        raw.extend(encoded(
            "时间 客户李四 登录失败\nplain\n",
            Encoding::Gb18030,
            false,
        ));
        raw.extend("客户王五\n".as_bytes());
        let seen = read(&Text, &raw);
        let charsets: Vec<_> = seen.seen.iter().map(|s| (s.charset, s.line)).collect();
        assert_eq!(
            charsets,
            [
                (Charset::Utf8, Some(1)),
                (Charset::Gb18030, Some(2)),
                (Charset::Utf8, Some(4))
            ]
        );
        let out = copy(&Text, &raw, &[("李四", "李某"), ("王五", "王某")]);
        let mut expected = "时间 客户张三 登录成功\n".as_bytes().to_vec();
        expected.extend(encoded(
            "时间 客户李某 登录失败\nplain\n",
            Encoding::Gb18030,
            false,
        ));
        expected.extend("客户王某\n".as_bytes());
        assert_eq!(out, expected);
    }

    #[test]
    fn a_long_line_is_read_in_blocks_and_edits_reach_over_their_ends() {
        for sep in ["", ",", "\n"] {
            let one = format!("13800138000{sep}中文字x");
            let text = one.repeat(4_000_000 / one.len());
            let seen = read(&Text, text.as_bytes());
            assert!(seen.seen.len() >= 4);
            assert!(seen.seen.iter().all(|s| s.text.len() < (1 << 20) + 8192));
            assert!(seen.all_text().replace('|', "") == text);
            let out = copy(&Text, text.as_bytes(), &[("13800138000", "*")]);
            assert!(out == text.replace("13800138000", "*").into_bytes());
        }
    }

    #[test]
    fn lines_are_numbered_over_blocks() {
        let text: String = (1..200_000).map(|n| format!("line {n}\n")).collect();
        for s in read(&Text, text.as_bytes()).seen {
            let own = std::str::from_utf8(&s.text[s.own.clone()]).unwrap();
            let n = own.lines().next().unwrap().strip_prefix("line ").unwrap();
            assert_eq!(n.parse().ok(), s.line);
        }
    }

    #[test]
    fn undecodable_bytes_are_told() {
        let mut raw = encoded("客戶姓名張三聯絡電話", BIG5, false);
        raw.extend([
            b'\n', 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        ]);
        raw.extend(encoded(
            "客戶姓名張三聯絡電話在本公司的資料".repeat(60).as_str(),
            BIG5,
            false,
        ));
        let seen = read(&Text, &raw);
        assert_eq!(seen.gaps.len(), 1, "{:?} {:?}", seen.encoding, seen.gaps);
        assert_eq!(copy(&Text, &raw, &[]), raw);
    }

    proptest! {
        #[test]
        fn without_edits_nothing_changes(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(copy(&Text, &raw, &[]), raw);
        }

        #[test]
        fn any_text_in_any_encoding(text in "[a-z0-9,\n中文身份證😀é ]{0,80}", at in 0..6usize, bom: bool) {
            let encoding = [Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Le, Encoding::Utf16Be, BIG5, Encoding::Other(encoding_rs::SHIFT_JIS)][at];
            let raw = encoded(&text, encoding, bom && at < 4);
            prop_assert_eq!(copy(&Text, &raw, &[]), raw);
        }
    }
}
