use super::*;

/// The names reported in a text.
fn names(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    Reader::default().read(text, &mut out);
    out.iter()
        .filter(|n| n.percent() >= 50)
        .map(|n| &text[n.range.clone()])
        .collect()
}

#[test]
fn names_between_words() {
    for (text, wanted) in [
        ("会议由总经理陈志强主持。", "陈志强"),
        ("记者李晓梅报道", "李晓梅"),
        ("昨天欧阳建国表示同意。", "欧阳建国"),
        ("马文静，女，1980年出生，博士。", "马文静"),
        ("车主姚东，车牌号", "姚东"),
        ("美国总统克林顿昨天抵达北京", "克林顿"),
        ("作家弗拉基米尔·纳博科夫的小说", "弗拉基米尔·纳博科夫"),
        ("董事長陳國強先生表示", "陳國強"),
        ("王超持护照（护照号）办理开户。", "王超"),
        ("客户韩云凭身份证领取", "韩云"),
    ] {
        assert_eq!(names(text), [wanted], "{text}");
    }
}

#[test]
fn words_are_no_names() {
    for text in [
        "高兴地通知各位马上开会",
        "本公司王牌产品销量高于去年同期",
        "请于今年六月前完成全部项目",
        "卢龙县武胜路的金融街项目",
        "任职于翔宇鞋业有限公司",
        "武汉鑫源博瑞投资管理有限公司",
        "广州明德瑞丰会计服务有限公司",
        "广州卓越博瑞会计服务有限公司",
        "安全管理员应当定期检查系统日志",
        "查看马拉松比赛和高尔夫公开赛的时间",
    ] {
        assert!(names(text).is_empty(), "{text}: {:?}", names(text));
    }
}

#[test]
fn what_is_passed_over_early_would_not_have_been_reported() {
    let text = "会议由总经理陈志强主持，记者李晓梅、王牌产品经理欧阳建国出席。美国总统克林顿昨天抵达北京\n\
        作家弗拉基米尔·纳博科夫的小说，扎西次仁表示同意；卢龙县武胜路的金融街项目。刘先生与马文静（女）\n\
        姚东：关于加强企业管理的通知，应当按照方案办理，安全管理员高兴地通知各位马上开会";
    let (mut all, mut wanted) = (Vec::new(), Vec::new());
    Reader::default().read(text, &mut all);
    Reader::new(50).read(text, &mut wanted);
    let sure = |names: Vec<Name>| -> Vec<Name> {
        (names.into_iter().filter(|n| n.percent() >= 50)).collect()
    };
    assert!(sure(all.clone()).len() >= 6, "{all:?}");
    assert_eq!(sure(wanted), sure(all));
}

#[test]
fn a_text_without_such_characters_is_not_read() {
    for text in ["", "plain", "é ×", "\u{FF21}\u{3001}", "\u{20}\u{1F600}"] {
        assert_eq!(first_han(text, 0), None, "{text}");
    }
    for (text, at) in [("a王", 1), ("、\u{20000}", 3), ("éé〇", 4), ("\u{3400}", 0)] {
        assert_eq!(first_han(text, 0), Some(at), "{text}");
    }
}

#[test]
fn a_name_told_once_is_found_again() {
    let mut reader = Reader::default();
    let mut read = |text: &str| {
        let mut out = Vec::new();
        reader.read(text, &mut out);
        out.retain(|n| n.percent() >= 50);
        out.len()
    };
    assert_eq!(read("后来安然没有来"), 0);
    reader.learn("安然");
    let mut out = Vec::new();
    reader.read("后来安然没有来", &mut out);
    assert_eq!(out.iter().filter(|n| n.percent() >= 50).count(), 1);
    reader.forget();
    out.clear();
    reader.read("后来安然没有来", &mut out);
    assert_eq!(out.iter().filter(|n| n.percent() >= 50).count(), 0);
}

#[test]
fn forms_of_address_end_a_name() {
    assert_eq!(names("我院张伟医生说"), ["张伟"]);
    assert!(names("刘先生于昨日到访").is_empty());
}

#[test]
fn long_stretches_are_read_in_windows() {
    let text = "王建国说".repeat(500);
    assert!(names(&text).len() > 400);
    assert!(names(&"王".repeat(9_000)).len() < 9_000);
}
