//! Rules as people read them: the list, and all about one.

use super::{
    RuleInfo,
    table::{Side, Table},
};
use crate::{
    rules::{Assigned, Find, Rule},
    words::{Language, Word},
};
use std::io::{self, Write};

/// One line a rule: id, class, title, and the file of a user's own.
///
/// # Errors
/// Those of the output.
pub fn list(rules: &[&Rule], language: Language, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&[Side::Left, Side::Left, Side::Left, Side::Left]);
    for rule in rules {
        let info = info(rule);
        let own = if rule.file.1 {
            rule.file.0.as_str()
        } else {
            ""
        };
        table.row([
            rule.id.clone(),
            info.class.map_or("-", super::Class::id).to_owned(),
            title(rule, language).to_owned(),
            own.to_owned(),
        ]);
    }
    table.write(0, out)
}

/// All about one rule.
///
/// # Errors
/// Those of the output.
pub fn show(rule: &Rule, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |word: Word, text: &str| -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", word.fill(language, &[&text]))
    };
    line(Word::RuleId, &rule.id)?;
    line(
        Word::RuleTitle,
        &format!("{} / {}", rule.title.0, rule.title.1),
    )?;
    line(Word::RuleFile, &rule.file.0)?;
    line(Word::RuleStandard, &rule.standard)?;
    line(Word::RuleTags, &rule.tags.join(", "))?;
    for form in forms(&rule.find) {
        line(Word::RuleForm, &form)?;
    }
    line(Word::RuleLabels, &rule.labels.join(", "))?;
    line(Word::RuleNear, &rule.near.join(", "))?;
    line(Word::RuleAgainst, &rule.against.join(", "))?;
    line(Word::RuleHeaders, &rule.headers.join(", "))?;
    line(Word::RuleRefuse, &rule.filter.refuse.join(", "))?;
    let w = rule.weights;
    let points = format!(
        "base {} valid {} near {} label {} header {} column {} against {}",
        w.base, w.valid, w.near, w.label, w.header, w.column, w.against
    );
    line(Word::RulePoints, &points)?;
    for example in &rule.positive {
        line(Word::RulePositive, &example.text.escape_debug().to_string())?;
    }
    for text in &rule.negative {
        line(Word::RuleNegative, &text.escape_debug().to_string())?;
    }
    Ok(())
}

/// A rule's title in a language.
pub fn title(rule: &Rule, language: Language) -> &str {
    match language {
        Language::Zh => &rule.title.0,
        Language::En => &rule.title.1,
    }
}

fn info(rule: &Rule) -> RuleInfo {
    RuleInfo::new(rule.id.clone(), rule.title.clone(), rule.tags.clone())
}

/// How values are found, a line each.
fn forms(find: &Find) -> Vec<String> {
    match find {
        Find::Shape { regex, groups, .. } => {
            let mut all = vec![regex.clone()];
            if !groups.is_empty() {
                all.push(format!("{groups:?}"));
            }
            all
        }
        Find::Named(finder) => vec![format!("{finder:?}")],
        Find::Words(words) => vec![format!("{} × “…”", words.len())],
        Find::Regex(regex) => vec![regex.clone()],
        Find::Token(token) => token.forms.clone(),
        Find::Assigned(Assigned::Password) => vec!["password".to_owned()],
        Find::Assigned(Assigned::Key) => vec!["key".to_owned()],
        Find::Assigned(Assigned::Login) => vec!["login".to_owned()],
        Find::Person => vec!["person".to_owned()],
        Find::Address => vec!["address".to_owned()],
        Find::Child => vec!["child".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RuleSet;

    #[test]
    fn every_rule_can_be_shown_in_both_languages() {
        let set = RuleSet::builtin().unwrap();
        let all: Vec<&Rule> = set.rules.iter().collect();
        for language in Language::ALL {
            let mut out = Vec::new();
            list(&all, language, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().count(), set.rules.len());
            for rule in &all {
                let mut out = Vec::new();
                show(rule, language, &mut out).unwrap();
                assert!(String::from_utf8(out).unwrap().contains(&rule.id));
            }
        }
    }
}
