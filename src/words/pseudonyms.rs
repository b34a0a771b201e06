//! Messages about pseudonyms and the risk of what stays.

use super::messages::messages;

messages! {
    /// A message for people about pseudonyms and the risk of what stays.
    PseudonymWord;

    StillPersonal: "假名化后的数据仍是个人信息（个人信息保护法第七十三条）：持有密钥、保险库或其他资料的人可以找回本人，仍须按个人信息保护。",
        "Pseudonymised data is still personal information (PIPL article 73): whoever holds the key, the vault or other data can find the person. Protect it as such.";
    Handled: "另有 {} 处是已处理的假名，不算发现", "{} pseudonyms were met; they count as handled, not as findings";

    // Keys.
    KeyWritten: "假名密钥已写入 {}（名称 {}，只有本人可读）。另存一份离线保管：丢失密钥，加密的假名无法还原；泄露密钥，任何人都能还原或试猜。",
        "the key for pseudonyms is in {} (its name is {}; readable by you alone). Keep a second copy offline: without it encrypted pseudonyms cannot be taken back, and whoever else has it can take them back or test guesses.";
    KeyExists: "{} 已存在，没有动它；换一个文件名", "{} exists and was left alone; name another file";
    KeyUnreadable: "读不了密钥文件 {}：{}；检查路径和权限", "cannot read the key file {}: {}; check path and rights";
    KeyNotAKey: "{} 不是假名密钥文件；用 inkout pseudo key --out 文件 新建一个",
        "{} is no key file for pseudonyms; make one with inkout pseudo key --out FILE";
    KeyDamaged: "密钥文件 {} 已损坏（校验不符）；请用备份", "the key file {} is damaged (its check does not hold); use your second copy";
    KeyOpen: "警告：密钥文件 {} 别人也能读；请执行 chmod 600", "warning: others can read the key file {}; run chmod 600 on it";
    FileUnwritten: "写不出 {}：{}；检查路径、权限和磁盘空间", "cannot write {}: {}; check path, rights and disk space";

    // Arguments.
    NeedsKey: "假名需要密钥和项目名：加上 --key-file 文件 和 --project 名称（先用 inkout pseudo key --out 文件 新建密钥）",
        "pseudonyms need a key and a project: add --key-file FILE and --project NAME (make a key with inkout pseudo key --out FILE)";
    NeedsProfile: "--project、--key-file、--pseudonyms、--vault 要和 --mask-profile pseudonym 一起用",
        "--project, --key-file, --pseudonyms and --vault go with --mask-profile pseudonym";
    NeedsVault: "设置里有 vault（保险库），请加上 --vault 文件", "the settings use the vault: add --vault FILE";
    NoProject: "没有项目名：加上 --project 名称，或在设置文件里写 project", "no project: add --project NAME, or write project in the settings file";
    SettingsUnreadable: "读不了设置文件 {}：{}；检查路径和权限", "cannot read the settings file {}: {}; check path and rights";
    SettingsShape: "设置文件 {} 第 {} 行有误；对照 docs/pseudonyms.md 的例子", "{}: line {} of the settings is wrong; compare it with the example in docs/pseudonyms.md";
    SettingsKind: "设置文件 {}：没有种类 {}；可用：{}", "{}: there is no kind {}; there are: {}";
    SettingsMode: "设置文件 {}：没有方式 {}；可用：{}", "{}: there is no mode {}; there are: {}";
    SettingsRule: "设置文件 {}：没有规则 {}；用 inkout rules list 查看", "{}: there is no rule {}; see inkout rules list";
    SettingsValue: "设置文件 {}：{} 的值超出范围；对照 docs/pseudonyms.md", "{}: the value of {} is out of bounds; see docs/pseudonyms.md";
    SettingsUnfit: "设置文件 {}：种类 {} 不能用方式 {}；对照 docs/pseudonyms.md 的表", "{}: kind {} cannot have mode {}; see the table in docs/pseudonyms.md";
    VaultUnreadable: "读不了保险库 {}：{}；检查路径和权限", "cannot read the vault {}: {}; check path and rights";
    VaultNot: "{} 不是保险库文件，没有动它；换一个文件名", "{} is no vault and was left alone; name another file";
    VaultLocked: "保险库 {} 打不开：密钥或项目名不对，或文件被改过", "the vault {} does not open: another key or project, or the file was changed";
    VaultDamaged: "保险库 {} 内部已损坏；请用备份", "the vault {} is damaged inside; use your second copy";
    VaultKept: "保险库 {}：{} 个值。没有它，vault 令牌无法还原；销毁它，令牌就永久不可还原。",
        "vault {}: {} values. Without it vault tokens cannot be taken back; destroying it makes them final.";

    // Taking back.
    ReverseWarns: "注意：输出里是还原后的原值，只有本人可读；用完请按原件同样保护。",
        "Note: the output holds values in clear, readable by you alone; protect it like the originals.";
    ReverseNeedsOut: "请用 --out 目录 指定新的输出目录（或只给 - 从标准输入读文本）",
        "name a new output folder with --out DIR (or give only - to read text from standard input)";
    ReverseDone: "写出 {} 个文件，还原 {} 处（规范写法：没有空格和分隔符）", "{} files written, {} pseudonyms taken back (in canonical form: no blanks or separators)";
    ReverseOneWay: "  {} 处不可还原：令牌、移动的日期或分组，设计如此", "  {} lead nowhere back: tokens, moved dates and groups, by design";
    ReverseNoVault: "  {} 处在保险库里，但没有给出这个保险库（--vault）", "  {} lie in a vault that was not given (--vault)";
    ReverseForeign: "  {} 处不是用这个密钥和项目做的，或被改过；保持原样", "  {} were not made with this key and project, or were changed; they stay as they are";
    ReverseWithheld: "  没有写出 {}：{}", "  not written: {}: {}";

    // Risk.
    RiskTitle: "重标识风险（k-匿名）", "Risk of re-identification (k-anonymity)";
    RiskNoTable: "没有找到同时含这些列的表：{}；表里的列：{}", "no table has all of these columns: {}; columns there are: {}";
    RiskNoRows: "表里没有数据行", "the table has no rows";
    RiskTooLarge: "表超过 {} 个单元格；请先拆分", "the table has more than {} cells; split it first";
    RiskUnread: "文件没有读全（{}），结果只对读到的部分成立", "not all of the file was read ({}); the result holds for what was read";
    RiskBadQuasi: "--qi 至少要有一列", "--qi needs one column at least";
    RiskBadSampled: "--sampled 要大于 0 且不超过 1", "--sampled is above 0 and at most 1";
    RiskRows: "行数 {}，准标识列 {}，等价类 {}", "{} rows, quasi-identifiers {}, {} equivalence classes";
    RiskK: "k_min = {}；独一无二的行 {}；k < {} 的行 {}（{}）", "k_min = {}; unique rows {}; rows with k < {}: {} ({})";
    RiskProsecutor: "检察官风险（知道此人在表中）：最高 {}，平均 {}", "prosecutor risk (the person is known to be in the table): highest {}, mean {}";
    RiskJournalist: "记者风险（不知道此人是否在表中）：最高 {}", "journalist risk (nobody knows whether the person is in the table): highest {}";
    RiskMarketer: "营销者风险（能对上的行占比）：{}", "marketer risk (share of rows that can be traced): {}";
    RiskSampled: "按抽样比例 {} 估计总体中的等价类；没有总体数据时这只是估计", "groups of the population are estimated from a sampled share of {}; without data on the population this is a guess";
    RiskSensitive: "敏感列 {}：l = {}（熵 l = {}），t 距离 {}（{}）", "sensitive column {}: l = {} (entropy l = {}), t-distance {} ({})";
    RiskOrdered: "有序距离", "ordered distance";
    RiskEqual: "等值距离", "equal distance";
    RiskDirect: "仍有直接标识：{} 列“{}” {} 处", "direct identifiers are left: {} in column “{}”: {}";
    RiskNoDirect: "没有发现直接标识符（以本程序的规则为准）", "no direct identifiers were found (by the rules of this program)";
    RiskGrade: "标识度分级 {}（{}）——按 GB/T 42460-2023 的四级，凭记忆标注，未逐条核对标准原文，引用前请核对",
        "grade of identifiability {} ({}): the four grades of GB/T 42460-2023, marked from memory and not checked against its text; check before citing";
    Grade1: "1 级：能直接识别主体", "1: subjects can be identified directly";
    Grade2: "2 级：已去除直接标识符，重标识风险不可接受", "2: direct identifiers removed, risk of re-identification not acceptable";
    Grade3: "3 级：重标识风险可接受", "3: risk of re-identification acceptable";
    GradeWhy1: "还有直接标识符", "direct identifiers are left";
    GradeWhy2: "k_min 小于 {}", "k_min is below {}";
    GradeWhy3: "k_min 不小于 {}", "k_min is at least {}";
    RiskAdvice: "建议（只做提示，不自动改动）：", "Suggestions (nothing is changed by itself):";
    AdviceSuppress: "删除 {} 行小组记录，其余行 k ≥ {}", "leave out the {} rows of small groups; for the rest k ≥ {}";
    AdviceChange: "{}：{} → k_min {}，k < {} 的行 {}（{}）", "{}: {} → k_min {}, rows with k < {}: {} ({})";
    ChangeDrop: "去掉这一列", "leave the column out";
    ChangeTens: "数字按 10 分段", "give numbers in tens";
    ChangeHundreds: "数字按 100 分段", "give numbers in hundreds";
    ChangeYear: "日期只留年份", "give dates as their year";
    ChangeDecade: "日期只留年代", "give dates as their decade";
    ChangeTwo: "只留前两个字", "give the first two characters";
}
