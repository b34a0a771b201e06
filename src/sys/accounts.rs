//! Names of owners and groups, from the files that every Unix has.

use std::{collections::BTreeMap, path::Path};

/// Names by number. Accounts that a directory service keeps are not in these files: their files show
/// the number, as `ls -n` does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Names of users.
    pub users: BTreeMap<u32, String>,
    /// Names of groups.
    pub groups: BTreeMap<u32, String>,
}

impl Accounts {
    /// Of this machine: `/etc/passwd` and `/etc/group`. Empty where there are none.
    pub fn read() -> Self {
        let of = |path: &str| std::fs::read(Path::new(path)).unwrap_or_default();
        Self {
            users: names(&of("/etc/passwd")),
            groups: names(&of("/etc/group")),
        }
    }
}

/// Lines of fields between colons, the name first, the number third. The first name of a number holds.
///
/// Standard: passwd(5), group(5).
fn names(file: &[u8]) -> BTreeMap<u32, String> {
    let mut all = BTreeMap::new();
    for line in String::from_utf8_lossy(file).lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(number)) = (fields.next(), fields.nth(1))
            && let Ok(number) = number.parse()
            && !name.is_empty()
            && !name.starts_with(['#', '+', '-'])
        {
            all.entry(number).or_insert_with(|| name.to_owned());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_number() {
        let text =
            b"root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n#no:x:7:7\n+::::::\nli:x:1000:\nbad\n";
        let all = names(text);
        assert_eq!(all[&0], "root");
        assert_eq!(all[&1000], "li");
        assert_eq!(all.len(), 2);
    }
}
