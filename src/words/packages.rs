//! Messages about handover packages, sealed archives and backups.

use super::messages::messages;

messages! {
    /// A message for people about handover packages, sealed archives and backups.
    PackageWord;

    // Troubles.
    NotForHandover: "这份计划不是移交计划；请用 inkout plan handover 生成", "This plan is not for a hand-over; make one with inkout plan handover";
    NotForSeal: "这份计划不是封存计划；请用 inkout plan seal 生成", "This plan is not for sealing; make one with inkout plan seal";
    OtherRules: "规则与计划绑定的不一致：请用生成计划时的同一版本程序和 --rules", "The rules are not those that the plan is bound to: use the version and the --rules that the plan was made with";
    OutInSource: "输出目录 {} 在被读取的目录之内，或包含它；请换一个目录", "The folder {} lies inside what is read, or around it; choose another one";
    NothingLeft: "没有一个文件可以放进去：全部与计划不符或读不到。请重新扫描并重新生成计划", "Not one file can go in: all of them changed or cannot be read. Scan again and make a new plan";
    BusyThere: "{} 里有另一个 inkout 正在写；请等它结束", "Another run of inkout is writing in {}; wait until it ends";
    PackageExists: "{} 里已经有同名的包或归档；没有覆盖任何东西", "There is a package or archive of this name in {} already; nothing was overwritten";
    NotTheSame: "写出后重新打开核对，第 {} 个文件与放进去的不一致：没有生成任何包。请检查磁盘后重试", "Opened again, file {} is not what was put in: no package was made. Check the disk and try again";
    NoSpace: "磁盘已满：没有生成任何包，原文件未动", "The disk is full: nothing was made, originals are untouched";
    WrongKey: "口令或密钥打不开：请核对口令（区分大小写，连字符也要输入），或确认用的是正确的密钥文件", "The pass phrase or key does not open it: check the pass phrase (capitals and hyphens count), or take the right key file";
    Damaged: "容器损坏，读到 {} 处为止", "The box is damaged, as far as {}";
    TooManyParts: "分卷超过 999 个，或单个分卷对目标文件系统太大；请改 --volume-size", "More than 999 parts, or a part too large for the file system; change --volume-size";
    WrongLock: "--recipient 和 --identity 只能与 age 容器一起用", "--recipient and --identity go with age containers only";
    BadRecipient: "不是 age 公钥（age1…）：{}", "Not a public key of age (age1…): {}";
    BadIdentity: "{} 里没有 age 私钥（AGE-SECRET-KEY-…）", "{} holds no private key of age (AGE-SECRET-KEY-…)";
    WeakPassphrase: "自定口令至少要 {} 个字符；更好的做法是不给口令，由程序生成", "A pass phrase of your own needs {} characters at least; better let the program make one";
    NeedsKey: "这个包要用口令或密钥打开：--passphrase-file 或 --identity", "This package wants a pass phrase or key: --passphrase-file or --identity";
    SignatureBad: "签名不成立：{}", "The signature does not hold: {}";
    TextBad: "{} 不是本程序写的样子：{}", "{} is not as this program writes it: {}";
    SystemFailed: "{} 出错：{}", "{}: {}";
    NoPackage: "{} 不是移交包，也不在移交包里", "{} is no package and not part of one";
    AskPassphrase: "口令：", "Pass phrase:";

    // Handing over.
    StepScan: "正在读取计划中的 {} 个文件，列出涉及的个人……", "Reading the {} files of the plan, listing the persons concerned …";
    StepRest: "部分文件有应保留和应删除两部分，正在生成只含应保留部分的副本……",
        "Of some files a part must be kept and the rest must go: making copies without the rest …";
    StepCopies: "正在生成并复核脱敏副本……", "Making redacted copies and checking them …";
    StepBox: "正在打包、重新打开并逐字节核对……", "Packing, opening again and comparing every byte …";
    HandedOver: "已生成移交包：{} 个文件，{}，容器 {}，{} 个分卷；已重新打开，逐个文件核对一致",
        "Package made: {} files, {}, container {}, {} parts; opened again, every file compared and equal";
    PackageAt: "位置：{}", "It lies in {}";
    PackageId: "包的编号（SHA-256）：{}", "Id of the package (SHA-256): {}";
    PassphraseAt: "口令写在 {}（仅本人可读）。请用电话等另一条渠道告诉接收方，不要与包放在一起发送",
        "The pass phrase stands in {} (readable by you alone). Give it to the recipient by another way, by telephone; never send it with the package";
    LockedTo: "只有下列公钥的持有人能打开：{}", "Only the owners of these public keys can open it: {}";
    NoLock: "警告：没有加密。{} 里是明文；只应用于已加密的介质或安全的内部传递", "Warning: not encrypted. {} holds plain text; use it on encrypted media or inside safe walls only";
    PersonsListed: "须告知的个人：{} 人（个保法第二十二、二十三条）；名单（脱敏）在包内 inkout/persons.csv",
        "Persons to be told: {} (PIPL articles 22 and 23); the list, masked, is in the package: inkout/persons.csv";
    ReadableAt: "可读的告知名单（加密，口令或密钥与包相同）：{}", "Readable list for telling them (encrypted, same pass phrase or keys as the package): {}";
    LeftOutTitle: "没有放进包里的文件（已写入 manifest.json）：", "Not in the package (said in its manifest.json):";
    LeftOutLine: "  {}：{} 个", "  {}: {}";
    WhyChanged: "计划之后内容变了", "changed after the plan was made";
    WhyGone: "找不到了", "no longer there";
    WhyUnreadable: "读不到", "cannot be read";
    WhyWithheld: "脱敏副本没有通过检查，被扣留", "its redacted copy did not pass the checks and was withheld";
    WhyRefused: "计划本身就没有列入（{}）", "left out by the plan itself ({})";
    PlainCopies: "打包时在输出目录里放过脱敏副本，已删除；删除不等于擦除，输出目录最好在加密磁盘上",
        "Redacted copies lay in the output folder meanwhile and were removed; removed is not erased: best have that folder on an encrypted disk";
    NextReceipt: "下一步：接收方运行  inkout receive verify 包目录 --key 其私钥，把签名回执发回；再运行  inkout receive accept 回执。没有回执，原件不能列入销毁计划",
        "Next: the recipient runs  inkout receive verify FOLDER --key KEY  and sends the signed receipt back; then run  inkout receive accept RECEIPT. Without it originals cannot be planned for erasure";
    MadeBeforeLacks: "{} 个计划内的文件没有进包，见 runs/ 里的结果", "{} files of the plan are not in the package; the result in runs/ says which";
    MadeBefore: "这份计划的包已经在 {}；补记了上次没有写完的记录", "The package of this plan is in {} already; the records that were cut off last time are written now";
    MadeBeforePlain: "这份计划的包已经在 {}；没有再做一个", "The package of this plan is in {} already; no second one was made";

    // Receiving.
    PackageWhole: "完整：分卷、容器、清单、签名、数量全部一致", "Whole: parts, container, manifests, signatures and counts all agree";
    PackageBroken: "不完整或与签名不符：共 {} 处", "Not whole, or not as signed: {} faults";
    ReceivedCounts: "读到 {} 个文件，{}", "{} files read, {}";
    FromTo: "移交方：{}；接收方：{}；用途：{}", "From {} to {}, for: {}";
    SignedBy: "签名密钥：{}", "Signed with the key {}";
    SignerUnknown: "请通过电话等渠道与移交方核对这个密钥编号；知道后可用 --sender 自动核对",
        "Compare this key id with the sender by telephone; once known, --sender compares it";
    SignerExpected: "签名密钥与 --sender 一致", "The signing key is the one that --sender names";
    FaultPartMissing: "缺少分卷：{}", "missing part: {}";
    FaultPartChanged: "分卷被改动或损坏：{}", "part changed or damaged: {}";
    FaultNoPartList: "缺少 parts.json，无法先核对分卷", "parts.json is missing: parts could not be compared first";
    FaultSignature: "签名不成立：{}", "the signature does not hold: {}";
    FaultSigner: "签名者不是预期的那一个：{}", "signed by another key than expected: {}";
    FaultBroken: "容器读不到底：{}", "the box cannot be read to its end: {}";
    FaultMissing: "清单里有而包里没有：{}", "listed but not there: {}";
    FaultChanged: "内容与清单不符：{}", "content differs from its manifest: {}";
    FaultExtra: "清单里没有的文件：{}", "there but not listed: {}";
    FaultUnreadable: "读不懂：{}", "not readable: {}";
    FaultManifest: "签名清单与包内文件不一致：{}", "the signed manifest and the bag differ: {}";
    FaultMixed: "parts.json 与包内清单不是同一个包", "parts.json and the manifest inside are not of the same package";
    FaultsMore: "……另有 {} 处", "… {} more";
    ReceiptAt: "签名回执：{}。请发回移交方", "Signed receipt: {}. Send it back to the sender";
    ReceiptNotWhole: "回执里注明了哪些文件不完整；原件不会因此被销毁", "The receipt says which files are not whole; it lets no original be erased";
    NoReceiptKey: "没有给 --key，所以没有写回执", "No --key, so no receipt was written";
    NoReceiptPossible: "清单读不到，写不出回执", "The manifest could not be read: no receipt can be written";
    ReceiptAccepted: "回执成立，已存入 {}：{} 个文件已送达，接收方密钥 {}", "The receipt holds and is kept in {}: {} files arrived, recipient's key {}";
    ReceiptForm: "{} 不是回执，或被改动过", "{} is no receipt, or was changed";
    ReceiptSignature: "回执的签名不成立", "The receipt's signature does not hold";
    ReceiptStranger: "回执的密钥 {} 不在密钥表里，或没有 recipient 角色；先运行 inkout keys trust", "The receipt's key {} is not on the list of keys with the role recipient; run inkout keys trust first";
    ReceiptOtherPackage: "回执对应的包不是从这个作业目录发出的", "The receipt is for a package that was not sent from this job folder";
    ReceiptBroken: "回执说有 {} 个文件没有完整送达：不能据此销毁原件；请重新移交", "The receipt says that {} files did not arrive whole: originals cannot be erased on it; hand over again";
    IdentityMade: "age 私钥写在 {}（仅本人可读，请离线保管）。把公钥发给移交方：{}", "The private key of age is in {} (yours alone: keep it offline). Give the sender the public key: {}";

    // Sealing and backups.
    StepSeal: "正在加密归档 {} 个文件，随后整体解密核对……", "Encrypting {} files, then decrypting all of it to compare …";
    Sealed: "已封存：{} 个文件，{}；整体解密逐个核对一致", "Sealed: {} files, {}; all of it decrypted again and compared";
    ArchiveAt: "归档：{}", "Archive: {}";
    ArchiveKeyAt: "归档密钥：{}。请移到别处离线保管：没有它谁也打不开，与归档放在一起则等于没有封存",
        "Key of the archive: {}. Move it elsewhere and keep it offline: without it nobody can open the archive, beside it nothing is sealed";
    NextCheckBy: "最迟复核日期：{}（每年至少一次）", "To be checked again by {} (once a year at least)";
    NotClosed: "警告：这个文件系统不能把归档限定为仅本人可读；请用其他办法限制访问", "Warning: this file system cannot close the archive to others; restrict access by other means";
    LiveKept: "原件仍在原处：按计划保留。要停止使用，请收回访问权限", "The live files are where they were: the plan keeps them. To put them out of use, withdraw access to them";
    LiveMask: "下一步：脱敏副本替换原件（计划 live = mask）：inkout quarantine 计划 --run 文件夹，期满后 inkout purge；undo 可换回",
        "Next: masked copies take the place of the live files (live = mask): inkout quarantine PLAN --run RUN, then inkout purge; undo takes it back";
    LiveErase: "下一步：移除原件（计划 live = erase）：inkout quarantine 计划 --run 文件夹，期满后 inkout purge；undo 可放回",
        "Next: the live files go (live = erase): inkout quarantine PLAN --run RUN, then inkout purge; undo takes it back";
    SealLeftOut: "没有封存的文件：", "Not sealed:";
    NoArchives: "{} 里没有归档", "No archives in {}";
    ListLine: "{}  {}  {} 个文件  {}  {}", "{}  {}  {} files  {}  {}";
    ListNext: "下次复核 {}", "next check {}";
    ListOverdue: "复核已逾期（{}）", "check overdue ({})";
    ListDestroyed: "密钥已于 {} 销毁", "key destroyed {}";
    ListPartsGone: "密文已于 {} 销毁，密钥未证明已销毁", "parts destroyed {}, its key not proved gone";
    ListBad: "{}  记录不可信：{}", "{}  its record does not hold: {}";
    NoArchive: "没有这个归档：{}", "No such archive: {}";
    KeyDestroyed: "这个归档的密钥已经销毁，打不开了", "The key of this archive was destroyed: it cannot be opened";
    ArchiveDestroyed: "归档 {} 已于 {} 销毁，打不开了", "archive {} was destroyed on {}: it cannot be opened";
    KeyFileForeign: "{} 已经存在，第一行不是 # {}：不是这个归档的密钥。每个归档各用一把密钥；请用 --archive-key 给出一个还不存在的文件",
        "{} is there already and its first line is not # {}: it is not the key of this archive. Every archive has a key of its own; name a file with --archive-key that is not there yet";
    KeyShared: "归档 {} 的密钥也是 {} 的密钥：销毁一个就打不开另一个。请先处理 {}",
        "the key of archive {} is that of {} too: the end of one would be the end of the other. Deal with {} first";
    KeyStands: "归档 {} 的密钥还在 {}：不能说它已经没有了", "the key of archive {} is at {} still: nobody can say that it is gone";
    RecordOther: "归档 {} 的记录不是审计日志里封存时的那一份：被改动过，不予采信", "the record of archive {} is not the one that the audit trail knows: it was changed and is not believed";
    RecordSigner: "归档 {} 封存于审计日志还不记录摘要的版本，签署其记录的密钥不在名单上：请先由名单上的人运行 inkout seal check",
        "archive {} was sealed before the audit trail had digests of records, and the key that signed its record is not on the list: somebody on the list runs inkout seal check first";
    RecordGone: "归档 {} 的记录不在 {}：请先放回（作业目录 backups 里有一份），再继续", "the record of archive {} is not in {}: put it back first (the job folder has one in backups), then go on";
    PartBad: "归档损坏：{} 缺失或被改动", "The archive is damaged: {} is missing or changed";
    Checked: "整体解密核对一致：{} 个文件，{}", "Decrypted and compared as a whole: {} files, {}";
    CheckedCopy: "没有为归档记下任何东西：这是副本，归档本身仍在 {}", "Nothing was noted of the archive: this is a copy, the archive itself is still at {}";
    ArchiveMoved: "归档从现在起位于 {}", "The archive lies at {} from now on";
    OpenedTo: "已取出 {} 个文件（{}）到 {}；理由已记入审计日志。用完请删除", "{} files ({}) taken out to {}; the reason is in the audit trail. Remove them after use";
    NothingMatches: "没有文件符合 --item 或 --include", "No file matches --item or --include";
    FolderNotEmpty: "{} 不是空目录；取出的文件只放进新目录", "{} is not empty; files are taken out to a new folder only";
    BackedUp: "已备份：{} 个文件，{}；整体解密逐个核对一致", "Backed up: {} files, {}; all of it decrypted again and compared";
    BackupId: "备份编号：{}（用于 inkout plan erase --backup）", "Id of the backup: {} (for inkout plan erase --backup)";
    BackupNotListed: "作业目录里没有这个备份：{}", "The job folder knows no backup {}";
    BackupNotWhole: "备份 {} 不能作为销毁前的备份：{}", "Backup {} cannot stand behind an erasure: {}";
    BackupLacks: "备份 {} 里没有计划中的 {} 个文件（内容以摘要比对）：重新备份后再做计划", "Backup {} lacks {} files of the plan (compared by digest): back up again before planning";
    BackupWhyDestroyed: "它的密钥已销毁", "its key was destroyed";
    BackupWhyCheck: "最近一次核对没有通过", "its last check failed";
    BackupUnlisted: "这把密钥不在作业的名单上：备份照做，但在用名单上的密钥运行 inkout backup verify 之前，不能作为销毁前的备份",
        "the key is not on the job's list: the backup is made, but stands behind no erasure until a listed key signs it with inkout backup verify";
    BackupUnborne: "备份 {} 的记录不是名单上的密钥签署的，审计日志也没有它的摘要：先由名单上的人运行 inkout backup verify 核对，密钥才能销毁",
        "the record of backup {} is signed by no listed key, and the trail has no digest of it: somebody on the list looks at it with inkout backup verify first, then its key can be destroyed";
    BackupWhyOverdue: "已过下次核对日期：先用 inkout backup verify（封存档案用 seal check）核对", "the day of its next check is over: look at it again with inkout backup verify (seal check for a sealed archive)";
    BackupWhySigner: "签署它的密钥不在名单上", "the key that signed its record is not on the list";
    BackupWhyPlace: "没有记下它在哪里：先用 inkout backup verify 核对", "nobody noted where it lies: look at it again with inkout backup verify";
    BackupWhyGone: "它已不在原处：接上它所在的盘，或用 inkout backup verify --archives 重新核对", "it is no longer where it was: attach its disk, or look at it again with inkout backup verify --archives";
    BackupWhyParts: "它的文件缺失或被改动", "a part of it is missing or changed";
    BackupWhyKey: "它的密钥文件不在原处或不是它的：放回密钥，或用 inkout backup verify --archive-key 重新核对", "its key file is no longer where it was, or another: put it back, or look at it again with inkout backup verify --archive-key";
    BackupWhyRecord: "它的记录不可信", "its record does not hold";
    KeyGone: "备份 {} 的密钥已销毁：文件覆写并删除。能打开它的其他公钥：{}", "The key of backup {} is destroyed: its file was overwritten and removed. Other public keys that still open it: {}";
    KeyGoneNone: "无", "none";
    KeyGoneLimits: "覆写的是文件系统看到的位置；闪存、快照和密钥的其他抄本不在此列", "What was overwritten is where the file system shows it; flash spare areas, snapshots and other copies of the key are not reached";
    SealGone: "封存归档 {} 已按上面所列销毁。仍能打开它其他副本的公钥：{}",
        "The sealed archive {} is destroyed as listed above. Public keys that still open other copies of it: {}";
    SealGoneLimits: "没有做的：归档和密钥在别处的副本（备份、其他介质、接收人手里）没有查找，也没有销毁；谁同时有归档的副本和密钥的副本，仍可打开",
        "Not done: copies of the archive and of its key elsewhere (backups, other media, other bearers) were not looked for and not destroyed; whoever has a copy of both still opens it";
    SealPartsGone: "封存归档 {} 的密文已销毁；它的密钥没有销毁，或没有证明已销毁：谁有密文的副本和这把密钥，仍可打开",
        "The parts of the sealed archive {} are destroyed; its key is not, or is not proved gone: whoever has a copy of the parts and this key still opens it";
    SealStands: "封存归档 {} 仍可打开：密钥或密文还在", "The sealed archive {} can still be opened: its key and its parts are not all gone";
    KeyFileOther: "{} 不是备份 {} 的密钥", "{} is not the key of backup {}";
    LeftoversGone: "一次被中断的运行在 {} 留下了可以读到的副本；已经删除（只是删除，不是擦除）",
        "an interrupted run had left copies that can be read in {}; they were deleted (which is not erasing)";
    AlreadySealed: "这份计划的归档已经在 {}；没有再做一个", "The archive of this plan is in {} already; no second one was made";
    TooLongToCheck: "--months 最多 {}：归档每年至少复核一次", "--months is at most {}: archives are checked once a year at least";

    // Texts inside and beside packages.
    ReadmeInside: "移交包说明\n\n本目录是 BagIt 1.0（RFC 8493）格式的数据包，由 inkout 生成。\n\n目录内容\n  data/                    移交的文件；文件名如有系统不支持的字符已替换，原名见 manifest.json\n  inkout/manifest.json     移交清单：谁交给谁、用途、法律依据、目的国，每个文件的大小、SHA-256、SM3 和脱敏情况\n  inkout/signatures.json   移交方对清单的签名\n  inkout/inventory.csv     各文件里发现的个人和金融信息（只有数量，没有原值）\n  inkout/coverage.csv      哪些内容读到了、哪些没有读到及原因\n  inkout/persons.csv       须告知的个人（只有密钥化编号和脱敏后的联系方式）\n  manifest-*.txt           全部文件的 SHA-256、SHA-512、SM3\n\n核对（Windows）\n  单个文件：certutil -hashfile \"文件路径\" SHA256\n  或 PowerShell：Get-FileHash -Algorithm SHA256 -LiteralPath \"文件路径\"\n  全部文件（PowerShell，在本目录运行，没有输出即全部一致）：\n    {}\n\n核对（Linux）\n  sha256sum -c --quiet manifest-sha256.txt\n\n用 inkout 核对并出具签名回执\n  inkout receive verify 包目录 --key 你的私钥\n\n接收方的义务\n  继续履行个人信息处理者的义务；改变处理目的或方式须重新取得同意（个人信息保护法第二十二、二十三条）。\n",
        "About this package\n\nThis folder is a bag after RFC 8493, version 1.0, made by inkout.\n\nWhat is in it\n  data/                    the files handed over; characters that some systems cannot hold were replaced in names, see manifest.json\n  inkout/manifest.json     who hands what to whom, purpose, legal basis, country; size, SHA-256, SM3 and masks of each file\n  inkout/signatures.json   the sender's signatures over the manifest\n  inkout/inventory.csv     personal and financial data found in each file (counts, no values)\n  inkout/coverage.csv      what was read, and what was not and why\n  inkout/persons.csv       persons to be told (keyed ids and masked contacts only)\n  manifest-*.txt           SHA-256, SHA-512 and SM3 of all files\n\nChecking on Windows\n  one file: certutil -hashfile \"PATH\" SHA256\n  or in PowerShell: Get-FileHash -Algorithm SHA256 -LiteralPath \"PATH\"\n  all files (PowerShell, in this folder; no output means that all agree):\n    {}\n\nChecking on Linux\n  sha256sum -c --quiet manifest-sha256.txt\n\nChecking with inkout, with a signed receipt\n  inkout receive verify FOLDER --key YOUR-KEY\n\nDuties of the recipient\n  The recipient keeps the duties of a handler; a new purpose or method needs new consent (PIPL articles 22 and 23).\n";
    ReadmeBeside: "如何打开\n\n包的编号（包内 manifest.json 的 SHA-256）见 parts.json。\n容器：{}\n{}\n口令或密钥由移交方另行告知，不在这里。\n\n先核对分卷（parts.json 里有每个分卷的 SHA-256）\n  Windows：certutil -hashfile \"分卷文件\" SHA256\n  Linux：sha256sum 分卷文件\n\n用 inkout 一次核对全部并出具签名回执\n  inkout receive verify 本目录 --key 你的私钥\n",
        "How to open\n\nThe id of the package (SHA-256 of manifest.json inside) stands in parts.json.\nContainer: {}\n{}\nPass phrase or key come from the sender by another way; they are not here.\n\nCheck the parts first (parts.json has the SHA-256 of each)\n  Windows: certutil -hashfile \"PART\" SHA256\n  Linux: sha256sum PART\n\nOr check everything with inkout, with a signed receipt\n  inkout receive verify THIS-FOLDER --key YOUR-KEY\n";
    HowSevenZ: "用 7-Zip、Bandizip 或 WinRAR（5 以上）打开；有分卷时打开 .001，其余分卷放在同一目录。Windows 资源管理器打不开",
        "Open it with 7-Zip, Bandizip or WINRAR 5 and later; of several parts open .001 with the others beside it. Windows Explorer cannot";
    HowZip: "用 7-Zip 或 Bandizip 打开，里面是 payload.tar，再打开一次；有分卷时打开 .001。Windows 资源管理器打不开",
        "Open it with 7-Zip or Bandizip; inside is payload.tar, open that too. Of several parts open .001. Windows Explorer cannot";
    HowAge: "有分卷时先合并（Windows：copy /b 名.age.001+名.age.002 名.age；Linux：cat 名.age.* > 名.age），再运行 age -d -o 包.tar 名.age，解开 包.tar（Windows 10 以上自带 tar）",
        "Join several parts first (Windows: copy /b NAME.age.001+NAME.age.002 NAME.age; Linux: cat NAME.age.* > NAME.age), then age -d -o package.tar NAME.age, and unpack package.tar (Windows 10 and later have tar)";
    HowNone: "没有加密，文件直接在 bag 目录里", "Not encrypted; the files are in the folder bag";
}
