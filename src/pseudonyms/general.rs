//! Generalisation: the group that a value belongs to, which says less and stays useful for counting.

use super::{Kind, Settings, dates};

/// The group of a value: a band of ages, a city, a span of amounts. `None` when there is none. An amount is taken
/// as written, since its canonical form has lost the point.
pub(super) fn group(kind: Kind, value: &str, written: &str, settings: &Settings) -> Option<String> {
    match kind {
        Kind::Date => {
            let born = dates::parse(value)?;
            let today = dates::parse(&settings.as_of)?;
            band(dates::years(born, today), i64::from(settings.age_band))
        }
        Kind::Addr => city(value),
        Kind::Acc | Kind::Data => span(written),
        _ => None,
    }
}

/// A band of ages: `30-39`; from 90 on one for all, since they are few.
fn band(age: i64, width: i64) -> Option<String> {
    if !(0..=150).contains(&age) || width < 1 {
        return None;
    }
    let from = age / width * width;
    Some(if age >= 90 {
        "90+".to_owned()
    } else {
        format!("{from}-{}", (from + width - 1).min(89))
    })
}

/// The part of a Chinese address down to its prefecture.
fn city(address: &str) -> Option<String> {
    const LAST: [&str; 4] = ["市", "自治州", "地区", "盟"];
    const FIRST: [&str; 3] = ["自治区", "特别行政区", "省"];
    let start: usize = address.chars().take(16).map(char::len_utf8).sum();
    let start = address.get(..start)?;
    let province = FIRST
        .iter()
        .filter_map(|w| start.find(w).map(|at| at + w.len()))
        .min()
        .unwrap_or(0);
    let rest = start.get(province..)?;
    let end = LAST
        .iter()
        .filter_map(|w| rest.find(w).filter(|&at| at > 0).map(|at| at + w.len()))
        .min()
        .map_or(province, |end| province + end);
    let city = start.get(..end).filter(|c| !c.is_empty())?;
    (city.len() < address.len() && !city.bytes().any(|b| b.is_ascii_digit()))
        .then(|| city.to_owned())
}

/// The span of an amount between two of 1, 2, 5, 10, 20, 50 …: `2e4-5e4`. Bounds are written with powers, since as
/// plain numbers they could be somebody's amount.
fn span(value: &str) -> Option<String> {
    let whole: String = value.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    let whole = whole.split('.').next()?.trim_start_matches('0');
    if whole.len() > 15 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let Some(first) = whole.bytes().next().map(|b| b - b'0') else {
        return Some("0-1e0".to_owned());
    };
    let power = whole.len() - 1;
    Some(match first {
        1 => format!("1e{power}-2e{power}"),
        2..=4 => format!("2e{power}-5e{power}"),
        _ => format!("5e{power}-1e{}", power + 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_cities_and_spans() {
        assert_eq!(band(36, 10).as_deref(), Some("30-39"));
        assert_eq!(band(93, 10).as_deref(), Some("90+"));
        assert_eq!(band(88, 20).as_deref(), Some("80-89"));
        assert_eq!(band(-1, 10), None);
        for (address, want) in [
            ("广东省深圳市南山区科技园1号", Some("广东省深圳市")),
            ("北京市海淀区中关村大街1号", Some("北京市")),
            (
                "新疆维吾尔自治区伊犁哈萨克自治州伊宁市",
                Some("新疆维吾尔自治区伊犁哈萨克自治州"),
            ),
            (
                "内蒙古自治区锡林郭勒盟锡林浩特市",
                Some("内蒙古自治区锡林郭勒盟"),
            ),
            ("湖南省", None),
            ("中关村大街1号", None),
            ("深圳市", None),
        ] {
            assert_eq!(city(address).as_deref(), want, "{address}");
        }
        for (amount, want) in [
            ("12,345.67", "1e4-2e4"),
            ("23456", "2e4-5e4"),
            ("5000", "5e3-1e4"),
            ("0.99", "0-1e0"),
            ("7", "5e0-1e1"),
        ] {
            assert_eq!(span(amount).as_deref(), Some(want), "{amount}");
        }
        assert_eq!(span("A12"), None);
    }
}
