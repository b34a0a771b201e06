//! Breaking sentences into lines of a terminal, in Chinese and in English.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a line: what every terminal has.
pub const COLUMNS: usize = 80;

/// Characters that no line begins with. Standard: CLREQ, "prohibition rules for line start".
const NOT_FIRST: &str = "，。、；：？！）》」』”’%‰…·,.;:?!)]}";
/// Characters that no line ends with.
const NOT_LAST: &str = "（《「『“‘([{";

/// A sentence as lines of at most so many columns: broken at blanks, and between Chinese characters. A word
/// that is longer than a line stands on one of its own.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.width() > columns {
        let Some((end, next)) = cut(rest, columns) else {
            break;
        };
        lines.push(rest.get(..end).unwrap_or_default().to_owned());
        rest = rest.get(next..).unwrap_or_default();
    }
    lines.push(rest.to_owned());
    lines
}

/// Where the first line ends and the next begins, in bytes.
fn cut(text: &str, columns: usize) -> Option<(usize, usize)> {
    let (mut width, mut best) = (0, None);
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let fits = width <= columns;
        if !fits && best.is_some() {
            break;
        }
        if let Some(before) = before {
            let wide = |c: char| c.width().unwrap_or(0) == 2;
            if c == ' ' && before != ' ' {
                best = Some((at, at + 1));
            } else if before != ' '
                && (wide(c) || wide(before))
                && !NOT_FIRST.contains(c)
                && !NOT_LAST.contains(before)
            {
                best = Some((at, at));
            }
        }
        width += c.width().unwrap_or(0);
        before = Some(c);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_breaks_at_blanks() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(
            wrapped("extraordinary it is", 5),
            ["extraordinary", "it is"]
        );
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn chinese_breaks_between_characters_and_not_before_a_comma() {
        assert_eq!(wrapped("没有读到的内容", 8), ["没有读到", "的内容"]);
        assert_eq!(wrapped("没有读到，再看", 8), ["没有读", "到，再看"]);
        assert_eq!(wrapped("看（甲乙丙）", 4), ["看", "（甲", "乙", "丙）"]);
        assert_eq!(
            wrapped("用 --password-file 带上", 8),
            ["用", "--password-file", "带上"]
        );
    }

    #[test]
    fn no_line_is_too_long_and_nothing_is_lost() {
        let text = "向文件所有者要密码：zip、7z、PDF、Office 用 --password-file 带上密码再扫描，其他解密后放回再扫描。";
        for columns in 16..60 {
            let lines = wrapped(text, columns);
            assert!(
                lines.iter().all(|l| l.width() <= columns),
                "{columns}: {lines:?}"
            );
            let bare = |t: &str| t.replace(' ', "");
            assert_eq!(bare(&lines.concat()), bare(text));
        }
    }
}
