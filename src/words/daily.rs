//! Messages about scheduled scans, differences, baselines, configuration and this machine.

use super::messages::messages;

messages! {
    /// A message for people about scheduled scans, differences, baselines, configuration and this machine.
    DailyWord;

    // Scans that go on from the one before.
    ClockBack: "这台机器的时钟比上次扫描结束时还早，无法凭时间判断哪些文件没有变；本次全部重新读取。请检查时钟",
        "the clock is before the end of the last scan, so times cannot tell what did not change; everything is read again. Check the clock";
    Carried: "沿用上次扫描的结果：{} 个没有变化；读取 {} 个", "carried over from the last scan: {} files that did not change; read: {}";

    // Differences.
    DiffTitle: "敏感信息变化：{} → {}", "What changed: {} → {}";
    DiffNone: "没有变化。", "Nothing changed.";
    DiffVerdict: "多了 {} 处个人或金融信息，少了 {} 处。", "{} items of personal or financial data came, {} went.";
    DiffExposed: "能看到的人变多或换了所有者，且含敏感信息的文件：{}", "Files with findings that more people can read, or with another owner: {}";
    DiffNew: "新文件：{}", "New files: {}";
    DiffMore: "发现变多的文件：{}", "Files with more findings: {}";
    DiffUnread: "以前读得全、这次没有读全的文件：{}", "Files that were wholly read before and are not now: {}";
    DiffFewer: "发现变少的文件：{}", "Files with fewer findings: {}";
    DiffGone: "不在了的文件：{}", "Files that are gone: {}";
    DiffMoved: "改名或移动的文件：{}", "Files renamed or moved: {}";
    DiffFrom: "原为 {}", "was {}";
    DiffAndMore: "……另有 {} 个（--format json 列出全部）", "… and {} more (--format json lists all)";
    DiffByRule: "按类型的增减", "Came and went, by type";
    ReadAll: "本机所有人可读", "readable by everybody on the machine";
    ReadGroup: "同组用户可读", "readable by its group";
    ReadOwner: "换了所有者", "another owner";
    DiffFirst: "{} 里只有一次扫描，没有可比的；再扫描一次，或用 inkout diff A B 比较两个作业目录",
        "{} holds one scan only, there is nothing to compare; scan again, or compare two job folders with inkout diff A B";
    DiffNoGeneration: "{} 里没有第 {} 次扫描（有第 {} 到 {} 次）", "{} has no scan number {} (it has {} to {})";
    DiffUnfinished: "{} 里的扫描还没有完成，先把它做完", "the scan in {} is not finished; finish it first";

    // What is read, how fast and when.
    NoPath: "没有指定要读取的文件或文件夹；写上路径，例如 inkout scan .", "name the files or folders to read, for example inkout scan .";
    ListOrPaths: "--files-from 已经给出要读的文件，不能再写路径", "--files-from names the files, so there can be no PATH";
    ListUnreadable: "读不了文件清单 {}：{}", "cannot read the list {}: {}";
    GitMissing: "找不到 git，--changed-since 需要它；请安装 git，或用 --files-from 给出文件清单", "git is not there, and --changed-since needs it; install git, or give the files with --files-from";
    GitNoRepository: "这里不是 git 仓库（或者它属于别的用户，git 不予读取）；请在仓库里运行，或用 --files-from 给出文件清单", "this is no git repository (or it belongs to somebody else and git does not read it); run this inside of one, or give the files with --files-from";
    GitNoCommit: "仓库里没有 --changed-since 所说的提交；浅克隆需先取得历史记录：git fetch --unshallow", "the repository does not have the commit that --changed-since names; a shallow clone has to fetch it first: git fetch --unshallow";
    GitFailed: "git 没能列出改动的文件；请检查仓库：git status", "git could not list what changed; look at the repository: git status";
    BadWindow: "时间段 {} 写法不对；写成 22:00-06:00，或带时区 22:00-06:00+08:00", "bad time window {}; write 22:00-06:00, or with an offset 22:00-06:00+08:00";
    WindowClosed: "现在不在允许的时间段内，没有读取任何文件", "outside the time window: nothing was read";
    WindowEnded: "时间段结束，已处理 {} 个文件；下次运行从这里继续", "the time window ended after {} files; the next run goes on from here";
    ProgressLine: "已完成 {} 个文件，{}，{}/秒", "{} files done, {}, {}/s";
    Finished: "扫描结束", "scan finished";
    SandboxFully: "内核已收走本进程不需要的权限：只能读要扫描的路径，只能写作业目录，不能联网（Landlock）",
        "the kernel has taken all rights that are not needed: only the paths scanned can be read, only the job folder written, no network (Landlock)";
    SandboxPartly: "内核较旧，只收走了一部分不需要的权限（Landlock）", "the kernel is older and has taken only some of the rights that are not needed (Landlock)";
    SandboxNot: "内核没有 Landlock，权限没有收走", "the kernel has no Landlock: no rights were given up";
    SandboxOff: "按要求没有收走权限（--sandbox off）", "no rights were given up, as asked (--sandbox off)";
    Notified: "通知命令已执行", "the command was told";
    NotifyFailed: "通知命令失败（{}）；扫描结果不受影响", "the command that is told failed ({}); the result of the scan stands";

    // Pipelines.
    OverBudget: "超出预算 {}：发现 {} 处，允许 {} 处", "over budget {}: {} found, {} allowed";
    BaselineCounts: "基线：{} 处已接受，{} 处计入结果（其中 {} 处的接受已到期）", "baseline: {} accepted, {} count (of these {} were accepted until a day that is over)";
    BaselineUnreadable: "读不了基线 {}：{}", "cannot read the baseline {}: {}";
    BaselineBad: "基线 {} 有误：{}", "bad baseline {}: {}";
    BaselineExists: "{} 已经存在；用 inkout baseline update 更新", "{} exists already; use inkout baseline update";
    BaselineNoKey: "没有基线 {0} 的密钥：需要 {0}.key，或在环境变量 INKOUT_BASELINE_KEY 里给出 64 位十六进制数",
        "the key of the baseline {0} is missing: it is {0}.key, or 64 hexadecimal digits in INKOUT_BASELINE_KEY";
    BaselineOtherKey: "作业目录 {} 用的是另一个密钥，无法与基线比较；用 --job 换一个新文件夹", "the job folder {} has another key than the baseline; name a new folder with --job";
    BaselineNotAll: "{} 里没有保存全部发现；先用 inkout scan --all-findings 扫描", "{} does not hold every finding; scan with inkout scan --all-findings first";
    BaselineDay: "--expires 要写成日期，例如 2027-01-31", "--expires must be a day, for example 2027-01-31";
    BaselineEmpty: "--reason 和 --owner 不能为空", "--reason and --owner must not be empty";
    BaselineWritten: "{}：共接受 {} 处（新增 {}，去掉 {}）", "{}: {} accepted ({} new, {} dropped)";
    BaselineKeyNote: "密钥写在 {}；不要提交到仓库，流水线里用机密变量 INKOUT_BASELINE_KEY 提供",
        "the key is in {}; do not commit it, give it to the pipeline as the secret INKOUT_BASELINE_KEY";
    AuditColumns: "规则\t列\t数量\t负责人\t到期\t状态\t理由", "rule\tcolumn\tcount\towner\texpires\tstate\treason";
    AuditValid: "有效", "holds";
    AuditSoon: "即将到期", "soon over";
    AuditExpired: "已到期", "over";
    AuditTotal: "共 {} 条：{} 条有效，{} 条 {} 天内到期，{} 条已到期", "{} entries: {} hold, {} end within {} days, {} are over";

    // Settings.
    ConfigBad: "设置文件 {} 有误：{}", "bad settings in {}: {}";
    ConfigForeign: "没有采用 {}：它属于别人，或人人可写；确认内容后用 --config 指定它，或改正所有者和权限",
        "{} is not used: somebody else owns it or everybody may write it; look through it and name it with --config, or mend its owner and rights";
    ConfigUsed: "采用设置 {}", "settings from {}";
    ConfigFile: "设置文件：{}（命令行优先，其次环境变量 INKOUT_…，再次设置文件）", "settings from {} (the command line comes first, then INKOUT_… variables, then the file)";
    ConfigNone: "没有设置文件 inkout.toml（命令行优先，其次环境变量 INKOUT_…）", "no inkout.toml (the command line comes first, then INKOUT_… variables)";
    ConfigDefault: "默认值", "default";

    // This build and this machine.
    DoctorProgram: "inkout {}：{} 条规则，规则摘要 {}", "inkout {}: {} rules, digest {}";
    DoctorBoth: "能读也能出脱敏副本：{}", "Read and redacted: {}";
    DoctorRead: "只能读：{}", "Read only: {}";
    DoctorEncodings: "文字编码：UTF-8、GB 18030（含 GBK、GB 2312）、UTF-16、Big5、Shift_JIS、EUC-KR、Windows-125x",
        "Encodings of text: UTF-8, GB 18030 (with GBK, GB 2312), UTF-16, Big5, Shift_JIS, EUC-KR, Windows-125x";
    DoctorOcr: "图片文字识别：没有；图片会列入未读清单，请人工查看或先用其他工具识别", "Text in pictures: not read; pictures are in the ledger, look at them yourself or run other software first";
    DoctorLimits: "处理器 {} 个；可同时打开 {} 个文件", "{} processors; {} files can be open at once";
    DoctorFewFiles: "可打开的文件太少；用 ulimit -n 4096 或 systemd 的 LimitNOFILE= 提高", "few files can be open; raise that with ulimit -n 4096 or LimitNOFILE= of systemd";
    DoctorLandlock: "扫描时可以收走不需要的权限（Landlock 可用）", "rights that are not needed can be given up during scans (Landlock works)";
    DoctorNone: "未设置", "not set";
    DoctorLocale: "区域设置 {}，消息语言 {}（--lang 可改）", "locale {}, messages in {} (--lang changes that)";
    DoctorNotUtf8: "区域设置不是 UTF-8：终端可能显示不了中文文件名；用 export LANG=zh_CN.UTF-8 或 C.UTF-8 设置", "the locale is not UTF-8: a terminal may garble Chinese names; set it with export LANG=en_US.UTF-8 or C.UTF-8";
    DoctorFolder: "当前文件夹：{}，{}；在这里删除最高可达 {} 级。其他位置用 inkout probe 查看，怎样提高也在那里说明", "current folder: {}, {}; erasing here reaches grade {} at best. inkout probe tells of other places, and how to reach more";
    DoctorNoFolder: "看不出当前文件夹在什么文件系统上：删除的结果无法评级；请在 Linux 上从要处理的文件夹里运行", "the file system of the current folder is not known: erasing cannot be graded here; run this on Linux, in the folder in question";
    DoctorFree: "当前文件夹所在磁盘还可写 {}", "{} can be written on the disk of the current folder";
    DoctorNoInodes: "这个系统不给文件编号：移动的文件夹会重新读取", "this system gives files no numbers: moved folders are read again";
    DoctorTool: "{}：有（{} 用得到）", "{}: found (for {})";
    DoctorNoTool: "{}：没有；{} 用不了，请安装", "{}: missing; {} does not work, install it";

    // The job folder.
    StoreDamaged: "作业目录 {} 里的清单损坏，没有改动它；用 --full 重新扫描（旧清单作废），或从备份恢复",
        "the inventory in the job folder {} is damaged and was left as it is; scan anew with --full, or restore it";
    StoreForeign: "{} 里的 inventory.db 不是本程序的清单，没有改动它；用 --job 换一个文件夹",
        "the file inventory.db in {} is no inventory and was left as it is; name another folder with --job";
    StoreOld: "作业目录 {} 的清单是别的版本写的；重新扫描即可更新", "the inventory in the job folder {} was written by another version; scan again to make it anew";
    StoreKey: "作业目录 {} 的密钥丢失或损坏；从备份恢复 key 文件，或用 --job 换一个新文件夹",
        "the key of the job folder {} is missing or damaged; restore its file named key, or name a new folder with --job";
    StoreIo: "作业目录 {} 用不了：{}；检查路径、权限和磁盘", "the job folder {} cannot be used: {}; check the path, its rights and the disk";

    // What is due.
    DueNothing: "{} 不是作业目录、基线或封存件，里面也没有", "{} is no job folder, baseline or sealed archive, and holds none";
    DueOver: "已过期", "over";
    DueSoon: "快到期", "due";
    DueTotal: "{1} 天内到期 {0} 件，其中已过期 {2} 件", "{0} due within {1} days, {2} of them over";
    DueBaseline: "基线接受的 {} 处到期，负责人 {}", "{} accepted findings end, owner {}";
    DueUnfinished: "扫描没有做完；再运行一次即可接着做", "the scan is not finished; run it again to go on";
    DueScan: "上次扫描是 {}，该再扫描了", "last scanned on {}, to be scanned again";
    DueSeal: "封存件要查验：确认能打开、保存期限没有变", "sealed archive to be checked: that it opens, and that its term still holds";
    DueSealBad: "封存记录读不了或签名不符，请立即查看", "the record of a sealed archive cannot be read or its signature does not hold; look at it now";
}
