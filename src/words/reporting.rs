//! Messages about reports.

use super::messages::messages;

messages! {
    /// A message for people about reports.
    ReportWord;

    // All reports.
    Title: "个人信息盘点报告", "Personal data inventory";
    Of: "范围：{}；扫描开始于 {}", "Of {}; scan begun {}";
    Files: "文件", "Files";
    File: "文件", "File";
    FilesWithFindings: "有发现的文件", "Files with findings";
    Findings: "发现", "Findings";
    FalseAlarms: "判为误报", "Called false alarms";
    Persons: "涉及的个人", "Persons affected";
    AtLeast: "≥ {}（下限）", "≥ {} (at least)";
    AtLeastEstimated: "≥ {}（下限，估算）", "≥ {} (at least, estimated)";
    NotWhollyRead: "没有读完的文件", "Files not wholly read";
    LeftOutFiles: "按要求略过", "Left out on purpose";
    Level: "级别", "Level";
    Exposure: "暴露值", "Exposure";
    Size: "大小", "Size";
    Why: "原因", "Why";
    WhatToDo: "怎么办", "What to do";
    MadeBy: "由 inkout {} 生成；规则集摘要 {}；生成时间 {}", "Made by inkout {}; rule set {}; made {}";
    MoreRows: "另有 {} 种没有列出。", "{} more are not listed.";
    MoreGaps: "另有 {} 处没有读到，没有一一列出", "{} more gaps are not listed one by one";
    FindingAt: "{0}：{1}，位于 {2}，可信度 {3}%", "{0}: {1} at {2}, {3} % sure";
    FoundAt: "{0}：{1} 处（{2} 个不同值），位于 {3}", "{0}: {1} found ({2} different) in {3}";
    InColumn: "，第 {0} 列", ", column {0}";
    InNamedColumn: "，第 {0} 列“{1}”", ", column {0} \"{1}\"";
    ForExample: "，例如 {}", ", for example {}";
    FailureMessage: "{} 处个人或金融信息", "{} items of personal or financial data";
    RuleLine: "{0}（{1}）：{2} 处，{3} 个不同值", "{0} ({1}): {2} found, {3} different";
    CoverageCase: "覆盖", "coverage";
    NeedsScript: "此报告需要启用 JavaScript 才能显示；所有数据都在本文件内，不访问网络。",
        "This report needs JavaScript to be shown; all its data are in this file and nothing is fetched.";

    // The workbook.
    SheetSummary: "汇总", "Summary";
    SheetFiles: "文件", "Files";
    SheetColumns: "数据列", "Columns";
    SheetPersons: "个人", "Persons";
    SheetGaps: "未读内容", "Not read";
    Scanned: "扫描范围", "Scanned";
    Started: "扫描开始", "Scan begun";
    Ended: "扫描结束", "Scan ended";
    NotEnded: "中断，结果不全", "cut off: not complete";
    Made: "报告生成", "Report made";
    Version: "程序版本", "Version of the program";
    RulesDigest: "规则集摘要", "Digest of the rule set";
    Path: "路径", "Path";
    Class: "JR/T 0171 级别", "JR/T 0171 class";
    Place: "位置", "Place";
    RuleName: "规则", "Rule";
    ByIntentShort: "是否按要求", "On purpose";
    Yes: "是", "yes";
    Remarks: "说明", "Remarks";
    Group: "用户组", "Group";
    RightsShort: "权限", "Rights";
    RowsLeftOut: "另有 {} 行超出本表上限，没有写入；完整清单请用 csv 或 jsonl 格式导出",
        "{} more rows are past the limit of this sheet; the formats csv and jsonl have all of them";
    MembersHead: "内部成员", "Members inside";
    Different: "{} 个不同值", "{} different values";
    DifferentShort: "{} 个不同值", "{} different";

    // The page: frame.
    Overview: "总览", "Overview";
    Contents: "目录", "Contents";
    SkipToFiles: "跳到文件列表", "Skip to the files";
    Theme: "配色", "Colours";
    ThemeAuto: "配色：自动", "Colours: auto";
    ThemeLight: "配色：浅色", "Colours: light";
    ThemeDark: "配色：深色", "Colours: dark";
    Print: "打印", "Print";
    Close: "关闭", "Close";
    ShowAll: "显示全部 {} 行", "Show all {} rows";
    ShowFewer: "收起", "Show fewer";
    Any: "不限", "Any";
    None: "没有", "None";
    Name: "名称", "Name";
    What: "对象", "What";

    // The page: overview.
    MembersCount: "内部成员 {} 个", "{} members inside";
    OfFiles: "的文件", "of all files";
    PersonsBelow: "按身份证件计的最少人数", "by identity documents, at least";
    WithFindingsIn: "其中发现 {} 处", "{} findings in them";
    CutOff: "扫描被中断，下面只是已扫描的部分。", "The scan was cut off: this is only what had been scanned.";
    CombinedFiles: "{} 个文件同时含有姓名、证件和账户，合在一起更敏感。",
        "{} files hold names, identity documents and accounts together, which is graver than each alone.";
    FalseAlarmsOut: "已按审核结论略去误报 {} 处。", "{} findings were left out as false alarms, by decision of a reviewer.";

    // The page: coverage.
    Coverage: "覆盖", "Coverage";
    CoverageTitle: "读到了多少，哪些没读到", "What was read, and what was not";
    CoverageIntro: "没有读到不等于没有个人信息。每个没有读完的文件都在这里，并说明原因和处理办法。",
        "What was not read may still hold personal data. Every file that was not wholly read is accounted for here, with the reason and the remedy.";
    HowMuch: "覆盖台账", "Coverage ledger";
    Bytes: "字节", "Bytes";
    WhyNot: "没有读到的原因", "Why something was not read";
    ByIntent: "按要求", "on purpose";
    LargestOfThem: "其中最大的", "The largest of them";
    Places: "处数", "Places";
    ShowFiles: "查看文件", "Show files";

    // The page: types.
    Types: "类型", "Types";
    TypesTitle: "发现了什么", "What was found";
    TypesIntro: "点击数字查看对应的文件；最右一列可以对某一类全部发现作出审核结论。",
        "Click a number to see the files. The last column decides about all findings of a type at once.";
    ByClass: "按 JR/T 0171 级别", "By class of JR/T 0171";
    ByType: "按类型", "By type";
    ByLaw: "按法律与标准", "By law and standard";
    ByFormat: "按格式", "By format";
    ByOwner: "按所有者", "By owner";
    ByFolder: "按目录", "By folder";
    InFiles: "{} 个文件", "in {} files";
    NotWhollyReadShort: "未读完", "Not read";
    DecisionAll: "全部判为", "Decide all";
    NothingFound: "没有发现", "Nothing found";

    // The page: map.
    Map: "分布图", "Map";
    MapTitle: "风险在哪里", "Where the risk lies";
    MapIntro: "每一块是一个目录或文件：面积是暴露值，颜色是最高级别，右下缺角表示有内容没读完。点击目录进入下一层，点击文件看详情。",
        "Each area is a folder or a file: its size is the exposure, its colour the highest level; a notched corner means that something was not read. Click a folder to go deeper, a file for details.";
    AreaBy: "面积表示", "Area by";
    WholeShare: "全部", "Everything";
    OtherItems: "其余 {} 项", "{} others";
    ShowTheseFiles: "查看这 {} 个文件", "Show these {} files";
    NothingToMap: "这里没有可以画出的内容。", "There is nothing to draw here.";

    // The page: files.
    FilesTitle: "文件清单", "Files one by one";
    FilesIntro: "筛选、排序、搜索；按回车看详情并作出审核结论。", "Filter, sort and search; press Enter for details and decisions.";
    RiskiestTitle: "风险最高的文件", "Riskiest files";
    SearchFiles: "搜索路径或文件编号（按 / 键）", "Search path or file id (press /)";
    WhichFiles: "哪些文件", "Which files";
    WithFindings: "有发现", "With findings";
    AllFiles: "全部文件", "All files";
    Format: "格式", "Format";
    Reach: "谁能读", "Readable by";
    ReachWorld: "所有人可读", "Readable by everybody";
    ReachGroup: "同组可读", "Readable by the group";
    ReachOwner: "只有所有者可读", "Readable by the owner alone";
    Orphan: "所有者已不存在", "Owner no longer exists";
    Age: "多久没改", "Age";
    OlderThan: "{} 年以上未修改", "Not changed for {} years";
    Owner: "所有者", "Owner";
    OwnerAndRights: "所有者与权限", "Owner and rights";
    Changed: "最后修改", "Last changed";
    DaysAgo: "扫描时已 {} 天", "{} days before the scan";
    FilesOf: "{} / {} 个文件", "{} of {} files";
    ChosenFiles: "选中 {} 个文件", "{} files chosen";
    AllShownFiles: "列出的 {} 个文件", "All {} listed files";
    Choose: "选择", "Choose";
    ChooseNone: "取消选择", "Choose none";
    MarkAs: "判为…", "Decide…";
    RemoveFilter: "去掉筛选条件：{}", "Remove the filter {}";
    ResetFilters: "清除筛选", "Reset filters";
    NoFilesFit: "没有符合条件的文件。", "No file fits.";
    KeysHelp: "键盘：↑↓ 移动，回车看详情，空格选择；c 属实，f 误报，h 移交，s 封存，e 销毁，x 撤销。",
        "Keys: ↑↓ move, Enter opens, Space chooses; c confirmed, f false alarm, h hand over, s seal, e erase, x undo.";
    MoreFilesNote: "另有 {} 个文件没有一一列出（暴露值较低），已计入目录和各项合计；完整清单请用 csv 或 jsonl 格式。",
        "{} more files of lesser exposure are not listed one by one; they count in their folders and in all sums. The formats csv and jsonl have all of them.";
    NameClaimsOther: "扩展名与内容不符", "The name claims another format";
    Folder: "目录", "Folder";
    Members: "内部成员", "Members inside";
    Member: "成员", "Member";
    FileId: "文件编号（密钥摘要）", "File id (keyed)";
    CombinedNote: "姓名、证件和账户同在这个文件里：暴露值加倍。",
        "Names, identity documents and accounts stand together in this file: its exposure counts twice.";
    WholeFile: "对整个文件的结论", "Decision about the whole file";
    FoundInIt: "发现了什么", "What was found in it";
    NoDetails: "此文件的位置和样例没有放进本页（为控制大小）；csv 或 jsonl 格式里有。",
        "Places and samples of this file are left out of this page to keep it small; the formats csv and jsonl have them.";
    Where: "在什么位置", "Where it stands";
    MorePlaces: "另有 {} 处位置没有列出。", "{} more places are not listed.";
    NotReadHere: "没有读到的部分", "What was not read of it";
    TextOfFile: "文件正文", "Text of the file";
    Cells: "{} 个非空单元格", "{} cells that are not empty";
    FoundDifferent: "{} 处，{} 个不同值", "{} found, {} different";
    Sure: "可信度 {}%", "{} % sure";

    // The page: columns.
    Columns: "数据列", "Columns";
    Column: "列", "column";
    ColumnsTitle: "数据表里的个人信息列", "Columns found in tables";
    ColumnsIntro: "按列名归并；对一行作出结论，就是对所有文件里同名列的这一类发现作出结论。",
        "Put together by name. A decision about a row is about that type of finding in all columns of this name, in every file.";
    ColumnName: "列名", "Name of the column";
    NoName: "（没有列名）", "(without a name)";
    CellsHead: "非空单元格", "Cells";
    ShareOfCells: "占比", "Share";
    NoColumns: "没有在数据表里发现个人信息列。", "Nothing was found in columns of tables.";

    // The page: over-exposed files.
    ExposedShort: "过度暴露", "Over-exposed";
    ExposedTitle: "过度暴露的文件", "Over-exposed files";
    ExposedIntro: "含有个人信息，却有太多人能读，或已无人负责的文件。只看文件自身的权限，上级目录可能另有限制。",
        "Files with personal data that too many may read or that nobody looks after. Judged by the file's own rights; folders above may still keep people out.";
    NoRights: "盘点结果里没有所有者和权限；用当前版本重新扫描即可得到。",
        "The inventory has no owners and rights; scan again with this version to have them.";
    ReachWorldText: "收紧权限：chmod o-rwx", "Tighten the rights: chmod o-rwx";
    ReachGroupText: "确认组内每个人都需要它", "Make sure that everybody in the group needs it";
    OrphanText: "指定新的负责人，或移交、封存", "Name somebody responsible, or hand over or seal";
    Stale: "三年以上未修改", "Not changed for three years";
    StaleText: "查保存期限：到期应销毁或封存", "Look up the retention period: seal or erase what is due";

    // The page: persons.
    PersonsShort: "个人", "Persons";
    PersonsTitle: "涉及多少人，通知谁", "Who is affected, and whom to notify";
    PersonsIntro: "原值不在本报告里。编号是带密钥的摘要，只有持有作业密钥的人才能对应到具体的人。",
        "No value stands in this report. The ids are keyed: only who holds the job's key can tell whose they are.";
    PersonsAtLeast: "人（下限：同一种身份证件的不同号码数）", "persons at least, by the different numbers of one kind of identity document";
    Estimated: "，估算", ", estimated";
    OnePersonEach: "一证一人", "one person each";
    MayShare: "一人可有多个", "a person may have several";
    NotifyTitle: "通知名单（密钥编号）", "Notification list (keyed)";
    NotifyIntro: "同一编号在各文件里是同一个值。先列证件，再列联系方式和账户。",
        "The same id is the same value in every file. Documents first, then contacts and accounts.";
    AllTypes: "全部类型", "All types";
    ExportCsv: "导出 CSV", "Export CSV";
    KeyedId: "密钥编号", "Keyed id";
    Masked: "掩码后的值", "Masked value";
    NobodyListed: "没有可列出的编号。", "Nobody can be listed.";
    PageBefore: "上一页", "Page before";
    PageAfter: "下一页", "Page after";
    RangeOf: "第 {}–{} 条，共 {} 条", "{}–{} of {}";
    MorePersons: "另有 {} 个编号没有列入本页；xlsx 格式列得更多。", "{} more ids are not listed here; the format xlsx lists more.";
    UnlistedPersons: "{} 个文件里的不同值太多，盘点结果只有估算数，没有逐一编号；用 scan --all-findings 扫描可得到完整名单。",
        "{} files hold too many different values: the inventory has an estimate of their number, not the ids. Scan with --all-findings for the whole list.";

    // The page: decisions.
    Decision: "结论", "Decision";
    Decisions: "审核结论", "Decisions";
    DecisionsAbout: "结论只保存在本页，关闭前请导出 decisions.json；scan 和 report 用 --decisions 读取它。文件只含密钥编号，不含原值。",
        "Decisions live in this page until you export decisions.json; scan and report take it with --decisions. It holds keyed ids and no values.";
    Reviewer: "审核人", "Reviewer";
    Note: "备注", "Note";
    Import: "导入…", "Import…";
    ExportDecisions: "导出 decisions.json", "Export decisions.json";
    Exported: "已导出 {} 条结论", "{} decisions exported";
    ImportTaken: "导入了 {} 条结论", "{} decisions imported";
    ImportNotDecisions: "这个文件不是 decisions.json。", "This file is no decisions.json.";
    ImportOtherJob: "这个文件属于另一个作业，编号对不上，没有导入。", "This file is of another job, whose ids say nothing here: it was not imported.";
    NoDecisions: "还没有结论。在文件、类型、数据列或单个值旁边选择即可。",
        "No decisions yet. Choose one beside a file, a type, a column or a single value.";
    Remove: "删除", "Remove";
    Undecided: "未定", "Undecided";
    MarkConfirmed: "属实", "Confirmed";
    MarkFalseAlarm: "误报", "False alarm";
    MarkHandOver: "移交", "Hand over";
    MarkSeal: "封存", "Seal";
    MarkErase: "销毁", "Erase";
    Marked: "已判为：{}", "Decided: {}";
    MarkedFiles: "已对 {} 个文件作出结论", "Decided about {} files";
    ColumnNamed: "列名“{}”", "columns named \"{}\"";
    OneValue: "单个值 {}", "one value {}";

    // The page: how it was worked out.
    MethodShort: "说明", "Method";
    MethodTitle: "这些数字怎么来的", "How these numbers are worked out";
    MethodLevel: "级别", "Level";
    MethodLevelText: "规则所带标签的最高级：鉴别信息（C3，如口令、密钥）、敏感个人信息（个人信息保护法第二十八条）、个人信息、低、公开或内部。文件取其中最高的一级。",
        "The highest of a rule's tags: secret (C3, such as passwords and keys), sensitive (PIPL article 28), personal, low, public or internal. A file has the highest level of what is in it.";
    MethodExposure: "暴露值", "Exposure";
    MethodExposureText: "不同值的个数 × 权重（C3 为 20，C2 为 5，C1 和未定级为 1；敏感个人信息加倍；姓名、证件、账户同在一个文件再加倍）× 可读范围。只用来排先后，不是概率，也不是金额。",
        "Different values × weight (C3 20, C2 5, C1 and no class 1; twice that for sensitive personal information; twice again when names, documents and accounts stand in one file) × reach. It is an order of urgency, not a probability and not a sum of money.";
    MethodReach: "可读范围", "Reach";
    MethodReachText: "所有人可读 ×4，同组可读 ×2，只有所有者可读或不知道 ×1，按扫描时文件自身的权限。",
        "Readable by everybody ×4, by the group ×2, by the owner alone or not known ×1, by the file's own rights when it was scanned.";
    MethodConfidence: "可信度", "Confidence";
    MethodConfidenceText: "由形状、校验位、标签、列名和上下文加减分得出，50 分起报告；“最高可信度”是其中最确定的一处。",
        "Points for shape, check digits, labels, headers and context; findings are reported from 50 on. \"Surest\" is the surest of them.";
    MethodDistinct: "不同值", "Different values";
    MethodDistinctText: "按密钥摘要去重；512 个以内是准确数，更多时为估算，前面带“≈”，误差约 2%。",
        "Counted by keyed fingerprint: exact up to 512, beyond that an estimate within about 2 %, marked ≈.";
    MethodPersons: "人数", "Persons";
    MethodPersonsText: "同一种身份证件的不同号码，一个号码一个人；各种证件取最多的一种，所以是下限。电话、邮箱、账户可能一人多个，只列出，不计入。",
        "One number of one kind of identity document is one person; the kind with most different numbers gives the least number of persons. Telephones, e-mail addresses and accounts may be several a person: they are listed, not added.";
    MethodCoverage: "覆盖", "Coverage";
    MethodCoverageText: "“读完”指文件和其中每个成员的全部内容都交给了检测；其余都有原因。没有发现不等于没有：检测会漏掉未知写法、图片里的文字和加密内容。",
        "\"Read\" means that all of the file and of every member went through detection; all else has a reason. Nothing found is no proof of absence: unknown forms, text in pictures and encrypted content are missed.";
    MethodMasked: "掩码", "Masking";
    MethodMaskedText: "本页只有掩码后的值和密钥摘要；文件名里的个人信息也已掩码。页面不联网，不在浏览器里保存任何内容。",
        "This page holds masked values and keyed fingerprints alone; values in file names are masked too. It makes no request and keeps nothing in the browser.";

    // The command.
    ReportWritten: "已写入 {}（{}）", "written: {} ({})";
    ReportExists: "{} 不能写：{}；换一个路径", "{} cannot be written: {}; name another path";
    ReportUnfinished: "作业目录里的扫描没有完成，报告只含已扫描的部分；用同样的 scan 命令可以接着扫描",
        "the scan in the job folder is not finished: the report holds what had been scanned; the same scan command goes on";
    ReportUnknownRules: "盘点结果里有 {} 条规则本程序不认识（如 {}），只按规则名列出，不知道级别；用 --rules 指明它们的文件",
        "{} rules of the inventory are not known here (such as {}): they are listed by id and without a level; name their files with --rules";
    ReportOtherRules: "盘点结果所用的规则集与本程序不同，名称和级别按现在的规则", "the inventory was made with another rule set; titles and levels are those of today's rules";
    DecisionsUnreadable: "读不了 {}：{}；检查路径和权限", "cannot read {}: {}; check path and rights";
    DecisionsBad: "{} 不是可用的 decisions.json：{}；请从报告页面重新导出", "{} is no usable decisions.json: {}; export it anew from the report's page";
    DecisionsShape: "第 {} 行第 {} 列不合格式", "line {}, column {} is not of its shape";
    DecisionsKind: "文件不是审核结论", "the file is of another kind";
    DecisionsSchema: "格式版本 {}，本程序只认识 {}", "it has schema {}, this program knows {}";
    DecisionsNothing: "第 {} 条没有指明对象", "decision {} names nothing";
    DecisionsTooMany: "条数太多", "there are too many decisions";
    DecisionsOtherJob: "它属于另一个作业，编号对不上", "it is of another job, whose ids say nothing here";
    FalseAlarmsCount: "按审核结论略去误报 {} 处", "{} findings were left out as false alarms, by decision";
}
