//! [`Settings`]: which pseudonym each kind and rule gets. `docs/pseudonyms.md` has the file.

use super::{Kind, dates};
use crate::rules::Profile;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How a value's pseudonym is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A keyed token: joins, no way back.
    Token,
    /// The value encrypted in its own form where it has one, else inline.
    Format,
    /// The value encrypted into the text.
    Inline,
    /// A token whose value goes into the vault.
    Vault,
    /// A date moved by its person's offset.
    Shift,
    /// The group that the value belongs to.
    Generalise,
    /// A mask instead.
    Mask(Profile),
}

impl Mode {
    const NAMES: [(&'static str, Self); 10] = [
        ("token", Self::Token),
        ("ff1", Self::Format),
        ("inline", Self::Inline),
        ("vault", Self::Vault),
        ("shift", Self::Shift),
        ("generalise", Self::Generalise),
        ("strict", Self::Mask(Profile::Strict)),
        ("display", Self::Mask(Profile::Display)),
        ("label", Self::Mask(Profile::Label)),
        ("remove", Self::Mask(Profile::Remove)),
    ];

    fn find(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|m| m.0 == name).map(|m| m.1)
    }

    /// Its name in settings.
    pub fn id(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|m| m.1 == self)
            .map_or("label", |m| m.0)
    }

    /// All names, for messages.
    pub fn names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|m| m.0).collect();
        names.join(", ")
    }
}

/// Why settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// No project is named.
    #[error("no project")]
    NoProject,
    /// Not TOML, or a key that there is none of: the line.
    #[error("line {0}")]
    Shape(usize),
    /// No such kind.
    #[error("kind {0}")]
    Kind(String),
    /// No such mode.
    #[error("mode {0}")]
    Mode(String),
    /// No such rule.
    #[error("rule {0}")]
    Rule(String),
    /// A number or date out of bounds: the key.
    #[error("value of {0}")]
    Value(&'static str),
    /// A mode that means nothing for this kind.
    #[error("{mode} for {kind}")]
    Unfit {
        /// The kind.
        kind: &'static str,
        /// The mode.
        mode: &'static str,
    },
}

/// Which pseudonym each kind and rule gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of the project: within it equal values have equal pseudonyms, across projects nothing can be joined.
    pub project: String,
    /// For kinds that are not named.
    pub default: Mode,
    /// By kind.
    pub kinds: BTreeMap<Kind, Mode>,
    /// By rule id: before the kind.
    pub rules: BTreeMap<String, Mode>,
    /// Days that dates move to either side at most.
    pub shift_days: u16,
    /// Years in a band of ages.
    pub age_band: u8,
    /// The day that ages are counted on, `2026-01-31`.
    pub as_of: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    project: Option<String>,
    default: Option<String>,
    #[serde(default)]
    kinds: BTreeMap<String, String>,
    #[serde(default)]
    rules: BTreeMap<String, String>,
    shift_days: Option<u16>,
    age_band: Option<u8>,
    as_of: Option<String>,
}

impl Settings {
    /// Tokens for everything; ages as of a day (`2026-01-31`, what follows is left out).
    pub fn new(project: &str, today: &str) -> Self {
        Self {
            project: project.trim().to_owned(),
            default: Mode::Token,
            kinds: BTreeMap::new(),
            rules: BTreeMap::new(),
            shift_days: 180,
            age_band: 10,
            as_of: today.get(..10).unwrap_or(today).to_owned(),
        }
    }

    /// Reads a settings file. A project named on the command line goes before that of the file.
    ///
    /// # Errors
    /// When it is not of the right shape, or names what there is not.
    pub fn read(text: &str, project: Option<&str>, today: &str) -> Result<Self, SettingsError> {
        let file: File = toml::from_str(text).map_err(|e| {
            let before = e
                .span()
                .and_then(|s| text.get(..s.start))
                .unwrap_or_default();
            SettingsError::Shape(before.matches('\n').count() + 1)
        })?;
        let mode = |name: &str| Mode::find(name).ok_or_else(|| SettingsError::Mode(name.into()));
        let mut out = Self::new(
            project.or(file.project.as_deref()).unwrap_or_default(),
            today,
        );
        if let Some(name) = &file.default {
            out.default = mode(name)?;
        }
        for (code, name) in &file.kinds {
            let kind = Kind::find(code).ok_or_else(|| SettingsError::Kind(code.clone()))?;
            out.kinds.insert(kind, fitting(kind, mode(name)?)?);
        }
        for (id, name) in file.rules {
            out.rules.insert(id, mode(&name)?);
        }
        out.shift_days = file.shift_days.unwrap_or(out.shift_days);
        out.age_band = file.age_band.unwrap_or(out.age_band);
        if let Some(day) = file.as_of {
            out.as_of = day;
        }
        out.checked()
    }

    /// The settings when they can be used.
    ///
    /// # Errors
    /// When something is missing or out of bounds.
    pub fn checked(self) -> Result<Self, SettingsError> {
        if self.project.is_empty() {
            return Err(SettingsError::NoProject);
        }
        if !(7..=3650).contains(&self.shift_days) {
            return Err(SettingsError::Value("shift_days"));
        }
        if !(5..=50).contains(&self.age_band) {
            return Err(SettingsError::Value("age_band"));
        }
        if dates::parse(&self.as_of).is_none() {
            return Err(SettingsError::Value("as_of"));
        }
        Ok(self)
    }

    /// Refuses rules that do not exist.
    ///
    /// # Errors
    /// The first that does not.
    pub fn know_rules(&self, known: &dyn Fn(&str) -> bool) -> Result<(), SettingsError> {
        match self.rules.keys().find(|id| !known(id)) {
            Some(id) => Err(SettingsError::Rule(id.clone())),
            None => Ok(()),
        }
    }

    /// The mode for values of a rule.
    pub fn mode(&self, kind: Kind, rule: &str) -> Mode {
        let said = self.rules.get(rule).or_else(|| self.kinds.get(&kind));
        said.copied().unwrap_or(self.default)
    }

    /// Whether some values go into a vault.
    pub fn needs_vault(&self) -> bool {
        let all = self.kinds.values().chain(self.rules.values());
        all.chain([&self.default]).any(|m| *m == Mode::Vault)
    }
}

fn fitting(kind: Kind, mode: Mode) -> Result<Mode, SettingsError> {
    let fits = match mode {
        Mode::Shift => kind == Kind::Date,
        Mode::Generalise => matches!(kind, Kind::Date | Kind::Addr | Kind::Acc | Kind::Data),
        Mode::Format => matches!(
            kind,
            Kind::Id | Kind::Tel | Kind::Acc | Kind::Sec | Kind::Org
        ),
        _ => true,
    };
    let (kind, id) = (kind.code(), mode.id());
    if fits {
        Ok(mode)
    } else {
        Err(SettingsError::Unfit { kind, mode: id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-01-31T09:00:00Z";

    #[test]
    fn a_file_says_which() {
        let text = "project = \"移交A\"\n[kinds]\nID = \"ff1\"\nDATE = \"shift\"\n[rules]\n\"cn.mobile\" = \"vault\"\n";
        let s = Settings::read(text, None, TODAY).unwrap();
        assert_eq!(s.project, "移交A");
        assert_eq!(s.as_of, "2026-01-31");
        assert_eq!(s.mode(Kind::Id, "cn.resident-id"), Mode::Format);
        assert_eq!(s.mode(Kind::Tel, "cn.mobile"), Mode::Vault);
        assert_eq!(s.mode(Kind::Tel, "cn.landline"), Mode::Token);
        assert!(s.needs_vault());
        assert_eq!(Settings::read(text, Some("B"), TODAY).unwrap().project, "B");
        assert!(s.know_rules(&|_| true).is_ok());
        assert_eq!(
            s.know_rules(&|_| false),
            Err(SettingsError::Rule("cn.mobile".into()))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let read = |t: &str| Settings::read(t, Some("p"), TODAY).unwrap_err();
        assert_eq!(read("a = 1"), SettingsError::Shape(1));
        assert_eq!(read("\n[kinds]\nID = 3"), SettingsError::Shape(3));
        assert_eq!(
            read("[kinds]\nX = \"token\""),
            SettingsError::Kind("X".into())
        );
        assert_eq!(read("[kinds]\nID = \"x\""), SettingsError::Mode("x".into()));
        assert_eq!(
            read("[kinds]\nID = \"shift\""),
            SettingsError::Unfit {
                kind: "ID",
                mode: "shift"
            }
        );
        assert_eq!(read("shift_days = 1"), SettingsError::Value("shift_days"));
        assert_eq!(read("as_of = \"soon\""), SettingsError::Value("as_of"));
        assert_eq!(
            Settings::read("", None, TODAY),
            Err(SettingsError::NoProject)
        );
    }
}
