//! Reads once, at build time, what would otherwise be read at every start.
//!
//! The words of Chinese become the tables that they are looked up in (`src/detect/names/lexicon`).
//!
//! The rule files become one JSON text, which is read many times faster than TOML and in the types that the
//! loader wants. What the rules mean is not looked at here: `src/rules/load.rs` does that, and a test compares
//! what it makes of either form. The same files give the same output.

#[path = "src/rules/builtin.rs"]
mod builtin;

#[path = "src/detect/names/lexicon/form.rs"]
mod form;
#[path = "src/detect/names/lists.rs"]
mod lists;
#[path = "src/detect/names/lexicon/make.rs"]
mod make;

use sha2::{Digest, Sha256};
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rules/builtin.rs");
    println!("cargo::rerun-if-changed=src/detect/names");
    let out = env::var_os("OUT_DIR").ok_or("cargo names no folder for what is built")?;
    let out = Path::new(&out);
    for (name, table) in make::Tables::new().files()? {
        fs::write(out.join(format!("lexicon.{name}")), table)?;
    }
    rules(out)
}

/// The rule files: `rules.json`, a list of files in the order of the list; `examples.json`, the examples of rules
/// by id, which few runs want; `rules.digest`, the digest of the files as the loader makes it.
fn rules(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    let mut examples = toml::Table::new();
    let mut hasher = Sha256::new();
    for (name, text) in builtin::FILES {
        for part in [name, text] {
            hasher.update(u64::try_from(part.len())?.to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut file: toml::Table =
            toml::from_str(text).map_err(|e| format!("rules/{name}: {e}"))?;
        let rules = file.get_mut("rule").and_then(toml::Value::as_array_mut);
        for rule in rules.into_iter().flatten() {
            let rule = rule.as_table_mut().ok_or("a rule is no table")?;
            let id = rule.get("id").and_then(toml::Value::as_str);
            let id = id.ok_or_else(|| format!("rules/{name}: a rule has no id"))?;
            let id = id.to_owned();
            examples.extend(rule.remove("examples").map(|shown| (id, shown)));
        }
        all.push(file);
    }
    fs::write(out.join("rules.json"), serde_json::to_vec(&all)?)?;
    fs::write(out.join("examples.json"), serde_json::to_vec(&examples)?)?;
    let mut digest = String::new();
    for byte in hasher.finalize() {
        write!(digest, "{byte:02x}")?;
    }
    Ok(fs::write(out.join("rules.digest"), digest)?)
}
