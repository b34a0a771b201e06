//! What the system and the libraries say, in Chinese. They speak English alone, and a sentence that ends in another
//! language puzzles whoever reads it.

use super::Language;
use std::borrow::Cow;

/// Said, and what it means. The longer of two that begin alike comes first.
const SAID: &[(&str, &str)] = &[
    ("No such file or directory", "没有这个文件或文件夹"),
    ("Permission denied", "没有权限"),
    ("Operation not permitted", "系统不允许"),
    ("File exists", "已经存在"),
    ("Not a directory", "路径中间有一个不是文件夹"),
    ("Is a directory", "是文件夹，不是文件"),
    ("Directory not empty", "文件夹不是空的"),
    ("Invalid argument", "系统不接受"),
    ("Too many open files", "打开的文件太多"),
    ("File too large", "文件太大"),
    ("No space left on device", "磁盘已满"),
    ("Disk quota exceeded", "超出磁盘配额"),
    ("Read-only file system", "文件系统是只读的"),
    ("Input/output error", "读写出错"),
    ("Broken pipe", "接收方已经关闭"),
    ("File name too long", "文件名太长"),
    ("Text file busy", "文件正在使用"),
    ("Too many levels of symbolic links", "符号链接绕圈"),
    ("Stale file handle", "网络文件已失效"),
    // The same without numbers.
    ("entity not found", "没有这个文件或文件夹"),
    ("entity already exists", "已经存在"),
    ("permission denied", "没有权限"),
    ("is a directory", "是文件夹，不是文件"),
    ("not a directory", "路径中间有一个不是文件夹"),
    ("directory not empty", "文件夹不是空的"),
    ("read-only filesystem or storage medium", "文件系统是只读的"),
    ("no storage space", "磁盘已满"),
    ("invalid input parameter", "系统不接受"),
    ("operation interrupted", "已中断"),
    ("unsupported", "这里做不到"),
    ("unexpected end of file", "文件不完整"),
    ("broken pipe", "接收方已经关闭"),
    ("invalid data", "内容不对"),
    ("other error", "其他错误"),
    ("stream did not contain valid UTF-8", "不是 UTF-8 文本"),
    // Of numbers among the arguments.
    ("invalid digit found in string", "要写整数"),
    ("invalid float literal", "要写数字"),
    ("number too large to fit in target type", "数字太大"),
    ("cannot parse integer from empty string", "要写整数"),
    (
        "use a number with K, M or G, for example 256M",
        "写成数字加 K、M 或 G，例如 256M",
    ),
    // Of output folders.
    (
        "the output folder is a symbolic link",
        "输出目录是符号链接；请给出真正的文件夹",
    ),
    ("the output path is not a folder", "输出路径不是文件夹"),
    (
        "the output folder lies inside what is read",
        "输出目录在要读取的内容里面；请放到外面",
    ),
    (
        "the output folder contains what is read",
        "输出目录里含有要读取的内容；请另选一个",
    ),
    (
        "the output folder is not empty and does not belong to this job",
        "输出目录不是空的，也不属于这次任务；请换一个空的",
    ),
    (
        "another run is writing to the output folder",
        "另一次运行正在写这个输出目录；等它结束",
    ),
    (
        "a folder of the output is not a folder",
        "输出目录里应是文件夹的地方不是文件夹",
    ),
    ("no space left for the output", "磁盘已满，副本写不下"),
    ("the device cannot be read", "读不了这个设备"),
];

/// A sentence with what the system said of it in the user's language.
pub fn in_language(text: &str, language: Language) -> Cow<'_, str> {
    if language == Language::En {
        return Cow::Borrowed(text);
    }
    let mut out = Cow::Borrowed(text);
    for (english, chinese) in SAID {
        // Only where a reason stands: a folder may bear such a name.
        let Some(at) = out.find(english).filter(|&at| begins(&out, at)) else {
            continue;
        };
        let (before, after) = out.split_at(at);
        let after = after.get(english.len()..).unwrap_or_default();
        let told = match after
            .strip_prefix(" (os error ")
            .and_then(|a| a.split_once(')'))
        {
            // The number is for whoever looks the error up.
            Some((number, rest)) => format!("{before}{chinese}（系统错误 {number}）{rest}"),
            None => format!("{before}{chinese}{after}"),
        };
        out = Cow::Owned(told);
    }
    match out.split_once(" is not in ") {
        // `200 is not in 1..=100`
        Some((before, after)) if after.contains("..=") => {
            let range = after.replacen("..=", " 到 ", 1);
            Cow::Owned(format!("{before} 不在范围内：{range}"))
        }
        _ => out,
    }
}

/// Whether a reason begins here: at the start, after a colon or in brackets.
fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.is_empty() || before.ends_with(['：', '（', '(']) || before.ends_with(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_said_in_chinese() {
        for number in [
            1, 2, 5, 13, 17, 20, 21, 22, 24, 26, 27, 28, 30, 32, 36, 39, 40, 116, 122,
        ] {
            let error = std::io::Error::from_raw_os_error(number);
            let told = in_language(&error.to_string(), Language::Zh).into_owned();
            assert!(
                !told.chars().any(|c| c.is_ascii_alphabetic()),
                "{number}: {told}"
            );
            let told = in_language(&error.kind().to_string(), Language::Zh).into_owned();
            let known = error.kind().to_string().contains("uncategorized");
            let other = [5, 24, 36, 39, 26, 27, 40, 116, 122, 1].contains(&number);
            assert!(
                known || other || !told.chars().any(|c| c.is_ascii_alphabetic()),
                "{told}"
            );
            assert_eq!(
                in_language(&error.to_string(), Language::En),
                error.to_string()
            );
        }
        let path = "读不了 /a/unsupported/b：unsupported；检查";
        assert_eq!(
            in_language(path, Language::Zh),
            "读不了 /a/unsupported/b：unsupported；检查"
        );
        assert_eq!(in_language("x: unsupported", Language::Zh), "x: 这里做不到");
        assert_eq!(
            in_language("200 is not in 1..=100", Language::Zh),
            "200 不在范围内：1 到 100"
        );
    }
}
