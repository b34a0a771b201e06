//! Seeded texts to measure with, and how many values were planted in them.
//!
//! Nothing is read from outside: the same kind, size and seed give the same bytes everywhere. Values are
//! synthetic; their check digits are right.

/// What kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A table of customers, every field of it a value, as CSV.
    Dense,
    /// Source code and logs with a value here and there.
    Sparse,
    /// Tables of numbers, hashes, time stamps: what looks like values and is none.
    Adversarial,
    /// Chinese prose with a value here and there.
    Prose,
    /// The customers as one line of JSON.
    OneLine,
}

/// How many values of each kind were planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Truth {
    /// Resident identity numbers.
    pub resident_id: u64,
    /// Mobile numbers, plain or in groups.
    pub mobile: u64,
    /// Bank card numbers, plain or in groups.
    pub card: u64,
    /// Unified social credit codes.
    pub credit_code: u64,
    /// Passport numbers.
    pub passport: u64,
    /// Securities account numbers.
    pub account: u64,
    /// Number plates.
    pub plate: u64,
    /// Mailbox addresses.
    pub email: u64,
    /// IPv4 addresses.
    pub ipv4: u64,
    /// Fixed-line numbers.
    pub landline: u64,
    /// Rows, for the dense kinds.
    pub rows: u64,
}

/// A text and what is in it.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// UTF-8.
    pub text: String,
    /// What was planted.
    pub truth: Truth,
}

impl Corpus {
    /// The text in GB 18030.
    pub fn gb18030(&self) -> Vec<u8> {
        encoding_rs::GB18030.encode(&self.text).0.into_owned()
    }
}

/// Makes about `size` bytes of a kind.
pub fn make(kind: Kind, size: usize, seed: u64) -> Corpus {
    let mut corpus = Corpus {
        text: String::with_capacity(size + 4096),
        truth: Truth::default(),
    };
    let mut random = Random::new(seed ^ (kind as u64) << 32);
    match kind {
        Kind::Dense => dense(&mut corpus, size, &mut random),
        Kind::Sparse => sparse(&mut corpus, size, &mut random),
        Kind::Adversarial => adversarial(&mut corpus, size, &mut random),
        Kind::Prose => prose(&mut corpus, size, &mut random),
        Kind::OneLine => one_line(&mut corpus, size, &mut random),
    }
    corpus
}

/// `SplitMix64`.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ x >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ x >> 31
    }
    /// Below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
    /// Whether one of `n` cases holds.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let index = self.below(list.len() as u64);
        list[usize::try_from(index).unwrap_or(0)]
    }
    fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| self.pick(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']))
            .collect()
    }
    fn from(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count)
            .map(|_| char::from(self.pick(alphabet)))
            .collect()
    }
}

const PROVINCES: &[&str] = &[
    "11", "12", "13", "21", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45",
    "50", "51", "61",
];
const CREDIT: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const PLATE: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
const FAMILY: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "马", "朱", "胡", "林",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀兰", "建国", "子轩",
];
const PLACES: &[&str] = &[
    "北京市海淀区中关村大街",
    "上海市浦东新区世纪大道",
    "广州市天河区体育西路",
    "深圳市南山区科技园",
    "杭州市西湖区文三路",
    "成都市武侯区人民南路",
];

/// A resident identity number (GB 11643).
pub fn resident_id(random: &mut Random) -> String {
    let body = format!(
        "{}{}{:04}{:02}{:02}{}",
        random.pick(PROVINCES),
        random.digits(4),
        1950 + random.below(60),
        1 + random.below(12),
        1 + random.below(28),
        random.digits(3)
    );
    let rest = body
        .bytes()
        .fold(0, |rest, byte| (rest + u32::from(byte - b'0')) * 2 % 11);
    let last = (12 - rest) % 11;
    let last = char::from_digit(last, 10).unwrap_or('X');
    format!("{body}{last}")
}

/// A unified social credit code (GB 32100).
pub fn credit_code(random: &mut Random) -> String {
    let body = format!(
        "91{}{}{}",
        random.pick(PROVINCES),
        random.digits(4),
        random.from(CREDIT, 9)
    );
    let (mut sum, mut weight) = (0, 1);
    for byte in body.bytes() {
        sum += CREDIT.iter().position(|c| *c == byte).unwrap_or(0) * weight;
        weight = weight * 3 % 31;
    }
    format!("{body}{}", char::from(CREDIT[(31 - sum % 31) % 31]))
}

/// A bank card number of 16 or 19 digits, one in five in groups of four.
pub fn card(random: &mut Random) -> String {
    let len = if random.one_in(2) { 16 } else { 19 };
    let body = format!(
        "{}{}",
        random.pick(&["622", "621", "625"]),
        random.digits(len - 4)
    );
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = u32::from(byte - b'0') * if i % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    let whole = format!("{body}{}", (10 - sum % 10) % 10);
    if random.one_in(5) {
        let groups: Vec<&str> = whole
            .as_bytes()
            .chunks(4)
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        groups.join(" ")
    } else {
        whole
    }
}

/// A mobile number, one in ten in groups.
pub fn mobile(random: &mut Random) -> String {
    let head = format!("1{}{}", 3 + random.below(7), random.digits(1));
    let (middle, tail) = (random.digits(4), random.digits(4));
    if random.one_in(10) {
        format!("{head}-{middle}-{tail}")
    } else {
        format!("{head}{middle}{tail}")
    }
}

/// A mailbox address.
pub fn email(random: &mut Random) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let len = 4 + usize::try_from(random.below(6)).unwrap_or(0);
    let name = random.from(LETTERS, len);
    let number = random.digits(2);
    format!(
        "{name}.{number}@{}",
        random.pick(&[
            "example.com",
            "example.org",
            "mail.example.net",
            "example.com.cn"
        ])
    )
}

fn ipv4(random: &mut Random) -> String {
    format!(
        "10.{}.{}.{}",
        random.below(256),
        random.below(256),
        1 + random.below(254)
    )
}

fn landline(random: &mut Random) -> String {
    let head = random.pick(&["010", "021", "0571", "0755"]);
    format!("{head}-{}{}", 2 + random.below(7), random.digits(7))
}

fn passport(random: &mut Random) -> String {
    format!("E{}", random.digits(8))
}

fn account(random: &mut Random) -> String {
    format!("A{}", random.digits(9))
}

fn plate(random: &mut Random) -> String {
    let province = random.pick(&["京", "沪", "粤", "浙", "川", "苏", "鲁", "豫"]);
    format!(
        "{province}{}{}",
        char::from(random.pick(&PLATE[..24])),
        random.from(PLATE, 5)
    )
}

fn name(random: &mut Random) -> String {
    format!("{}{}", random.pick(FAMILY), random.pick(GIVEN))
}

/// A customer's fields by name. Some are empty.
fn customer(random: &mut Random, truth: &mut Truth) -> [(&'static str, String); 17] {
    truth.rows += 1;
    truth.resident_id += 1;
    truth.mobile += 1;
    truth.card += 1;
    truth.email += 1;
    truth.ipv4 += 1;
    truth.landline += 1;
    let some =
        |one_in: u64, count: &mut u64, make: fn(&mut Random) -> String, random: &mut Random| {
            if random.one_in(one_in) {
                *count += 1;
                make(random)
            } else {
                String::new()
            }
        };
    let plate = some(2, &mut truth.plate, plate, random);
    let passport = some(3, &mut truth.passport, passport, random);
    let account = some(3, &mut truth.account, account, random);
    let credit_code = some(4, &mut truth.credit_code, credit_code, random);
    [
        ("客户号", format!("C{:07}", truth.rows % 10_000_000)),
        ("姓名", name(random)),
        ("性别", random.pick(&["男", "女"]).to_owned()),
        ("身份证号", resident_id(random)),
        ("手机号", mobile(random)),
        ("银行卡号", card(random)),
        ("邮箱", email(random)),
        (
            "地址",
            format!("{}{}号", random.pick(PLACES), 1 + random.below(300)),
        ),
        ("车牌", plate),
        ("护照", passport),
        ("股东账户", account),
        ("信用代码", credit_code),
        ("登录地址", ipv4(random)),
        ("座机", landline(random)),
        (
            "余额",
            format!("{}.{}", random.below(1_000_000), random.digits(2)),
        ),
        (
            "开户日期",
            format!(
                "20{:02}-{:02}-{:02}",
                random.below(25),
                1 + random.below(12),
                1 + random.below(28)
            ),
        ),
        (
            "备注",
            random
                .pick(&["", "已核实", "重点客户", "待补充材料"])
                .to_owned(),
        ),
    ]
}

fn dense(corpus: &mut Corpus, size: usize, random: &mut Random) {
    let names = customer(random, &mut Truth::default()).map(|(name, _)| name);
    corpus.text.push_str(&names.join(","));
    corpus.text.push('\n');
    while corpus.text.len() < size {
        let fields = customer(random, &mut corpus.truth).map(|(_, value)| value);
        corpus.text.push_str(&fields.join(","));
        corpus.text.push('\n');
    }
}

fn one_line(corpus: &mut Corpus, size: usize, random: &mut Random) {
    corpus.text.push('[');
    while corpus.text.len() < size {
        let fields = customer(random, &mut corpus.truth);
        let fields = fields.map(|(name, value)| format!("\"{name}\":\"{value}\""));
        corpus.text.push('{');
        corpus.text.push_str(&fields.join(","));
        corpus.text.push_str("},");
    }
    corpus.text.push_str("{}]");
}

/// Plants a value, not touching its surroundings.
fn plant(corpus: &mut Corpus, random: &mut Random, label: bool) {
    let truth = &mut corpus.truth;
    let (name, value, count) = match random.below(6) {
        0 => ("身份证号", resident_id(random), &mut truth.resident_id),
        1 => ("手机号", mobile(random), &mut truth.mobile),
        2 => ("银行卡", card(random), &mut truth.card),
        3 => ("信用代码", credit_code(random), &mut truth.credit_code),
        4 => ("邮箱", email(random), &mut truth.email),
        _ => ("车牌", plate(random), &mut truth.plate),
    };
    *count += 1;
    let text = if label {
        format!("{name}：{value}，")
    } else {
        format!(" \"{value}\" ")
    };
    corpus.text.push_str(&text);
}

const IDENTIFIERS: &[&str] = &[
    "self", "value", "index", "buffer", "result", "config", "parse", "format", "string", "length",
    "node", "offset", "count", "request", "response", "handler", "error", "context", "builder",
    "iter", "table", "column", "reader", "writer", "state", "options", "name", "path", "stream",
    "event", "token", "user_id", "max_size", "std", "vec", "HashMap", "Option", "Result",
];
const LINES: &[&str] = &[
    "    let mut {} = {}.{}({}, {})?;\n",
    "    if {}.{}() > {} { return Err({}::{}); }\n",
    "def {}({}, {}={}): return {}\n",
    "    // {} of the {} is kept in {} until {} is {}\n",
    "#define {}_{}({}) (({}) + {})\n",
    "for (int i = 0; i < {}; i++) { {}[i] = {}({} + {}); }\n",
    "impl<T: {}> {} for {}<T> { type {} = {}; }\n",
    "    {}->{} = {}({}, sizeof({}));\n",
    "\n    /* {} {} {} {} {} */\n",
    "import {}.{} as {}  # {} {}\n",
    "    assert_eq!({}::{}({}), {}::{});\n",
];

fn sparse(corpus: &mut Corpus, size: usize, random: &mut Random) {
    let mut next = 32 << 10;
    let mut time = 1_700_000_000u64;
    while corpus.text.len() < size {
        if random.one_in(4) {
            time += random.below(3);
            let (h, m, s) = (time / 3600 % 24, time / 60 % 60, time % 60);
            let line = format!(
                "2024-03-{:02} {h:02}:{m:02}:{s:02}.{:03} INFO [worker-{}] {}.{}: {} took {} ms, {}={}\n",
                1 + time / 86_400 % 28,
                random.below(1000),
                random.below(16),
                random.pick(IDENTIFIERS),
                random.pick(IDENTIFIERS),
                random.pick(IDENTIFIERS),
                random.below(5000),
                random.pick(IDENTIFIERS),
                random.below(100_000),
            );
            corpus.text.push_str(&line);
        } else {
            let mut parts = random.pick(LINES).split("{}").peekable();
            while let Some(part) = parts.next() {
                corpus.text.push_str(part);
                if parts.peek().is_some() {
                    if random.one_in(40) {
                        corpus.text.push_str(&random.below(256).to_string());
                    } else {
                        corpus.text.push_str(random.pick(IDENTIFIERS));
                    }
                }
            }
        }
        if corpus.text.len() > next {
            next += 64 << 10;
            plant(corpus, random, false);
        }
    }
}

fn adversarial(corpus: &mut Corpus, size: usize, random: &mut Random) {
    const HEX: &[u8] = b"0123456789abcdef";
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut next = 32 << 10;
    while corpus.text.len() < size {
        let line = match random.below(10) {
            0 => (0..8)
                .map(|_| format!("{}.{}", random.below(1000), random.digits(6)))
                .collect::<Vec<_>>()
                .join("\t"),
            1 => (0..6)
                .map(|_| random.digits(11))
                .collect::<Vec<_>>()
                .join(","),
            2 => (0..5)
                .map(|_| format!("17{}", random.digits(11)))
                .collect::<Vec<_>>()
                .join(","),
            3 => (0..4)
                .map(|_| random.digits(19))
                .collect::<Vec<_>>()
                .join(" , "),
            4 => random.from(HEX, 64),
            5 => {
                let parts = [8, 4, 4, 4, 12].map(|len| random.from(HEX, len));
                parts.join("-")
            }
            6 => random.from(BASE64, 76),
            7 => format!(
                "2024-{:02}-{:02}T{:02}:{:02}:{:02}.{}Z seq={}",
                1 + random.below(12),
                1 + random.below(28),
                random.below(24),
                random.below(60),
                random.below(60),
                random.digits(6),
                random.digits(9)
            ),
            8 => (0..12)
                .map(|_| random.below(100_000).to_string())
                .collect::<Vec<_>>()
                .join(" "),
            _ => (0..4)
                .map(|_| random.digits(16))
                .collect::<Vec<_>>()
                .join(";"),
        };
        corpus.text.push_str(&line);
        corpus.text.push('\n');
        if corpus.text.len() > next {
            next += 64 << 10;
            plant(corpus, random, false);
        }
    }
}

const WORDS: &[&str] = &[
    "的", "是", "在", "了", "和", "有", "我们", "公司", "进行", "管理", "工作", "发展", "问题",
    "以及", "可以", "没有", "这个", "通过", "对于", "经济", "市场", "企业", "服务", "信息", "技术",
    "系统", "数据", "要求", "规定", "应当", "客户", "业务", "部门", "项目", "时间", "人员", "情况",
    "提供", "办理", "相关", "安全", "保护", "个人", "资料", "银行", "账户", "监督", "检查", "报告",
    "会议", "研究", "决定", "同意", "关于", "加强", "建设", "提高", "质量", "实施", "方案", "意见",
    "通知", "单位", "地区", "社会", "国家", "政府", "法律", "责任", "风险", "控制", "分析", "结果",
    "需要", "按照", "其中", "目前", "今年", "增长", "同比", "主要", "内容",
];

fn prose(corpus: &mut Corpus, size: usize, random: &mut Random) {
    let mut next = 16 << 10;
    while corpus.text.len() < size {
        for _ in 0..3 + random.below(8) {
            // Words at the head of the list come more often.
            let bound = 1 + random.below(WORDS.len() as u64);
            let index = random.below(bound);
            corpus
                .text
                .push_str(WORDS[usize::try_from(index).unwrap_or(0)]);
        }
        match random.below(24) {
            0..=13 => corpus.text.push('，'),
            14..=19 => corpus.text.push('。'),
            20 => corpus.text.push_str("。\n"),
            21 => {
                let date = format!("{}年{}月", 2000 + random.below(25), 1 + random.below(12));
                corpus.text.push_str(&date);
            }
            22 => {
                let count = format!("共{}项", random.below(200));
                corpus.text.push_str(&count);
            }
            _ => corpus.text.push('、'),
        }
        if corpus.text.len() > next {
            next += 32 << 10;
            plant(corpus, random, true);
        }
    }
}
