//! The page in both languages.

use super::*;
use crate::reports::fixture;

fn page(language: Language, colour: Colour, take: usize) -> String {
    let mut summary = Summary::new(fixture::rules());
    for (record, shown) in fixture::records().iter().take(take) {
        summary.add(record, shown);
    }
    let mut conditions = Vec::new();
    if summary.found() > 0 {
        conditions.push(Condition::Findings);
    }
    if summary.incomplete > 0 {
        conditions.push(Condition::Incomplete);
    }
    let roots = ["share".to_owned(), "-my files".to_owned()];
    let options = TextOptions {
        language,
        colour,
        job: Some("/tmp/inkout-job"),
        typed_job: (take > 2).then_some("my job"),
        roots: &roots,
        listed: Listed::Samples,
        conditions: &conditions,
    };
    let mut out = Vec::new();
    write(&summary, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const ZH: &str = r"扫描结果
========
在 2 个文件里发现 12 处个人或金融信息；另有内容没有读到（见下）。

总计
  文件 5 个，共 22 KiB
  压缩包和文档内的成员 2 个
  读完 2，部分读取 1，未读 1，按要求略过 1
  扩展名与内容不符的文件和成员 1 个

按级别
  级别  发现  不同值  文件
  C2      12       8     2
  敏感    11       7     2
  级别按 JR/T 0171-2020；“敏感”指《个人信息保护法》第二十八条的敏感个人信息

按法律与标准
  发现  不同值  类别
    11       7  敏感个人信息
  同一处发现可属多类；标“凭记忆”的对应关系未与标准原文核对

发现了什么
  类型            级别     发现  不同值  文件  最高可信度
  居民身份证号码  C2 敏感    11       7     2         95%
  手机号码        C2          1       1     1         80%

风险最高的文件
   1. share/客户.zip
      居民身份证号码 9 处（7 个不同值）
   2. share/note.txt
      居民身份证号码 2 处，手机号码 1 处

没有读到的内容
  下列内容可能含有个人信息，只是没有读到：
  有密码：1 处
      share/客户.zip!locked.7z (700 B)
    怎么办：向文件所有者要密码：zip、7z、PDF、Office 用 --password-file 带上密码
    再扫描，其他解密后放回再扫描；不能确认前按含有敏感信息处理。
  图片，不识别文字：1 处
      share/scan.png (1000 B)
    怎么办：扫描件、身份证照片要人工检查，或先做文字识别。
  按要求略过
    符号链接，不跟随：1 处

结束状态 (退出码 3)
  - 有发现：达到 --fail-on 的个人或金融信息
  - 不完整：有内容未读或只读了一部分，或有操作失败

结果在哪里
  作业目录：/tmp/inkout-job（含原始路径和作业密钥，只有本人可读，请勿外发）

下一步
  在浏览器里查看并复核：
    inkout report --job 'my job' --out report.html
  生成脱敏副本（原文件不动）：
    inkout redact share './-my files' --out 输出目录
  列出每一处发现：
    inkout scan share './-my files' --job 'my job' --all-findings --format jsonl > findings.jsonl
  处理上面没有读到的内容后再扫描一次：
    inkout scan share './-my files' --job 'my job'
  看扫描程序从某个文件读到了什么（会显示原值）：
    inkout text 某个文件
";

const EN: &str = r"Scan result
===========
No personal or financial data was found, and everything was read. (But for what
was left out on purpose.)

Totals
  2 files, 1000 B
  read 1, partly read 0, not read 0, left out on purpose 1

What was not read
  Nothing: all content was read.
  Left out on purpose
    A symbolic link, not followed: 1

How it ended (exit code 0)
  - Clean: nothing at or above --fail-on, and all that was to be read was read

Where the results lie
  Job folder: /tmp/inkout-job (holds raw paths and the job's key; readable by
  you alone, do not send it on)
";

#[test]
fn the_chinese_page() {
    let page = page(Language::Zh, Colour::Never, 9);
    assert_eq!(page, ZH);
}

#[test]
fn the_english_page_of_a_clean_share() {
    assert_eq!(page(Language::En, Colour::Never, 2), EN);
}

#[test]
fn no_value_is_shown_and_colour_only_when_asked_for() {
    for language in Language::ALL {
        let plain = page(language, Colour::Never, 9);
        let coloured = page(language, Colour::Ansi, 9);
        assert!(!plain.contains(fixture::PLANTED) && !plain.contains('\x1b'));
        let bare = coloured
            .replace("\x1b[1m", "")
            .replace("\x1b[31m", "")
            .replace("\x1b[33m", "")
            .replace("\x1b[0m", "");
        assert_ne!(coloured, plain);
        assert_eq!(bare, plain);
    }
}
