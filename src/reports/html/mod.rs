//! The report as one HTML file: data, style and script inside, no address outside.
//!
//! The content policy of the page allows the one script and the one style by their digests and nothing
//! else: no image, no request, no frame. All data stand in one block of JSON that the script reads; names
//! reach the page as text alone. The page is bounded whatever the share: the most exposed files are listed
//! one by one, the others in their folders.

mod data;
mod details;

use super::{
    overview::{Given, Limits, Overview},
    told::Records,
};
use crate::model::decisions::Decision;
use details::Details;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{self, Write};

/// The page's script.
const SCRIPT: &str = concat!(
    include_str!("page/base.js"),
    include_str!("page/charts.js"),
    include_str!("page/review.js"),
    include_str!("page/files.js"),
    include_str!("page/sections.js"),
    include_str!("page/main.js"),
);
/// The page's style.
const STYLE: &str = include_str!("page/page.css");
/// Digests of both, as the content policy names them; a test holds them.
const SCRIPT_DIGEST: &str = "sha256-DRSx/LTCp7FRQI+hkORIzLqI6wiqWvoUaa8sIkmEAa4=";
const STYLE_DIGEST: &str = "sha256-iNLz4Yr9eYa0aPO4OVYEQHd9eToZVvywq8neIHGxRkM=";
/// The mark of the program in the title bar of the browser.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M16 2C11 9 6 14 6 20a10 10 0 0 0 20 0C26 14 21 9 16 2z' fill='%233346d3'/%3E%3Cpath d='M10 20h12' stroke='%23fff' stroke-width='3'/%3E%3C/svg%3E";

/// Writes the page. `decisions` are those that stand already: the page begins with them.
///
/// # Errors
/// Those of the records and of the output.
pub fn write(
    records: &dyn Records,
    given: &Given<'_>,
    decisions: &[Decision],
    limits: Limits,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut details = Details::default();
    let all = Overview::of(
        records,
        given.rules.to_vec(),
        limits,
        &mut |told, exposure, n| {
            details.add(told, exposure, n);
            Ok(())
        },
    )?;
    let lang = match given.language {
        crate::words::Language::Zh => "zh-CN",
        crate::words::Language::En => "en",
    };
    write!(
        out,
        "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src '{SCRIPT_DIGEST}'; style-src '{STYLE_DIGEST}'; img-src data:; base-uri 'none'; \
         form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>inkout</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<noscript>{}</noscript>\n<div id=\"app\"></div>\n\
         <script type=\"application/json\" id=\"data\">",
        crate::words::ReportWord::NeedsScript.text(given.language)
    )?;
    in_script(&data::page(&all, given, decisions), out)?;
    details.settle();
    write!(
        out,
        "</script>\n<script type=\"application/json\" id=\"details\">"
    )?;
    details.write(all.rows.list().iter().map(|row| row.number), out)?;
    write!(
        out,
        "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// Writes a value as [`InScript`] JSON.
fn in_script(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value
        .serialize(&mut Serializer::with_formatter(out, InScript))
        .map_err(io::Error::from)
}

/// JSON that can stand in a script element: nothing in it ends the element or begins a comment, and what
/// older readers take for line ends is escaped.
struct InScript;

impl Formatter for InScript {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, from) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_char_escape(out, escape)
    }
}

#[cfg(test)]
mod tests;
