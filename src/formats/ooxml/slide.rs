//! A large part swept as it is read: only the stretch is in memory that texts on their way come from.

use super::{
    sweep::Sweep,
    tokens::{Token, Tokens},
};
use crate::formats::{Cx, FormatError, Splice, archives::copy::Lazy};
use std::io::{ErrorKind, Read};

/// Parts up to this many bytes are read as a whole.
pub(in crate::formats) const WHOLE: u64 = 4 << 20;
/// Bytes read at a time.
const GOAL: usize = 1 << 20;
/// The longest tag, text or comment.
const MOST: usize = 64 << 20;

/// The bytes of a part that are in memory.
struct Slide {
    buf: Vec<u8>,
    /// Offset of `buf` in the part.
    base: usize,
    /// Bytes of `buf` that were split into tokens.
    done: usize,
    end: bool,
}

impl Slide {
    /// Reads until `goal` bytes wait to be split, or the part ends.
    fn fill(&mut self, goal: usize, reader: &mut dyn Read) -> Result<(), FormatError> {
        let mut have = self.buf.len();
        let want = self.done + goal;
        if self.end || have >= want {
            return Ok(());
        }
        self.buf.resize(want, 0);
        let mut result = Ok(());
        while let Some(free) = self.buf.get_mut(have..).filter(|f| !f.is_empty()) {
            match reader.read(free) {
                Ok(0) => {
                    self.end = true;
                    break;
                }
                Ok(n) => have += n,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    result = Err(e.into());
                    break;
                }
            }
        }
        self.buf.truncate(have);
        result
    }

    /// Lets go of what lies before an offset of the part.
    fn drop_before(&mut self, offset: usize) {
        let n = offset.saturating_sub(self.base).min(self.done);
        self.buf.drain(..n);
        self.base += n;
        self.done -= n;
    }
}

/// Sweeps the part that comes from `reader` and passes it on to `copy` with its changes.
///
/// # Errors
/// `Corrupt` for damaged markup, `Limit` for what is too long, and those of `each`, of the sweep, of reading and
/// writing.
pub(in crate::formats) fn sweep(
    reader: &mut dyn Read,
    sweep: &mut Sweep,
    copy: Option<&mut Lazy<'_>>,
    each: &mut Each<'_>,
    cx: &mut Cx<'_>,
) -> Result<(), FormatError> {
    sweep_by(GOAL, reader, sweep, copy, each, cx)
}

/// Sees every token before the sweep does, with the bytes that are in memory and their offset.
type Each<'e> = dyn FnMut(&Token<'_>, &[u8], usize) -> Result<(), FormatError> + 'e;

/// As [`sweep`], with so many bytes read at a time.
fn sweep_by(
    least: usize,
    reader: &mut dyn Read,
    sweep: &mut Sweep,
    mut copy: Option<&mut Lazy<'_>>,
    each: &mut Each<'_>,
    cx: &mut Cx<'_>,
) -> Result<(), FormatError> {
    let mut slide = Slide {
        buf: Vec::new(),
        base: 0,
        done: 0,
        end: false,
    };
    let mut splice = Splice::default();
    let mut goal = least;
    loop {
        let held = slide.buf.len();
        slide.fill(goal, reader)?;
        cx.spend((slide.buf.len() - held) as u64)?;
        sweep.begin_at(slide.base);
        let rest = slide.buf.get(slide.done..).unwrap_or_default();
        let mut tokens = Tokens::new_at(rest, slide.base + slide.done);
        let stop = slide.base + slide.buf.len();
        let mut position = tokens.position();
        loop {
            let token = match tokens.next() {
                Ok(None) => break,
                Ok(Some(token)) => token,
                // It may end in what is not read yet.
                Err(_) if !slide.end => break,
                Err(e) => return Err(e),
            };
            if matches!(token, Token::Text { at, cdata: false } if at.1 == stop) && !slide.end {
                break;
            }
            each(&token, &slide.buf, slide.base)?;
            sweep.token(&token, &slide.buf, &mut splice, cx)?;
            position = tokens.position();
        }
        let before = slide.done;
        slide.done = position - slide.base;
        if slide.end {
            break;
        }
        goal = if slide.done > before { least } else { goal * 2 };
        if goal > MOST {
            return Err(FormatError::Limit("length of one tag or text"));
        }
        let settled = sweep.pending().min(position);
        if let Some(copy) = copy.as_deref_mut() {
            pass_on(&slide, settled, &mut splice, copy)?;
        } else {
            splice.clear();
        }
        slide.drop_before(settled);
        if slide.buf.len() as u64 > cx.limits.held_bytes {
            return Err(FormatError::Limit("bytes held in memory"));
        }
    }
    sweep.finish(&mut splice, cx)?;
    match copy {
        Some(copy) => pass_on(&slide, usize::MAX, &mut splice, copy),
        None => Ok(()),
    }
}

/// Writes what lies before an offset of the part, where no more changes will come.
fn pass_on(
    slide: &Slide,
    settled: usize,
    splice: &mut Splice,
    copy: &mut Lazy<'_>,
) -> Result<(), FormatError> {
    let n = settled.saturating_sub(slide.base).min(slide.buf.len());
    let slice = slide.buf.get(..n).unwrap_or_default();
    copy.slice_at(slice, slide.base as u64, splice)?;
    splice.forget_before((slide.base + n) as u64);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{flow::Dialect, sweep::Rules};
    use super::*;
    use crate::formats::{
        Limits,
        archives::{
            bytes::Bytes,
            directory::Directory,
            inflate::Inflate,
            testing::{Finder, zipped},
        },
        nest::Usage,
        spill::Spool,
    };
    use crate::model::Name;
    use std::rc::Rc;

    const NEEDLES: [&str; 2] = ["NEEDLE", "针"];

    /// Running text, a table in a table, a text box in a paragraph, changes, attributes, a comment, CDATA.
    fn document() -> String {
        let p = |text: &str| format!("<w:p w:a=\"x{text}y\"><w:r><w:t>{text}</w:t></w:r></w:p>");
        let cell = |inside: &str| format!("<w:tc>{inside}</w:tc>");
        let row = |n: usize| {
            let cells: String = (0..3).map(|i| cell(&p(&format!("{n} {i} 针")))).collect();
            format!("<w:tr>{cells}</w:tr>")
        };
        let rows: String = (0..6).map(row).collect();
        let table = format!("<w:tbl>{rows}</w:tbl>");
        let outer = format!(
            "<w:tbl><w:tr>{}{}</w:tr></w:tbl>",
            cell(&table),
            cell(&p("NEEDLE"))
        );
        let boxed = format!(
            "<w:p><w:r><w:t>aNEE</w:t></w:r><w:r><w:txbxContent>{}{}</w:txbxContent></w:r><w:r><w:t>DLEb</w:t></w:r></w:p>",
            p("in NEEDLE"),
            p("box"),
        );
        let changes = "<w:p><w:del><w:r><w:delText>NEE</w:delText></w:r></w:del><w:ins><w:r><w:t>no</w:t></w:r></w:ins><w:r><w:t>DLE &amp; 针</w:t></w:r></w:p>";
        let odd = "<!-- a NEEDLE > --><w:p><w:r><w:t><![CDATA[<w:p>NEEDLE]]></w:t><w:instrText>NEEDLE</w:instrText></w:r></w:p>";
        let plain = p("nothing here");
        format!(
            "<?xml version=\"1.0\"?><w:d>{plain}{plain}{boxed}{outer}{changes}{odd}{plain}</w:d>\n"
        )
    }

    fn new_sweep() -> Sweep {
        let rules = Rules {
            flow: Some((Dialect::Office, Rc::default())),
            writing: true,
            ..Rules::default()
        };
        Sweep::new(Vec::new(), rules)
    }

    /// Texts with their places and labels.
    type Told = Vec<(String, String, String)>;

    /// What is handed on of a part read as a whole, and its copy.
    fn whole(xml: &str) -> (Told, Vec<u8>) {
        let mut sink = Finder::new(&NEEDLES);
        sink.mask = true;
        let (limits, mut usage) = (Limits::default(), Usage::new(0));
        let mut cx = Cx::new(&mut sink, &limits, &mut usage, Name::from("x"));
        let (mut sweep, mut splice) = (new_sweep(), Splice::default());
        let mut tokens = Tokens::new(xml.as_bytes());
        while let Some(token) = tokens.next().unwrap() {
            sweep
                .token(&token, xml.as_bytes(), &mut splice, &mut cx)
                .unwrap();
        }
        sweep.finish(&mut splice, &mut cx).unwrap();
        let mut out = Vec::new();
        splice.apply(xml.as_bytes(), 0, &mut out).unwrap();
        (sink.texts, out)
    }

    /// The same, read so many bytes at a time, and the most tokens' bytes that were in memory.
    fn in_pieces(
        xml: &str,
        least: usize,
        limits: &Limits,
    ) -> Result<(Told, Vec<u8>, usize), FormatError> {
        let zip = zipped(&[("a.xml", xml)]);
        let bytes = Bytes::Slice(&zip);
        let directory = Directory::read(&bytes, limits).unwrap();
        let entry = &directory.entries[0];
        let mut sink = Finder::new(&NEEDLES);
        sink.mask = true;
        let mut usage = Usage::new(0);
        let mut cx = Cx::new(&mut sink, limits, &mut usage, Name::from("x"));
        let spool = Spool::new(&limits.spill, limits.held_bytes);
        let mut copy = Lazy::new(&bytes, entry, limits, &spool);
        let mut inflate = Inflate::new(&bytes, entry, limits, u64::MAX).unwrap();
        let mut most = 0;
        let mut each = |token: &Token<'_>, held: &[u8], base: usize| {
            if let Token::Open(tag) = token {
                assert_eq!(held.get(tag.at.0 - base), Some(&b'<'));
            }
            most = most.max(held.len());
            Ok(())
        };
        let mut sweep = new_sweep();
        sweep_by(
            least,
            &mut inflate,
            &mut sweep,
            Some(&mut copy),
            &mut each,
            &mut cx,
        )?;
        let mut packed = Vec::new();
        if let Some(new) = copy.finish()? {
            new.data.copy(&mut packed).unwrap();
        }
        let mut out = Vec::new();
        flate2::read::DeflateDecoder::new(packed.as_slice())
            .read_to_end(&mut out)
            .unwrap();
        Ok((sink.texts, out, most))
    }

    #[test]
    fn a_part_in_pieces_of_any_length_gives_what_it_gives_as_a_whole() {
        let xml = document();
        let (texts, copy) = whole(&xml);
        assert!(!String::from_utf8(copy.clone()).unwrap().contains("NEEDLE"));
        for least in (1..40).chain([64, 100, 257, 1000, 5000]) {
            let (pieces, out, _) = in_pieces(&xml, least, &Limits::default()).unwrap();
            assert_eq!(pieces, texts, "{least}");
            assert!(out == copy, "{least}");
        }
    }

    #[test]
    fn only_what_is_pending_is_in_memory() {
        let body = "<w:p><w:r><w:t>some words of it, NEEDLE</w:t></w:r></w:p>".repeat(200_000);
        let xml = format!("<w:d>{body}</w:d>");
        let (texts, copy) = whole(&xml);
        let (pieces, out, most) = in_pieces(&xml, GOAL, &Limits::default()).unwrap();
        assert!(pieces == texts && out == copy);
        assert!(most < 4 << 20, "{most}");
    }

    #[test]
    fn damage_and_what_is_too_long_are_told() {
        for (xml, wanted) in [
            ("<a><b", "Corrupt"),
            ("<a>x", "Corrupt"),
            ("<a></b>", "Corrupt"),
        ] {
            let error = in_pieces(xml, 2, &Limits::default()).unwrap_err();
            assert!(format!("{error:?}").starts_with(wanted), "{error:?}");
        }
        let limits = Limits {
            held_bytes: 10_000,
            ..Limits::default()
        };
        let open = format!("<a><p><t>NEEDLE</t>{}</p></a>", "<b/>".repeat(10_000));
        let error = in_pieces(&open, 100, &limits).unwrap_err();
        assert!(matches!(error, FormatError::Limit(_)), "{error:?}");
    }
}
