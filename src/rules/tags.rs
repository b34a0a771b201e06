//! Tags and levels.

use serde::Deserialize;
use std::sync::LazyLock;

/// A class of data: what a law or standard calls values of this kind, and how grave it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// Its name in rules and reports: `jrt0171.c2`.
    pub id: String,
    /// Title in Chinese.
    pub zh: String,
    /// Title in English.
    pub en: String,
    /// The clause that defines the class.
    pub source: String,
    /// The same for readers of English, when it holds Chinese.
    #[serde(default)]
    pub source_en: Option<String>,
    /// 0 public or internal, 1 low, 2 personal, 3 sensitive, 4 secret. A value has the highest of its tags.
    pub level: u8,
    /// What the clause says was written down from memory and not compared with its text. Reports say so.
    #[serde(default)]
    pub from_memory: bool,
    /// Tags that every value of this class has as well: the same class under other standards.
    #[serde(default)]
    pub implies: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TagFile {
    tag: Vec<Tag>,
}

static TAGS: LazyLock<Vec<Tag>> = LazyLock::new(|| {
    // A damaged table would leave all rules without tags; the loader refuses them then, and a test
    // reads the table.
    toml::from_str::<TagFile>(include_str!("../../rules/tags.toml"))
        .map(|f| f.tag)
        .unwrap_or_default()
});

/// All tags, in the order of the table: gravest class first.
pub fn all() -> &'static [Tag] {
    &TAGS
}

/// The tag of this id.
pub fn find(id: &str) -> Option<&'static Tag> {
    TAGS.iter().find(|t| t.id == id)
}

/// Some tags and those that they imply, each once, in their order.
pub fn with_implied(tags: &[String]) -> Vec<String> {
    let mut all = tags.to_vec();
    let mut at = 0;
    while let Some(tag) = all.get(at) {
        let implied = find(tag).map_or(&[][..], |t| &t.implies);
        let new: Vec<String> = implied
            .iter()
            .filter(|t| !all.contains(t))
            .cloned()
            .collect();
        all.extend(new);
        at += 1;
    }
    all
}

/// The highest level of some tags, 0 when there are none. Unknown tags do not count.
pub fn level<S: AsRef<str>>(tags: &[S]) -> u8 {
    tags.iter()
        .filter_map(|t| find(t.as_ref()))
        .map(|t| t.level)
        .max()
        .unwrap_or(0)
}

/// Word for a level in a summary, in Chinese and in English.
pub fn level_title(level: u8) -> (&'static str, &'static str) {
    match level {
        0 => ("公开或内部", "public or internal"),
        1 => ("低", "low"),
        2 => ("个人信息", "personal"),
        3 => ("敏感个人信息", "sensitive"),
        _ => ("鉴别信息", "secret"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_ordered() {
        assert!(all().len() >= 10);
        assert!(all().windows(2).all(|w| w[0].level >= w[1].level));
        assert_eq!(level(&["jrt0171.c2", "pipl.sensitive"]), 3);
        assert_eq!(level::<&str>(&[]), 0);
        let implied: Vec<&String> = all().iter().flat_map(|t| &t.implies).collect();
        assert!(implied.iter().all(|t| find(t).is_some()));
        let c2 = with_implied(&["jrt0171.c2".to_owned()]);
        assert_eq!(c2, ["jrt0171.c2", "jrt0197.l3", "jrt0158.l3"]);
        let chinese = |t: &str| t.chars().any(|c| c > '\u{2e80}');
        for tag in all() {
            let english = tag.source_en.as_ref().unwrap_or(&tag.source);
            assert!(!chinese(english), "{}: {english}", tag.id);
        }
        // Levels that nobody could compare with the standard's text say so.
        assert!(find("jrt0197.l3").is_some_and(|t| t.from_memory));
        assert!(
            all()
                .iter()
                .all(|t| !t.source.is_empty() && !t.zh.is_empty() && !t.en.is_empty())
        );
    }
}
