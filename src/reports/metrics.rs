//! Figures of a run for Prometheus' text file collector: counts only, no path and no value.
//!
//! Standard: Prometheus text exposition format 0.0.4.

use super::summary::{Summary, exit_code};
use super::{Class, Condition};
use std::fmt::Write;

/// What the summary does not know.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// Name of the job, as its label.
    pub job: &'a str,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Files whose record was carried over.
    pub carried: u64,
    /// Every condition that was met.
    pub conditions: &'a [Condition],
}

/// The whole file.
pub fn metrics(summary: &Summary, run: &Run<'_>) -> String {
    let mut out = Out {
        text: String::new(),
        job: label(run.job),
    };
    out.head(
        "inkout_files",
        "gauge",
        "Files by how much of them was read.",
    );
    for (state, n) in [
        ("read", summary.read),
        ("partly", summary.partly),
        ("unread", summary.unread),
        ("left_out", summary.left_out),
    ] {
        out.row("inkout_files", &[("state", state)], n);
    }
    out.one(
        "inkout_files_with_findings",
        "Files in which something was found.",
        summary.with_findings,
    );
    out.one(
        "inkout_files_carried_over",
        "Files that did not change since the scan before.",
        run.carried,
    );
    out.one("inkout_bytes", "Bytes of all files.", summary.bytes);
    out.head("inkout_findings", "gauge", "Findings by rule.");
    for (rule, total) in summary.rules().iter().zip(&summary.by_rule) {
        if total.found > 0 {
            out.row("inkout_findings", &[("rule", &rule.id)], total.found);
        }
    }
    out.head(
        "inkout_findings_class",
        "gauge",
        "Findings by class of JR/T 0171-2020.",
    );
    for class in Class::ALL {
        let found = summary.by_class.get(&class).map_or(0, |t| t.found);
        out.row("inkout_findings_class", &[("class", class.id())], found);
    }
    out.row(
        "inkout_findings_class",
        &[("class", "none")],
        summary.no_class.found,
    );
    out.one(
        "inkout_findings_sensitive",
        "Findings of sensitive personal information.",
        summary.sensitive.found,
    );
    out.head("inkout_gaps", "gauge", "What was not read, by reason.");
    for (kind, total) in &summary.gaps {
        out.row("inkout_gaps", &[("reason", kind.id())], total.gaps);
    }
    out.one(
        "inkout_last_run_timestamp_seconds",
        "When the last run ended.",
        run.ended,
    );
    out.head(
        "inkout_last_run_seconds",
        "gauge",
        "How long the last run took.",
    );
    out.row(
        "inkout_last_run_seconds",
        &[],
        format_args!("{:.3}", run.seconds),
    );
    let code = u64::from(exit_code(run.conditions));
    out.one(
        "inkout_last_run_exit_code",
        "Exit code of the last run.",
        code,
    );
    out.text
}

struct Out {
    text: String,
    job: String,
}

impl Out {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn row(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = write!(self.text, "{name}{{job=\"{}\"", self.job);
        for (key, text) in labels {
            let _ = write!(self.text, ",{key}=\"{}\"", label(text));
        }
        let _ = writeln!(self.text, "}} {value}");
    }

    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", help);
        self.row(name, &[], value);
    }
}

/// A label's value: backslash, quote and line feed are escaped, other control characters dropped.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn every_line_is_one_of_the_format() {
        let mut summary = Summary::new(fixture::rules());
        for (record, shown) in fixture::records() {
            summary.add(&record, &shown);
        }
        let run = Run {
            job: "a\"b\\c\nd",
            ended: 1_795_962_692,
            seconds: 1.5,
            carried: 7,
            conditions: &[Condition::Findings],
        };
        let text = metrics(&summary, &run);
        let sample = regex::Regex::new(
            r#"^[a-z_]+\{job="a\\"b\\\\c\\nd"(,[a-z]+="[^"\\]*")*\} [0-9]+(\.[0-9]+)?$"#,
        )
        .unwrap();
        for line in text.lines() {
            assert!(line.starts_with("# ") || sample.is_match(line), "{line}");
        }
        assert!(
            text.contains("inkout_findings{job=\"a\\\"b\\\\c\\nd\",rule=\"cn.resident-id\"} 11")
        );
        assert!(text.contains("exit_code{job=\"a\\\"b\\\\c\\nd\"} 1"));
        assert!(text.ends_with('\n'));
    }
}
