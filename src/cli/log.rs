//! Messages on standard error: sentences, or one JSON object a line. Never values, never raw paths of files
//! that were read.

use super::clock;
use crate::words::{Language, in_language};
use serde_json::{Map, Value};
use std::io::Write;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Errors and warnings.
    Quiet,
    /// What matters.
    Normal,
    /// More.
    Verbose,
}

/// Form of the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Sentences.
    Text,
    /// JSON Lines.
    Json,
}

/// Where messages go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Log {
    pub language: Language,
    pub level: Level,
    pub form: Form,
}

impl Log {
    /// Sentences.
    pub(super) fn plain(language: Language, quiet: bool) -> Self {
        Self {
            language,
            level: if quiet { Level::Quiet } else { Level::Normal },
            form: Form::Text,
        }
    }

    /// Whether progress and summaries are wanted.
    pub(super) fn is_quiet(self) -> bool {
        self.level == Level::Quiet
    }

    /// Something that matters.
    pub(super) fn info(self, event: &str, fields: &[(&str, Value)], text: &str) {
        if self.form == Form::Json || self.level >= Level::Normal {
            self.write("info", event, fields, text);
        }
    }

    /// Something for those who want to know more.
    pub(super) fn detail(self, event: &str, fields: &[(&str, Value)], text: &str) {
        if self.form == Form::Json || self.level >= Level::Verbose {
            self.write("info", event, fields, text);
        }
    }

    /// Something that is wrong but does not stop the run.
    pub(super) fn warn(self, event: &str, fields: &[(&str, Value)], text: &str) {
        let text = in_language(text, self.language);
        let text = match self.form {
            Form::Text => crate::words::Word::Warning.fill(self.language, &[&text]),
            Form::Json => text.into_owned(),
        };
        self.write("warning", event, fields, &text);
    }

    /// What stopped the run.
    pub(super) fn error(self, text: &str) {
        let text = in_language(text, self.language);
        let text = match self.form {
            Form::Text => crate::words::Word::Error.fill(self.language, &[&text]),
            Form::Json => text.into_owned(),
        };
        self.write("error", "failed", &[], &text);
    }

    fn write(self, level: &str, event: &str, fields: &[(&str, Value)], text: &str) {
        let line = match self.form {
            Form::Text => text.to_owned(),
            Form::Json => {
                let mut all = Map::new();
                all.insert("time".into(), clock::now().into());
                all.insert("level".into(), level.into());
                all.insert("event".into(), event.into());
                for (name, value) in fields {
                    all.insert((*name).into(), value.clone());
                }
                all.insert("text".into(), text.into());
                Value::Object(all).to_string()
            }
        };
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}
