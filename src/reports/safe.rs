//! Text made harmless for terminals and spreadsheets.

use std::borrow::Cow;

/// Characters that a terminal or reader acts upon rather than shows: controls, and those that turn the
/// reading direction or break lines.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// One line of text: what acts rather than shows is U+FFFD.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.contains(acts) {
        Cow::Owned(text.replace(acts, "\u{FFFD}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A spreadsheet cell: as [`line`], and with an apostrophe before what a spreadsheet would take for a
/// formula: `=`, `+`, `-`, `@`, their full-width forms, a tab or a carriage return (OWASP, "CSV
/// Injection"). Blanks before these do not hide them.
pub fn cell(text: &str) -> Cow<'_, str> {
    let lead = text.starts_with(['\t', '\r'])
        || text
            .trim_start()
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let line = line(text);
    if lead {
        Cow::Owned(format!("'{line}"))
    } else {
        line
    }
}

/// An argument as a POSIX shell takes it, quoted when need be. One that begins with a hyphen is a path and
/// gets `./` before it.
pub fn argument(argument: &str) -> String {
    let text = line(argument);
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        text.into_owned()
    } else if text.starts_with('-') {
        self::argument(&format!("./{text}"))
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for lead in [
            "=1+1", "+86 138", "-1", "@SUM(A1)", "＝1", "  =1", "\t=1", "\rx", "\n=1",
        ] {
            assert!(cell(lead).starts_with('\''), "{lead:?}");
        }
        assert_eq!(cell("110105********002X"), "110105********002X");
        assert_eq!(cell("a=b"), "a=b");
        assert_eq!(cell(""), "");
    }

    #[test]
    fn nothing_reaches_the_terminal_that_acts() {
        assert_eq!(line("a\x1b[2Jb\u{202E}c"), "a\u{FFFD}[2Jb\u{FFFD}c");
        assert_eq!(line("a\u{9b}31m"), "a\u{FFFD}31m");
        assert_eq!(line("工资 表"), "工资 表");
    }

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(argument("share/客户"), "share/客户");
        assert_eq!(argument("my files"), "'my files'");
        assert_eq!(argument("it's"), "'it'\\''s'");
        assert_eq!(argument("-rf x"), "'./-rf x'");
        assert_eq!(argument("-rf"), "./-rf");
        assert_eq!(argument("$(x)"), "'$(x)'");
        assert_eq!(argument(""), "''");
    }
}
