use super::*;
use proptest::prelude::*;

fn named(text: &str, colon: bool) -> Option<&str> {
    after_label(text, colon).and_then(|r| text.get(r))
}

#[test]
fn names_behind_labels_end_where_the_next_word_begins() {
    for (text, colon, name) in [
        ("张三电话13800138000", false, "张三"),
        ("李小龙已确认", false, "李小龙"),
        ("欧阳娜娜", true, "欧阳娜娜"),
        ("王芳", false, "王芳"),
        ("王芳，女，1990年生", true, "王芳"),
        ("赵建国 身份证号", true, "赵建国"),
        ("刘洋身份证号码", true, "刘洋"),
        ("陈晓红女士", false, "陈晓红"),
        ("周杰同意办理", true, "周杰"),
        ("孙丽申请开户", false, "孙丽"),
        ("李有为", true, "李有为"),
        ("郑和下", true, "郑和"),
        ("阿卜杜拉·买买提，男", true, "阿卜杜拉·买买提"),
        ("阿卜杜拉·买买提已签字", true, "阿卜杜拉·买买提"),
        ("扎西次仁，电话", true, "扎西次仁"),
        ("張偉強", true, "張偉強"),
        ("张 三", true, "张 三"),
        ("John Smith", true, "John Smith"),
        ("John Smith, 12 Oak Street", true, "John Smith"),
        ("Smith, John", true, "Smith, John"),
        ("Karl-Heinz Müller called", true, "Karl-Heinz Müller"),
        ("ZHANG SAN Tel: 1", true, "ZHANG SAN"),
        ("“王小明”", true, "王小明"),
    ] {
        assert_eq!(named(text, colon), Some(name), "{text}");
    }
}

#[test]
fn words_behind_labels_are_no_names() {
    for (text, colon) in [
        ("系统", true),
        ("满意", false),
        ("高兴地", false),
        ("单位名称", false),
        ("经常投诉", false),
        ("信息如下", false),
        ("无", true),
        ("财务部", true),
        ("王府井百货有限公司", true),
        ("李宁体育用品有限公司", false),
        ("Acme Widgets Ltd", true),
        ("See attached", true),
        ("John", true),
        ("王经理", false),
        ("何先生", true),
        ("江苏银行", true),
        ("徐汇区", true),
        ("12345", true),
        ("", true),
    ] {
        assert_eq!(named(text, colon), None, "{text}");
    }
}

#[test]
fn cells_of_person_columns() {
    for text in [
        "张三",
        "王小明",
        "欧阳娜娜",
        "爨阳",
        "阿卜杜拉·买买提",
        "張偉強",
        "Zhang San",
        "ZHANG/SAN",
        "Smith, John",
        "张三、李四",
        "张三,王小明",
        "张 三",
        "扎西次仁",
        "乌云其木格",
        "李先生",
        "王总",
        "张三（已离职）",
        "zhang san",
        "O'Brien Patrick",
        "McDonald Ronald",
        "张三 Zhang San",
        "Ivan Petrov",
        "山田 太郎",
        "김철수",
        "张三2",
        "Dr. Jane A. Doe",
        "司马光",
        "陈太太",
    ] {
        assert!(in_person_column(text, true), "{text}");
    }
    for text in [
        "系统",
        "管理员",
        "合计",
        "小计",
        "总计",
        "男",
        "女",
        "是",
        "否",
        "无",
        "12345",
        "2024-01-01",
        "A001",
        "北京某某科技有限公司",
        "中国工商银行北京支行",
        "红星律师事务所",
        "小明工作室",
        "客服中心",
        "向阳机械厂",
        "便民商店",
        "财务部",
        "admin",
        "system",
        "Acme Inc",
        "N/A",
        "TOTAL",
        "",
        "ABC",
        "userName",
        "张三是今天来的客户",
    ] {
        assert!(!in_person_column(text, true), "{text}");
    }
}

#[test]
fn certain_names() {
    for text in [
        "王芳",
        "李建国",
        "欧阳修文",
        "陈思雨",
        "刘洋",
        "买合木提·艾孜",
        "张伟",
    ] {
        assert!(is_certain(text), "{text}");
    }
    for text in [
        "高兴",
        "系统",
        "张家口",
        "连云港",
        "成功",
        "安全",
        "白云山",
        "财务部",
        "苹果",
        "红色",
        "已完成",
        "北京",
        "男",
        "普通客户",
        "有限公司",
    ] {
        assert!(!is_certain(text), "{text}");
    }
}

#[test]
fn names_before_titles() {
    for (text, name) in [
        ("尊敬的王芳", "王芳"),
        ("您好，李小龙", "李小龙"),
        ("张伟总", "张伟"),
        ("客户欧阳娜娜", "欧阳娜娜"),
        ("联系人陈晓红", "陈晓红"),
    ] {
        assert_eq!(
            before_title(text).and_then(|r| text.get(r)),
            Some(name),
            "{text}"
        );
    }
    for text in ["各位", "客户", "项目", "高级", "理财", "", "abc"] {
        assert_eq!(before_title(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn ranges_are_on_characters(text in "([王张李欧阳小明芳电话的·：，a-zA-Z. ,0-9\u{3000}\u{20000}é]|\\PC){0,40}", colon: bool, header: bool) {
        let _ = is_certain(&text);
        let _ = in_person_column(&text, header);
        for range in [after_label(&text, colon), before_title(&text)].into_iter().flatten() {
            prop_assert!(range.start < range.end);
            prop_assert!(text.get(range).is_some());
        }
    }
}

#[test]
fn compound_surnames_before_small_words() {
    assert_eq!(named("司马迁是", true), Some("司马迁"));
    assert_eq!(named("慕容复转账", false), Some("慕容复"));
}
