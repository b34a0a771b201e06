//! Messages about plans, approvals, keys, holds, the audit trail and certificates.

use super::messages::messages;

messages! {
    /// A message for people about plans, approvals, keys, holds, the audit trail and certificates.
    PlanWord;

    // Files.
    Unreadable: "读不了 {}：{}；检查路径和权限", "cannot read {}: {}; check path and rights";
    Unwritable: "写不出 {}：{}；检查磁盘和权限", "cannot write {}: {}; check disk and rights";
    Exists: "{} 已经存在，没有动它；换一个名字", "{} exists and was left alone; name another";
    FileSchema: "{}：{}；请用写它的版本打开", "{}: {}; use the version that wrote it";
    FileRewritten: "{} 在写成之后被改动过（{}），不能使用；请重新生成", "{} cannot be used ({}); make it anew";
    FileForm: "{} 不是这种文件，或已损坏：{}", "{} is not such a file, or is damaged: {}";
    TextForm: "{}：最多 2000 字节，不能有换行和控制字符", "{}: 2000 bytes at most, without line breaks and control characters";
    TextEmpty: "{} 不能为空", "{} must not be empty";
    TextHoldsValue: "{} 里像是有个人信息（姓名、证件、电话、账号等）。它会永久写进审计日志和证明，请改用编号",
        "{} seems to hold personal data (a name, document, telephone or account number). It would stand in the audit trail and on certificates for good: use a reference number";
    BadDate: "{}：请写成真实存在的日期，如 2004-03-01（--clock 写成 事件=日期）",
        "{}: give a day that exists, like 2004-03-01 (--clock takes EVENT=DATE)";

    // Keys.
    KeyId: "密钥：{}", "key: {}";
    KeySecond: "第二密钥：{}", "second key: {}";
    KeyMadePlain: "已生成：私钥 {}（未加密，只有本人可读；用 --pass-file 可加密），公钥 {}",
        "made: private key {} (not encrypted, readable by you alone; --pass-file encrypts it), public key {}";
    KeyMadeSealed: "已生成：私钥 {}（已用口令加密），公钥 {}", "made: private key {} (encrypted with the pass phrase), public key {}";
    KeyIsPlain: "{}：私钥，未加密", "{}: private key, not encrypted";
    KeyIsSealed: "{}：私钥，已用口令加密", "{}: private key, encrypted with a pass phrase";
    KeyIsPublic: "{}：公钥", "{}: public key";
    KeyOpen: "别人也能读私钥 {}；请改为只有本人可读（chmod 600）", "others can read the private key {}; make it readable by you alone (chmod 600)";
    KeyPhrase: "私钥 {} 已加密：口令缺失或不对；用 --pass-file 给出", "the private key {} is encrypted and the pass phrase is missing or wrong; give it with --pass-file";
    KeyNotPrivate: "{} 不是本程序认识的私钥（PEM 格式的 Ed25519）", "{} is not a private key that this program knows (Ed25519 in PEM)";
    KeyNotPublic: "{} 不是本程序认识的公钥（PEM 格式的 Ed25519）", "{} is not a public key that this program knows (Ed25519 in PEM)";
    PhraseShort: "口令至少 8 个字符", "a pass phrase has 8 characters at least";
    NoKeyList: "没有密钥名单 {}；先用 inkout keys new 生成密钥，再用 inkout keys trust 登记公钥",
        "there is no list of keys {}; make keys with inkout keys new and list them with inkout keys trust";
    BadRole: "姓名或岗位不能为空；角色用小写字母和连字符，如 compliance、archive、accounting、it、legal、executor、recipient",
        "the name must not be empty; roles are small letters and hyphens: compliance, archive, accounting, it, legal, executor, recipient";
    KeyTrusted: "已登记 {}；名单 {}，摘要 {}", "listed {}; list {}, digest {}";
    KeyListVoids: "名单变了：按旧名单做的计划和审批不再有效", "the list has changed: plans and approvals made under the old one are void";
    KeyLine: "{}　角色 {}　有效期至 {}　{}", "{}  roles {}  until {}  {}";
    KeyCounts: "有效", "counts";
    KeyOver: "已过期", "over";
    KeyListDigest: "共 {} 把密钥；名单摘要 {}", "{} keys; digest of the list {}";

    // Policies and facts.
    NoProfile: "没有政策 {}；可用：{}，或自己的 .toml 文件", "there is no policy {}; there are {}, or give an own .toml file";
    BadPolicy: "政策文件有误：{}", "bad policy: {}";
    BadFacts: "事实有误：{}。可用的事件：{}", "bad facts: {}. Events: {}";

    // Refused papers.
    PlanExpired: "计划已过期；请重新做计划", "the plan has expired; make it anew";
    OtherKeys: "密钥名单与计划绑定的不是同一份；请重新做计划和审批", "the list of keys is not the one that the plan is bound to; make plan and approvals anew";
    OtherPolicy: "政策与计划绑定的不是同一份；请重新做计划", "the policy is not the one that the plan is bound to; make the plan anew";
    NoRequest: "缺少申请人的签名申请，或申请不成立", "the signed request of the one who asks is missing or does not hold";
    NotMadeHere: "计划 {} 不是在作业目录 {} 里做的，那里的审计日志没有它；请用 --job 给出做计划的作业目录",
        "plan {} was not made in the job folder {}: its trail does not tell of it; give the folder that it was made in with --job";
    HoldsMissing: "审计日志里有保全，保全文件 {} 却不在；什么也没有动。请先恢复它；没有备份时，用 inkout hold add 重新加保全，再由名单上的人用 inkout hold release 解除丢失的那些",
        "the trail tells of holds, but their file {} is missing; nothing was touched. Restore it first; where there is no copy, put them on again with inkout hold add, and somebody on the list ends the lost ones with inkout hold release";
    HoldsOther: "保全 {} 在文件 {} 里与审计日志不符：被改动、删除，或写成了已解除；什么也没有动。请先恢复该文件；没有备份时，用 inkout hold add 重新加保全，再由名单上的人用 inkout hold release 解除旧的",
        "holds {} do not stand in {} as the trail tells of them: changed, taken out, or called released; nothing was touched. Restore the file first; where there is no copy, put them on again with inkout hold add, and somebody on the list ends the old ones with inkout hold release";
    Rejected: "密钥 {} 的持有人否决了这个计划", "the bearer of key {} has rejected the plan";
    RoleMissing: "缺少角色 {} 的审批", "an approval with the role {} is missing";
    Held: "保全 {} 覆盖了计划中的文件；解除保全或重新做计划", "hold {} keeps a file of the plan; release it or make the plan anew";
    TooFew: "有效审批 {} 份，需要 {} 份", "{} approvals count, {} are needed";
    Discounted: "密钥 {} 的审批不算：{}", "the approval with key {} does not count: {}";
    NotThisPlan: "针对的是另一个计划，或计划在审批后被改动", "it is for another plan, or the plan was changed after it";
    BadSignature: "签名不成立", "its signature does not hold";
    NotListed: "这把密钥不在名单上，或已过期", "the key is not on the list, or no longer counts";
    NotTheirRole: "持有人没有这个角色", "the bearer does not have this role";
    IsRequester: "申请人不能审批自己的计划", "whoever asks for a plan cannot approve it";
    SameKey: "同一把密钥已经审批过", "the same key has approved already";
    ApprovalExpired: "审批已过期，或有效期长过政策允许", "it has expired, or holds longer than the policy allows";
    WrongTime: "审批时间早于计划或晚于现在", "it is dated before the plan or after now";
    RoleNotYours: "名单没有给你角色 {}；你的角色：{}", "the list does not give you the role {}; yours are {}";
    ApprovedNow: "已审批计划 {}（{} 个文件），角色 {}，有效至 {}：{}", "approved plan {} ({} files) as {}, until {}: {}";
    RejectedNow: "已否决计划 {}（{} 个文件），角色 {}，有效至 {}：{}", "rejected plan {} ({} files) as {}, until {}: {}";

    // The trail.
    TrailTorn: "审计日志末尾有 {} 字节没写完（上次写入中断），已截去并记录", "the audit trail ended in {} bytes that were not finished; they were cut off, and that is recorded";
    TrailLocked: "审计日志正被另一次运行使用；等它结束", "the audit trail is in use by another run; wait for it";
    TrailBroken: "审计日志从第 {} 条起不成立，已停止：什么也没做。用 inkout audit verify 查看",
        "the audit trail does not hold from record {} on; nothing was done. See inkout audit verify";
    TrailCheckpoint: "审计日志与它自己的检查点不一致，已停止：什么也没做。用 inkout audit verify 查看",
        "the audit trail does not agree with its own checkpoint; nothing was done. See inkout audit verify";
    TrailFailed: "写不了审计日志：{}", "the audit trail cannot be written: {}";
    NoTrail: "作业目录 {} 里没有审计日志", "the job folder {} holds no audit trail";
    AuditKey: "审计签名密钥：{}；私钥在作业目录 audit.key（未加密，只有本人可读）", "key that signs the trail: {}; its private half is audit.key in the job folder (not encrypted, readable by you alone)";
    TrailSize: "审计日志：{} 条，树根 {}", "audit trail: {} records, root {}";
    TrailCheckpoints: "相符的检查点：旁边 {} 个，外部 {} 个", "checkpoints that agree: {} beside it, {} from elsewhere";
    TrailKey: "签名密钥：{}", "signing key: {}";
    FaultLine: "不成立：第 {} 条不是该在那里的记录（改动、插入、删除或调换），其后未再检查", "does not hold: record {} is not the one that belongs there (changed, inserted, removed or swapped); what follows was not looked at";
    FaultTorn: "不成立：最后一条没有写完（{} 字节）", "does not hold: the last record is not finished ({} bytes)";
    FaultSignature: "不成立：检查点 {} 的签名不对", "does not hold: the signature of checkpoint {} is wrong";
    FaultNote: "不成立：{} 不是检查点", "does not hold: {} is not a checkpoint";
    FaultShort: "不成立：日志只有 {} 条，检查点说有 {} 条：尾部被截去", "does not hold: the trail has {} records, a checkpoint says {}: its tail was cut off";
    FaultOther: "不成立：前 {} 条与检查点不同：历史被改写", "does not hold: the first {} records are not those of the checkpoint: history was rewritten";
    FaultForeign: "不成立：检查点 {} 属于另一本日志，或由另一把密钥签名", "does not hold: checkpoint {} belongs to another trail, or another key signed it";
    TrailGood: "成立：外部检查点覆盖前 {} 条，共 {} 条", "holds: the checkpoint from elsewhere covers the first {} of {} records";
    TrailGoodAlone: "链条成立。没有给出外部检查点：截尾或整链重写看不出来，请用 --checkpoint 给出保存在别处的检查点",
        "the chain holds. No checkpoint from elsewhere was given: a cut tail or a chain made anew would not show; give one that was kept elsewhere with --checkpoint";
    TrailBad: "审计日志不成立", "the audit trail does not hold";
    QueryCount: "{} 条", "{} records";
    QueryUnreadable: "{} 条记录本程序不认识", "{} records are not known to this program";
    QueryTicket: "工单 {}", "ticket {}";
    QueryPlan: "计划 {}", "plan {}";
    QueryRun: "运行 {}", "run {}";
    QueryOperator: "操作人 {}", "by {}";
    QueryReason: "原因 {}", "reason {}";
    QueryObject: "对象 {}", "about {}";
    QueryResult: "结果 {}", "result {}";

    // Plans.
    OutcomeHandOver: "移交", "hand over";
    OutcomeSeal: "封存", "seal";
    OutcomeErase: "销毁", "erase";
    ScanUnfinished: "扫描没有完成；用同样的命令接着扫描，再做计划", "the scan is not finished; the same command goes on with it, then plan";
    OtherRules: "扫描时用的规则与现在不同；请重新扫描，或用 --rules 给出扫描时的规则文件",
        "the scan was made with other rules; scan again, or give the rule files of the scan with --rules";
    PlanEmpty: "计划里一个文件也没有：清单为空，或 --include 没有选中任何文件；空清单不等于“全部销毁”",
        "the plan names no file: the inventory is empty or --include selects nothing. An empty list never means everything";
    ProtectedRoot: "{} 是系统目录或整个主目录，不做会移走文件的计划；请扫描具体的业务目录", "{} is a folder of the system or a whole home: nothing is planned to be taken from it; scan the business folder itself";
    BadReceipt: "回执 {} 不算：格式、签名或密钥名单（角色 recipient）不对，或不是全部收到", "receipt {} does not count: form, signature, list of keys (role recipient), or not everything arrived";
    PlanTitle: "{}计划 {}\n  {}", "plan to {} {}\n  {}";
    PlanCounts: "文件 {} 个（{}），其中执行 {} 个（{}）", "{} files ({}), of which {} are to be dealt with ({})";
    PlanRest: "其中 {} 个文件含有最长期限已到、法律不要求保留的内容：封存或原样移交时这部分脱敏",
        "{} files hold what no law keeps and whose maximum is over: in archives and full copies that part is redacted";
    PlanRefused: "不执行 {} 个，原样保留：", "{} are left as they are:";
    PlanClasses: "按级别（JR/T 0171）：{}", "by class (JR/T 0171): {}";
    PlanCategory: "{}：{} 条，不同值 {}，门槛 {}：{}", "{}: {} items, {} different, threshold {}: {}";
    PlanMixed: "  合计已达混合门槛的 {}%（法释〔2017〕10 号 第五条）", "  together {}% of the mixed threshold (judicial interpretation 2017-10, article 5)";
    ReachBelow: "未达", "below";
    ReachInDuties: "达到履职所得的一半门槛", "half the threshold, that of data obtained in one's duties";
    ReachSerious: "达到“情节严重”", "reaches \"serious\"";
    ReachVerySerious: "达到“情节特别严重”", "reaches \"very serious\"";
    PlanNeeds: "需要申请人以外 {} 人审批，角色：{}；审批 {} 小时内有效", "needs {} approvers besides who asks, roles: {}; an approval holds {} hours";
    PlanTimes: "制作 {}，有效至 {}", "made {}, valid until {}";
    PlanTicket: "工单 {}；原因：{}", "ticket {}; reason: {}";
    PlanBasis: "法律依据：{}", "legal basis: {}";
    PlanNotice: "告知：{}；同意或确认：{}", "notice: {}; consent or confirmation: {}";
    PlanOrganisation: "机构：{}，{}{}", "organisation: {}, {}{}";
    RoleHandler: "处理者（自己客户的数据）", "handler (its own clients' data)";
    RoleTrustee: "受托人（委托方的数据）", "trustee (a client's data)";
    Closing: "，机构正在终止", ", closing";
    PlanRecipient: "接收方：{}（{}）；用途：{}；副本：{}", "recipient: {} ({}); purpose: {}; copies: {}";
    PlanLive: "原文件：{}", "live files: {}";
    LiveKeep: "留在原处，收回访问权限", "stay where they are, with access cut";
    LiveMask: "换成脱敏副本", "masked copies take their place";
    LiveErase: "封存核实后销毁", "erased once the archive is proved";
    PlanSealed: "封存归档：{}（{} 封存，{} 个文件，{}）", "sealed archive: {} (sealed {}, {} files, {})";
    PlanWithoutKey: "归档的密钥不随它销毁：{}", "the archive's key is not destroyed with it: {}";
    SealedUnknown: "归档 {} 不是这个作业封存的：审计日志里没有它，或封存计划不在作业目录里；请用 --job 给出封存时的作业目录",
        "archive {} was not sealed by this job: its trail does not tell of it, or the plan of the sealing is not in the job folder; give the folder of the sealing with --job";
    SealedNoKey: "归档 {} 的密钥不在 {}：用 --archive-key 给出；确实没有了，用 --key-gone 说明理由",
        "the key of archive {} is not at {}: give it with --archive-key, or say with --key-gone why there is none";
    SealedDue: "归档里的 {} 个文件期限都已到：", "the terms of all {} files in the archive are over:";
    SealedKept: "归档里有 {} 个文件，其中 {} 个现在还不能销毁；最严的一条：", "of {} files in the archive {} may not be destroyed yet; the strictest:";
    SealedKeyStays: "归档的密钥 {} 不能销毁：{}。只销毁密文不算销毁归档；没有生成计划", "the key of the archive, {}, cannot be destroyed: {}. Without it the archive would not be destroyed; no plan was made";
    SealedOtherPlace: "归档 {} 还在 {}：不能销毁一个副本却说归档已销毁；请去掉 --archives，或先把归档移到那里再运行 inkout seal check",
        "archive {} is still at {}: a copy cannot be destroyed in its place; leave out --archives, or move the archive there and run inkout seal check first";
    PlanOtherDates: "注意：判断期限所用的日期与封存时不同：{} 个文件按封存时的日期最晚要留到 {} 之前，按现在的日期最早 {} 可以销毁；请审批人核实",
        "note: the dates are other than at the sealing: {} files had to stay until {} by those, and may go from {} on by these; approvers must look into it";
    PlanBackup: "备份：{}", "backup: {}";
    PlanNoBackup: "没有备份，原因：{}", "no backup, because: {}";
    PlanUndo: "隔离后 {} 天内可以撤销", "the quarantine can be undone for {} days";
    BoundInventory: "绑定：清单 {}", "bound to: inventory {}";
    BoundPolicy: "　　　政策 {}", "          policy {}";
    BoundRules: "　　　规则 {}", "          rules {}";
    BoundKeys: "　　　密钥名单 {}", "          list of keys {}";
    StateDue: "已到期", "due";
    StateNotDue: "未到期", "not due";
    StateUnknown: "起算日不明", "start unknown";
    StateEarliest: "（最早 {}）", " (from {} on)";
    StateMissing: "，缺日期：{}", ", date missing: {}";
    StateHold: "，保全 {}", ", hold {}";
    StateRedactRest: "，应保留的部分之外须脱敏", ", all but the necessary part is to be redacted";
    StateRule: "；依据 {}：{}", "; {}: {}";
    ItemRefused: "不执行：{}", "left as it is: {}";
    ItemForecast: "（预计等级 {}）", " (forecast {})";
    ItemCopies: "内容相同的还有：{} 号", "same content: no. {}";
    ItemsMore: "……还有 {} 个；加 --all 全部列出", "… and {} more; --all lists every one";
    WhyNotDue: "保存期限未到", "a term still runs";
    WhyUnknownClock: "起算日不明，按未到期处理", "it is not known when the term began: taken as not due";
    WhyHold: "有保全", "a hold keeps it";
    WhyNotHandedOver: "须先移交并收到回执", "it must be handed over first, with a receipt";
    WhyOtherNames: "还有计划之外的硬链接", "it has other names (hard links) that are not in the plan";
    WhyUnreadable: "打不开或读不了", "it cannot be opened or read";
    WhyNotAFile: "不是普通文件（链接、设备或目录）", "it is no regular file (a link, device or folder)";
    WhyChanged: "扫描之后被改动过", "it changed after the scan";
    WhyNotScanned: "扫描没有读全，不知道里面还有什么", "the scan could not read all of it: nobody knows what else is in it";
    WhyWouldBeALie: "这里的存储会保留旧内容，覆写等于没有销毁", "the storage keeps old content: erasing here would be a lie";
    WhyNothingFound: "没有这个计划所针对的内容", "it holds nothing that the plan is for";
    WhyStateSecret: "带有国家秘密标志：没有解密或批准文号（--secrecy-release）不处理，任何情况下不出境",
        "it is marked as a state secret: not without the reference of a release (--secrecy-release), and never abroad";
    WhyMarkedOtherwise: "复核人标为另一种处理", "a reviewer marked it for another outcome";
    WhyNotMarked: "复核人没有标它（--marked-only）", "no reviewer marked it (--marked-only)";
    WhyArchive: "属于封存归档或备份（密文、记录或密钥）：只能用 plan erase --sealed 或 backup destroy-key 终结", "it belongs to a sealed archive or a backup (part, record or key): those end by plan erase --sealed or backup destroy-key";
    MarksFalse: "按复核结论略去 {} 处误报", "left out by the review: {} false alarms";
    MarksInPart: "有 {} 条移交、封存或销毁的标记不是标在整个文件上，计划只按文件处理，没有采用",
        "{} marks (hand over, seal, erase) name less than a whole file: plans deal with files, so they were not taken";
    MarksBroken: "复核标记与政策冲突 {} 个（标为{}），不采用：", "{} of the reviewer's marks ({}) break the policy and do not stand:";
    MarkBroken: "  {} 号 {}：{}；{}", "  no. {} {}: {}; {}";
    BadMask: "--mask 写成 对象=方式：对象是 C1、C2、C3、规则编号，或 {}；方式是 strict、display、label、token、remove",
        "--mask takes OF=HOW: of C1, C2, C3, the id of a rule, or {}; how is strict, display, label, token or remove";
    PlanMasks: "　　　　其中：{}", "  but: {}";
    PlanRelease: "国家秘密标志的解密或批准文号：{}", "release of state secrets: {}";
    PlanDecisions: "　　　复核结论 {} 条 {}", "          review of {} decisions {}";
    WhyDue: "期限已满，应当销毁而不是封存", "its terms are over: to be erased, not kept";
    PlanAt: "计划已写到 {}", "plan written to {}";
    PlanPart: "注意：计划只包括清单 {1} 个文件中的 {0} 个（--include）", "note: the plan covers {} of {} files of the inventory (--include)";
    Unlisted: "这些目录里有 {} 个文件不在清单中（扫描之后新增，或当时未纳入），计划没有包括它们；需要时请重新扫描",
        "{} files in these folders are not in the inventory (new since, or not scanned): the plan does not cover them; scan again if it should";
    NextApprove: "下一步：请两位审批人各自运行 inkout approve {} --key 私钥 --role 角色", "next: two approvers each run inkout approve {} --key KEY --role ROLE";
    NothingToApprove: "没有一个文件可以执行，不需要审批", "not one file can be dealt with: there is nothing to approve";
    NoKeysHere: "没有密钥名单，不能核对审批", "there is no list of keys here: approvals cannot be checked";
    ApprovedBy: "审批：{}（{}）{}　密钥 {}", "approved by {} ({}) {}  key {}";
    IsApproved: "可以执行，至 {}", "may be carried out, until {}";
    IsNotApproved: "现在不能执行：{}", "cannot be carried out now: {}";
    CheckBad: "{} 号 {}：{}", "no. {} {}: {}";
    CheckStale: "{} 个文件已不是计划时的样子；执行时会被拒绝", "{} files are no longer as planned; they will be refused";
    CheckGood: "{} 个文件与计划一致", "{} files are as planned";
    DiffTitle: "计划 {} 与 {} 的差别", "what differs between plans {} and {}";
    DiffFrame: "! 文件以外的内容有变化（工单、原因、政策、名单、接收方等）", "! something besides the files differs (ticket, reason, policy, list of keys, recipient …)";
    DiffAdded: "新增", "added";
    DiffRemoved: "去掉", "removed";
    DiffContent: "内容变化", "other content";
    DiffDecision: "结论变化", "other decision";
    DiffCount: "{} 个文件有差别", "{} files differ";

    // Holds.
    HoldNothing: "没有选中任何文件；检查 {}", "no file is selected; check {}";
    HoldAdded: "已加保全 {}：{} 个文件", "hold {} added: {} files";
    HoldAddedAll: "已加保全 {}：全部文件（另列 {} 个）", "hold {} added: every file ({} listed)";
    HoldBadId: "{}：要小写十六进制的键控标识：文件至少 8 位，个人 32 位", "{}: give a keyed id in small hexadecimal digits: 8 at least of a file, 32 of a person";
    HoldNoFile: "没有文件、或不止一个文件的标识以 {} 开头：请给全", "no file, or more than one, has an id that begins with {}: give it whole";
    HoldTooLate: "其中 {} 个文件在此之前已经销毁，或正在销毁，保全对它们已没有作用", "{} of the files were destroyed before, or are being destroyed: for them the hold comes too late";
    HoldMayBeLate: "有清除正在进行，其运行目录读不到：其中 {} 个文件可能已经销毁，看那次运行的结果", "a purge is under way whose folder cannot be read: {} of the files may be destroyed; see how it ends";
    HoldUnread: "{} 个文件没有读全，可能含有此人信息，一并保全", "{} files could not be read wholly and may hold the person's data: they are kept too";
    HoldPlansUnread: "这个作业有 {} 份计划读不出来：只列在其中的文件（如正在隔离的）没有受到这项保全", "{} plans of this job cannot be read: files that stand in them alone, such as those in quarantine, are not held";
    HoldActive: "有效", "holds";
    HoldReleased: "已解除", "released";
    HoldOver: "已到期", "over";
    HoldOfAll: "全部文件", "everything";
    HoldOfPerson: "个人 {}，{} 个文件", "person {}, {} files";
    HoldOfPaths: "{} 个文件", "{} files";
    HoldLine: "{}　{}　{}　加于 {}　至 {}　{}", "{}  {}  {}  added {}  until {}  {}";
    HoldCount: "共 {} 项保全", "{} holds";
    HoldEnded: "已解除保全 {}", "hold {} released";
    NoHold: "没有有效的保全 {}；用 inkout hold list 查看", "there is no hold {} to release; see inkout hold list";
    SubjectUnknown: "第一行不像本程序认识的证件号、账号、电话等；改用 --path", "the first line is not a value that this program knows (document, account, telephone …); use --path";

    // Certificates.
    CertErase: "数据销毁证明", "Certificate of Data Destruction";
    CertHandOver: "数据移交清单", "Record of Data Handed Over";
    CertSeal: "数据封存清单", "Record of Data Sealed";
    CertIssuer: "出具单位", "issued by";
    CertNumber: "编号", "No.";
    CertDate: "日期", "date";
    CertFoot: "本页由 inkout 生成；原件为同目录的 certificate.json，以其签名为准", "made by inkout; the signed original is certificate.json beside this page";
    CertSaysErase: "兹证明：下列数据已按经审批的计划处理，共 {} 个文件（{}）已销毁，{} 个文件未销毁，原因见第六项。每个文件的结论仅为其等级所示，不多作主张。",
        "This is to certify that, by the approved plan, {} files ({}) were destroyed and {} were not, for the reasons in section 6. Of each file no more is claimed than its grade says.";
    CertSaysHandOver: "兹证明：下列数据已按经审批的计划制成移交包，共 {} 个文件（{}），{} 个文件未移交，原因见第六项。",
        "This is to certify that, by the approved plan, {} files ({}) were put into the package for the recipient and {} were not, for the reasons in section 6.";
    CertSaysSeal: "兹证明：下列数据已按经审批的计划加密封存并逐字节核对，共 {} 个文件（{}），{} 个文件未封存，原因见第六项。",
        "This is to certify that, by the approved plan, {} files ({}) were sealed encrypted and compared byte by byte, and {} were not, for the reasons in section 6.";
    CertCase: "一、事由与依据", "1. Case and legal basis";
    CertTicket: "工单", "ticket";
    CertReason: "原因", "reason";
    CertBasis: "法律依据", "legal basis";
    CertNotice: "告知文书", "notice";
    CertConsent: "同意或确认", "consent";
    CertOrganisation: "机构类型", "organisation";
    CertRole: "数据角色", "role";
    CertPlan: "计划编号", "plan id";
    CertRun: "运行编号", "run id";
    CertStarted: "开始（UTC）", "started (UTC)";
    CertEnded: "结束（UTC）", "ended (UTC)";
    CertRecipient: "接收方", "recipient";
    CertPurpose: "用途", "purpose";
    CertCountry: "目的地", "destination";
    CertCopies: "副本形式", "copies";
    CertRetention: "二、保存期限", "2. Retention";
    CertRule: "规则", "rule";
    CertArticle: "法律与条款", "law and article";
    CertFiles: "文件", "files";
    CertEarliest: "最早可销毁日", "may go from";
    CertApprovals: "三、审批", "3. Approvals";
    CertName: "姓名或岗位", "name or office";
    CertAs: "角色", "role";
    CertTime: "时间（UTC）", "time (UTC)";
    CertKey: "密钥", "key";
    CertRequester: "申请", "request";
    CertMethod: "四、方法与设备", "4. Method and equipment";
    CertMethods: "方法", "method";
    CertTool: "程序", "program";
    CertSystem: "系统", "system";
    CertHost: "主机（键控标识）", "host (keyed id)";
    CertDevice: "设备", "device";
    CertBackup: "备份", "backup";
    CertResult: "五、结果", "5. Result";
    CertGrade: "等级", "grade";
    CertBytes: "字节", "bytes";
    CertMeans: "含义", "meaning";
    CertMedium: "介质", "medium";
    CertNotDone: "六、未执行的部分及原因", "6. What was not done, and why";
    CertWhy: "原因", "reason";
    CertNothingLeft: "无。计划中的文件全部执行。", "Nothing: every file of the plan was dealt with.";
    CertRemaining: "七、仍然存在的副本", "7. Copies that remain";
    CertKind: "种类", "kind";
    CertId: "标识", "id";
    CertUntil: "至", "until";
    CertNoRemaining: "本程序未知有其他副本。计划以外的副本、邮件附件、纸质件、第三方留存不在查证范围内。",
        "No other copy is known to this program. Copies outside the plan, in mail, on paper or with third parties were not looked for.";
    CertRemainBackup: "备份", "backup";
    CertRemainSealed: "封存归档", "sealed archive";
    CertRemainHanded: "已移交副本", "copy handed over";
    CertRemainSnapshot: "快照", "snapshot";
    CertRestRedacted: "档案里存的是副本：依法应保留的部分之外已脱敏", "the archive holds a copy: all but the part that the law wants kept is redacted";
    CertSaysSealed: "兹证明：封存归档 {}（内有 {} 个文件）已按经审批的计划销毁：其密钥和密文共 {} 个文件已销毁，{} 个未销毁，原因见第六项。每个文件的结论仅为其等级所示，不多作主张。",
        "This is to certify that, by the approved plan, the sealed archive {} ({} files in it) was destroyed: {} files of its key and box were destroyed and {} were not, for the reasons in section 6. Of each file no more is claimed than its grade says.";
    CertArchive: "封存归档", "sealed archive";
    CertSealPlan: "封存计划", "plan of the sealing";
    CertDates: "判断期限的日期", "dates of the terms";
    CertArchiveKey: "归档密钥", "key of the archive";
    CertWithin: "归档内 {}", "in archive {}";
    CertRemainArchive: "归档在别处的副本，可用此公钥对应的私钥打开", "copies of the archive elsewhere, which the bearer of this public key opens";
    CertLimitArchive: "归档及其密钥在别处的副本（备份、其他介质、接收人手里）没有查找，也没有销毁；谁同时有归档的副本和密钥的副本，仍可打开。",
        "Copies of the archive and of its key elsewhere (backups, other media, other bearers) were not looked for and not destroyed; whoever has a copy of both still opens it.";
    CertRemainMasked: "原处的脱敏副本（份数）", "masked copies where the files were (number)";
    CertRemainSame: "内容相同而未执行的文件（清册序号）", "file with the same content, not dealt with (register no.)";
    CertLimits: "八、说明与边界", "8. What this does not say";
    CertLimitAddress: "等级只说明系统可见的逻辑地址空间。非磁盘介质的磨损均衡、备用区块，以及云端和存储服务商的副本不在本程序可及范围内。",
        "Grades speak of the logical addresses that the system shows. Spare blocks and wear levelling of other media than magnetic disks, and copies of cloud and storage providers, are out of reach.";
    CertLimitClear: "等级 A、B 相当于 NIST SP 800-88 的 Clear，本证明不主张 Purge 或 Destroy；等级 D 仅为删除。",
        "Grades A and B correspond to Clear of NIST SP 800-88; neither Purge nor Destroy is claimed. Grade D is deletion only.";
    CertLimitPackage: "移交包的完整性以接收方签名的回执为准；收到回执之前，原件不得销毁。",
        "That the package arrived whole is for the recipient's signed receipt to say; before it the originals must not be erased.";
    CertLimitSeal: "封存不是销毁：数据仍受法律保护，只可存储和保护，至少每年复核一次。",
        "Sealing is not destruction: the data stay protected by law, may only be stored and protected, and are to be looked at once a year at least.";
    CertLimitLaw: "保存期限表由程序随附，供核对之用，不构成法律意见；标为二手来源、推算或凭记忆的条款须由法务确认。",
        "The retention table comes with the program and is no legal advice; rows marked as second-hand, deduced or from memory are to be confirmed by counsel.";
    CertLimitSecret: "本程序不用于国家秘密载体。", "This program is not for state secrets.";
    CertLimitMasked: "清册以键控标识列出文件，不含姓名、号码和可读路径；标识可由持有作业密钥者核对。",
        "The register names files by keyed identities, without names, numbers or readable paths; whoever holds the job's key can match them.";
    CertLimitClearPaths: "清册含可读路径，可能含有客户姓名，仅供委托方留存。",
        "The register holds readable paths, which may hold clients' names: for the client alone.";
    CertRecords: "本证明及清册至少保存 {} 年；会计档案的销毁清册永久保存。", "Keep this certificate and its register {} years at least; registers of destroyed accounting archives for ever.";
    CertCheckpoint: "九、审计日志检查点", "9. Checkpoint of the audit trail";
    CertCheckpointHow: "请将本检查点与日志分开保存。日后用 inkout audit verify --checkpoint 核对：日志若被截尾或改写，会与此不符。",
        "Keep this apart from the trail. inkout audit verify --checkpoint holds the trail against it: a cut or rewritten trail will not agree.";
    CertOperator: "操作人", "operator";
    CertVerifier: "复核人", "verifier";
    CertHead: "单位负责人", "head of unit";
    CertByHand: "（手签）", "(by hand)";
    CertRegister: "附：清册", "Annex: register";
    CertItem: "序号", "no.";
    CertPath: "文件（键控标识）", "file (keyed id)";
    CertPathClear: "文件", "file";
    CertClasses: "级别计数", "counts by class";
    CertContent: "内容（键控摘要）", "content (keyed digest)";
    CertOutcome: "结果", "result";
    CertWithheld: "做不出通过复核的脱敏副本（如含图片、读不全），没有移交或封存", "no redacted copy of it passed the checks (pictures, parts that cannot be read): it was left out";
    CertDone: "已执行", "done";
    RoleCompliance: "合规", "compliance";
    RoleArchive: "档案", "archive";
    RoleAccounting: "会计", "accounting";
    RoleIt: "信息技术", "it";
    RoleLegal: "法务", "legal";
    RoleExecutor: "执行", "executor";
    RoleRecipient: "接收方", "recipient";
    MethodOverwrite: "以键控随机流就地覆写一遍", "one overwrite in place with a keyed stream";
    MethodReadBack: "全部读回比对", "all of it read back and compared";
    MethodJournal: "清空文件系统日志", "file system journal emptied";
    MethodResidue: "整卷残留扫描", "search of the whole volume for residue";
    MethodSevenZ: "7z 加密（AES-256，文件名加密）", "7z, AES-256, names encrypted";
    MethodZip: "zip 加密（AES-256）", "zip, AES-256";
    MethodAge: "age 加密", "age";
    MethodPlain: "未加密的 BagIt 目录", "BagIt folder, not encrypted";
    MethodCompared: "打开并逐字节比对", "opened and compared byte by byte";
    CertSameKey: "复核人不能是操作人", "the verifier must not be the operator";
    CertNoRun: "没有运行结果 {}；先执行计划，或给出结果文件", "there is no result of a run {}; carry a plan out first, or give the result's file";
    CertNoPlan: "作业目录里没有编号为 {} 的计划；用 --plan 给出", "the job folder holds no plan {}; give it with --plan";
    CertAt: "证明已写到 {}（certificate.html 可打印，certificate.json 为签名原件，checkpoint.note 请另行保存）",
        "certificate written to {} (print certificate.html; certificate.json is the signed original; keep checkpoint.note elsewhere)";
    CertGood: "成立：{} 编号 {}，{} 签名，签名人 {}", "holds: {} no. {}, {} signatures, by {}";
    CertBad: "不成立：{} 的签名不对，或内容被改动", "does not hold: a signature of {} is wrong, or it was changed";
    CertUnlisted: "注意：签名密钥 {} 不在密钥名单上", "note: the signing key {} is not on the list of keys";
    CertOperatorKey: "--operator-key 不是运行结果里操作人的密钥", "--operator-key is not the operator's key of the run";
}
