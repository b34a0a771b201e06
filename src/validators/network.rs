//! Mailboxes and network addresses, as written.

use super::verdict;
use crate::model::Verdict;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Last labels that are file name extensions and no top-level domains: `icon@2x.png`.
const EXTENSIONS: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "bmp",
    "svg",
    "webp",
    "ico",
    "tif",
    "tiff",
    "css",
    "scss",
    "less",
    "js",
    "jsx",
    "ts",
    "tsx",
    "json",
    "xml",
    "html",
    "htm",
    "php",
    "jsp",
    "pdf",
    "doc",
    "docx",
    "xls",
    "xlsx",
    "ppt",
    "pptx",
    "txt",
    "csv",
    "tsv",
    "log",
    "ini",
    "cfg",
    "conf",
    "yml",
    "yaml",
    "toml",
    "lock",
    "rar",
    "gz",
    "tar",
    "tgz",
    "bz",
    "exe",
    "dll",
    "jar",
    "war",
    "class",
    "java",
    "py",
    "pyc",
    "rb",
    "go",
    "cpp",
    "hpp",
    "cc",
    "sql",
    "db",
    "bak",
    "tmp",
    "map",
    "woff",
    "ttf",
    "eot",
    "mp3",
    "mp4",
    "avi",
    "wav",
    "whl",
    "local",
    "localdomain",
    "internal",
    "invalid",
    "service",
    "target",
    "socket",
    "timer",
];

/// Mailbox address: local part of 1–64 characters of letters, digits and `.!#$%&'+/=?^_{|}~-`, no dot at its ends or
/// doubled; domain of 2 or more labels, each 1–63 letters, digits and inner hyphens, at most 255 in all;
/// last label 2–24 letters and no common file extension. RFC 5321 4.1.2 and 4.5.3 without quoted
/// strings and address literals. Not checked: whether the domain exists.
pub(super) fn email(value: &str) -> Verdict {
    let bytes = value.as_bytes();
    let Some(at) = memchr::memchr(b'@', bytes) else {
        return Verdict::Invalid;
    };
    let (local, domain) = bytes.split_at(at);
    let domain = domain.get(1..).unwrap_or_default();
    // `git@host:path` is where a repository lies, not a mailbox.
    verdict(
        (1..=64).contains(&local.len())
            && !local.eq_ignore_ascii_case(b"git")
            && domain.len() <= 255
            && is_local_part(local)
            && is_domain(domain),
    )
}

/// Atoms with single dots between.
fn is_local_part(local: &[u8]) -> bool {
    let mut before = b'.';
    for &b in local {
        let fits = match b {
            b'.' => before != b'.',
            b'!' | b'#'..=b'\'' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~' => {
                true
            }
            _ => b.is_ascii_alphanumeric(),
        };
        if !fits {
            return false;
        }
        before = b;
    }
    before != b'.'
}

/// Two labels or more, of which the last is no file name extension and some other has a letter or digit
/// (`mod@1.2.3.x` stays out by its last label).
fn is_domain(domain: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', domain) else {
        return false;
    };
    let (names, last) = domain.split_at(dot);
    let last = last.get(1..).unwrap_or_default();
    if !(2..=24).contains(&last.len()) || !last.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let (mut before, mut length) = (b'.', 0);
    for &b in names.iter().chain(b".") {
        match b {
            b'.' if before == b'.' || before == b'-' => return false,
            b'.' => length = 0,
            b'-' if before == b'.' => return false,
            b'-' => length += 1,
            _ if b.is_ascii_alphanumeric() => length += 1,
            _ => return false,
        }
        if length > 63 {
            return false;
        }
        before = b;
    }
    !EXTENSIONS
        .iter()
        .any(|e| e.len() == last.len() && e.as_bytes().eq_ignore_ascii_case(last))
}

/// IPv4 address: four decimal octets without leading zeros. RFC 791, RFC 6943 3.1.1. Refused because
/// they belong to no one: 0.0.0.0/8, the broadcast address and netmasks. Addresses that look like a
/// version number (every octet below 10) are `Unchecked`, since only the words around them can tell.
pub(super) fn ipv4(value: &str) -> Verdict {
    let Ok(address) = value.parse::<Ipv4Addr>() else {
        return Verdict::Invalid;
    };
    let bits = address.to_bits();
    let octets = address.octets();
    let mask = octets.first() == Some(&255) && bits.leading_ones() + bits.trailing_zeros() >= 32;
    if octets.first() == Some(&0) || mask {
        Verdict::Invalid
    } else if octets.iter().all(|&o| o < 32)
        && !matches!(octets, [10, ..] | [8, 8, ..] | [1, 1, 1, 1] | [9, 9, 9, 9])
    {
        Verdict::Unchecked
    } else {
        Verdict::Valid
    }
}

/// IPv6 address in the text forms of RFC 4291 2.2, zone after `%` ignored. Refused: `::` and the like.
/// With fewer than three groups written it is `Unchecked`: source code is full of `a::b`.
pub(super) fn ipv6(value: &str) -> Verdict {
    let value = value.split('%').next().unwrap_or_default();
    let Ok(address) = value.parse::<Ipv6Addr>() else {
        return Verdict::Invalid;
    };
    if address.is_unspecified() || address.is_loopback() {
        return Verdict::Invalid;
    }
    let groups = value.split(':').filter(|g| !g.is_empty()).count();
    let has_digit = value.bytes().any(|b| b.is_ascii_digit());
    if groups < 3 || !has_digit {
        Verdict::Unchecked
    } else {
        Verdict::Valid
    }
}

/// Hardware address of 48 bits: six pairs joined by `:` or `-` (one kind), or three dotted groups of
/// four. IEEE 802-2014 clause 8. All zeros and the broadcast address are refused. Dotted ones two groups of
/// which begin with zeros are `Unchecked`.
pub(super) fn mac(value: &str) -> Verdict {
    let b = value.as_bytes();
    let hex = |x: &u8| x.is_ascii_hexdigit();
    let form = match b.get(2) {
        Some(&sep @ (b':' | b'-')) => {
            b.len() == 17
                && b.chunks(3)
                    .all(|c| c.iter().take(2).all(hex) && c.get(2).is_none_or(|&s| s == sep))
        }
        _ => {
            b.len() == 14
                && b.chunks(5)
                    .all(|c| c.iter().take(4).all(hex) && c.get(4).is_none_or(|&s| s == b'.'))
        }
    };
    // Dotted groups that begin with zeros are sort keys and versions: 2673.0020.0002.
    let groups = value.split('.');
    if form && b.len() == 14 && groups.filter(|g| g.starts_with("00")).count() >= 2 {
        return Verdict::Unchecked;
    }
    let filler = |x: u8| {
        b.iter()
            .filter(|&&c| hex(&c))
            .all(|c| c.eq_ignore_ascii_case(&x))
    };
    verdict(form && !filler(b'0') && !filler(b'F'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes() {
        for good in [
            "zhang.san@example.com",
            "a+b@mail.example.com.cn",
            "12345678@qq.com",
            "a@163.com",
        ] {
            assert_eq!(email(good), Verdict::Valid, "{good}");
        }
        for bad in [
            "icon@2x.png",
            "zhang@example",
            "@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a@-x.com",
            "a@x-.com",
            "a@x..com",
            "git@host:repo",
            "lodash@4.17.21",
            "a@b@example.com",
            "",
            "@",
            "a@",
            "a@.",
            "sshd@22.service",
        ] {
            assert_eq!(email(bad), Verdict::Invalid, "{bad}");
        }
    }

    #[test]
    fn network_addresses() {
        assert_eq!(ipv4("192.168.1.10"), Verdict::Valid);
        assert_eq!(ipv4("1.2.3.4"), Verdict::Unchecked);
        assert_eq!(ipv4("22.1.14.31"), Verdict::Unchecked);
        for good in ["10.1.2.3", "22.1.14.32", "8.8.8.8", "1.1.1.1"] {
            assert_eq!(ipv4(good), Verdict::Valid, "{good}");
        }
        for bad in [
            "0.0.0.0",
            "255.255.255.0",
            "255.255.255.255",
            "256.1.1.1",
            "01.2.3.4",
            "",
        ] {
            assert_eq!(ipv4(bad), Verdict::Invalid, "{bad}");
        }
        assert_eq!(ipv6("2001:db8::1"), Verdict::Valid);
        assert_eq!(ipv6("a::b"), Verdict::Unchecked);
        for bad in ["::", "::1", "12:34:56", "2001:db8:::1", ""] {
            assert_eq!(ipv6(bad), Verdict::Invalid, "{bad}");
        }
        assert_eq!(mac("00:1A:2B:3C:4D:5E"), Verdict::Valid);
        assert_eq!(mac("001A.2B3C.4D5E"), Verdict::Valid);
        assert_eq!(mac("2673.0020.0002"), Verdict::Unchecked);
        for bad in [
            "00:00:00:00:00:00",
            "ff-ff-ff-ff-ff-ff",
            "00:1A-2B:3C:4D:5E",
            "00:1A:2B:3C:4D",
            "",
        ] {
            assert_eq!(mac(bad), Verdict::Invalid, "{bad}");
        }
    }
}
