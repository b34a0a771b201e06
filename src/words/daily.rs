//! Messages about scheduled scans, differences, baselines, configuration and this machine.

use super::messages::messages;

messages! {
    /// A message for people about scheduled scans, differences, baselines, configuration and this machine.
    DailyWord;

    // Scans that go on from the one before.
    ClockBack: "这台机器的时钟比上次扫描结束时还早，无法凭时间判断哪些文件没有变；本次全部重新读取。请检查时钟",
        "the clock is before the end of the last scan, so times cannot tell what did not change; everything is read again. Check the clock";
    Carried: "沿用上次扫描的结果：{} 个没有变化；读取 {} 个", "carried over from the last scan: {} files that did not change; read: {}";
}
