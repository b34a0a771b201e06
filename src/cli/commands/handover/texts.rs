//! The texts in a package and beside its box.

use super::look::{Seen, line};
use crate::{
    cli::args::packages::Container,
    handover::Manifest,
    words::{Language, PackageWord},
};
use std::collections::BTreeMap;

/// Checks every file of a bag in PowerShell.
const CHECK: &str = "Get-Content -Encoding UTF8 manifest-sha256.txt | ForEach-Object { $sum, $path = $_ -split '  ', 2; \
                     if ((Get-FileHash -Algorithm SHA256 -LiteralPath $path).Hash -ne $sum) { \"BAD $path\" } }";

/// The mark that old programs on Windows know UTF-8 by.
const MARK: &str = "\u{FEFF}";

/// Texts inside the bag, by path.
pub(super) fn inside(seen: &Seen) -> BTreeMap<String, Vec<u8>> {
    let mut persons = line(&["person", "names", "contacts", "kinds", "files", "under_14"]);
    for (id, person) in &seen.persons {
        let joined = |all: &std::collections::BTreeSet<String>| {
            all.iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("; ")
        };
        persons.push_str(&line(&[
            &id.to_string(),
            &joined(&person.names),
            &joined(&person.contacts),
            &joined(&person.kinds),
            &person.items.len().to_string(),
            if person.minor { "yes" } else { "" },
        ]));
    }
    let text = |t: &str| format!("{MARK}{t}").into_bytes();
    let readme = |l: Language| PackageWord::ReadmeInside.fill(l, &[&CHECK]);
    [
        ("README.txt", readme(Language::En).into_bytes()),
        ("README.zh.txt", text(&readme(Language::Zh))),
        ("inkout/inventory.csv", text(&seen.inventory)),
        ("inkout/coverage.csv", text(&seen.coverage)),
        ("inkout/persons.csv", text(&persons)),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into()
}

/// Texts beside the box: how to open it, in both languages.
pub(super) fn beside(container: Container, _: Language) -> BTreeMap<String, Vec<u8>> {
    let (name, how) = match container {
        Container::SevenZ => ("7z (AES-256)", PackageWord::HowSevenZ),
        Container::Age => ("age", PackageWord::HowAge),
        Container::ZipAes => ("zip (AES-256)", PackageWord::HowZip),
        Container::None => ("BagIt", PackageWord::HowNone),
    };
    let readme = |l: Language| PackageWord::ReadmeBeside.fill(l, &[&name, &how.text(l)]);
    [
        ("README.txt".to_owned(), readme(Language::En).into_bytes()),
        (
            "README.zh.txt".to_owned(),
            format!("{MARK}{}", readme(Language::Zh)).into_bytes(),
        ),
    ]
    .into()
}

/// Lines of `bag-info.txt`.
pub(super) fn info(manifest: &Manifest) -> Vec<(&'static str, String)> {
    vec![
        ("Source-Organization", manifest.from.clone()),
        (
            "Bagging-Date",
            manifest.created.get(..10).unwrap_or_default().to_owned(),
        ),
        ("External-Description", manifest.purpose.clone()),
        ("Internal-Sender-Identifier", manifest.ticket.clone()),
        ("Bag-Software-Agent", manifest.tool.clone()),
    ]
}
