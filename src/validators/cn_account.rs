//! Accounts at banks and brokers. None has a published check digit; only their shapes can be refused.

use super::all_digits;
use crate::model::Verdict;

/// Whether all characters are the same: filler, not an account.
fn is_filler(bytes: &[u8]) -> bool {
    bytes.windows(2).all(|w| w.first() == w.last())
}

/// `true` → nothing speaks against it.
fn shape(fits: bool) -> Verdict {
    if fits {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// Bank account number that is not a card: 8–32 digits, not all the same. No national format.
pub(super) fn bank_account(value: &str) -> Verdict {
    let b = value.as_bytes();
    shape((8..=32).contains(&b.len()) && all_digits(b) && !is_filler(b))
}

/// Cash account or client number at a broker, or a fund account: 4–20 digits or capitals with at least
/// four digits, not all the same.
pub(super) fn fund_account(value: &str) -> Verdict {
    let b = value.as_bytes();
    let digits = b.iter().filter(|x| x.is_ascii_digit()).count();
    let alphabet = b
        .iter()
        .all(|x| x.is_ascii_digit() || x.is_ascii_uppercase());
    shape((4..=20).contains(&b.len()) && alphabet && digits >= 4 && !is_filler(b))
}

/// Shanghai securities account: `A`–`F` + 9 digits. Rules of China Clearing; the check digit that the
/// last is said to be is not published.
pub(super) fn sh_account(value: &str) -> Verdict {
    shape(match value.as_bytes() {
        [b'A'..=b'F', rest @ ..] => rest.len() == 9 && all_digits(rest) && !is_filler(rest),
        _ => false,
    })
}

/// Shenzhen securities account: 10 digits that start with 0, 20 or 4; 9 digits when a spreadsheet ate
/// the leading zero are not taken here. No check digit.
pub(super) fn sz_account(value: &str) -> Verdict {
    let b = value.as_bytes();
    let prefix = matches!(b, [b'0' | b'4', ..] | [b'2', b'0', ..]);
    shape(b.len() == 10 && prefix && all_digits(b) && !is_filler(b))
}

/// Number of an office's own making: 5–24 digits, capitals or hyphens with at least four digits, not all the same.
/// Social insurance, housing fund, medical insurance and the like: no national format.
pub(super) fn office_number(value: &str) -> Verdict {
    let b = value.as_bytes();
    let digits = b.iter().filter(|x| x.is_ascii_digit()).count();
    let alphabet = b
        .iter()
        .all(|x| x.is_ascii_digit() || x.is_ascii_uppercase() || *x == b'-');
    shape((5..=24).contains(&b.len()) && alphabet && digits >= 4 && !is_filler(b))
}

/// Number at the messaging service of Tencent: 5–11 digits, the first not 0, not all the same.
pub(super) fn qq(value: &str) -> Verdict {
    let b = value.as_bytes();
    let first = b.first().is_some_and(|c| *c != b'0');
    shape((5..=11).contains(&b.len()) && first && all_digits(b) && !is_filler(b))
}

/// Name at `WeChat`: 6–20 letters, digits, `_` and `-`, the first a letter.
pub(super) fn wechat(value: &str) -> Verdict {
    let b = value.as_bytes();
    let alphabet = b
        .iter()
        .all(|x| x.is_ascii_alphanumeric() || matches!(x, b'_' | b'-'));
    let first = b.first().is_some_and(u8::is_ascii_alphabetic);
    shape((6..=20).contains(&b.len()) && first && alphabet)
}

/// Account of a user at Alipay: 16 digits that start with 2088.
pub(super) fn alipay(value: &str) -> Verdict {
    let b = value.as_bytes();
    shape(b.len() == 16 && b.starts_with(b"2088") && all_digits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_offices_and_services() {
        assert_eq!(office_number("201234567890"), Verdict::Unchecked);
        assert_eq!(office_number("A1B"), Verdict::Invalid);
        assert_eq!(qq("10001"), Verdict::Unchecked);
        assert_eq!(qq("0123456"), Verdict::Invalid);
        assert_eq!(qq("123456789012"), Verdict::Invalid);
        assert_eq!(wechat("wxid_abc123def456gh"), Verdict::Unchecked);
        assert_eq!(wechat("1zhangsan"), Verdict::Invalid);
        assert_eq!(wechat("zhang"), Verdict::Invalid);
        assert_eq!(alipay("2088002000000000"), Verdict::Unchecked);
        assert_eq!(alipay("2089002000000000"), Verdict::Invalid);
    }

    #[test]
    fn accounts() {
        assert_eq!(bank_account("0200001009012345678"), Verdict::Unchecked);
        assert_eq!(bank_account("00000000"), Verdict::Invalid);
        assert_eq!(bank_account("1234567"), Verdict::Invalid);
        assert_eq!(fund_account("8001234567"), Verdict::Unchecked);
        assert_eq!(fund_account("ABCDE"), Verdict::Invalid);
    }
}
