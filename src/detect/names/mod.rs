//! Names of persons: in cells, behind labels, before titles, in running text.
//!
//! A name cannot be told from a word by its shape (高兴, 马上, 王朝). A label, a title or a column may say
//! that it is one; where none does, [`prose`] weighs how likely the text is with and without the name.

mod chinese;
mod latin;
mod latin_prose;
mod lexicon;
mod lists;
mod prose;
mod tables;

use std::ops::Range;

pub(super) use latin::listed;
pub(super) use latin_prose::find as latin;
pub(super) use prose::{Name, Reader};
pub(in crate::detect) use tables::{Words, divisions, is_han, sections};

/// Longest cell looked at, bytes: a dozen names with separators.
const CELL: usize = 300;

/// Whether a cell is surely a person's name, though nothing says so.
pub(super) fn is_certain(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 90 && chinese::is_certain(text)
}

/// Whether a cell of a column of persons is a name or several names. `header_says_person`: the
/// column's header is a word for names, so that rare surnames and single Latin words are taken too.
pub(super) fn in_person_column(text: &str, header_says_person: bool) -> bool {
    let text = text.trim().trim_matches(is_quote);
    // A number, a date, a code: no name holds three digits.
    if text.is_empty() || text.len() > CELL || text.bytes().filter(u8::is_ascii_digit).count() > 2 {
        return false;
    }
    if let Some(says) = chinese::plain_cell(text, header_says_person) {
        return says;
    }
    several(text, header_says_person)
}

/// Whether a text in Latin letters holds a given name that lists know, or is in pinyin throughout; all that is
/// not in Latin letters is left to the other ways.
pub(super) fn is_known_name(text: &str) -> bool {
    let mut words = text.split([' ', ',', '.']).filter(|w| !w.is_empty());
    if text
        .chars()
        .any(|c| c.is_alphabetic() && !c.is_ascii() && c > '\u{24F}')
    {
        return true;
    }
    let given = words.clone().any(latin_prose::is_given);
    given || words.clone().count() >= 2 && words.all(latin::is_pinyin_word)
}

/// Whether a text is two to four words in Latin letters that are written like a name and none of them an everyday
/// word nor the form of a company: Xochitl Quetzalli. Names of things and places may look so, too.
pub(super) fn is_like_a_name(text: &str) -> bool {
    const COMPANIES: [&str; 18] = [
        "ltd",
        "limited",
        "inc",
        "llc",
        "llp",
        "gmbh",
        "ag",
        "kg",
        "corp",
        "corporation",
        "co",
        "company",
        "plc",
        "sa",
        "bv",
        "sarl",
        "group",
        "bank",
    ];
    let company = |w: &str| {
        let w = w.trim_end_matches('.');
        COMPANIES.iter().any(|c| w.eq_ignore_ascii_case(c))
    };
    let letter = |c: char| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.');
    let mut words = text.split([' ', ',']).filter(|w| !w.is_empty());
    (2..=4).contains(&words.clone().count())
        && words.all(|w| {
            w.starts_with(char::is_uppercase)
                && w.chars().all(letter)
                && !latin_prose::is_plain(w)
                && !company(w)
        })
}

/// Whether what stands under or behind a word that says little may be a person: behind `name` a known one, behind
/// what only persons are, like `author`, whatever is written like a name.
pub(super) fn is_likely(label: &str, text: &str) -> bool {
    is_known_name(text) || !label.trim().eq_ignore_ascii_case("name") && is_like_a_name(text)
}

/// Whether a text is one Latin word that no list of names holds, or that is written like no name.
pub(super) fn is_doubtful_word(text: &str) -> bool {
    let text = text.trim().trim_matches(is_quote);
    let word = !text.contains(|c: char| c.is_whitespace() || is_han(c) || matches!(c, ',' | ';'));
    word && !(text.starts_with(char::is_uppercase) && latin_prose::is_known(text))
}

/// What may stand around a name.
fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '“' | '”' | '‘' | '’' | '【' | '】' | '「' | '」' | '《' | '》' | '*'
    )
}

/// The name at the start of `text`, which follows a label; `colon` says whether a colon stood between.
pub(super) fn after_label(text: &str, colon: bool) -> Option<Range<usize>> {
    let skip = text
        .char_indices()
        .take(4)
        .find(|(_, c)| !matches!(c, ' ' | '\t' | '\u{3000}' | '"' | '“' | '\'' | '【' | '['))?;
    let rest = text.get(skip.0..)?;
    let found = if is_han(skip.1) {
        chinese::after_label(rest, colon)?
    } else if colon && skip.1.is_uppercase() {
        latin::after_label(rest)?
    } else {
        return None;
    };
    Some(found.start + skip.0..found.end + skip.0)
}

/// The name at the end of `text`, which stands before a title such as 先生.
pub(super) fn before_title(text: &str) -> Option<Range<usize>> {
    chinese::before_title(text)
}

/// Names with separators between them; one name with its parts separated; a name in two scripts.
fn several(text: &str, header: bool) -> bool {
    let mut parts = 0;
    let mut latin_words = 0;
    for part in text.split(['、', '，', ',', ';', '；', '/', '／', '|', '\n', '&', '＆']) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        parts += 1;
        if parts > 40 {
            return false;
        }
        if let Some(n) = latin::words_of_name(part, header) {
            latin_words += n;
        } else if !one(part, header) {
            return false;
        }
    }
    // A single Latin word is a name only where the header says so.
    parts > 0 && (latin_words != 1 || parts > 1 || (header && latin::stands_alone(text)))
}

/// One name that is not only Latin words.
fn one(part: &str, header: bool) -> bool {
    let bare = without_note(part);
    if let Some(says) = chinese::plain_cell(bare, header) {
        return says;
    }
    // 张三 Zhang San; 陈大文 CHAN Tai Man.
    let cut = bare
        .char_indices()
        .find(|(_, c)| c.is_alphabetic() && !is_han(*c))
        .map_or(bare.len(), |(i, _)| i);
    let (han, rest) = bare.split_at(cut);
    if !han.is_empty() && !rest.is_empty() {
        let han = han.trim_end_matches(|c: char| !is_han(c));
        return chinese::plain_cell(han, header).unwrap_or(false)
            && latin::words_of_name(rest.trim(), true).is_some();
    }
    // Wang Xiaoming 王小明.
    if let Some(cut) = bare.find(is_han).filter(|&c| c > 0)
        && let (latin, han) = bare.split_at(cut)
        && latin::words_of_name(latin.trim_end_matches(|c: char| !c.is_alphabetic()), true)
            .is_some()
    {
        return chinese::plain_cell(han, header).unwrap_or(false);
    }
    // 张三2: the second of that name.
    let numbered = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    if numbered.len() < bare.len() && bare.len() - numbered.len() <= 2 {
        return chinese::is_certain(numbered);
    }
    header && latin::other_script(bare)
}

/// Without a note in brackets at the end: 张三（已离职）.
fn without_note(part: &str) -> &str {
    if part.ends_with([')', '）', '】', ']'])
        && let Some(open) = part.find(['(', '（', '【', '['])
        && open > 0
    {
        return part.get(..open).unwrap_or(part).trim_end();
    }
    part
}

#[cfg(test)]
mod tests;
