//! Names of persons: what a cell, the text after a label or the text before a title says.
//!
//! A surname and one or two characters make an ordinary word everywhere in Chinese, so nothing here
//! looks at running text without a label or title. Only the bare name is judged; whether the place
//! speaks for it is the caller's to know.

use crate::model::Verdict;
use std::{collections::HashSet, ops::Range, sync::LazyLock};

/// The tables of surnames and of words that are no names.
struct Words {
    single: HashSet<char>,
    compound: HashSet<&'static str>,
    latin: HashSet<&'static str>,
    not_names: HashSet<&'static str>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut lines = include_str!("../../rules/words/surnames.txt")
        .lines()
        .filter(|l| !l.starts_with('#'));
    let mut line = || lines.next().unwrap_or_default();
    Words {
        single: line().chars().collect(),
        compound: line().split_whitespace().collect(),
        latin: line().split_whitespace().collect(),
        not_names: include_str!("../../rules/words/not-names.txt")
            .lines()
            .filter(|l| !l.starts_with('#'))
            .flat_map(str::split_whitespace)
            .collect(),
    }
});

/// Ends of names of organisations and of things. Longest names only: a person's given name may be 店
/// in theory, never in a register.
const ORGANISATION_ENDS: &[&str] = &[
    "公司",
    "集团",
    "企业",
    "合伙",
    "事务所",
    "经营部",
    "商行",
    "商店",
    "门市部",
    "工作室",
    "服务部",
    "分行",
    "支行",
    "银行",
    "中心",
    "基金",
    "基金会",
    "协会",
    "学校",
    "大学",
    "医院",
    "研究院",
    "研究所",
    "委员会",
    "办事处",
    "营业部",
    "厂",
    "店",
    "馆",
    "部",
    "局",
    "厅",
    "科",
    "处",
    "组",
    "室",
    "队",
    "院",
    "社",
    "所",
    "站",
    "行",
    "会",
    "股",
    "系统",
    "平台",
    "产品",
    "计划",
    "有限",
    "证券",
    "保险",
    "信托",
    "科技",
    "贸易",
    "商贸",
];

/// Parts of Tibetan and Mongolian names, which have no surname: 扎西次仁, 乌云其木格.
const STEPPE: &[&str] = &[
    "扎西",
    "卓玛",
    "次仁",
    "达娃",
    "央金",
    "尼玛",
    "多吉",
    "平措",
    "格桑",
    "拉姆",
    "旺堆",
    "白玛",
    "德吉",
    "丹增",
    "仁青",
    "仁增",
    "边巴",
    "洛桑",
    "普布",
    "巴桑",
    "米玛",
    "罗布",
    "顿珠",
    "曲珍",
    "拉珍",
    "旺姆",
    "索朗",
    "贡布",
    "桑吉",
    "才让",
    "才旦",
    "其木格",
    "乌云",
    "巴特尔",
    "巴图",
    "苏日娜",
    "娜仁",
    "图雅",
    "斯琴",
    "高娃",
    "乌兰",
    "格根",
    "朝鲁",
    "毕力格",
    "乌力吉",
    "青格勒",
    "萨仁",
    "孟和",
    "吉日格勒",
    "巴雅尔",
    "格日勒",
    "托娅",
    "其其格",
    "额尔敦",
    "宝音",
    "布和",
    "塔娜",
    "阿古拉",
    "那木汗",
];

/// Characters that no given name has and that running text is full of.
const NEVER_GIVEN: &str = "市号的了是吗呢吧们您你我他她它这那哪请与或及等码款费额账帐址省县将被把给对从向让很不没已再又并而则其此每各某些么什怎还更最只才就都";

/// Titles and manners of address that follow a name.
const TITLES: &[&str] = &[
    "先生",
    "女士",
    "小姐",
    "老师",
    "同志",
    "经理",
    "总经理",
    "主任",
    "律师",
    "医生",
    "教授",
    "工程师",
    "总监",
    "总",
    "会计",
    "师傅",
    "同学",
    "太太",
    "夫人",
    "阿姨",
    "大夫",
    "董事长",
    "书记",
    "院长",
    "校长",
    "部长",
    "处长",
    "科长",
    "行长",
    "顾问",
    "博士",
];

/// Words that may follow a name at once and do not belong to it.
const FOLLOWERS: &[&str] = &[
    "电话",
    "手机",
    "联系",
    "身份证",
    "证件",
    "性别",
    "出生",
    "年龄",
    "男",
    "女",
    "住址",
    "地址",
    "账号",
    "帐号",
    "卡号",
    "账户",
    "银行",
    "开户",
    "邮箱",
    "微信",
    "于",
    "的",
    "是",
    "在",
    "已",
    "向",
    "与",
    "和",
    "因",
    "及",
    "申请",
    "办理",
    "提交",
    "签署",
    "签订",
    "签约",
    "反映",
    "来电",
    "咨询",
    "投诉",
    "持有",
    "购买",
    "认购",
    "名下",
    "本人",
    "共同",
    "等",
    "将",
    "从",
    "为",
    "自",
    "通过",
    "表示",
    "同意",
    "确认",
    "职务",
    "职位",
    "部门",
    "工号",
    "民族",
    "学历",
    "护照",
    "客户",
    "金额",
    "负责",
    "担任",
    "系",
    "到",
    "给",
    "对",
    "称",
    "说",
    "要求",
    "代",
    "转账",
    "汇款",
    "还款",
    "存入",
    "收到",
    "不",
    "未",
    "有",
    "了",
];

/// Characters that may stand right before a name in a sentence.
const LEADERS: &str = "的和与由给向致请是被户人为跟对让找司及或、员生位友问事主到经理任属";

/// Whether the text begins with a compound surname: 欧阳, 司徒.
pub fn is_compound_surname(text: &str) -> bool {
    text.char_indices()
        .nth(2)
        .map(|(at, _)| at)
        .or((text.chars().count() == 2).then_some(text.len()))
        .and_then(|at| text.get(..at))
        .is_some_and(|two| WORDS.compound.contains(two))
}

/// Chinese characters, the extension A and the common part of extension B included.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2a6df}' | '〇')
}

/// The dot between the parts of a minority or foreign name.
fn is_dot(c: char) -> bool {
    matches!(c, '·' | '•' | '・' | '‧' | '･')
}

/// What a cell or a labelled text says as a whole: `Valid` is a Chinese name with a known surname, a
/// name with middle dots or a Latin one with a Chinese surname; `Unchecked` might be a name (any
/// capitalised words, a rare surname); `Invalid` is none: a company, a department, an ordinary word, digits.
///
/// Shapes: `张三`, `張三`, `欧阳锋`, `张 三`, `李王芳菲`, `买买提·吐尔逊`, `Zhang San`, `ZHANG/SAN`, `张三先生`,
/// `张三（Zhang San）` is not one name. Not checked: that anybody is called so.
pub fn is_person(text: &str) -> Verdict {
    let text = text.trim();
    if text.is_empty() || text.len() > 90 {
        return Verdict::Invalid;
    }
    let bare = TITLES
        .iter()
        .filter(|t| t.len() > 3)
        .find_map(|t| text.strip_suffix(t))
        .map_or(text, str::trim_end);
    if bare
        .chars()
        .all(|c| is_han(c) || c == ' ' || c == '\u{3000}')
    {
        return spaced_han(bare);
    }
    if bare.chars().any(is_dot) {
        return dotted(bare);
    }
    if bare.chars().all(|c| c.is_ascii() || is_latin(c)) {
        return latin(bare);
    }
    Verdict::Invalid
}

/// Han characters with spaces only between single ones, as forms pad short names: `张  三`.
fn spaced_han(text: &str) -> Verdict {
    let mut name = String::with_capacity(12);
    for piece in text.split([' ', '\u{3000}']).filter(|p| !p.is_empty()) {
        if piece.len() != text.len() && piece.chars().count() > 2 {
            return Verdict::Invalid;
        }
        name.push_str(piece);
        if name.len() > 24 {
            return Verdict::Invalid;
        }
    }
    han(&name)
}

/// Two to four Han characters, up to six for names without a surname.
fn han(name: &str) -> Verdict {
    let count = name.chars().count();
    if !(2..=6).contains(&count) || WORDS.not_names.contains(name) {
        return Verdict::Invalid;
    }
    let steppe =
        |part: &str| count >= 4 && (name.starts_with(part) || name.ends_with(part)) || name == part;
    if STEPPE.iter().any(|part| steppe(part))
        && !name.contains('的')
        && !ends_like_organisation(name)
    {
        return Verdict::Valid;
    }
    let compound = is_compound_surname(name);
    let given_at = name
        .char_indices()
        .nth(if compound && count > 2 { 2 } else { 1 })
        .map_or(name.len(), |(at, _)| at);
    let given = name.get(given_at..).unwrap_or_default();
    // A person can be called 张会 or 李行; three characters or more that end so are offices.
    let office = ORGANISATION_ENDS
        .iter()
        .any(|e| name.ends_with(e) && (count > 2 || e.len() > 3));
    let given_count = given.chars().count();
    if given.chars().any(|c| NEVER_GIVEN.contains(c)) || office && !compound {
        return Verdict::Invalid;
    }
    let mut chars = name.chars();
    let known = |c: Option<char>| c.is_some_and(|c| WORDS.single.contains(&c));
    let first = known(chars.next());
    let second = known(chars.next());
    match (compound && count > 2, first, given_count) {
        (true, _, 1 | 2) | (false, true, 1 | 2) => {
            // 张经理, 李主任: a surname and an office.
            if TITLES.contains(&given) {
                Verdict::Invalid
            } else {
                Verdict::Valid
            }
        }
        // A married woman's double surname.
        (false, true, 3) if second => Verdict::Valid,
        (false, false, 1 | 2) => Verdict::Unchecked,
        _ => Verdict::Invalid,
    }
}

/// Groups of Han characters joined by middle dots: 买买提·吐尔逊.
fn dotted(text: &str) -> Verdict {
    let mut groups = 0;
    for group in text.split(is_dot) {
        let count = group.chars().count();
        if !(1..=10).contains(&count) || !group.chars().all(is_han) {
            return Verdict::Invalid;
        }
        groups += 1;
    }
    let count = text.chars().count();
    if (2..=6).contains(&groups) && (4..=30).contains(&count) && !ends_like_organisation(text) {
        Verdict::Valid
    } else {
        Verdict::Invalid
    }
}

/// Whether it ends like the name of a company, bank or office in two characters or more.
fn ends_like_organisation(text: &str) -> bool {
    ORGANISATION_ENDS
        .iter()
        .any(|e| e.len() > 3 && text.ends_with(e))
}

/// Latin words that names of organisations and headers hold.
const NOT_LATIN_NAMES: &[&str] = &[
    "ltd",
    "inc",
    "llc",
    "co",
    "corp",
    "company",
    "bank",
    "limited",
    "group",
    "holdings",
    "gmbh",
    "ag",
    "sa",
    "plc",
    "total",
    "test",
    "admin",
    "system",
    "null",
    "none",
    "unknown",
    "user",
    "name",
    "customer",
    "account",
    "n/a",
    "the",
    "of",
    "and",
    "for",
    "department",
    "office",
    "service",
    "services",
    "university",
    "school",
    "hospital",
    "street",
    "road",
    "china",
    "beijing",
    "shanghai",
    "shenzhen",
    "guangzhou",
    "hong",
    "kong",
    "center",
    "centre",
    "technology",
    "trading",
    "international",
    "manager",
    "server",
    "default",
    "yes",
    "no",
    "true",
    "false",
    "open",
    "closed",
    "january",
    "february",
    "march",
    "july",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Letters of European names beyond ASCII: Käster, Spieß, Novák.
fn is_latin(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{17f}') && c.is_alphabetic()
}

/// Two to four capitalised words, or `SURNAME/GIVEN` as on cards and tickets.
fn latin(text: &str) -> Verdict {
    let mut words = 0;
    let mut surname = false;
    for word in text.split([' ', '/', ',']).filter(|w| !w.is_empty()) {
        let letters = word.trim_matches('.');
        let first = letters.chars().next().unwrap_or(' ');
        let body = letters
            .chars()
            .all(|c| c.is_ascii_alphabetic() || is_latin(c) || matches!(c, '\'' | '-'));
        let lower = letters.to_ascii_lowercase();
        let cased = first.is_uppercase();
        if !body || !cased || letters.len() > 20 || NOT_LATIN_NAMES.contains(&lower.as_str()) {
            return Verdict::Invalid;
        }
        surname |= WORDS.latin.contains(lower.as_str());
        words += 1;
    }
    match words {
        2..=4 if surname => Verdict::Valid,
        2..=4 => Verdict::Unchecked,
        _ => Verdict::Invalid,
    }
}

/// The name that begins a text, given what stands right after a label: `：张三 电话`, `李四（身份证`,
/// `张三先生`. Separators (`：`, `:`, `=`, quotes, brackets, up to three spaces) may stand before it;
/// a name glued to its label (`联系人张三`) must have a known surname. The name ends where no name goes
/// on: at punctuation, a space, a digit, a title or a word that follows names.
///
/// Byte range within `text`.
pub fn after_label(text: &str) -> Option<Range<usize>> {
    let start = text
        .char_indices()
        .take(8)
        .find(|&(_, c)| !is_separator(c))
        .map(|(at, _)| at)?;
    let glued = start == 0;
    let rest = text.get(start..)?;
    let end = han_prefix(rest, glued).or_else(|| {
        // A Latin name needs a mark between the label and itself.
        (!glued).then(|| latin_prefix(rest)).flatten()
    })?;
    Some(start..start + end)
}

/// What may stand between a label and its value.
fn is_separator(c: char) -> bool {
    matches!(
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
            | '”'
            | '「'
            | '【'
            | '['
            | '('
            | '（'
            | '_'
            | '-'
            | '—'
            | '|'
            | '>'
            | '*'
    )
}

/// Length in bytes of the Han name at the start.
fn han_prefix(rest: &str, glued: bool) -> Option<usize> {
    // Ends of the run of Han characters and dots, and of each of its characters.
    let mut ends = Vec::with_capacity(32);
    let mut dots = 0;
    for (at, c) in rest.char_indices().take(32) {
        if is_dot(c) {
            dots += 1;
        } else if !is_han(c) {
            break;
        }
        ends.push(at + c.len_utf8());
    }
    let run = *ends.last()?;
    if dots > 0 {
        // The name goes to the end of the run or to a word that follows names.
        let name = rest.get(..run)?;
        let cut = TITLES
            .iter()
            .chain(FOLLOWERS)
            .filter(|w| w.len() > 3)
            .filter_map(|w| name.find(w))
            .min()
            .unwrap_or(run);
        return (dotted(rest.get(..cut)?) == Verdict::Valid).then_some(cut);
    }
    if ends.len() == 1 {
        return padded(rest, run);
    }
    // Longest first: 张三丰 before 张三.
    for &end in ends.get(1..ends.len().min(6))?.iter().rev() {
        let name = rest.get(..end)?;
        let verdict = han(name);
        let enough =
            verdict == Verdict::Valid || verdict == Verdict::Unchecked && !glued && end == run;
        if enough && (end == run || may_follow(rest.get(end..)?)) {
            return Some(end);
        }
    }
    None
}

/// `张 三`: two single characters with one to three spaces, as forms pad short names.
fn padded(rest: &str, first: usize) -> Option<usize> {
    let tail = rest.get(first..)?;
    let spaces: usize = tail
        .chars()
        .take_while(|&c| c == ' ' || c == '\u{3000}')
        .map(char::len_utf8)
        .sum();
    let second = tail.get(spaces..)?.chars().next().filter(|&c| is_han(c))?;
    let after = tail.get(spaces + second.len_utf8()..)?;
    let name: String = rest.get(..first)?.chars().chain([second]).collect();
    let ends = after.chars().next().is_none_or(|c| !is_han(c));
    ((1..=9).contains(&spaces) && ends && han(&name) == Verdict::Valid)
        .then_some(first + spaces + second.len_utf8())
}

/// Whether a title or a word that follows names begins the text.
fn may_follow(text: &str) -> bool {
    TITLES.iter().chain(FOLLOWERS).any(|w| text.starts_with(w))
}

/// Length in bytes of the Latin name at the start: two to four capitalised words on one line.
fn latin_prefix(rest: &str) -> Option<usize> {
    let mut end = 0;
    let mut words = 0;
    let mut at = 0;
    while words < 4 {
        let tail = rest.get(at..)?;
        let word: usize = tail
            .chars()
            .take_while(|&c| c.is_ascii_alphabetic() || is_latin(c) || matches!(c, '\'' | '-'))
            .map(char::len_utf8)
            .sum();
        let capital = tail.chars().next().is_some_and(char::is_uppercase);
        let candidate = tail.get(..word)?.to_ascii_lowercase();
        if word == 0 || !capital || NOT_LATIN_NAMES.contains(&candidate.as_str()) {
            break;
        }
        // `Zhang San Phone: …`: the word before a colon is the next label.
        if tail.get(word..)?.trim_start().starts_with([':', '：', '=']) {
            break;
        }
        end = at + word;
        words += 1;
        match rest.as_bytes().get(end) {
            Some(b' ' | b'/') => at = end + 1,
            _ => break,
        }
    }
    (latin(rest.get(..end)?) != Verdict::Invalid).then_some(end)
}

/// The name that ends a text, given what stands right before a title (先生, 女士, 小姐): `尊敬的张三`.
/// A surname alone (`张` of 张先生) is no name.
///
/// Byte range within `text`.
pub fn before_title(text: &str) -> Option<Range<usize>> {
    let starts: Vec<usize> = text
        .char_indices()
        .rev()
        .take(6)
        .take_while(|&(_, c)| is_han(c))
        .map(|(at, _)| at)
        .collect();
    for &start in starts.get(1..starts.len().min(4))?.iter().rev() {
        let name = text.get(start..)?;
        let before = text.get(..start)?.chars().next_back();
        let bounded = before.is_none_or(|c| !is_han(c) || LEADERS.contains(c));
        if bounded && han(name) == Verdict::Valid {
            return Some(start..text.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells() {
        for name in [
            "张三",
            "张三丰",
            "欧阳锋",
            "欧阳娜娜",
            "張三豐",
            "李王芳菲",
            "买买提·吐尔逊",
            "张 三",
            "张\u{3000}三",
            "Zhang San",
            "ZHANG/SAN",
            "San Zhang",
            "王五先生",
            "李伟",
            "诸葛亮",
            "司马懿",
            "阿卜杜热合曼·买买提江",
            "陈 小 明",
            "扎西次仁",
            "乌云其木格",
            "卓玛",
        ] {
            assert_eq!(is_person(name), Verdict::Valid, "{name}");
        }
        for name in [
            "系统",
            "管理员",
            "张家口",
            "北京某某商贸有限公司",
            "高兴",
            "财务部",
            "张经理",
            "王总",
            "13800138000",
            "",
            "张",
            "张三1",
            "订单号",
            "Bank of China",
            "TOTAL",
            "zhang san",
            "马上",
            "张三的",
            "工商银行某支行",
            "李四和王五",
            "无",
            "某某事务所",
            "*三",
            "张*",
        ] {
            assert_eq!(is_person(name), Verdict::Invalid, "{name}");
        }
        assert_eq!(is_person("John Smith"), Verdict::Unchecked);
        assert_eq!(is_person("Linda Käster"), Verdict::Unchecked);
    }

    #[test]
    fn after_labels() {
        for (text, name) in [
            ("：张三 电话…", Some("张三")),
            ("张三", Some("张三")),
            ("张三，电话", Some("张三")),
            ("李四（身份证", Some("李四")),
            ("张三先生", Some("张三")),
            (": 张三丰, 男", Some("张三丰")),
            ("：张三丰性别男", Some("张三丰")),
            ("：欧阳锋", Some("欧阳锋")),
            ("：买买提·吐尔逊 13800138000", Some("买买提·吐尔逊")),
            ("：张 三 电话", Some("张 三")),
            (": Zhang San Phone: 1", Some("Zhang San")),
            ("=\"张三\"", Some("张三")),
            ("张三13800138000", Some("张三")),
            ("王小明的账户", Some("王小明")),
            ("：系统", None),
            ("：系统自动生成", None),
            ("：北京某某商贸有限公司", None),
            ("经理", None),
            ("信息", None),
            ("：", None),
            ("", None),
            ("：13800138000", None),
            ("可以随时", None),
        ] {
            assert_eq!(after_label(text).map(|r| &text[r]), name, "{text}");
        }
    }

    #[test]
    fn before_titles() {
        for (text, name) in [
            ("尊敬的张三", Some("张三")),
            ("张三丰", Some("张三丰")),
            ("通知客户李四", Some("李四")),
            ("，王小明", Some("王小明")),
            ("张", None),
            ("高兴地欢迎", None),
            ("", None),
        ] {
            assert_eq!(before_title(text).map(|r| &text[r]), name, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_sound(text in "[：: 张三欧阳锋·的先生 A-Za-z0-9]{0,24}", any in "\\PC{0,40}") {
            for text in [text, any] {
                let _ = is_person(&text);
                for range in [after_label(&text), before_title(&text)].into_iter().flatten() {
                    prop_assert!(text.get(range).is_some_and(|n| !n.is_empty()));
                }
            }
        }
    }
}
