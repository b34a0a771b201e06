//! Postal addresses: levels of division, road and house in falling order.
//!
//! An address in running text is found from an anchor: the name of a province or city, or a road with
//! a number. From there levels are read as long as they follow; what ends in a road or a region only
//! (a shop called 上海路店, a bank branch, a sales region) is none.

use crate::model::Verdict;
use regex::Regex;
use std::{collections::HashMap, ops::Range, sync::LazyLock};

/// What a level is. Ordered from large to small; the order of levels in an address follows it as far
/// as `Town`, below that habits differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Province or city with a name from the table.
    Named,
    /// 市, 自治州, 盟, 地区 below that.
    City,
    /// 区, 县, 旗 and development zones.
    County,
    /// 街道, 镇, 乡, 苏木.
    Town,
    /// 村, 社区, 嘎查, 屯.
    Village,
    /// 路, 街, 大道, 巷, 弄, 胡同, 里, 道.
    Road,
    /// 小区, 花园, 大厦 and the like.
    Compound,
    /// 号, 院, 栋, 幢, 座, 号楼, 单元, 层, 室, 户, 组, 队: with a number before it.
    House,
}

/// Suffixes of levels, longest first among those that share an end.
const SUFFIXES: &[(&str, Level)] = &[
    ("自治州", Level::City),
    ("地区", Level::City),
    ("盟", Level::City),
    ("市", Level::City),
    ("自治县", Level::County),
    ("自治旗", Level::County),
    ("林区", Level::County),
    ("经济技术开发区", Level::County),
    ("高新技术产业开发区", Level::County),
    ("开发区", Level::County),
    ("高新区", Level::County),
    ("工业园区", Level::Compound),
    ("工业区", Level::Compound),
    ("科技园区", Level::Compound),
    ("产业园区", Level::Compound),
    ("小区", Level::Compound),
    ("社区", Level::Village),
    ("新区", Level::County),
    ("区", Level::County),
    ("县", Level::County),
    ("旗", Level::County),
    ("街道办事处", Level::Town),
    ("街道", Level::Town),
    ("镇", Level::Town),
    ("乡", Level::Town),
    ("苏木", Level::Town),
    ("村委会", Level::Village),
    ("居委会", Level::Village),
    ("新村", Level::Village),
    ("村", Level::Village),
    ("嘎查", Level::Village),
    ("屯", Level::Village),
    ("大道", Level::Road),
    ("大街", Level::Road),
    ("胡同", Level::Road),
    ("路", Level::Road),
    ("街", Level::Road),
    ("巷", Level::Road),
    ("弄", Level::Road),
    ("里", Level::Road),
    ("道", Level::Road),
    ("公路", Level::Road),
    ("花园", Level::Compound),
    ("家园", Level::Compound),
    ("公寓", Level::Compound),
    ("大厦", Level::Compound),
    ("大楼", Level::Compound),
    ("广场", Level::Compound),
    ("科技园", Level::Compound),
    ("产业园", Level::Compound),
    ("工业园", Level::Compound),
    ("软件园", Level::Compound),
    ("园区", Level::Compound),
    ("宿舍", Level::Compound),
    ("中心", Level::Compound),
    ("新城", Level::Compound),
    ("名城", Level::Compound),
    ("苑", Level::Compound),
    ("园", Level::Compound),
    ("府", Level::Compound),
    ("庭", Level::Compound),
    ("湾", Level::Compound),
    ("城", Level::Compound),
    ("阁", Level::Compound),
    ("轩", Level::Compound),
    ("居", Level::Compound),
    ("墅", Level::Compound),
    ("号院", Level::House),
    ("号楼", Level::House),
    ("号", Level::House),
    ("单元", Level::House),
    ("栋", Level::House),
    ("幢", Level::House),
    ("座", Level::House),
    ("楼", Level::House),
    ("层", Level::House),
    ("室", Level::House),
    ("户", Level::House),
    ("门", Level::House),
    ("组", Level::House),
    ("队", Level::House),
    ("院", Level::House),
    ("期", Level::House),
    ("房", Level::House),
];

/// Words that make a piece of text something else than a level.
const NEVER: &[&str] = &[
    "银行", "公司", "支行", "分行", "销售", "业务", "有限", "集团", "营业", "门店", "项目", "政府",
    "人民", "法院", "的", "和", "与", "及", "了", "是", "在", "从", "到", "至", "把", "将", "为",
    "请", "给", "我", "你", "他", "她", "有", "被", "也", "让", "对",
];

/// Roads and squares are also called so.
const ALLOWED: &[&str] = &[
    "人民路",
    "人民大街",
    "人民中路",
    "人民东路",
    "人民西路",
    "人民南路",
    "人民北路",
    "和平路",
    "和平街",
    "建设路",
    "银行街",
    "政府路",
];

/// Names of provinces and cities, with and without their kind.
static DIVISIONS: LazyLock<Regex> = LazyLock::new(|| {
    let mut names: Vec<String> = Vec::with_capacity(900);
    for word in include_str!("../../rules/words/divisions.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .flat_map(str::split_whitespace)
    {
        names.push(word.to_owned());
        names.push(short_name(word));
    }
    // The longest name first, so that 吉林省 is not read as 吉林.
    names.sort_by_key(|n| (std::cmp::Reverse(n.len()), n.clone()));
    names.dedup();
    let names: Vec<String> = names.iter().map(|n| regex::escape(n)).collect();
    compiled(&names.join("|"))
});

/// What is typical of addresses without a division before: a road or village and a house number
/// (中山路12号, 团结村8组), a building and a floor or door (8座23层). What stands before it is looked at from
/// there, which is faster than an expression that starts with any character.
static HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        "(?:路|街|大道|道|巷|胡同|弄|里)[东西南北中]?(?:[0-9０-９]{1,5}|[一二三四五六七八九十百零〇]{1,5})(?:号|弄|巷)|村[0-9]{1,4}(?:组|号|队|社)|[0-9]{1,4}(?:号楼|栋|幢|座)(?:[0-9]{1,4}|[一二三四五六七八九十]{1,3})(?:单元|层|室|楼)",
    )
});

/// A constant expression; one that did not compile would match nothing, and the tests would say so.
fn compiled(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "constant text, compiled in every test")]
    Regex::new(text).expect("constant")
}

/// 广东省 → 广东, 延边朝鲜族自治州 → 延边, 大兴安岭地区 → 大兴安岭.
fn short_name(full: &str) -> String {
    const KINDS: &[&str] = &[
        "特别行政区",
        "自治区",
        "自治州",
        "地区",
        "林区",
        "新区",
        "省",
        "市",
        "盟",
    ];
    const PEOPLES: &[&str] = &[
        "维吾尔",
        "回族",
        "壮族",
        "藏族",
        "羌族",
        "彝族",
        "土家族",
        "苗族",
        "侗族",
        "布依族",
        "朝鲜族",
        "哈尼族",
        "傣族",
        "景颇族",
        "白族",
        "傈僳族",
        "蒙古族",
        "蒙古",
        "哈萨克",
        "柯尔克孜",
    ];
    let mut name = KINDS
        .iter()
        .find_map(|k| full.strip_suffix(k))
        .unwrap_or(full);
    // 内蒙古 keeps its name; only names that keep two characters lose a people.
    while let Some(rest) = PEOPLES
        .iter()
        .find_map(|p| name.strip_suffix(p))
        .filter(|r| r.chars().count() >= 2)
    {
        name = rest;
    }
    name.to_owned()
}

/// Suffixes by their last character, longest first.
static BY_LAST: LazyLock<HashMap<char, Vec<(&'static str, Level)>>> = LazyLock::new(|| {
    let mut map: HashMap<char, Vec<(&'static str, Level)>> = HashMap::new();
    let mut longest_first = SUFFIXES.to_vec();
    longest_first.sort_by_key(|(s, _)| std::cmp::Reverse(s.len()));
    for (suffix, level) in longest_first {
        if let Some(last) = suffix.chars().next_back() {
            map.entry(last).or_default().push((suffix, level));
        }
    }
    map
});

/// What was read from a place on.
#[derive(Debug, Default, Clone, Copy)]
struct Reading {
    /// Bytes.
    len: usize,
    /// Levels, named divisions included.
    levels: usize,
    /// Of these, provinces and cities of the table.
    named: usize,
    /// Levels with a number.
    houses: usize,
    /// Whether a town, village, road or compound is among them.
    local: bool,
    /// Whether one of these is more than a compound, whose names are any words.
    way: bool,
}

impl Reading {
    /// Enough for running text: a house number under something, or three levels with a local one.
    fn is_address(self) -> bool {
        self.houses > 0 && self.local && self.levels >= 2
            || self.levels >= 3 && self.way
            || self.houses > 0 && self.levels >= 3
    }
}

/// Longest body of a level, in characters.
const LONGEST_BODY: usize = 14;
/// Most levels of an address.
const MOST_LEVELS: usize = 24;

/// The next level at the start of `text`: its length in bytes and what it is.
fn level(text: &str, last: Option<Level>) -> Option<(usize, Level)> {
    if let Some(m) = DIVISIONS
        .find(head(text))
        .filter(|m| m.start() == 0 && last.is_none_or(|l| l <= Level::Named))
    {
        // 上海路12号: the road is called after the city. 吉林市: the kind belongs to the name.
        let after = text.get(m.end()..).unwrap_or_default();
        if !starts_with_road(after) {
            return Some((m.end(), Level::Named));
        }
    }
    for (count, (at, c)) in text.char_indices().enumerate() {
        let end = at + c.len_utf8();
        if count > LONGEST_BODY || !is_address_char(c) {
            return None;
        }
        let so_far = text.get(..end)?;
        let matched = BY_LAST.get(&c).and_then(|list| {
            list.iter()
                .find(|(s, l)| so_far.ends_with(s) && fits(so_far, s, *l, last))
        });
        // 科技园路: the road is called after the place.
        let road_follows = text.get(end..).is_some_and(starts_with_road);
        if let Some(&(_, found)) = matched
            && !(road_follows
                && matches!(
                    found,
                    Level::County | Level::Village | Level::Compound | Level::City
                ))
        {
            // 七里河区, 金乡县: a county whose name holds a smaller level.
            if matches!(found, Level::Town | Level::Village | Level::Road)
                && matches!(last, Some(Level::Named | Level::City))
                && count <= 2
                && let Some(more) = text.get(end..).and_then(county_follows)
            {
                return Some((end + more, Level::County));
            }
            // 街道 after 街, 小区 after 小, 号楼 after 号: take the longer suffix.
            let longer = text
                .get(end..)
                .and_then(|rest| longer_suffix(so_far, rest, last));
            return Some(longer.map_or((end, found), |(more, level)| (end + more, level)));
        }
    }
    None
}

/// Whether the text begins with the end of a road's name and not with a 街道.
fn starts_with_road(text: &str) -> bool {
    let text = text
        .strip_prefix(['东', '西', '南', '北', '中'])
        .unwrap_or(text);
    ["路", "大道", "大街", "街", "巷"]
        .iter()
        .any(|r| text.starts_with(r))
        && !text.starts_with("街道")
}

/// Bytes up to 区, 县 or 旗 when it comes within two more characters and is no 小区.
fn county_follows(text: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, c) in text.char_indices().take(3) {
        if matches!(c, '区' | '县' | '旗') {
            return (!"小社园市".contains(before)).then_some(at + c.len_utf8());
        }
        if !matches!(c, '\u{3400}'..='\u{9fff}') {
            return None;
        }
        before = c;
    }
    None
}

/// A suffix that reaches past the one just read: bytes more and its level.
fn longer_suffix(so_far: &str, rest: &str, last: Option<Level>) -> Option<(usize, Level)> {
    let mut whole = so_far.to_owned();
    for (at, c) in rest.char_indices().take(3) {
        whole.push(c);
        let found = SUFFIXES.iter().find(|(s, l)| {
            s.len() > at + c.len_utf8() && whole.ends_with(s) && fits(&whole, s, *l, last)
        });
        if let Some(&(_, level)) = found {
            return Some((at + c.len_utf8(), level));
        }
    }
    None
}

/// The first characters of a text, all that a division's name needs.
fn head(text: &str) -> &str {
    let end = text.char_indices().nth(16).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

/// Characters that names of places and house numbers hold.
fn is_address_char(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '0'..='9' | '０'..='９' | 'A'..='Z' | 'a'..='z' | '-' | '—' | '#' | '·' | '〇')
}

/// Whether `text` (body and suffix) can be that level after the last one.
fn fits(text: &str, suffix: &str, level: Level, last: Option<Level>) -> bool {
    let Some(body) = text.strip_suffix(suffix) else {
        return false;
    };
    let count = body.chars().count();
    let short = if level == Level::Compound { 2 } else { 3 };
    // 犍为县, 和平路: short names may hold what is a word of its own elsewhere.
    let never = |w: &&str| body.contains(*w) && (count > short || w.chars().count() > 1);
    if !ALLOWED.contains(&text) && NEVER.iter().any(never) {
        return false;
    }
    let han = body
        .chars()
        .all(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '·'));
    match level {
        Level::Named => false,
        Level::City | Level::County => {
            // After a road 区 is a part of a compound: B区.
            let division = (1..=10).contains(&count) && han && last.is_none_or(|l| l < level);
            let part = level == Level::County
                && suffix == "区"
                && last.is_some_and(|l| l >= Level::Village)
                && (1..=4).contains(&count);
            division || part
        }
        Level::Town => (1..=10).contains(&count) && han && last.is_none_or(|l| l < level),
        Level::Village => (1..=10).contains(&count) && last.is_none_or(|l| l <= Level::Compound),
        Level::Road => (1..=10).contains(&count),
        Level::Compound => {
            (2..=12).contains(&count) && last.is_some() || suffix.len() > 3 && count >= 2
        }
        Level::House => {
            is_number(body)
                || last.is_some_and(|l| l >= Level::Town) && is_named_house(body, suffix)
        }
    }
}

/// Numbers of houses: digits, letters, hyphens, Chinese numerals, heavenly stems, 东西南北.
fn is_number(body: &str) -> bool {
    let count = body.chars().count();
    (1..=9).contains(&count)
        && body.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || matches!(c, '-' | '—' | '#' | '０'..='９')
                || "一二三四五六七八九十百零〇甲乙丙丁戊东西南北中附第新老".contains(c)
        })
        && !body.chars().all(|c| "第新老".contains(c))
}

/// A compound whose name ends in no known word, and a number: 书香门第13 before 号楼.
fn is_named_house(body: &str, suffix: &str) -> bool {
    let name = body.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    let number = body.get(name.len()..).unwrap_or_default();
    matches!(
        suffix,
        "号楼" | "栋" | "幢" | "座" | "号院" | "单元" | "期" | "组"
    ) && (1..=5).contains(&number.len())
        && (2..=9).contains(&name.chars().count())
        && name
            .chars()
            .all(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '·'))
}

/// Reads levels from the start of the text.
fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut last = None;
    let mut rest = text;
    while reading.levels < MOST_LEVELS {
        // One space, comma or bracket may part levels; the province often stands alone.
        let gap = match rest.chars().next() {
            Some(c @ (' ' | '，' | ',' | '、')) if reading.levels > 0 => c.len_utf8(),
            _ => 0,
        };
        let Some(inner) = rest.get(gap..) else { break };
        let Some((len, found)) = level(inner, last) else {
            break;
        };
        // A comma is followed by another sentence unless a smaller level comes.
        if gap > 0 && last.is_some_and(|l| found < l) {
            break;
        }
        reading.levels += 1;
        reading.named += usize::from(found == Level::Named);
        reading.houses += usize::from(found == Level::House);
        reading.local |= matches!(
            found,
            Level::Town | Level::Village | Level::Road | Level::Compound
        );
        reading.way |= matches!(found, Level::Town | Level::Village | Level::Road);
        reading.len += gap + len;
        last = Some(last.map_or(found, |l: Level| l.max(found)));
        rest = text.get(reading.len..).unwrap_or_default();
    }
    if reading.houses > 0 || last == Some(Level::Road) || last == Some(Level::Compound) {
        reading.len += trailing_number(rest, &mut reading);
    }
    reading
}

/// A room number without its word: `3栋501`, `12号-3-501`, `5#1201`, `88-6`.
fn trailing_number(rest: &str, reading: &mut Reading) -> usize {
    let number: usize = rest
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'#'))
        .count();
    let text = rest.get(..number).unwrap_or_default();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    // Longer numbers are telephones.
    if (1..=8).contains(&number) && (1..=6).contains(&digits) && !text.ends_with('-') {
        reading.houses += 1;
        number
    } else {
        0
    }
}

/// Whether what follows makes a place part of a name: 路店, 支行.
fn is_name_of_something(rest: &str) -> bool {
    [
        "店",
        "支行",
        "分行",
        "营业部",
        "分店",
        "站",
        "销售",
        "派出所",
        "分公司",
        "网点",
        "分理处",
    ]
    .iter()
    .any(|w| rest.starts_with(w))
        || rest.starts_with('*')
}

/// What a cell or a labelled text says as a whole: `Valid` is a whole address, `Unchecked` one that is
/// short or not read to its end (`海淀区中关村`), `Invalid` none.
pub fn is_address(text: &str) -> Verdict {
    let text = text.trim();
    if text.len() > 600 || text.contains('*') {
        return Verdict::Invalid;
    }
    if !text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}')) {
        return if is_latin_address(text) {
            Verdict::Unchecked
        } else {
            Verdict::Invalid
        };
    }
    let found: usize = find(text).iter().map(Range::len).sum();
    if found * 2 >= text.len() && found > 0 {
        return Verdict::Valid;
    }
    let reading = read(text);
    let ends = is_name_of_something(text.get(reading.len..).unwrap_or_default());
    if !ends
        && (reading.levels >= 2
            || reading.levels == 1 && reading.local && reading.len * 2 >= text.len())
    {
        Verdict::Unchecked
    } else {
        Verdict::Invalid
    }
}

/// The address that begins a text, given what stands right after a label: `：北京市海淀区某某路12号`. Byte
/// range within `text`. Two levels are enough here, or one with a house number.
pub fn after_label(text: &str) -> Option<Range<usize>> {
    let start = text
        .char_indices()
        .take(8)
        .find(|&(_, c)| {
            !matches!(
                c,
                '：' | ':'
                    | '='
                    | '＝'
                    | ' '
                    | '\u{3000}'
                    | '\t'
                    | '"'
                    | '\''
                    | '“'
                    | '【'
                    | '['
                    | '('
                    | '（'
                    | '是'
                    | '为'
                    | '在'
                    | '于'
            )
        })
        .map(|(at, _)| at)?;
    let rest = text.get(start..)?;
    let reading = read(rest);
    let after = rest.get(reading.len..)?;
    let enough = reading.levels >= 2 || reading.levels == 1 && reading.houses > 0;
    (enough && !is_name_of_something(after)).then_some(start..start + reading.len)
}

/// All addresses in running text, ordered, not overlapping. Byte ranges.
pub fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(m) = text.get(at..).and_then(|t| DIVISIONS.find(t)) {
        let start = at + m.start();
        let rest = text.get(start..).unwrap_or_default();
        let reading = read(rest);
        let after = rest.get(reading.len..).unwrap_or_default();
        if reading.named > 0 && reading.is_address() && !is_name_of_something(after) {
            found.push(start..start + reading.len);
            at = start + reading.len;
        } else {
            at += m.end();
        }
    }
    for m in HOUSE.find_iter(text) {
        let Some(start) = local_start(text, m.start()) else {
            continue;
        };
        let rest = text.get(start..).unwrap_or_default();
        let reading = read(rest);
        let range = start..start + reading.len;
        let free = found
            .iter()
            .all(|f| f.end <= range.start || f.start >= range.end);
        let after = rest.get(reading.len..).unwrap_or_default();
        if free && reading.houses > 0 && reading.local && !is_name_of_something(after) {
            found.push(range);
        }
    }
    found.sort_by_key(|r| r.start);
    found
}

/// Where the names start that end at `end`: up to sixteen Chinese characters before, after the last
/// word that does not belong to them (我住在中山路12号). `None` when nothing is left.
fn local_start(text: &str, end: usize) -> Option<usize> {
    let mut start = end;
    let before = text.get(..end)?.char_indices().rev().take(16);
    for (count, (at, c)) in before.enumerate() {
        let han = matches!(c, '\u{3400}'..='\u{9fff}');
        if !han || count > 0 && "在于住到至从址是为往寄送去来位地点所".contains(c)
        {
            break;
        }
        start = at;
    }
    // Not in the middle of a level: 市罗湖区凤凰路.
    let first = text.get(start..)?.chars().next()?;
    if start < end && "省市县区镇乡村路街".contains(first) {
        start += first.len_utf8();
    }
    (start < end).then_some(start)
}

/// An address in Latin letters: a number, two words or more, and a comma or a word for a street.
fn is_latin_address(text: &str) -> bool {
    const STREETS: &[&str] = &[
        "street",
        "st",
        "road",
        "rd",
        "avenue",
        "ave",
        "lane",
        "ln",
        "drive",
        "dr",
        "boulevard",
        "blvd",
        "court",
        "ct",
        "square",
        "suite",
        "apt",
        "floor",
        "building",
        "room",
        "district",
        "way",
        "terrace",
        "place",
        "p.o",
        "box",
    ];
    let words: Vec<String> = text
        .split([' ', ','])
        .filter(|w| !w.is_empty())
        .take(40)
        .map(str::to_lowercase)
        .collect();
    let number = words
        .iter()
        .any(|w| w.len() <= 10 && w.bytes().all(|b| b.is_ascii_digit()));
    let letters = words
        .iter()
        .filter(|w| {
            w.chars()
                .all(|c| c.is_alphabetic() || matches!(c, '.' | '\'' | '-'))
        })
        .count();
    let street = words
        .iter()
        .any(|w| STREETS.contains(&w.trim_end_matches('.')));
    number && letters >= 2 && words.len() >= 4 && (street || text.contains(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn running_text() {
        for address in [
            "北京市海淀区某某路12号院3号楼4单元501室",
            "广东省深圳市南山区科技园路8号",
            "上海市浦东新区世纪大道100号",
            "浙江省杭州市西湖区文三路",
            "江苏省南京市江宁区东山街道某某社区3栋501",
            "四川省凉山彝族自治州西昌市某某镇某某村3组",
            "内蒙古自治区呼和浩特市新城区某某街5号",
            "广州市天河区体育西路103号维多利广场A座12楼",
            "吉林省吉林市船营区某某路8号",
            "中山路12号3栋501室",
            "重庆市渝中区人民路1号",
            "深圳市福田区某某花园5栋2单元1203",
            "河北省邯郸市峰峰矿区龙井巷543号书香门第19号楼2单元2454室",
            "四川省乐山市犍为县湖滨南路98号",
            "双河镇团结村8组3号",
            "兴业街保利香槟8座23层",
            "甘肃省兰州市七里河区某某路3号",
        ] {
            assert_eq!(all(address), [address]);
            assert_eq!(is_address(address), Verdict::Valid, "{address}");
            let sentence = format!("请寄到{address}，谢谢");
            assert_eq!(all(&sentence), [address]);
        }
        for none in [
            "上海路店销售额",
            "中国银行北京海淀支行",
            "华东地区销售",
            "北京市",
            "北京时间12点",
            "上海证券交易所",
            "广东省广州市",
            "我在路上走了3号",
            "南京东路店12号柜台",
            "",
        ] {
            assert!(all(none).is_empty(), "{none} {:?}", all(none));
        }
    }

    #[test]
    fn cells_and_labels() {
        assert_eq!(is_address("北京市海淀区"), Verdict::Unchecked);
        assert_eq!(is_address("海淀区中关村大街27号"), Verdict::Valid);
        assert_eq!(is_address("甘肃省兰州市七里河区"), Verdict::Unchecked);
        assert_eq!(
            is_address("12 Example Street, Springfield, AZ 01684"),
            Verdict::Unchecked
        );
        for none in [
            "张三",
            "13800138000",
            "Zhang San",
            "Invoice 2024-01-01",
            "上海路店",
            "北京市海淀区****",
            "",
        ] {
            assert_eq!(is_address(none), Verdict::Invalid, "{none}");
        }
        for (text, address) in [
            (
                "：北京市海淀区中关村大街27号，电话",
                Some("北京市海淀区中关村大街27号"),
            ),
            ("：海淀区某某路3号 邮编", Some("海淀区某某路3号")),
            ("：幸福小区3栋2单元501室", Some("幸福小区3栋2单元501室")),
            ("：某某镇某某村", Some("某某镇某某村")),
            ("：无", None),
            ("：192.168.1.1", None),
            ("", None),
        ] {
            assert_eq!(after_label(text).map(|r| &text[r]), address, "{text}");
        }
    }

    #[test]
    fn short_names() {
        for (full, short) in [
            ("广东省", "广东"),
            ("延边朝鲜族自治州", "延边"),
            ("大兴安岭地区", "大兴安岭"),
            ("内蒙古自治区", "内蒙古"),
            ("恩施土家族苗族自治州", "恩施"),
            ("博尔塔拉蒙古自治州", "博尔塔拉"),
        ] {
            assert_eq!(short_name(full), short);
        }
    }

    proptest! {
        #[test]
        fn ranges_are_sound(text in "[北京市海淀区中山路街道号楼栋室0-9村镇，在的 ]{0,60}", any in "\\PC{0,60}") {
            for text in [text, any] {
                let _ = (is_address(&text), after_label(&text));
                let mut end = 0;
                for range in find(&text) {
                    prop_assert!(range.start >= end && text.get(range.clone()).is_some_and(|t| !t.is_empty()));
                    end = range.end;
                }
            }
        }
    }
}
