//! Names in Latin and other scripts.

use super::is_han;
use std::ops::Range;

/// Words that stand in name columns or after labels and are no part of a person's name.
const NO_NAME: &[&str] = &[
    "account",
    "active",
    "address",
    "admin",
    "administrator",
    "ag",
    "age",
    "agency",
    "all",
    "and",
    "anonymous",
    "api",
    "apt",
    "associates",
    "association",
    "ave",
    "avenue",
    "bank",
    "batch",
    "board",
    "branch",
    "card",
    "cash",
    "cc",
    "center",
    "centre",
    "city",
    "client",
    "co",
    "code",
    "college",
    "com",
    "committee",
    "company",
    "contact",
    "corp",
    "corporation",
    "council",
    "country",
    "credit",
    "customer",
    "data",
    "database",
    "date",
    "debit",
    "default",
    "department",
    "dept",
    "director",
    "div",
    "division",
    "dob",
    "email",
    "enterprises",
    "error",
    "false",
    "fax",
    "female",
    "foundation",
    "from",
    "fund",
    "gender",
    "gmbh",
    "group",
    "guest",
    "holding",
    "holdings",
    "hospital",
    "id",
    "inc",
    "industries",
    "info",
    "institute",
    "insurance",
    "international",
    "investment",
    "investments",
    "invoice",
    "job",
    "kg",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "male",
    "management",
    "manager",
    "market",
    "ministry",
    "mobile",
    "name",
    "network",
    "nil",
    "no",
    "none",
    "null",
    "number",
    "nv",
    "of",
    "office",
    "order",
    "org",
    "other",
    "page",
    "partners",
    "partnership",
    "password",
    "payment",
    "phone",
    "plc",
    "po",
    "processing",
    "product",
    "pte",
    "pty",
    "report",
    "road",
    "root",
    "sa",
    "sales",
    "sarl",
    "school",
    "securities",
    "server",
    "service",
    "services",
    "sex",
    "shipping",
    "shop",
    "software",
    "solutions",
    "sql",
    "ssn",
    "status",
    "store",
    "street",
    "subtotal",
    "success",
    "summary",
    "support",
    "system",
    "systems",
    "tax",
    "team",
    "technologies",
    "technology",
    "tel",
    "telephone",
    "test",
    "tester",
    "the",
    "title",
    "total",
    "trading",
    "transfer",
    "true",
    "trust",
    "type",
    "undefined",
    "union",
    "university",
    "unknown",
    "user",
    "username",
    "vendor",
    "ventures",
    "warehouse",
    "yes",
];

/// Before or after a name, and no words of it.
const TITLES: &[&str] = &[
    "dr", "esq", "frau", "herr", "ii", "iii", "iv", "jr", "md", "miss", "mme", "mr", "mrs", "ms",
    "mx", "phd", "prof", "sir", "sr",
];

/// Small words within names.
const PARTICLES: &[&str] = &[
    "af", "al", "ap", "av", "bin", "bint", "binti", "da", "das", "de", "del", "della", "den",
    "der", "di", "do", "dos", "du", "e", "el", "ibn", "la", "le", "st", "ten", "ter", "van", "von",
    "y", "zu",
];

/// Words that make a company of the name before them.
const COMPANIES: &[&str] = &[
    "ag",
    "and",
    "bank",
    "co",
    "company",
    "corp",
    "gmbh",
    "group",
    "holdings",
    "inc",
    "limited",
    "llc",
    "llp",
    "ltd",
    "of",
    "plc",
    "sa",
    "university",
];

enum Word {
    Name,
    Lower,
    Initial,
    Title,
    Particle,
    Pinyin,
    No,
}

/// Whether a word is in a sorted list, whatever its capitals.
pub(in crate::detect) fn listed(list: &[&str], word: &str) -> bool {
    let mut small = [0u8; 16];
    let Some(small) = small.get_mut(..word.len()) else {
        return false;
    };
    small.copy_from_slice(word.as_bytes());
    small.make_ascii_lowercase();
    std::str::from_utf8(small).is_ok_and(|w| list.binary_search(&w).is_ok())
}

fn word(text: &str) -> Word {
    let bare = text.trim_end_matches(['.', ',']);
    if bare.len() > 40 || bare.is_empty() {
        return Word::No;
    }
    if bare.len() <= 4 && listed(TITLES, bare) {
        return Word::Title;
    }
    let mut previous = '-';
    let (mut upper, mut lower, mut inner) = (0, 0, 0);
    for c in bare.chars() {
        let joint = matches!(c, '-' | '\'' | '’' | '.' | '‐');
        if !(c.is_alphabetic() || joint) || is_han(c) {
            return Word::No;
        }
        if c.is_uppercase() {
            upper += 1;
            inner += usize::from(previous.is_lowercase());
        } else if c.is_lowercase() {
            lower += 1;
        } else if !joint {
            return Word::No;
        }
        previous = c;
    }
    let mut chars = bare.chars();
    let first_upper = chars.next().is_some_and(char::is_uppercase);
    if !first_upper {
        return if listed(PARTICLES, bare) {
            Word::Particle
        } else if listed(NO_NAME, bare) || upper > 0 || bare.chars().count() < 2 {
            Word::No
        } else if is_pinyin(bare) {
            Word::Pinyin
        } else {
            Word::Lower
        };
    }
    if upper + lower == 1 {
        return Word::Initial;
    }
    if listed(NO_NAME, bare)
        || (inner > 0
            && (inner > 1
                || ![
                    "Mc", "Mac", "De", "Di", "La", "Le", "Du", "Van", "Fitz", "San",
                ]
                .iter()
                .any(|p| bare.starts_with(p))))
    {
        return Word::No;
    }
    Word::Name
}

/// How many words of a name the text holds, when it is one and nothing else.
pub(super) fn words_of_name(text: &str, header: bool) -> Option<usize> {
    let (mut names, mut initials, mut pinyin, mut lower, mut all) = (0, 0, 0, 0, 0);
    for w in text.split_whitespace() {
        all += 1;
        match word(w) {
            Word::Name => names += 1,
            Word::Initial => initials += 1,
            Word::Title | Word::Particle => {}
            Word::Pinyin => pinyin += 1,
            Word::Lower => lower += 1,
            Word::No => return None,
        }
    }
    // Without capitals: zhang san; john smith, but not three words and more.
    let small = pinyin + lower;
    if all > 7
        || names + small == 0
        || initials > 3
        || (small > 0 && (!header || small > 3))
        || (lower > 0 && (names > 0 || all != 2))
    {
        return None;
    }
    Some(names + small + usize::from(names + small == 1 && initials > 0))
}

/// Whether a single Latin word may be a name: not a code in capitals.
pub(super) fn stands_alone(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 2 && (letters >= 4 || text.chars().any(char::is_lowercase))
}

/// Names in scripts without capitals, for columns whose header says so.
pub(super) fn other_script(text: &str) -> bool {
    let mut letters = 0;
    let mut others = 0;
    for c in text.chars() {
        if c.is_alphabetic()
            || matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{900}'..='\u{DFF}' | '\u{E31}'..='\u{E4E}')
        {
            letters += 1;
            others +=
                usize::from(!is_han(c) && !c.is_ascii() && !c.is_uppercase() && !c.is_lowercase());
        } else if !(c.is_whitespace()
            || matches!(
                c,
                '.' | '-' | '\'' | '’' | '\u{200C}' | '\u{200D}' | '・' | '·'
            ))
        {
            return false;
        }
    }
    others >= 1 && (2..=40).contains(&letters) && text.split_whitespace().count() <= 6
}

/// The name at the start of a text, after a label with a colon: two to four capitalised words.
pub(super) fn after_label(text: &str) -> Option<Range<usize>> {
    let (mut start, mut end) = (0, 0);
    let mut at = 0;
    let (mut names, mut initials) = (0, 0);
    let mut comma = false;
    loop {
        let rest = text.get(at..)?;
        let len = rest
            .find(|c: char| {
                !(c.is_alphabetic() && !is_han(c) || matches!(c, '-' | '\'' | '’' | '.'))
            })
            .unwrap_or(rest.len());
        let mut token = rest.get(..len)?;
        let kind = word(token);
        // A dot ends the sentence, unless it ends an initial or a title.
        token = token
            .strip_suffix("'s")
            .or(token.strip_suffix("’s"))
            .unwrap_or(token);
        token = token.trim_end_matches(['\'', '’']);
        let dotted = token.ends_with('.') && !matches!(kind, Word::Initial | Word::Title);
        token = if dotted {
            token.trim_end_matches('.')
        } else {
            token
        };
        let colon = rest
            .get(len..)
            .is_some_and(|r| r.starts_with([':', '：', '=']));
        match kind {
            _ if len == 0 || colon => break,
            Word::Name => {
                names += 1;
                end = at + token.len();
            }
            Word::Initial => {
                initials += 1;
                end = at + token.len();
            }
            Word::Title if names == 0 => start = at + len + 1,
            Word::Title => end = at + token.len(),
            Word::Particle if names > 0 => {}
            _ => break,
        }
        at += len;
        if dotted || names + initials >= 5 {
            break;
        }
        // Smith, John
        let rest = text.get(at..)?;
        if names == 1 && initials == 0 && !comma && rest.starts_with(", ") {
            comma = true;
            at += 2;
        } else if rest.starts_with(['/', ' ']) && !rest.starts_with("  ") {
            at += 1;
        } else {
            break;
        }
    }
    let tail = text.get(end..)?;
    let clean = !tail.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '_' | '@'));
    // Followed by a word that marks a company: Acme Widgets Ltd.
    let next = tail
        .trim_start_matches([' ', ','])
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    let company =
        next.len() >= 2 && listed(COMPANIES, next) && tail.len() - tail.trim_start().len() <= 1;
    (names >= 2 || (names == 1 && initials >= 1))
        .then_some(start..end)
        .filter(|r| clean && !company && r.end > r.start)
}

/// Whether a word is pinyin, whatever its capitals.
pub(super) fn is_pinyin_word(word: &str) -> bool {
    is_pinyin(&word.to_ascii_lowercase())
}

/// Whether a word in small letters is one to three syllables of pinyin.
fn is_pinyin(word: &str) -> bool {
    fn syllables(rest: &str, left: u8) -> bool {
        const INITIALS: &[&str] = &[
            "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x",
            "r", "z", "c", "s", "y", "w", "",
        ];
        const FINALS: &[&str] = &[
            "iang", "iong", "uang", "ang", "eng", "ong", "ian", "iao", "ing", "uai", "uan", "ai",
            "ei", "ao", "ou", "an", "en", "ia", "ie", "iu", "in", "ua", "uo", "ui", "un", "ue",
            "ve", "er", "a", "o", "e", "i", "u", "v",
        ];
        if rest.is_empty() {
            return true;
        }
        left > 0
            && INITIALS
                .iter()
                .filter_map(|i| rest.strip_prefix(i))
                .any(|after| {
                    FINALS
                        .iter()
                        .filter_map(|f| after.strip_prefix(f))
                        .any(|r| syllables(r, left - 1))
                })
    }
    word.len() >= 2 && word.len() <= 18 && word.is_ascii() && syllables(word, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [NO_NAME, TITLES, PARTICLES, COMPANIES] {
            assert!(list.is_sorted());
        }
    }

    #[test]
    fn words_by_case() {
        assert!(
            matches!(word("McDonald"), Word::Name)
                && matches!(word("O'Brien"), Word::Name)
                && matches!(word("A."), Word::Initial)
        );
        assert!(
            matches!(word("userName"), Word::No)
                && matches!(word("UserName"), Word::No)
                && matches!(word("von"), Word::Particle)
        );
        assert!(is_pinyin("zhang") && is_pinyin("xiaoming") && !is_pinyin("smith"));
    }
}
