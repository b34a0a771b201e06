//! The help of the command line in Chinese; the English stands at the arguments themselves.

/// The Chinese text of a command (`scan`, `rules list`; empty: the program) or argument (`scan/paths`;
/// `/paths`: of every command that says nothing else).
pub fn chinese_help(place: &str) -> Option<&'static str> {
    CHINESE_HELP
        .iter()
        .find(|(p, _)| *p == place)
        .map(|(_, text)| *text)
}

/// See [`chinese_help`].
pub const CHINESE_HELP: &[(&str, &str)] = &[
    (
        "",
        "查找、清点、脱敏、移交、封存和销毁文件里的个人与金融信息。不联网；给出的路径下的内容全部读取，读不到的逐一说明。",
    ),
    (
        "/lang",
        "输出语言：zh 中文，en 英文（默认按 LC_ALL、LC_MESSAGES、LANG）",
    ),
    ("/quiet", "不显示进度和摘要，只输出所要的内容和错误"),
    ("/paths", "文件或文件夹"),
    (
        "/include",
        "只读取路径符合此通配式的文件（可重复；** 跨文件夹）",
    ),
    ("/exclude", "略过符合此通配式的内容；会列为“按要求略过”"),
    ("/one_file_system", "不离开每个路径所在的文件系统"),
    ("/threads", "线程数（默认：每个处理器一个）"),
    (
        "/max_bytes_in_flight",
        "单个成员或文档在内存中的上限，例如 256M",
    ),
    ("/min_confidence", "报告的最低可信度（百分比）"),
    (
        "/rules",
        "自己的规则文件、值清单（.txt）或其文件夹，与内置规则并用（可重复；见 docs/rules.md）",
    ),
    ("/show_values", "在输出里显示原值和原路径（清单里从不保存）"),
    ("/job", "作业文件夹：清单、密钥和各步记录都放在里面"),
    ("/verbose", "多说一些：采用了哪些设置、内核收走了哪些权限"),
    (
        "/config",
        "设置文件（默认：当前文件夹或其上级里的 inkout.toml）",
    ),
    (
        "scan/budget",
        "允许的数量，写成 类型=N（类型是规则编号、级别、标签或 any）；不超过 N 处时不计入退出码（可重复）",
    ),
    (
        "scan/baseline",
        "已接受的发现：inkout baseline 生成的文件；密钥在 FILE.key 或环境变量 INKOUT_BASELINE_KEY",
    ),
    (
        "scan/inline_allow",
        "承认文本里的注释：inkout:allow 规则 理由，放行该行里这条规则的发现",
    ),
    (
        "scan/files_from",
        "从这个文件（- 为标准输入）读取路径清单，以 NUL 或换行分隔，代替命令行上的路径",
    ),
    (
        "scan/changed_since",
        "只读取路径（默认当前文件夹）下与此提交不同或新增的文件（会运行 git）",
    ),
    ("scan/nice", "让其他程序优先：0 到 19"),
    ("scan/max_read_rate", "每秒最多读取的字节数，例如 50M"),
    (
        "scan/window",
        "只在一天中的这段时间读取，例如 22:00-06:00；没读完的下次接着读",
    ),
    (
        "scan/notify",
        "扫描发现有变化时运行此命令（经 sh），变化内容从标准输入给它",
    ),
    ("scan/metrics", "把供 Prometheus 采集的数字写到这个文件"),
    (
        "scan/log_format",
        "标准错误上消息的形式：text 句子，json 每行一个对象",
    ),
    (
        "scan/sandbox",
        "用 Landlock 放弃不需要的权限：auto 内核支持时，require 不支持就不扫描，off 不放弃",
    ),
    ("diff", "说明两次扫描之间的变化"),
    (
        "diff/earlier",
        "较早的清单：作业文件夹，或其中某次扫描，写成 文件夹@序号",
    ),
    (
        "diff/later",
        "较晚的清单（默认：同一文件夹最近一次与上一次比）",
    ),
    (
        "diff/format",
        "输出：text 邮件或聊天消息，json 一个对象，html 网页",
    ),
    ("diff/list", "只列出文件夹里的各次扫描"),
    (
        "due",
        "说明快到期的事：基线的期限、太久没有做的扫描、没做完的扫描、封存件的查验",
    ),
    ("due/paths", "要查看的作业文件夹、基线和封存记录"),
    ("due/within", "多少天之内到期的要说"),
    ("due/every", "作业文件夹过多少天应当再扫描一次"),
    ("due/json", "输出一个 JSON 对象"),
    ("baseline", "在流水线里接受一些发现，写明理由、负责人和期限"),
    (
        "baseline create",
        "接受一次扫描（用 --all-findings 做的）的全部发现",
    ),
    ("baseline update", "接受一次扫描里新出现的，去掉已经不在的"),
    (
        "baseline audit",
        "列出接受了什么、为什么、由谁、到何时，哪些已到期",
    ),
    ("baseline create/file", "基线文件"),
    ("baseline update/file", "基线文件"),
    ("baseline audit/file", "基线文件"),
    ("baseline create/reason", "为什么接受"),
    ("baseline update/reason", "为什么接受"),
    ("baseline create/owner", "由谁负责"),
    ("baseline update/owner", "由谁负责"),
    (
        "baseline create/expires",
        "接受到哪一天为止，例如 2027-01-31",
    ),
    (
        "baseline update/expires",
        "接受到哪一天为止，例如 2027-01-31",
    ),
    ("baseline audit/within", "多少天之内到期的要提醒"),
    (
        "config",
        "列出现在生效的设置及其来源（inkout.toml、环境变量）",
    ),
    ("config schema", "inkout.toml 的 JSON schema，供编辑器使用"),
    ("doctor", "说明这个程序和这台机器能做什么，不能做的怎么办"),
    ("completions", "输出某个 shell 的补全脚本"),
    ("completions/shell", "哪个 shell"),
    ("man", "输出手册页"),
    ("scan", "查找个人与金融信息，并清点每一个文件"),
    (
        "scan/format",
        "标准输出的格式：summary 摘要，jsonl 每行一个 JSON，csv 发现清单",
    ),
    ("scan/explain", "在摘要之前列出每处发现及其理由"),
    (
        "scan/all_findings",
        "清单里保留每一处发现，而不只是计数和样例",
    ),
    ("scan/samples", "每条规则、每个位置保留的掩码样例数"),
    (
        "scan/fail_on",
        "何时以 1 退出：any 任何发现、某级别（C1、C2、C3）及以上、规则编号、标签、总数，或 never（可重复，符合其一即可）",
    ),
    (
        "scan/binary",
        "没有读取器的文件：skip 略过，strings 查找其中的文字（仍记为未读）",
    ),
    ("scan/restart", "作业文件夹里有未完成的扫描时，重新开始"),
    ("scan/full", "全部重读，不沿用上次扫描里没有变化的文件"),
    ("redact", "写出同格式的脱敏副本，逐个核验后才放行"),
    (
        "redact/out",
        "存放副本和 manifest.json 的新文件夹或空文件夹",
    ),
    (
        "redact/mask_profile",
        "掩码方式：strict、display、label、token、remove 或 pseudonym",
    ),
    (
        "redact/pictures",
        "图片和录音（内容不读取）：blank 换成空白，withhold 不出副本，keep 保留（未读！）",
    ),
    (
        "redact/objects",
        "无法脱敏的宏、控件和嵌入文件：blank、withhold 或 keep（未读！）",
    ),
    ("text", "逐段打印扫描器读到的文字及其位置（显示原值！）"),
    ("text/files", "文件"),
    ("rules", "列出、显示、检查、测试和导入规则"),
    ("rules list", "列出规则：编号、级别、名称、自有规则的文件"),
    (
        "rules list/filter",
        "只列编号或名称里有此文字、或带此标签的规则",
    ),
    ("rules show", "显示规则的全部内容"),
    ("rules show/ids", "规则编号"),
    ("rules check", "读取自己的规则文件，运行其例子，指出错误"),
    ("rules check/files", "自己的规则文件或文件夹"),
    ("rules test", "运行规则的例子，或显示在一段文字里找到什么"),
    ("rules test/ids", "规则编号（默认：全部）"),
    (
        "rules test/input",
        "显示在此文本文件里找到什么（UTF-8；- 为标准输入），不运行例子",
    ),
    (
        "rules digest",
        "为允许清单生成值的摘要（从标准输入，每行一个）",
    ),
    (
        "rules digest/salt",
        "摘要所属文件的 allow_salt（默认：新的）",
    ),
    (
        "rules import",
        "导入其他扫描器的规则文件（gitleaks TOML），并说明不能导入的",
    ),
    ("rules import/file", "gitleaks 的规则文件"),
    ("rules import/out", "新的规则文件"),
];
