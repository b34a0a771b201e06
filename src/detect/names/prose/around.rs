//! What the text beside a name says of it.

use crate::detect::names::{lexicon::Word, tables::is_han};

/// The most that [`introduced`] says.
pub(super) const INTRODUCED: i32 = 12;

/// Whether two characters begin a word that says where somebody lives or something lies: 家住, 位于.
#[inline]
pub(super) fn leads_to_place(first: char, second: char) -> bool {
    matches!(second, '住' | '在' | '于' | '处' | '落')
        && matches!(
            (first, second),
            ('家' | '居', '住')
                | ('住', '在' | '于')
                | ('位', '于')
                | ('地', '处')
                | ('坐' | '座', '落')
        )
}

/// What follows a name that stands alone at the start of a line: a speaker's colon, a biography.
pub(super) fn introduced(behind: &str) -> i32 {
    let rest = behind.trim_start_matches(['，', ',', '：', ':', ' ', '\u{3000}', '(', '（']);
    let biography = [
        "男",
        "女",
        "汉族",
        "回族",
        "中国国籍",
        "中共党员",
        "博士",
        "硕士",
        "本科",
        "教授",
        "先生",
        "女士",
        "生于",
        "出生",
    ];
    if rest.len() < behind.len()
        && (biography.iter().any(|b| rest.starts_with(b)) || rest.starts_with("19"))
    {
        INTRODUCED
    } else if behind.starts_with(['：', ':', '】']) {
        6
    } else if spoke(behind) {
        8
    } else if behind.starts_with([')', '）']) {
        3
    } else {
        0
    }
}

/// Whether a moment or a mobile number follows: who spoke in a chat, whom a parcel is for.
fn spoke(behind: &str) -> bool {
    let rest = behind.trim_start_matches([' ', '\t', '\u{3000}']);
    let b = rest.as_bytes();
    let digits = b.iter().take_while(|b| b.is_ascii_digit()).count();
    let next = b.get(digits).copied().unwrap_or(b'\n');
    let day = digits == 4 && rest.starts_with("20") && matches!(next, b'-' | b'/' | b'.');
    let clock = (1..=2).contains(&digits) && next == b':';
    rest.len() < behind.len() && (day || clock || is_mobile(rest))
}

/// Whether a text begins with eleven digits, of either width, the first of which is 1.
pub(super) fn is_mobile(text: &str) -> bool {
    let digit = |c: &char| c.is_ascii_digit() || ('０'..='９').contains(c);
    text.starts_with(['1', '１']) && text.chars().take_while(digit).take(12).count() == 11
}

/// Whether the name of a company ends here with its trade, all of it words of business: 武汉鑫源博瑞|投资管理有限公司.
pub(super) fn trade(tail: &str) -> bool {
    const TRADES: [&str; 44] = [
        "投资",
        "管理",
        "会计",
        "服务",
        "咨询",
        "科技",
        "技术",
        "建筑",
        "工程",
        "实业",
        "贸易",
        "商贸",
        "信息",
        "网络",
        "电子",
        "食品",
        "医疗",
        "器械",
        "物业",
        "物流",
        "文化",
        "传媒",
        "广告",
        "教育",
        "餐饮",
        "酒店",
        "置业",
        "房地产",
        "建设",
        "建材",
        "装饰",
        "机械",
        "设备",
        "化工",
        "生物",
        "医药",
        "能源",
        "资产",
        "财务",
        "税务",
        "代理",
        "发展",
        "服饰",
        "农业",
    ];
    let mut rest = tail;
    while let Some(next) = TRADES.iter().find_map(|t| rest.strip_prefix(t)) {
        rest = next;
    }
    let ends = ["有限", "股份", "集团", "公司", "事务所", "合伙"];
    rest.len() < tail.len() && ends.iter().any(|e| rest.starts_with(e))
}

/// Whether a document that a person holds is named here.
pub(super) fn document(tail: &str) -> bool {
    const DOCUMENTS: [&str; 16] = [
        "护照",
        "身份证",
        "居民身份证",
        "本人",
        "有效",
        "证件",
        "往来",
        "港澳",
        "台胞",
        "回乡证",
        "军官证",
        "户口",
        "驾驶证",
        "营业执照",
        "介绍信",
        "居住证",
    ];
    DOCUMENTS.iter().any(|d| tail.starts_with(d))
}

/// Whether an organisation's name goes on here: 李宁体育用品有限公司.
pub(super) fn organisation(tail: &str) -> bool {
    const MARKS: [&str; 14] = [
        "公司",
        "集团",
        "有限",
        "股份",
        "银行",
        "大学",
        "学院",
        "中学",
        "小学",
        "医院",
        "律师事务所",
        "基金会",
        "事务所",
        "俱乐部",
    ];
    tail.char_indices()
        .take(12)
        .take_while(|(_, c)| is_han(*c) && *c != '的')
        .any(|(i, _)| {
            let here = tail.get(i..).unwrap_or_default();
            MARKS.iter().any(|m| here.starts_with(m))
        })
}

/// A name at the start of a stretch, by the character before it.
pub(super) fn edge_left(before: &str) -> i32 {
    let Some(c) = before.chars().next_back() else {
        return 2;
    };
    match c {
        // A field of its own: "owner":"傅丹"
        '"' | '\''
            if before.len() > 1
                && before
                    .get(..before.len() - 1)
                    .is_some_and(|b| b.ends_with([':', '=', ',', '(', '[', ' '])) =>
        {
            4
        }
        '、' | '，' | ',' | '。' | '：' | ':' | '；' | '！' | '？' | '\n' | '\r' => 2,
        ' ' | '\u{3000}' | '\t' | '(' | '（' | '@' | '/' | '|' | '-' | '—' => 1,
        '《' | '〈' => -6,
        '“' | '‘' | '"' | '「' | '『' => -2,
        c if c.is_ascii_digit() => -3,
        _ => 0,
    }
}

/// A name at the end of a stretch, by what follows.
pub(super) fn edge_right(behind: &str) -> i32 {
    let Some(c) = behind.chars().next() else {
        return 2;
    };
    match c {
        '、' | '，' | ',' | '：' | ':' | '(' | '（' => 3,
        '。' | '；' | ';' | '！' | '？' | '!' | '?' | '\n' | '\r' => 2,
        ' ' | '\u{3000}' | '\t' | '/' | '|' | '-' | '—' | ')' | '）' => 1,
        '》' | '〉' => -6,
        '”' | '’' | '"' | '」' | '』' => -1,
        c if c.is_ascii_digit() => -1,
        _ => 0,
    }
}

/// A name behind a word of this class.
pub(super) fn before_class(word: Option<Word>, len: usize, last: char) -> i32 {
    if "叫姓是由与和对向被让请给跟同把将及为位名".contains(last) {
        return 3;
    }
    let Some(word) = word else { return -2 };
    match (word.class, len) {
        (b'p' | b'c', _) => 3,
        (b'v', 2..) | (b't', _) => 1,
        (b'v' | b'u', _) | (b'n' | b's' | b'f', 2..) => 0,
        (b'd' | b'a', _) => -2,
        (b'm' | b'q', _) => -4,
        (b'r', _) => -3,
        (_, 1) if matches!(last, '的' | '了') => 0,
        (_, 1) => -5,
        _ => -1,
    }
}

/// A name before a word of this class.
pub(super) fn behind_class(word: Option<Word>, len: usize, next: char) -> i32 {
    if "的在对与向从被将以为和也都已曾就则又还等是有把给于及".contains(next) && len == 1
    {
        return 3;
    }
    let Some(word) = word else { return -2 };
    match (word.class, len) {
        (b'p' | b'c' | b'd', _) | (b'v', 2..) => 3,
        (b'v', _) => 2,
        (b't' | b'r', _) => 1,
        (b'a', _) => -1,
        (b'm' | b'q', _) => -2,
        (b'f', _) => -3,
        (_, 2..) => 0,
        _ => -4,
    }
}
