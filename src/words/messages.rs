//! The messages, both languages side by side.

/// Makes an enum of messages. `{}` takes the next argument, `{0}` the first: see [`super`].
macro_rules! messages {
    ($(#[$about:meta])* $of:ident; $($name:ident: $zh:literal, $en:literal;)*) => {
        $(#[$about])*
        #[allow(clippy::doc_markdown, reason = "the documentation is the message itself")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $of {
            $(#[doc = $en] $name,)*
        }

        impl $of {
            /// All messages.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Chinese and English.
            pub(super) fn texts(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }

            /// The text in a language, with its gaps unfilled.
            pub fn text(self, language: $crate::words::Language) -> &'static str {
                let (zh, en) = self.texts();
                language.pick(zh, en)
            }

            /// The text with its gaps filled. A gap without an argument stays as it is.
            pub fn fill(
                self,
                language: $crate::words::Language,
                arguments: &[&dyn std::fmt::Display],
            ) -> String {
                $crate::words::fill(self.text(language), arguments)
            }
        }
    };
}
pub(super) use messages;

messages! {
    /// A message for people about scans and copies. Its English text stands beside each.
    Word;

    // The summary.
    SummaryTitle: "扫描结果", "Scan result";
    Verdict: "结论", "In short";
    VerdictClean: "没有发现需要处理的个人或金融信息，全部内容都已读取。",
        "No personal or financial data was found, and everything was read.";
    VerdictCleanIncomplete: "读到的内容里没有发现个人或金融信息，但有内容没有读到，不能当作“没有”。",
        "Nothing was found in what was read, but not everything was read: this is no proof of absence.";
    VerdictFindings: "在 {} 个文件里发现 {} 处个人或金融信息；全部内容都已读取。",
        "{1} items of personal or financial data in {0} files; everything was read.";
    VerdictFindingsIncomplete: "在 {} 个文件里发现 {} 处个人或金融信息；另有内容没有读到（见下）。",
        "{1} items of personal or financial data in {0} files; some content was not read (see below).";
    VerdictButLeftOut: "（按要求略过的除外）", "(But for what was left out on purpose.)";
    Totals: "总计", "Totals";
    TotalFiles: "文件 {} 个，共 {}", "{} files, {}";
    TotalMembers: "压缩包和文档内的成员 {} 个", "{} members inside archives and documents";
    TotalStates: "读完 {}，部分读取 {}，未读 {}，按要求略过 {}",
        "read {}, partly read {}, not read {}, left out on purpose {}";
    TotalClashes: "扩展名与内容不符的文件和成员 {} 个", "{} files or members are not what their names claim";
    Classes: "按级别", "By class";
    ClassesNote: "级别按 JR/T 0171-2020；“敏感”指《个人信息保护法》第二十八条的敏感个人信息",
        "Classes of JR/T 0171-2020; \"sensitive\" is sensitive personal information, PIPL article 28";
    ColumnClass: "级别", "Class";
    ColumnFound: "发现", "Found";
    ColumnDistinct: "不同值", "Distinct";
    ColumnFiles: "文件", "Files";
    ColumnType: "类型", "Type";
    ColumnTop: "最高可信度", "Surest";
    Sensitive: "敏感", "sensitive";
    NoClass: "未定级", "none";
    Categories: "按法律与标准", "By law and standard";
    CategoriesNote: "同一处发现可属多类；标“凭记忆”的对应关系未与标准原文核对",
        "One finding may be of several classes; what is marked \"from memory\" was not compared with the standard's text";
    FromMemory: "（凭记忆）", " (from memory)";
    Combined: "姓名、证件和账户同在一个文件的：{} 个文件（合在一起比各自更敏感）",
        "Names, identity documents and accounts together in one file: {} files (together they are graver than each alone)";
    ColumnCategory: "类别", "Class of data";
    ColumnSource: "依据", "Source";
    ExplainFinding: "{}：{}，可信度 {}%（规则 {}）", "{}: {}, {} % sure (rule {})";
    ExplainTags: "属于：{}", "classes: {}";
    WhyShape: "形状符合", "the shape fits";
    WhyCheck: "校验位或结构成立", "a check digit or a checked structure holds";
    WhyNear: "附近有说明它的词", "a word nearby says so";
    WhyLabel: "紧挨在前的标签说明它", "the label directly before it says so";
    WhyHeader: "列名或键名说明它", "the header of the column, or the key, says so";
    WhyColumn: "同列大多数单元格都是此类", "most cells of the column are such values";
    WhyAgainst: "附近有反对的词（已扣分）", "a word nearby speaks against it (points were taken off)";
    WhyRounded: "数字单元格丢失了末尾几位", "a number cell lost the last digits";
    WhyFolded: "由全角、分隔、不可见字符或跨行的写法还原", "joined over full-width forms, separators, invisible characters or a line end";
    WhyDamaged: "本身残缺，但所在列是此类", "damaged itself, but the column is of this kind";
    WhyInName: "出现在文件名或成员名里", "it stands in the name of a file or member";
    WhyNeighbour: "同一行有其他值支持", "another value in the same row supports it";
    Types: "发现了什么", "What was found";
    TypesMore: "另有 {} 种类型，共 {} 处", "{} more types, {} findings";
    EstimateNote: "“≈”为估算，误差约 2%", "\"≈\": estimated, within about 2 %";
    Riskiest: "风险最高的文件", "Riskiest files";
    RiskItem: "{} {} 处（{} 个不同值）", "{} × {} ({} distinct)";
    RiskSame: "{} {} 处", "{} × {}";
    RiskMore: "等共 {} 种", "{} types in all";
    NotRead: "没有读到的内容", "What was not read";
    NotReadNote: "下列内容可能含有个人信息，只是没有读到：",
        "These may hold personal data; they were not read:";
    LeftOut: "按要求略过", "Left out on purpose";
    ReasonLine: "{}：{} 处", "{}: {}";
    ReasonAdvice: "怎么办：{}", "What to do: {}";
    ReasonMore: "另有 {} 处", "{} more";
    NoGaps: "没有：全部内容都已读取。", "Nothing: all content was read.";
    Conditions: "结束状态", "How it ended";
    ExitCode: "退出码 {}", "exit code {}";
    Where: "结果在哪里", "Where the results lie";
    WhereJob: "作业目录：{}（含原始路径和作业密钥，只有本人可读，请勿外发）",
        "Job folder: {} (holds raw paths and the job's key; readable by you alone, do not send it on)";
    NextSteps: "下一步", "Next steps";
    NextReport: "在浏览器里查看并复核：", "Look at it in a browser, and review it:";
    NextRedact: "生成脱敏副本（原文件不动）：", "Make redacted copies (originals are not touched):";
    NextText: "看扫描程序从某个文件读到了什么（会显示原值）：",
        "See what the scanner reads from a file (shows values in clear):";
    NextGaps: "处理上面没有读到的内容后再扫描一次：", "Deal with what was not read, then scan again:";
    NextAll: "列出每一处发现：", "List every single finding:";
    OutputFolder: "输出目录", "OUTPUT";
    SomeFile: "某个文件", "FILE";
    SomePath: "路径", "PATH";

    // Conditions of the end.
    ConditionClean: "正常：没有达到 --fail-on 的发现，该读的都已读取",
        "Clean: nothing at or above --fail-on, and all that was to be read was read";
    ConditionFindings: "有发现：达到 --fail-on 的个人或金融信息", "Findings: identifiers at or above --fail-on";
    ConditionUsage: "参数、配置或规则有误，什么都没有做", "Usage: bad arguments, configuration or rules; nothing was touched";
    ConditionIncomplete: "不完整：有内容未读或只读了一部分，或有操作失败",
        "Incomplete: something was not read or only partly, or an action failed";
    ConditionRefused: "被拒绝：策略、审批、保全或文件有变", "Refused: policy, approval, hold, or a changed file";
    ConditionUnproved: "未能证实：有残留，或摘要、签名、审计链不符",
        "Unproved: residue, or a digest, signature or trail that does not hold";
    ConditionFailed: "失败：被系统中止", "Failed: stopped by the system";
    ConditionInterrupted: "被中断；用同样的命令和 --job 可以接着做", "Interrupted; the same command with --job goes on from there";

    // States.
    StateRead: "已读", "read";
    StatePartly: "部分读取", "partly read";
    StateUnread: "未读", "not read";

    // Gaps: what it is, what to do.
    GapUnreadable: "打不开或读不出", "Cannot be opened or read";
    GapUnreadableDo: "检查权限或磁盘；用有读取权限的账户再扫描。",
        "Check rights and the disk; scan again as a user who may read it.";
    GapChanged: "读取时被修改或消失", "Changed or vanished while it was read";
    GapChangedDo: "等写入的程序停下来，或对快照扫描。", "Scan when nobody writes there, or scan a snapshot.";
    GapSpecial: "不是普通文件（设备、管道、套接字）", "Not a regular file (device, pipe, socket)";
    GapSpecialDo: "这类对象不存储内容，一般不用处理；确认它为什么在共享里。",
        "It stores no content; usually nothing to do but to ask why it is there.";
    GapLink: "符号链接，不跟随", "A symbolic link, not followed";
    GapLinkDo: "如果目标不在扫描范围内，请把目标路径加到命令里。",
        "When its target is not scanned already, add the target to the command.";
    GapLoop: "已经走过的目录（循环）", "A folder that was walked already (loop)";
    GapLoopDo: "内容已在别处读取，检查一下挂载或链接即可。",
        "Its content was read elsewhere; check mounts and links.";
    GapOtherFileSystem: "在别的文件系统上", "On another file system";
    GapOtherFileSystemDo: "如需扫描，去掉 --one-file-system 或单独扫描。",
        "To scan it, leave out --one-file-system or scan it by itself.";
    GapExcluded: "按 --include/--exclude 略过", "Left out by --include or --exclude";
    GapExcludedDo: "如需扫描，修改 --include/--exclude。", "To scan it, change --include or --exclude.";
    GapEncrypted: "有密码", "Needs a password";
    GapEncryptedDo: "向文件所有者要密码：zip、7z、PDF、Office 用 --password-file 带上密码再扫描，其他解密后放回再扫描；不能确认前按含有敏感信息处理。",
        "Ask its owner for the password: give it with --password-file (zip, 7z, PDF, Office), decrypt others, and scan again; until then treat it as sensitive.";
    GapUnsupported: "不支持的格式", "Format not supported";
    GapUnsupportedDo: "转换成支持的格式（如另存为 xlsx、csv）再扫描，或人工检查。",
        "Convert it (save as xlsx or csv) and scan again, or look by hand.";
    GapCorrupt: "损坏，或与所称格式不符", "Damaged, or not what it claims to be";
    GapCorruptDo: "用原来的程序打开看看；能打开就另存后再扫描。",
        "Try to open it with its own program; if that works, save it anew and scan again.";
    GapUndecodable: "文字编码无法识别", "Text in an unknown encoding";
    GapUndecodableDo: "用编辑器另存为 UTF-8 后再扫描。", "Save it as UTF-8 with an editor and scan again.";
    GapImage: "图片，不识别文字", "Pictures: their text is not read";
    GapImageDo: "扫描件、身份证照片要人工检查，或先做文字识别。",
        "Look at scans and photographs of papers by hand, or recognise their text first.";
    GapOpaque: "文件里有读不懂的部分", "Parts that no reader knows";
    GapOpaqueDo: "用原来的程序打开检查，或另存为简单格式再扫描。",
        "Look with its own program, or save it in a simpler format and scan again.";
    GapLimit: "超过限制（大小、层数、数量或压缩比）", "Past a limit (size, depth, number or expansion)";
    GapLimitDo: "确认不是压缩炸弹后，解压出来再扫描。",
        "When it is no bomb, unpack it and scan again.";
    GapTimeout: "花的时间太长", "Took too long";
    GapTimeoutDo: "单独扫描这个文件，或拆小后再扫描。", "Scan it by itself, or in smaller pieces.";
    GapSigned: "有数字签名，副本会失去签名", "Signed: a copy loses its signature";
    GapSignedDo: "内容已读取；生成副本前先确认可以失去签名。",
        "It was read; make sure a copy may lose its signature.";
    GapCrashed: "读取程序出错", "The reader failed";
    GapCrashedDo: "这是程序的缺陷，请报告格式和大小（不要附文件）；文件请人工检查。",
        "This is a defect of the program: report format and size (not the file), look at it by hand.";

    GapDropped: "读不懂，副本里已去掉或换成空白", "Could not be read: the copy goes without it or has a blank one";
    GapDroppedDo: "如需保留，人工检查后用 --pictures keep 或 --objects keep。",
        "To keep it, look at it by hand and then use --pictures keep or --objects keep.";
    GapKept: "读不懂，按要求原样保留在副本里", "Could not be read: kept in the copy, as asked";
    GapKeptDo: "交出副本前要人工检查这些部分。", "Look at these parts by hand before the copy is handed over.";

    // Formats.
    FormatText: "文本", "text";
    FormatCsv: "CSV 表格", "CSV table";
    FormatJson: "JSON 数据", "JSON data";
    FormatXml: "XML 数据", "XML data";
    FormatHtml: "网页", "web page";
    FormatXlsx: "Excel 工作簿", "Excel workbook";
    FormatXls: "Excel 97-2003 工作簿", "Excel 97-2003 workbook";
    FormatXlsb: "Excel 二进制工作簿", "Excel binary workbook";
    FormatOds: "ODS 表格", "ODS spreadsheet";
    FormatDocx: "Word 文档", "Word document";
    FormatPptx: "PowerPoint 演示文稿", "PowerPoint presentation";
    FormatOdt: "ODT 文档", "ODT document";
    FormatOdp: "ODP 演示文稿", "ODP presentation";
    FormatRtf: "RTF 文档", "RTF document";
    FormatDoc: "Word 97–2003 文档", "Word 97–2003 document";
    FormatPpt: "PowerPoint 97–2003 演示文稿", "PowerPoint 97–2003 presentation";
    FormatPdf: "PDF 文档", "PDF document";
    FormatZip: "ZIP 压缩包", "ZIP archive";
    FormatParquet: "Parquet 列存表", "Parquet table";
    FormatArrow: "Arrow 或 Feather 列存表", "Arrow or Feather table";
    FormatAvro: "Avro 数据文件", "Avro data file";
    FormatDbf: "DBF 数据表", "DBF table";
    FormatMemo: "DBF 备注文件", "DBF memo file";
    FormatSqlite: "SQLite 数据库", "SQLite database";
    FormatSql: "SQL 脚本", "SQL script";
    FormatOfd: "OFD 文档", "OFD document";
    FormatMail: "邮件", "mail message";
    FormatMailbox: "邮箱归档", "mailbox";
    FormatTar: "tar 归档", "tar archive";
    FormatPacked: "压缩文件", "compressed file";
    FormatSevenZip: "7z 压缩包", "7z archive";
    FormatCard: "电子名片", "contact card";
    FormatCalendar: "日历", "calendar";
    FormatSettings: "配置文件", "configuration file";
    FormatOutlook: "Outlook 邮件", "Outlook message";
    FormatLocked: "加密的 Office 文件", "encrypted Office file";
    FormatTnef: "Outlook 附件包 winmail.dat（TNEF）", "Outlook winmail.dat (TNEF)";
    FormatImage: "图片", "picture";
    FormatUnknown: "未知格式", "unknown format";

    // The command line.
    JobFolder: "作业目录：{}", "job folder: {}";
    JobResumed: "接着上次未完成的扫描，已有 {} 个文件", "going on with an unfinished scan, {} files are done";
    JobKept: "已提交的结果保存在 {}；再次运行同样的命令并加上 --job {} 可以接着扫描",
        "what was done is kept in {}; the same command with --job {} goes on from there";
    Scanning: "正在扫描", "scanning";
    Redacting: "正在脱敏", "redacting";
    Checking: "正在检查副本", "checking copies";
    ProgressFiles: "{}/{} 个文件", "{}/{} files";
    ProgressEta: "剩余 {}", "{} left";
    ShowsValues: "注意：下面显示原值。", "Note: values are shown in clear below.";
    Error: "错误：{}", "error: {}";
    Warning: "警告：{}", "warning: {}";
    Hint: "提示：{}", "hint: {}";
    NotAFolder: "{} 不是文件夹", "{} is no folder";
    NoSuchFolder: "没有这个文件夹：{}", "no such folder: {}";
    Panicked: "inkout 内部出错，结果不完整；请报告这个问题（原因里可能有数据，没有显示）", "inkout failed inside, and what it wrote is not whole; please report it (why is not shown, since it could quote data)";
    NoSuchPath: "没有这个路径：{}", "no such path: {}";
    PathTwice: "路径 {} 已包含在 {} 里，只扫描一次", "{} lies within {}: it is scanned once";
    JobInside: "作业目录在被扫描的目录里，已从扫描中排除：{}",
        "the job folder lies inside what is scanned and is left out: {}";
    OutInside: "输出目录不能在被处理的目录里：{}", "the output folder must not lie inside what is read: {}";
    OutNotEmpty: "输出目录不是空的：{}", "the output folder is not empty: {}";
    BadGlob: "通配符有误：{}", "bad glob: {}";
    BadOption: "选项 {} 的值有误：{}", "bad value for {}: {}";
    BadRules: "规则文件有误：{}", "bad rules: {}";
    StoreLocked: "作业目录正被另一次运行使用；等它结束，或用 --job 指定别的目录",
        "the job folder is in use by another run; wait for it or name another with --job";
    StoreExists: "作业目录里已有完成的结果；用 --job 指定别的目录，或先移走它",
        "the job folder holds a finished inventory; name another with --job, or move it away";
    StoreAbsent: "作业目录 {0} 里没有扫描结果；先用 inkout scan 扫描，或用 --job 指定作业目录", "the job folder {0} holds no inventory: scan into it first, or name another one with --job";
    StoreDifferent: "作业目录里未完成的扫描与这次不同（{}）；用同样的命令接着做，或用 --job 指定别的目录",
        "the unfinished scan in the job folder differs ({}); use the same command, or name another folder with --job";
    StoreForeign: "作业目录里的 inventory.db 不是扫描结果，没有动它", "inventory.db in the job folder is not an inventory; it was left alone";
    StoreSchema: "扫描结果的格式版本是 {}，本程序只认识 {}；请用写它的版本打开",
        "the inventory has schema {}, this program knows {}; use the version that wrote it";
    StoreCorrupt: "扫描结果已损坏：{}；请重新扫描到新的作业目录",
        "the inventory is damaged: {}; scan again into a new job folder";
    StoreFull: "作业目录所在的磁盘已满；腾出空间后用同样的命令接着扫描",
        "the disk of the job folder is full; make room, then the same command goes on";
    StoreKey: "作业密钥缺失或损坏，不能接着用这个作业目录", "the job's key is missing or damaged: this job folder cannot be continued";
    StoreOther: "作业目录不能使用：{}", "the job folder cannot be used: {}";
    WriteFailed: "写不出结果：{}", "the result cannot be written: {}";
    Interrupted: "已中断", "interrupted";
    RedactDone: "已生成 {} 个副本，原样复制 {} 个，扣留 {} 个", "{} copies redacted, {} copied as they are, {} withheld";
    Withheld: "扣留：{}（{}）", "withheld: {} ({})";
    CopiesLessened: "其中 {} 份副本不含读不了的内容（图片换成空白，宏、嵌入对象等略去；逐份见 manifest.json）",
        "{} of the copies go without what could not be read (pictures blank, macros and objects left out; manifest.json says which)";
    CopiesConverted: "其中 {} 份换了格式，只有文字（doc、ppt 转成 docx，xlsb 转成 xlsx）",
        "{} of the copies are in another format, with the text alone (doc and ppt as docx, xlsb as xlsx)";
    PathsHidden: "扫描时用了自己的规则文件，现在找不到，或已不同：提示里不显示路径。用 --rules 给出它们",
        "the scan was made with own rule files that are not where they were, or are others now: paths are not shown. Give them with --rules";
    CopyUnwritten: "副本写不出来；原文件没有问题 (unwritten)", "The copy could not be written; nothing is wrong with the file (unwritten)";
    ResidueLeft: "副本里仍有原值 (residue)", "A value was still in the copy (residue)";
    ManifestAt: "清单：{}", "manifest: {}";

    // Rules.
    RuleId: "规则：{}", "rule: {}";
    RuleTitle: "名称：{}", "title: {}";
    RuleFile: "来自：{}", "from: {}";
    RuleStandard: "依据：{}", "standard: {}";
    RuleTags: "标签：{}", "tags: {}";
    RuleForm: "写法：{}", "form: {}";
    RuleLabels: "紧挨在前的词：{}", "labels: {}";
    RuleNear: "附近的词：{}", "words nearby: {}";
    RuleAgainst: "反对的词：{}", "words against: {}";
    RuleHeaders: "列名：{}", "column headers: {}";
    RuleRefuse: "含有则不算：{}", "not when it holds: {}";
    RulePoints: "分值：{}", "points: {}";
    RulePositive: "应发现：{}", "finds: {}";
    RuleNegative: "不应发现：{}", "does not find: {}";
    RulesCount: "{} 条规则；规则集摘要 {}", "{} rules; digest of the rule set {}";
    NoSuchRule: "没有规则 {}；用 inkout rules list 查看", "there is no rule {}; see inkout rules list";
    RuleNoExamples: "规则 {} 没有例子；写上应发现和不应发现的例子，rules check 就会替你验证",
        "rule {} has no examples; give some of both kinds and rules check will try them";
    RulesChecked: "自定义规则 {} 条，放行条目 {} 条，没通过的例子 {} 个", "{} own rules, {} allow entries, {} failing examples";
    RulesTested: "规则 {} 条，没通过的例子 {} 个", "{} rules, {} failing examples";
    RulesFound: "发现 {} 处", "{} findings";
    ExampleMissed: "规则 {}：在“{}”里应当恰好发现“{}”", "rule {}: \"{}\" should give exactly \"{}\"";
    ExampleFound: "规则 {}：在“{}”里不应有发现", "rule {}: \"{}\" should give nothing";
    RulesUnreadable: "读不了 {}：{}；检查路径和权限", "cannot read {}: {}; check path and rights";
    RulesFolderEmpty: "目录 {} 里没有 .toml、.txt 或 .list 规则文件", "the folder {} holds no .toml, .txt or .list file";
    RulesTooLarge: "{}：规则文件合计超过 {} MiB；拆分或删减", "{}: the rule files are larger than {} MiB together; split or shorten them";
    RulesNotUtf8: "{} 不是 UTF-8 文本；用编辑器另存为 UTF-8", "{} is not UTF-8 text; save it as UTF-8";
    BadRuleFile: "规则文件有误：{}。怎么办：{}", "bad rule file: {}. What to do: {}";
    BadRuleField: "{}：规则 {} 的 {} 有误（{}）。怎么办：{}", "{}: rule {}: {}: {}. What to do: {}";
    AdviceFile: "对照 docs/rules.md 里的例子检查这一处的写法", "compare this place with the examples in docs/rules.md";
    AdviceId: "写成“组.名称”的小写形式，如 own.badge，并且不与别的规则重名",
        "write it as group.name in small letters, like own.badge, and use no id twice";
    AdvicePattern: "pattern 只写数字、大写字母、字符类和次数；其他写法请用 regex",
        "a pattern has digits, capitals, classes and counts only; use regex for anything else";
    AdviceRegex: "简化表达式：不支持环视和反向引用，次数不要太大，不能匹配空串",
        "simplify the expression: no look-around, no back-references, small counts, never empty";
    AdviceForms: "开头写三个固定的字母或数字，用 (m,n) 限定长度", "begin with three fixed letters or digits and bound all lengths with (m,n)";
    AdviceNames: "改用文档中列出的名字；inkout rules show 可查看现有规则怎么写",
        "use one of the documented names; inkout rules show tells how other rules do it";
    AdviceAllow: "每条放行都要写 reason 和 until（日期或 never），并至少限定规则、路径或值之一",
        "each entry needs a reason and until (a day or never), and at least a rule, a path or values";
    AdvicePoints: "分值 0 到 100（against 为负）；50 分起才会报告", "points are 0 to 100 (against is negative); findings are reported from 50 on";
    AllowEnded: "{} 第 {} 条放行已于 {} 到期，不再生效（理由：{}）；更新日期或删除它",
        "{}: allow entry {} ended on {} and no longer holds (reason: {}); renew or remove it";
    AllowNoRule: "{} 第 {} 条放行：没有规则 {}；用 inkout rules list 查看", "{}: allow entry {}: there is no rule {}; see inkout rules list";
    AllowedCount: "按放行清单略过 {} 处", "{} findings were left out by allow lists";
    ImportExists: "写不出 {}：{}；换一个还不存在的文件名", "cannot write {}: {}; name a file that does not exist yet";
    Imported: "取用 {} 条规则，写入 {}；另有 {} 项没有取用（见上）", "{} rules taken over into {}; {} items were not (see above)";
    ImportPathOnly: "没有取用：只按文件路径判断，本程序看内容", "not taken over: it judges paths only, this program reads content";
    ImportNoRegex: "没有取用：没有 regex", "not taken over: it has no regex";
    ImportRegex: "没有取用：表达式不能用（{}）", "not taken over: the regex cannot be used ({})";
    ImportEmpty: "没有取用：表达式能匹配空串", "not taken over: the regex can match nothing at all";
    ImportPath: "规则已取用，但路径条件没有：它对所有文件生效", "the rule was taken over without its path: it holds for all files";
    ImportAllowedPaths: "放行的路径是正则，没有取用；在 [[allow]] 里用通配符 path 重写",
        "allowed paths are regexes and were not taken over; write them as globs (path) in [[allow]]";
    ImportCommits: "放行的提交没有取用：本程序不读版本历史", "allowed commits were not taken over: no history is read here";
    ImportAllowedRegex: "放行的正则没有取用；只取用普通文字", "an allowed regex was not taken over; only plain text is";
    ImportCondition: "要求全部条件同时成立的放行没有取用", "an allow list with an AND condition was not taken over";
    ImportExtended: "引用的其他规则没有取用；请单独导入那个文件", "rules of another file were not taken over; import that file by itself";
    ImportUnknown: "不认识的字段，没有取用", "an unknown field was not taken over";
}
