//! Masks: value → what may be shown.
//!
//! Characters are counted, not bytes, and separators stay where a profile shows structure, so a masked
//! card still reads as a card. A mask never gives back the value, and no masked value is found again:
//! each holds a character that its type cannot hold.

/// Surnames of two characters that a mask keeps whole; the rarer ones show one character less.
const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟", "慕容", "司徒", "令狐", "夏侯", "东方", "南宫",
    "端木", "长孙", "宇文", "公孙", "轩辕", "独孤", "呼延", "申屠", "太史", "闻人", "澹台", "濮阳",
];

/// How a value is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Resident identity number and its kin.
    Id,
    /// Mobile number.
    Mobile,
    /// Landline number.
    Landline,
    /// Bank card.
    Card,
    /// Bank account that is no card.
    Account,
    /// Passport or permit.
    Passport,
    /// Securities, fund or futures account.
    Securities,
    /// Name of a person.
    Name,
    /// Postal address.
    Address,
    /// Mailbox.
    Email,
    /// Number plate.
    Plate,
    /// Date of birth.
    Date,
    /// IPv4 or IPv6 address.
    Ip,
    /// Hardware address.
    Mac,
    /// IBAN.
    Iban,
    /// Code of an organisation.
    Organisation,
    /// Password, key, verification code: nothing of it is ever shown.
    Secret,
    /// Anything else: nothing is shown but its length.
    None,
}

impl Family {
    /// Names in rule files.
    const NAMES: [(&'static str, Self); 18] = [
        ("id", Self::Id),
        ("mobile", Self::Mobile),
        ("landline", Self::Landline),
        ("card", Self::Card),
        ("account", Self::Account),
        ("passport", Self::Passport),
        ("securities", Self::Securities),
        ("name", Self::Name),
        ("address", Self::Address),
        ("email", Self::Email),
        ("plate", Self::Plate),
        ("date", Self::Date),
        ("ip", Self::Ip),
        ("mac", Self::Mac),
        ("iban", Self::Iban),
        ("organisation", Self::Organisation),
        ("secret", Self::Secret),
        ("none", Self::None),
    ];

    /// The family of this name in rule files.
    pub fn find(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(n, _)| *n == name)
            .map(|&(_, f)| f)
    }

    /// All names, for error messages.
    pub(super) fn names() -> String {
        let names: Vec<&str> = Self::NAMES.iter().map(|&(n, _)| n).collect();
        names.join(", ")
    }
}

/// Which form of mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// For files that leave the house: almost nothing is shown.
    #[default]
    Strict,
    /// For staff screens: the usual partly hidden form, 138****8000.
    Display,
    /// The kind of value in brackets: `[手机号]`.
    Label,
    /// A keyed token that is the same for equal values.
    Token,
    /// Nothing in its place.
    Remove,
    /// What [`super::Pseudonyms`] say; without them the label.
    Pseudonym,
}

impl Profile {
    /// The profile of this name on the command line.
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "strict" => Self::Strict,
            "display" => Self::Display,
            "label" => Self::Label,
            "token" => Self::Token,
            "remove" => Self::Remove,
            "pseudonym" => Self::Pseudonym,
            _ => return None,
        })
    }

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Display => "display",
            Self::Label => "label",
            Self::Token => "token",
            Self::Remove => "remove",
            Self::Pseudonym => "pseudonym",
        }
    }
}

/// What stands in place of `value`. `label` is the word for the kind (`手机号`), `token` what the token
/// profile puts in; without one it falls back to the label.
pub fn mask(
    family: Family,
    profile: Profile,
    value: &str,
    label: &str,
    token: Option<&str>,
) -> String {
    let shown = match profile {
        Profile::Remove => return String::new(),
        Profile::Label => return bracketed(label),
        Profile::Token | Profile::Pseudonym => {
            return match token {
                Some(token) if family != Family::Secret && !holds(token, value) => token.to_owned(),
                _ => bracketed(label),
            };
        }
        Profile::Strict => strict(family, value),
        Profile::Display => display(family, value),
    };
    // A value without letters or digits has nothing to hide behind a star.
    if shown == value || !shown.contains('*') {
        bracketed(label)
    } else {
        shown
    }
}

/// Whether the value shows in the text.
fn holds(text: &str, value: &str) -> bool {
    !value.is_empty() && text.contains(value)
}

fn bracketed(label: &str) -> String {
    format!("[{label}]")
}

/// The form for files that leave.
fn strict(family: Family, value: &str) -> String {
    match family {
        Family::Id => ends(value, 1, 1),
        Family::Mobile | Family::Account => ends(value, 0, 2),
        Family::Card => ends(value, 0, 4),
        Family::Passport | Family::Securities | Family::Plate => ends(value, 1, 0),
        Family::Landline => ends(value, area_code(value), 0),
        Family::Iban => ends(value, 2, 0),
        Family::Address => address(value, &["市", "州", "盟", "地区", "省", "自治区"]),
        Family::Email => "***@***".to_owned(),
        Family::Name => "*".repeat(
            value
                .chars()
                .filter(|c| !c.is_whitespace())
                .count()
                .clamp(2, 4),
        ),
        Family::Secret => "******".to_owned(),
        Family::Date | Family::Ip | Family::Mac | Family::Organisation | Family::None => {
            ends(value, 0, 0)
        }
    }
}

/// The form for staff screens.
fn display(family: Family, value: &str) -> String {
    match family {
        Family::Id | Family::Card => ends(value, 6, 4),
        Family::Mobile => mobile(value),
        Family::Landline => ends(value, area_code(value), 4),
        Family::Account => ends(value, 0, 4),
        Family::Passport => ends(value, 2, 3),
        Family::Securities | Family::Plate => ends(value, 2, 2),
        Family::Iban => ends(value, 4, 4),
        Family::Organisation => ends(value, 2, 4),
        Family::Address => address(value, &["区", "县", "旗", "市"]),
        Family::Email => email(value),
        Family::Name => name(value),
        Family::Date => ends(value, 4, 0),
        Family::Ip => ip(value),
        Family::Mac => ends(value, 6, 0),
        Family::Secret | Family::None => strict(family, value),
    }
}

/// Keeps some letters and digits at both ends and all separators, stars for the rest. When that would
/// show more than half of a short value, only a quarter at each end is kept.
fn ends(value: &str, head: usize, tail: usize) -> String {
    let total = value.chars().filter(|c| c.is_alphanumeric()).count();
    let (head, tail) = if (head + tail) * 3 > total * 2 {
        (head.min(total / 4), tail.min(total / 4))
    } else {
        (head, tail)
    };
    let mut at = 0;
    value
        .chars()
        .map(|c| {
            if !c.is_alphanumeric() {
                return c;
            }
            at += 1;
            if at <= head || at > total - tail {
                c
            } else {
                '*'
            }
        })
        .collect()
}

/// 138****8000, with what stands before the eleven digits kept.
fn mobile(value: &str) -> String {
    let total = value.chars().filter(char::is_ascii_digit).count();
    ends(value, total.saturating_sub(8).min(7), 4)
}

/// How many digits of a landline number say only where it is: trunk 0 or country code and area code.
fn area_code(value: &str) -> usize {
    let digits: String = value.chars().filter(char::is_ascii_digit).take(8).collect();
    let short = |d: &str| d.starts_with('1') || d.starts_with('2');
    match (
        digits.strip_prefix("0086"),
        digits.strip_prefix("86"),
        digits.strip_prefix('0'),
    ) {
        (Some(rest), ..) => 4 + usize::from(short(rest)),
        (_, Some(rest), _) => 2 + if short(rest) { 2 } else { 3 },
        (.., Some(rest)) => 1 + if short(rest) { 2 } else { 3 },
        _ => 0,
    }
}

/// The part up to the last of these words near the start, then four stars.
fn address(value: &str, words: &[&str]) -> String {
    let start: usize = value.chars().take(20).map(char::len_utf8).sum();
    let start = value.get(..start).unwrap_or_default();
    // Nothing that has a digit is a region any more.
    let start = start
        .split(|c: char| c.is_ascii_digit() || c == '*')
        .next()
        .unwrap_or_default();
    let end = words
        .iter()
        .filter_map(|w| start.find(w).map(|at| at + w.len()))
        .filter(|&end| end < value.len())
        .max()
        .unwrap_or(0);
    format!("{}****", value.get(..end).unwrap_or_default())
}

/// zh***@example.com: at most three characters of the local part, never all of it.
fn email(value: &str) -> String {
    let Some((local, domain)) = value.split_once('@') else {
        return ends(value, 0, 0);
    };
    let kept = (local.chars().count() / 2).min(2);
    let head: String = local.chars().take(kept).collect();
    format!("{head}***@{domain}")
}

/// The surname and stars: 张*, 欧阳*, Z**** S**.
fn name(value: &str) -> String {
    if value.is_ascii() {
        let mut first = true;
        return value
            .chars()
            .map(|c| {
                let kept = first || !c.is_alphabetic();
                first = !c.is_alphabetic();
                if kept { c } else { '*' }
            })
            .collect();
    }
    let total = value.chars().count();
    let kept = match total {
        0 | 1 => 0,
        2 => 1,
        _ if COMPOUND.iter().any(|c| value.starts_with(c)) => 2,
        _ => 1,
    };
    value
        .chars()
        .enumerate()
        .map(|(i, c)| {
            if i < kept || matches!(c, '·' | '•' | ' ') {
                c
            } else {
                '*'
            }
        })
        .collect()
}

/// 192.168.*.*, 2001:db8:*.
fn ip(value: &str) -> String {
    let sep = if value.contains(':') { ':' } else { '.' };
    let mut parts = value.split(sep);
    let head: Vec<&str> = parts.by_ref().take(2).collect();
    let rest = if sep == '.' {
        vec!["*"; parts.count()]
    } else {
        vec!["*"]
    };
    let sep = sep.to_string();
    [head, rest].concat().join(&sep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(family: Family, profile: Profile, value: &str) -> String {
        mask(family, profile, value, "类", None)
    }

    #[test]
    fn usual_forms() {
        use Family as F;
        for (family, value, display, strict) in [
            (F::Mobile, "13800138000", "138****8000", "*********00"),
            (F::Mobile, "138-0013-8000", "138-****-8000", "***-****-**00"),
            (F::Landline, "010-62345678", "010-****5678", "010-********"),
            (
                F::Landline,
                "0755-86123456",
                "0755-****3456",
                "0755-********",
            ),
            (
                F::Id,
                "11010519491231002X",
                "110105********002X",
                "1****************X",
            ),
            (F::Passport, "E12345678", "E1****678", "E********"),
            (
                F::Card,
                "6226090000000048",
                "622609******0048",
                "************0048",
            ),
            (
                F::Card,
                "6228 4804 0256 4890 018",
                "6228 48** **** ***0 018",
                "**** **** **** ***0 018",
            ),
            (
                F::Account,
                "0200001009012345678",
                "***************5678",
                "*****************78",
            ),
            (F::Securities, "A123456789", "A1******89", "A*********"),
            (F::Name, "张三", "张*", "**"),
            (F::Name, "张三丰", "张**", "***"),
            (F::Name, "欧阳锋", "欧阳*", "***"),
            (F::Name, "Zhang San", "Z**** S**", "****"),
            (
                F::Address,
                "北京市海淀区中关村大街1号",
                "北京市海淀区****",
                "北京市****",
            ),
            (
                F::Email,
                "zhang.san@example.com",
                "zh***@example.com",
                "***@***",
            ),
            (F::Plate, "京A12345", "京A***45", "京******"),
            (F::Date, "1990-03-07", "1990-**-**", "****-**-**"),
            (F::Date, "1990年3月7日", "1990*****", "*********"),
            (F::Ip, "192.168.1.10", "192.168.*.*", "***.***.*.**"),
            (F::Ip, "2001:db8::1", "2001:db8:*", "****:***::*"),
            (
                F::Mac,
                "00:1A:2B:3C:4D:5E",
                "00:1A:2B:**:**:**",
                "**:**:**:**:**:**",
            ),
            (F::Secret, "Abc@12345", "******", "******"),
        ] {
            assert_eq!(shown(family, Profile::Display, value), display);
            assert_eq!(shown(family, Profile::Strict, value), strict);
        }
    }

    #[test]
    fn other_profiles() {
        let token = Some("[手机号#0011aabb]");
        let m = |p, t| mask(Family::Mobile, p, "13800138000", "手机号", t);
        assert_eq!(m(Profile::Label, None), "[手机号]");
        assert_eq!(m(Profile::Token, token), "[手机号#0011aabb]");
        assert_eq!(m(Profile::Token, None), "[手机号]");
        assert_eq!(m(Profile::Pseudonym, None), "[手机号]");
        assert_eq!(m(Profile::Token, Some("13800138000")), "[手机号]");
        assert_eq!(m(Profile::Remove, None), "");
        for p in [
            Profile::Strict,
            Profile::Display,
            Profile::Label,
            Profile::Token,
            Profile::Remove,
            Profile::Pseudonym,
        ] {
            assert_eq!(Profile::find(p.id()), Some(p));
        }
    }

    /// Longest run of digits of `masked`, separators skipped.
    fn longest_digits(masked: &str) -> usize {
        let bare: String = masked
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '*')
            .collect();
        bare.split(|c: char| !c.is_numeric())
            .map(|run| run.chars().count())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn never_the_value(value in "\\PC{0,30}", numbers in "[0-9 -]{1,30}", which in 0usize..18) {
            let (_, family) = Family::NAMES[which];
            for value in [value, numbers] {
                for profile in [Profile::Strict, Profile::Display] {
                    let masked = shown(family, profile, &value);
                    prop_assert_ne!(&masked, &value);
                    if profile == Profile::Strict {
                        prop_assert!(longest_digits(&masked) < 6, "{}", masked);
                    }
                }
            }
        }

        #[test]
        fn masked_values_are_no_values(digits in "[1-9][0-9]{7,19}", which in 0usize..18) {
            let (_, family) = Family::NAMES[which];
            for value in [digits.as_str(), "11010519491231002X", "zhang.san@example.com", "192.168.1.10"] {
                for profile in [Profile::Strict, Profile::Display] {
                    let masked = shown(family, profile, value);
                    // Numbers of other countries with one weak digit fit by chance; those need a label.
                    let own = |name: &str| {
                        name.starts_with("cn_")
                            || ["email", "iban", "ipv4", "ipv6", "mac", "payment_card"].contains(&name)
                    };
                    for (name, validator) in crate::validators::ALL.iter().filter(|v| own(v.0)) {
                        prop_assert_eq!(validator(&masked), crate::model::Verdict::Invalid, "{}", name);
                    }
                }
            }
        }
    }
}
