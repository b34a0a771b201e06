//! Messages about quarantine, erasure and its proof.

use super::messages::messages;

messages! {
    /// A message for people about quarantine, erasure and its proof.
    EraseWord;

    // Grades.
    GradeA: "内容、文件名及扩展属性已覆写，整卷残留扫描未发现残留",
        "content, names and attributes overwritten; a search of the whole volume found nothing of it";
    GradeB: "内容已就地覆写并绕过缓存校验；文件名等元数据可能残留于日志",
        "content overwritten in place and read back past the cache; names may remain in a journal";
    GradeC: "已覆写并校验，但无法证明写入原物理位置",
        "overwritten and read back, but the system cannot show that it was in place";
    GradeD: "仅逻辑删除，旧数据可能仍可恢复；须整盘净化或销毁密钥",
        "deleted only: old data may still be recovered; sanitise the whole device or destroy its key";
    GradeF: "未执行，或不能称为销毁", "not done, or nothing that may be called erased";
    GradeK: "密钥已销毁，仅余密文", "the key is destroyed; only ciphertext remains";

    // Media.
    MediumRotational: "磁盘", "magnetic disk";
    MediumFlash: "闪存", "flash memory";
    MediumVirtual: "虚拟磁盘", "virtual disk";
    MediumNetwork: "网络存储", "network storage";
    MediumUnknown: "介质不明", "unknown medium";
    BeyondReach: "结论仅限系统可见的地址空间：磨损均衡、备用区块及云端副本不在本程序可及范围内，须另行做设备净化（IEEE 2883）或销毁介质。",
        "The grade speaks of the addresses that the system shows only. Worn-out, spare and provider's copies are out of reach: sanitise the device (IEEE 2883) or destroy it as well.";

    // Probe.
    ProbeTitle: "{0}：预计最高 {1} 级", "{0}: grade {1} at best";
    ProbeGrade: "  {0} 级的含义：{1}", "  {0} means: {1}";
    ProbeSystem: "  文件系统 {0}，介质：{1}", "  file system {0}, medium: {1}";
    ProbeDisk: "  磁盘 {0} {1}", "  disk {0} {1}";
    ProbeWithout: "  不做整卷残留扫描时为 {0} 级", "  without a search of the raw volume: {0}";
    ProbeHow: "  达到 A 级须：由 root 清除、卸载后执行 verify residue 且无残留",
        "  for an A: purge as root, then verify residue of the device without a hit";
    ProbeExtras: "  扩展属性 {0} 个，隐藏数据流 {1} 个", "  extended attributes: {0}, hidden streams: {1}";
    ProbeFailed: "{0}：无法查看（{1}）", "{0}: cannot be looked at ({1})";

    // Notes.
    NoteJournalNames: "文件名和属性可能留在文件系统日志里", "names and attributes may stand in the file system's journal";
    NoteFolderNames: "文件名可能留在目录块里", "names may stand in blocks of the folder";
    NoteAttributesLeft: "有扩展属性未能覆写", "some extended attributes could not be overwritten";
    NoteStreamsLeft: "有隐藏数据流未能覆写", "a hidden stream could not be overwritten";
    NoteDataJournal: "内容也写进日志，日志未能清空", "content goes through the journal, which could not be emptied";
    NoteInlineData: "内容存于元数据中，日志未能清空", "content lay within the metadata, whose journal could not be emptied";
    NoteEncoded: "内容被压缩或加密存放，覆写位置不可比较", "stored compressed or encrypted: overwriting cannot be compared";
    NoteCopyOnWrite: "该文件系统写时复制，覆写不动旧数据", "the file system writes elsewhere: overwriting leaves the old data";
    NoteMoved: "覆写后数据换了位置，旧位置未动", "after overwriting it lay elsewhere: the old place was left";
    NoteMappingUnknown: "系统不显示数据的物理位置", "the system does not show where the data lies";
    NoteCachedReadBack: "校验读取可能来自缓存", "reading back may have been answered from memory";
    NoteReadBackFailed: "读回的内容与写入的不同", "what was read back is not what was written";
    NoteRunOnVolume: "运行目录（含文件名）在同一卷上", "the folder of the run, with the names in it, is on the same volume";
    NoteSwapClear: "有未加密的交换区，内存页可能曾写入", "there is swap in clear: pages may have been written to it";
    NoteNotScanned: "尚未做整卷残留扫描", "the raw volume was not searched yet";
    NoteResidueFound: "残留扫描发现了内容", "the search found content of it";
    NoteNamesFound: "残留扫描发现了文件名或属性（也可能属于其他文件）", "the search found its name or an attribute (which may be that of another file)";
    NoteDeviceUnproved: "无法确认所扫描的设备就是该卷", "the searched device could not be told to be that of the volume";
    NoteUseUnproved: "无法完全确认没有其他程序打开它", "it could not be fully checked that no program has it open";
    NoteSharedExtents: "数据块与其他文件或快照共享", "its blocks are shared with another file or a snapshot";
    NoteKeptVersions: "底层（快照、精简池、缓存或写时复制的文件系统）保留旧数据块",
        "a layer below the file system (snapshot, thin pool, cache, copy-on-write) keeps old blocks";
    NoteOverlay: "位于叠加文件系统，下层原件不会改变", "on an overlay: the original in the lower layer would stay";
    NoteLayered: "所在文件系统把数据转存到看不见的另一层", "its file system passes it on to another one, which is not seen";
    NoteNetwork: "位于网络存储，对端的版本不可及", "on network storage: versions on the other side are out of reach";
    NoteOtherNames: "还有计划之外的硬链接", "it has other names (hard links) that are not in the plan";
    NoteChanged: "与计划中的文件不同", "it is not the file of the plan any more";
    NoteGone: "文件已不在", "it is not there any more";
    NoteFolderGone: "原来所在的文件夹已不在", "the folder that it was in is not there any more";
    NoteNotAFile: "不是普通文件", "it is no regular file";
    NoteWay: "路径中有链接或挂载点", "there is a link or a mount on its way";
    NoteSwapped: "同名位置上是别的文件", "something else has taken its name";
    NoteInUse: "正被某个程序打开", "some program has it open";
    NoteLocked: "被设为不可更改或只可追加", "it is immutable or append-only";
    NoteDenied: "没有权限", "no permission";
    NoteReadOnly: "文件系统只读", "the file system is read-only";
    NoteBelowAccepted: "预计等级低于所要求的等级", "the forecast is below the grade asked for";
    NoteIo: "读写错误", "an input or output error";
    NoteNoSpace: "空间不足", "no space left";
    HoldCame: "有一项保全针对这份计划：还没有写过的文件不再销毁；在此之前销毁的不能恢复（inkout hold list）",
        "a hold stands against this plan: nothing that was whole by then is destroyed; what was destroyed before stays so (inkout hold list)";
    NoteHold: "有保全要求", "a hold keeps it";
    NotePlan: "计划不包括它", "the plan does not take it";
    NoteReturned: "已放回原处", "put back where it was";
    NoteNoCopy: "做不出通过复核的脱敏副本，原件留在原处", "no masked copy of it passed the checks: it stays as it is";
    NoteNothingToMask: "里面没有要脱敏的内容，原件留在原处", "it holds nothing to be masked: it stays as it is";
    NoteQuarantined: "仍在隔离区", "still in quarantine";

    // Live copies of what was sealed.
    CopiesUnmade: "{} 的脱敏副本还没有做全就中断了，什么也没有移动，已做的副本已删除：删除这个文件夹，重新运行 inkout quarantine",
        "the masked copies of {} were never all made, and nothing was moved; those that were made are deleted: remove that folder and run inkout quarantine again";
    CopiesBlocked: "有 {} 份脱敏副本的位置上已有别的文件，没有替换任何东西：移开它们，再运行 inkout resume",
        "something else stands where {} of the masked copies belong, and nothing was replaced: move it away, then inkout resume";
    CopiesNowhere: "{} 份脱敏副本没有地方可放，原来的文件夹已不在：这些原件留在隔离区，不会销毁",
        "{} masked copies have no place, since the folder is not there any more: their files stay in quarantine and are not destroyed";
    CopiesNarrow: "其中 {} 份无法得到原件的全部权限：只有其所有者能读", "{} of them could not be given all rights of their files: only their owner can read them";
    CopiesKept: "{} 里还有脱敏副本：还有文件在隔离区，可能仍要用到",
        "masked copies are still in {}: files are in quarantine that may need them";
    CopiesThere: "{} 份脱敏副本已放到原件的位置", "{} masked copies stand where the files were";
    CopiesTaken: "已取走 {} 份脱敏副本", "{} masked copies taken away again";

    // Confirming.
    ConfirmQuarantine: "将把 {0} 个文件移入隔离区（{1} 前可以 undo）。确认请输入：{2}",
        "{0} files go into quarantine (undo until {1}). To confirm, type: {2}";
    ConfirmPurge: "将不可恢复地销毁 {0} 个文件，共 {1}。确认请输入：{2}",
        "{0} files, {1}, will be destroyed beyond recovery. To confirm, type: {2}";
    ConfirmTextQuarantine: "隔离 {0} {1}", "QUARANTINE {0} {1}";
    ConfirmTextPurge: "销毁 {0} {1}", "DESTROY {0} {1}";
    ConfirmNeeded: "没有终端可供确认：加上 --confirm \"{0}\"，或者对已批准的计划用 --yes。什么也没有改动。",
        "No terminal to confirm on: give --confirm \"{0}\", or --yes with an approved plan. Nothing was touched.";
    ConfirmWrong: "确认文字不符（应为 {0}）。什么也没有改动。", "That is not the text to confirm with ({0}). Nothing was touched.";

    // Results.
    Quarantined: "已移入隔离区：{0} 个文件", "In quarantine now: {0} files";
    QuarantineUntil: "在 {0}（UTC）之前可用 inkout undo {1} 放回；之后用 inkout purge 销毁。",
        "Until {0} (UTC) `inkout undo {1}` puts them back; after that `inkout purge` destroys them.";
    LeftAsTheyWere: "未动：{0} 个文件", "Left as they were: {0} files";
    LeftInQuarantine: "仍在隔离区：{0} 个文件", "Still in quarantine: {0} files";
    Because: "  {0} 个：{1}", "  {0}: {1}";
    Undone: "已放回原处：{0} 个文件", "Put back: {0} files";
    NotUndone: "不能放回：{0} 个文件（留在隔离区）", "Not put back: {0} files (they stay in quarantine)";
    DestroyedBefore: "已销毁、无法放回：{0} 个文件", "Destroyed before, beyond undoing: {0} files";
    Purged: "已销毁：{0} 个文件，{1}", "Destroyed: {0} files, {1}";
    ByGrade: "  {0} 级 {1} 个：{2}", "  {0}: {1} files, {2}";
    NamesHandled: "  其中 {0} 个的文件名和属性也已处理（日志已清空，目录已填充）",
        "  of these {0} with names and attributes dealt with, too (journal emptied, folders filled)";
    MustBeSaid: "说明：", "To be said:";
    NextResidue: "要争取 A 级：卸载该卷，执行 inkout verify residue --device 设备 --run {0}",
        "For an A: unmount the volume and run inkout verify residue --device DEVICE --run {0}";
    NextCertify: "下一步：请操作人以外的人出具证明：inkout certify {0} --job {1} --key 私钥 --issuer 单位 --out 新目录",
        "Next, somebody other than the operator: inkout certify {0} --job {1} --key KEY --issuer ORGANISATION --out NEW-FOLDER";
    ResultAt: "结果记录：{0}", "Result: {0}";
    FoldersKept: "空文件夹保留（加 --remove-empty-folders 可一并删除，其名称可能含个人信息）",
        "Empty folders were kept (--remove-empty-folders removes them; their names may hold personal data)";
    NothingBegun: "没有需要继续的事。", "There is nothing to go on with.";
    ResumedOnlyBegun: "没有有效批准，只完成了已开始的销毁；{0} 个文件原样留在隔离区。",
        "Without a valid approval only what had begun was finished; {0} files stay in quarantine as they were.";

    // Residue.
    ResidueTitle: "残留扫描：{0}，{1}，用时 {2} 秒（每秒 {3} MiB）", "Search for residue: {0}, {1}, in {2} s ({3} MiB/s)";
    ResidueCounts: "内容指纹 {0} 个，发现 {1} 个；文件名和属性指纹 {2} 个，发现 {3} 个",
        "fingerprints of content: {0}, found {1}; of names and attributes: {2}, found {3}";
    ResidueKept: "另有 {0} 个指纹在保留的文件里也有，不作判断", "{0} fingerprints stand in kept files too and were left out";
    ResidueAt: "  偏移 {0}：第 {1} 项的{2}", "  offset {0}: {2} of item {1}";
    ResidueContent: "内容", "content";
    ResidueName: "文件名或属性", "name or attribute";
    ResidueUnproved: "该设备不是（或无法确认是）所销毁文件的卷，等级不提高。",
        "This device is not, or cannot be told to be, the volume of the erased files: no grade is raised.";
    ResidueBlind: "看不到的：压缩或加密存放的副本、设备内部区域、其他卷。",
        "Out of sight: compressed or encrypted copies, areas inside the device, other volumes.";

    // Free space.
    ConfirmFill: "将覆写空闲空间 {0}（共 {1}，保留 {2} 不动），期间该卷几乎写满。确认请输入：{3}",
        "{0} of free space ({1} in all, {2} are left) will be overwritten; the volume is nearly full meanwhile. To confirm, type: {3}";
    ConfirmTextFill: "覆写空闲空间 {0}", "OVERWRITE FREE SPACE {0}";
    FillDone: "空闲空间已覆写一遍：{0}，读回一致 {1}（{2}，{3}）",
        "Free space overwritten once: {0}, read back {1} ({2}, {3})";
    FillLeft: "未覆写的空闲空间：{0}（预留 {1}），对它不作任何结论", "Free space not overwritten: {0} ({1} were left on purpose); nothing is said of it";
    FillClusters: "文件系统为自己保留的块未覆写；由 root 用 --reserve 0 在已停用的卷上执行才能覆盖",
        "What the file system keeps for itself was not reached; --reserve 0 as root, on a volume out of use, reaches it on ext4";
    FillBlind: "覆写不到的：已用块的尾部、目录和索引节点里的旧名称、日志、压缩或快照所占的块、设备内部区域。只有整卷残留扫描能证明某个文件已无残留。",
        "Out of reach: ends of used blocks, old names in folders and inodes, journals, blocks of snapshots, areas inside the device. Only a search of the volume proves that nothing of a file is left.";
    FillStopped: "中途停止（{0}）：占用的空间已全部释放，什么也没有证明；可重新执行", "Stopped on the way ({0}): all space is free again and nothing was proved; run it anew";
    FillRefused: "这里覆写空闲空间不能证明什么，拒绝执行：{0}", "Overwriting free space would prove nothing here, refused: {0}";

    // Troubles.
    RunFolder: "运行目录不可用（{0}）", "The folder of the run cannot be used ({0})";
    RunNotEmpty: "运行目录必须是新的或空的：{0}", "The folder of the run must be new or empty: {0}";
    OtherJob: "这个运行属于另一个作业目录，而不是 {0}", "The run belongs to another job folder than {0}";
    NoRun: "这个目录里没有运行记录：{0}", "There is no run in this folder: {0}";
    RunBusy: "另一个进程正在处理这个运行或这个卷，稍后再试", "Another process has this run or volume; try again later";
    JournalDamaged: "运行日志第 {0} 行损坏。不会再动任何文件；请保留运行目录备查", "The journal of the run is damaged at line {0}. No file will be touched; keep the folder for examination";
    IndexDamaged: "运行索引损坏或版本不同", "The index of the run is damaged or of another version";
    OtherPlan: "这个运行属于另一个计划", "The run belongs to another plan";
    WindowOpen: "撤销期到 {0}（UTC）才结束；要提前销毁，用 --waive-undo 写明理由",
        "It can be undone until {0} (UTC); to destroy before, give a reason with --waive-undo";
    NothingToErase: "计划里没有要销毁的文件", "The plan has no file to be erased";
    SystemRoot: "计划的根目录之一（第 {0} 个）是系统目录，拒绝执行", "Root {0} of the plan is a folder of the system: refused";
    RootGone: "计划的第 {0} 个根目录打不开（{1}）", "Root {0} of the plan cannot be opened ({1})";
    QuarantineGone: "第 {0} 个根目录的隔离区不在或不是本次运行的", "The quarantine folder of root {0} is missing or not of this run";
    StoppedAt: "遇到系统错误而停止（{0}）。没有丢失任何东西；排除后执行 inkout resume {1}",
        "Stopped at an error of the system ({0}). Nothing is lost; mend it, then run inkout resume {1}";
    InterruptedAt: "已按要求停止。继续：inkout resume {0}；放回未销毁的：inkout undo {0}",
        "Stopped as asked. To go on: inkout resume {0}; to put back what is whole: inkout undo {0}";
    DeviceUnreadable: "读不了这个设备（{0}）", "The device cannot be read ({0})";
    BackupNeeded: "销毁前要有验证过的备份，或用 --no-backup 写明理由", "Before destroying there must be a verified backup, or a reason given with --no-backup";
    BadJob: "作业目录里的 {0} 不可用：{1}", "{0} in the job folder cannot be used: {1}";
    NotApproved: "计划没有有效批准：{0}", "The plan is not validly approved: {0}";
    NotForErasing: "这个计划不是销毁计划", "This plan is not one for erasing";
}
