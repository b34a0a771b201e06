//! Names of columns taken apart: `custPhoneNo`, `KHSJH`.

use crate::rules::HeaderWords;
use std::collections::BTreeSet;

/// Words of a Latin name.
const WORDS: usize = 8;
/// Names in pinyin initials of two letters that mean something behind others.
const SHORT: [&str; 7] = ["xm", "dh", "sj", "dz", "zh", "kh", "yx"];

/// Words around a name that leave it what it is.
#[derive(Debug)]
pub(super) struct Qualifiers {
    before: BTreeSet<String>,
    after: BTreeSet<String>,
    pinyin: Vec<String>,
}

impl Qualifiers {
    pub(super) fn new(words: &HeaderWords) -> Self {
        Self {
            before: words.before.iter().cloned().collect(),
            after: words.after.iter().cloned().collect(),
            pinyin: words.pinyin.clone(),
        }
    }

    /// The first name in a Latin header that `is_known`, when all other words leave it what it is.
    pub(super) fn bare(&self, header: &str, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        if !header.is_ascii() || header.len() > 64 {
            return None;
        }
        let words = words(header);
        if words.is_empty() || words.len() > WORDS {
            return None;
        }
        if let [word] = words.as_slice() {
            return self.in_pinyin(word, is_known);
        }
        let first = words
            .iter()
            .position(|w| !self.before.contains(w))
            .unwrap_or(words.len() - 1);
        let tail = words.iter().rev().take_while(|w| self.after.contains(*w));
        let last = words.len() - tail.count();
        // The longest name first: `bank card no` before `card`.
        for from in 0..=first {
            for to in (last.max(from + 1)..=words.len()).rev() {
                let name = words.get(from..to).map(<[String]>::concat);
                if let Some(name) = name.filter(|n| is_known(n)) {
                    return Some(name);
                }
            }
        }
        None
    }

    fn in_pinyin(&self, word: &str, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        if !word.bytes().all(|b| b.is_ascii_lowercase()) || word.len() > 12 {
            return None;
        }
        self.pinyin
            .iter()
            .filter_map(|p| word.strip_prefix(p.as_str()))
            .filter(|rest| rest.len() >= 3 || SHORT.contains(rest))
            .filter(|rest| is_known(rest))
            .min_by_key(|rest| rest.len())
            .map(str::to_owned)
    }
}

/// The words of a Latin name in small letters: at marks, between small and capital letters, before the last of
/// several capitals, and at digits.
fn words(header: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut fresh = true;
    let bytes = header.as_bytes();
    for (i, &b) in bytes.iter().enumerate() {
        if !b.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| bytes.get(i)).copied();
        let after = bytes.get(i + 1).copied().unwrap_or(0);
        let small = before.is_some_and(|b| b.is_ascii_lowercase());
        let capital = before.is_some_and(|b| b.is_ascii_uppercase());
        let digit = before.is_some_and(|b| b.is_ascii_digit());
        let begins = b.is_ascii_uppercase() && (small || capital && after.is_ascii_lowercase())
            || b.is_ascii_digit() != digit && before.is_some_and(|b| b.is_ascii_alphanumeric());
        if fresh || begins {
            out.push(String::new());
            fresh = false;
        }
        if let Some(word) = out.last_mut() {
            word.push(char::from(b.to_ascii_lowercase()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("custPhoneNo", "cust phone no"),
            ("SHAcct", "sh acct"),
            ("legal_id-no", "legal id no"),
            ("MOBILE1", "mobile 1"),
            ("Client ID", "client id"),
        ] {
            assert_eq!(words(name).join(" "), expected);
        }
    }

    #[test]
    fn what_stands_around_a_name() {
        let rules = crate::rules::RuleSet::builtin().unwrap();
        let qualifiers = Qualifiers::new(&rules.header_words);
        let known = |n: &str| ["phone", "phoneno", "sjh", "xm", "name", "email"].contains(&n);
        let bare = |name: &str| qualifiers.bare(name, &known);
        assert_eq!(bare("custPhoneNo").as_deref(), Some("phoneno"));
        assert_eq!(bare("contact_phone_2").as_deref(), Some("phone"));
        assert_eq!(
            bare("KHSJH".to_lowercase().as_str()).as_deref(),
            Some("sjh")
        );
        assert_eq!(bare("emp_name").as_deref(), Some("name"));
        // Not a person's name, not a telephone.
        assert_eq!(bare("file_name"), None);
        assert_eq!(bare("phone_model"), None);
        assert_eq!(bare("headphone"), None);
        for none in ["", "**", "-", "__"] {
            assert_eq!(bare(none), None);
        }
    }
}
