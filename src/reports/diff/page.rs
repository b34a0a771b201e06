//! A [`Diff`] as one page without scripts, for a browser or an HTML mail.

use super::{Diff, write};
use crate::{
    reports::safe,
    words::{DailyWord, Language, grouped},
};
use std::io::{self, Write};

/// Files listed in each group; JSON has all.
const LISTED: usize = 1_000;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#d0d7de;--soft:#57606a;--bad:#b42318}\
@media(prefers-color-scheme:dark){:root{--line:#30363d;--soft:#8b949e;--bad:#ff7b72}}\
body{font:15px/1.6 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}.soft{color:var(--soft)}.bad{color:var(--bad)}\
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;\
vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap}\
@media print{body{margin:0;max-width:none}}";

/// Text as HTML shows it: markup and quotes are escaped, what acts rather than shows is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in safe::line(text).chars() {
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

/// Writes the page.
///
/// # Errors
/// Those of the output.
pub fn html(diff: &Diff, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let title = DailyWord::DiffTitle.fill(language, &[&diff.earlier.ended, &diff.later.ended]);
    let code = language.pick("zh-CN", "en");
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{0}</title><style>{STYLE}</style></head><body><h1>{0}</h1>",
        escaped(&title)
    )?;
    let class = if diff.is_worse() { "bad" } else { "soft" };
    writeln!(
        out,
        "<p class=\"{class}\">{}</p><p class=\"soft\">{} · {} → {} · {}</p>",
        escaped(&write::verdict(diff, language)),
        escaped(&diff.earlier.job),
        grouped(diff.earlier.files),
        escaped(&diff.later.job),
        grouped(diff.later.files),
    )?;
    let rules = diff.by_rule();
    if !rules.is_empty() {
        let head = escaped(DailyWord::DiffByRule.text(language));
        writeln!(out, "<h2>{head}</h2><table>")?;
        for (rule, (came, went)) in rules {
            let id = diff.rules.get(usize::from(rule)).map_or("", |r| &r.id);
            writeln!(
                out,
                "<tr><td>{} <span class=\"soft\">{}</span></td><td class=\"n\">+{}</td>\
                 <td class=\"n\">−{}</td></tr>",
                escaped(write::title(&diff.rules, rule, language)),
                escaped(id),
                grouped(came),
                grouped(went)
            )?;
        }
        writeln!(out, "</table>")?;
    }
    for (group, changes) in diff.groups() {
        if changes.is_empty() {
            continue;
        }
        let count = grouped(changes.len() as u64);
        let head = write::heading(group).fill(language, &[&count]);
        writeln!(out, "<h2>{}</h2><table>", escaped(&head))?;
        for change in changes.iter().take(LISTED) {
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td></tr>",
                escaped(&change.path),
                escaped(&write::about(diff, group, change, language))
            )?;
        }
        writeln!(out, "</table>")?;
        if changes.len() > LISTED {
            let more = grouped((changes.len() - LISTED) as u64);
            let text = DailyWord::DiffAndMore.fill(language, &[&more]);
            writeln!(out, "<p class=\"soft\">{}</p>", escaped(&text))?;
        }
    }
    writeln!(out, "</body></html>")
}
