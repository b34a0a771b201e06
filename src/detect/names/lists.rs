//! How files of words are read. `build.rs` reads them so as well.

/// Words of a list file; `#` begins a comment line, `@name` a section.
pub(crate) fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    sections(list).map(|(_, w)| w)
}

/// Words of a list file with the section each stands in.
pub(crate) fn sections(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut section = "";
    list.lines()
        .filter(|l| !l.starts_with('#'))
        .flat_map(str::split_whitespace)
        .filter_map(move |w| match w.strip_prefix('@') {
            Some(name) => {
                section = name;
                None
            }
            None => Some((section, w)),
        })
}
