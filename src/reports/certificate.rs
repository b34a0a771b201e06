//! One page that can be printed and filed: A4, Chinese and English, everything inside the file.
//!
//! What stands on it is composed elsewhere; here it is set. No script, no address outside, no colour that
//! a copier loses. Every text is escaped.

use super::safe;
use crate::words::{Language, PlanWord};
use qrcode::{EcLevel, QrCode};
use std::io::{self, Write};

/// The same in Chinese and in English.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pair {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Pair {
    /// Of a message without gaps.
    pub fn of(word: PlanWord) -> Self {
        Self {
            zh: word.text(Language::Zh).to_owned(),
            en: word.text(Language::En).to_owned(),
        }
    }

    /// The same text in both, as for numbers and digests.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            en: text.clone(),
            zh: text,
        }
    }
}

/// What a section holds.
#[derive(Debug, Clone)]
pub enum Body {
    /// Label and value, two to a row unless a value is long.
    Facts(Vec<(Pair, String)>),
    /// A table: heads and rows.
    Table(Vec<Pair>, Vec<Vec<String>>),
    /// Sentences.
    Text(Vec<Pair>),
}

/// A part of the page with a title of its own.
#[derive(Debug, Clone)]
pub struct Section {
    /// Title.
    pub title: Pair,
    /// Content.
    pub body: Body,
}

/// A place for a signature.
#[derive(Debug, Clone)]
pub struct Signature {
    /// Whose.
    pub who: Pair,
    /// Name and role.
    pub name: String,
    /// Key and signature; empty when it is signed by hand only.
    pub key: String,
    /// The signature in hexadecimal; empty for none.
    pub signature: String,
}

/// A certificate as it is printed.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Title.
    pub title: Pair,
    /// Number of the certificate.
    pub number: String,
    /// Who issues it.
    pub issuer: String,
    /// The sentence that it certifies.
    pub statement: Pair,
    /// Sections of the first pages.
    pub sections: Vec<Section>,
    /// Places for signatures.
    pub signatures: Vec<Signature>,
    /// The checkpoint of the audit trail, as text and as a code.
    pub checkpoint: String,
    /// The register, on pages of its own.
    pub register: Section,
}

const STYLE: &str = include_str!("certificate.css");

/// Writes the page.
///
/// # Errors
/// Those of the output.
pub fn write(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let title = format!("{} {}", sheet.title.zh, sheet.number);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"referrer\" content=\"no-referrer\"><title>{}</title><style>{STYLE}</style></head><body>",
        text(&title)
    )?;
    head(sheet, out)?;
    for section in &sheet.sections {
        write_section(section, "section", out)?;
    }
    signatures(sheet, out)?;
    checkpoint(sheet, out)?;
    write_section(&sheet.register, "section register", out)?;
    let foot = Pair::of(PlanWord::CertFoot);
    writeln!(
        out,
        "<footer>{} · {} · {}</footer></body></html>",
        text(&foot.zh),
        text(&foot.en),
        text(&sheet.number)
    )
}

fn head(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let issuer = Pair::of(PlanWord::CertIssuer);
    let number = Pair::of(PlanWord::CertNumber);
    writeln!(
        out,
        "<header><div class=\"line\"><span>{}：{}</span><span>{} {}：{}</span></div>\
         <h1>{}<small>{}</small></h1>\
         <p class=\"statement\">{}<br><i>{}</i></p></header>",
        text(&issuer.zh),
        text(&sheet.issuer),
        text(&number.zh),
        text(&number.en),
        text(&sheet.number),
        text(&sheet.title.zh),
        text(&sheet.title.en),
        text(&sheet.statement.zh),
        text(&sheet.statement.en),
    )
}

fn write_section(section: &Section, class: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<div class=\"{class}\"><h2>{} <small>{}</small></h2>",
        text(&section.title.zh),
        text(&section.title.en)
    )?;
    match &section.body {
        Body::Facts(facts) => write_facts(facts, out)?,
        Body::Table(heads, rows) => write_table(heads, rows, out)?,
        Body::Text(all) => {
            out.write_all(b"<ul>")?;
            for pair in all {
                write!(out, "<li>{}<i>{}</i></li>", text(&pair.zh), text(&pair.en))?;
            }
            out.write_all(b"</ul>")?;
        }
    }
    out.write_all(b"</div>\n")
}

fn label(pair: &Pair) -> String {
    format!("{}<small>{}</small>", text(&pair.zh), text(&pair.en))
}

fn write_facts(facts: &[(Pair, String)], out: &mut dyn Write) -> io::Result<()> {
    /// Columns that a value may take beside another.
    const SHORT: usize = 34;
    let is_short = |value: &str| {
        let wide = value.chars().filter(|c| *c > '\u{2E7F}').count();
        value.chars().count() + wide <= SHORT
    };
    out.write_all(b"<table class=\"facts\">")?;
    let mut facts = facts.iter().peekable();
    while let Some((name, value)) = facts.next() {
        let beside = facts.next_if(|(_, next)| is_short(value) && is_short(next));
        match beside {
            Some((second, other)) => write!(
                out,
                "<tr><th>{}</th><td>{}</td><th>{}</th><td>{}</td></tr>",
                label(name),
                text(value),
                label(second),
                text(other)
            )?,
            None => write!(
                out,
                "<tr><th>{}</th><td colspan=\"3\">{}</td></tr>",
                label(name),
                text(value)
            )?,
        }
    }
    out.write_all(b"</table>")
}

fn write_table(heads: &[Pair], rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<table class=\"rows\"><thead><tr>")?;
    for head in heads {
        write!(out, "<th>{}</th>", label(head))?;
    }
    out.write_all(b"</tr></thead><tbody>")?;
    for row in rows {
        out.write_all(b"<tr>")?;
        for cell in row {
            let number = cell.bytes().all(|b| b.is_ascii_digit() || b == b',') && !cell.is_empty();
            let class = if number { " class=\"n\"" } else { "" };
            write!(out, "<td{class}>{}</td>", text(cell))?;
        }
        out.write_all(b"</tr>")?;
    }
    out.write_all(b"</tbody></table>")
}

fn signatures(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let date = Pair::of(PlanWord::CertDate);
    out.write_all(b"<div class=\"signatures\">")?;
    for one in &sheet.signatures {
        write!(
            out,
            "<div><b>{}</b><small>{}</small><p>{}</p><div class=\"space\"></div>\
             <p class=\"date\">{} {}：</p>",
            text(&one.who.zh),
            text(&one.who.en),
            text(&one.name),
            text(&date.zh),
            text(&date.en)
        )?;
        if !one.signature.is_empty() {
            write!(
                out,
                "<code>{}<br>{}</code>",
                text(&one.key),
                text(&one.signature)
            )?;
        }
        out.write_all(b"</div>")?;
    }
    out.write_all(b"</div>\n")
}

fn checkpoint(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let title = Pair::of(PlanWord::CertCheckpoint);
    let how = Pair::of(PlanWord::CertCheckpointHow);
    writeln!(
        out,
        "<div class=\"section checkpoint\"><h2>{} <small>{}</small></h2><div class=\"row\">{}<div>\
         <pre>{}</pre><p>{}<i>{}</i></p></div></div></div>",
        text(&title.zh),
        text(&title.en),
        code(&sheet.checkpoint),
        text_lines(&sheet.checkpoint),
        text(&how.zh),
        text(&how.en)
    )
}

/// A QR code as a drawing; nothing when the text is too long for one.
///
/// Standard: ISO/IEC 18004.
fn code(content: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(content, EcLevel::L) else {
        return String::new();
    };
    let width = code.width();
    let mut path = String::new();
    for (n, dark) in code.into_colors().into_iter().enumerate() {
        if dark == qrcode::Color::Dark {
            use std::fmt::Write as _;
            // Four modules of quiet zone around it. Writing to a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", n % width + 4, n / width + 4);
        }
    }
    let size = width + 8;
    format!(
        "<svg class=\"code\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\" role=\"img\" \
         aria-label=\"QR\"><path fill=\"#fff\" d=\"M0 0h{size}v{size}h-{size}z\"/><path d=\"{path}\"/></svg>"
    )
}

/// Text of one line, made harmless for a page.
fn text(raw: &str) -> String {
    escaped(&safe::line(raw))
}

fn text_lines(raw: &str) -> String {
    let lines: Vec<String> = raw.lines().map(text).collect();
    lines.join("\n")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(text: &str) -> Sheet {
        let pair = || Pair::same(text);
        let section = |body| Section {
            title: pair(),
            body,
        };
        Sheet {
            title: pair(),
            number: text.into(),
            issuer: text.into(),
            statement: pair(),
            sections: vec![
                section(Body::Facts(vec![
                    (pair(), text.into()),
                    (pair(), "x".into()),
                ])),
                section(Body::Text(vec![pair()])),
                section(Body::Table(vec![pair()], vec![vec!["1,234".into()]])),
            ],
            signatures: vec![Signature {
                who: pair(),
                name: text.into(),
                key: text.into(),
                signature: text.into(),
            }],
            checkpoint: format!("{text}\nsecond line\n"),
            register: section(Body::Table(vec![pair()], vec![vec![text.into()]])),
        }
    }

    fn page(text: &str) -> String {
        let mut out = Vec::new();
        write(&sheet(text), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_stays_text() {
        let page = page("<script>alert('&')</script>\u{202e}\"");
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
        assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)"));
        assert!(page.contains("<td class=\"n\">1,234</td>"));
    }

    #[test]
    fn nothing_points_outside() {
        let page = page("x");
        for outside in ["http:", "https:", "src=", "url(", "@import", "<link"] {
            let found = page.replace("'none'; style-src", "").contains(outside);
            assert!(!found, "{outside}");
        }
        assert!(page.contains("<svg class=\"code\""));
    }

    #[test]
    fn a_text_too_long_for_a_code_is_still_printed() {
        let page = page(&"x".repeat(5_000));
        assert!(!page.contains("<svg"));
        assert!(page.contains(&"x".repeat(5_000)));
    }
}
