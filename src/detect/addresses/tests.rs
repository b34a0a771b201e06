use super::*;
use proptest::prelude::*;

fn behind(text: &str) -> Option<&str> {
    after_label(text).and_then(|r| text.get(r))
}

#[test]
fn addresses_behind_labels_end_where_they_end() {
    for (text, address) in [
        (
            "浙江省杭州市西湖区文三路100号，邮编310000",
            "浙江省杭州市西湖区文三路100号",
        ),
        (
            "北京市海淀区中关村大街27号3号楼2单元501室 电话：010",
            "北京市海淀区中关村大街27号3号楼2单元501室",
        ),
        ("上海市浦东新区世纪大道88号。", "上海市浦东新区世纪大道88号"),
        (
            "广东深圳南山区科技园南路5号A座1201",
            "广东深圳南山区科技园南路5号A座1201",
        ),
        (
            "四川省成都市青羊区人民路12弄3号401室联系人王芳",
            "四川省成都市青羊区人民路12弄3号401室",
        ),
        (
            "河南省洛阳市嵩县青山镇红星村3组12号",
            "河南省洛阳市嵩县青山镇红星村3组12号",
        ),
        ("人民路12号翠湖天地5座3层", "人民路12号翠湖天地5座3层"),
        (
            "江苏省苏州市工业园区星湖街328号创意产业园",
            "江苏省苏州市工业园区星湖街328号创意产业园",
        ),
        (
            "12 Oak Street, Springfield, IL 62704.",
            "12 Oak Street, Springfield, IL 62704",
        ),
        (
            "PO Box 12, Springfield, IL 62704",
            "PO Box 12, Springfield, IL 62704",
        ),
        (
            "台北市信義區忠孝東路五段7號12樓",
            "台北市信義區忠孝東路五段7號12樓",
        ),
        (
            "221B Baker Street, London NW1 6XE",
            "221B Baker Street, London NW1 6XE",
        ),
    ] {
        assert_eq!(behind(text), Some(address), "{text}");
    }
    for (text, address) in [
        (
            "广西南宁市青秀区民族大道136号A座3201号房民族：汉",
            "广西南宁市青秀区民族大道136号A座3201号房",
        ),
        (
            "100 Main St Apt 4B, Boston, MA 02110, USA",
            "100 Main St Apt 4B, Boston, MA 02110, USA",
        ),
        (
            "Flat 5B, Tower 3, 8 Oak Road, Hong Kong",
            "Flat 5B, Tower 3, 8 Oak Road, Hong Kong",
        ),
    ] {
        assert_eq!(behind(text), Some(address), "{text}");
    }
    for text in [
        "详见附件",
        "中国",
        "张三",
        "010-12345678",
        "",
        "不详",
        "同上",
    ] {
        assert_eq!(behind(text), None, "{text}");
    }
}

#[test]
fn cells_of_address_columns() {
    for text in [
        "浙江省温州市泰顺县新华路787号20栋368",
        "湖滨南路218号",
        "龙泉镇向阳村12组55号",
        "长江路东湖社区6座18层",
        "安徽省黄山市黟县",
        "3栋2单元401室",
        "12 Oak Street",
        "45 Rose Mills, New Town, MN 09744",
        "PO Box 12, Springfield",
        "新疆维吾尔自治区乌鲁木齐市天山区",
    ] {
        assert!(in_address_column(text), "{text}");
    }
    for text in [
        "中国",
        "张三",
        "12345",
        "13800138000",
        "",
        "China",
        "管理员",
        "是",
        "N/A",
    ] {
        assert!(!in_address_column(text), "{text}");
    }
}

#[test]
fn certain_addresses() {
    for text in [
        "浙江省温州市泰顺县新华路787号20栋368",
        "北京市海淀区解放路541弄18号1732室",
        "贵州省遵义市红花岗区城关镇红星村7组6号",
        "12 Oak Street, Springfield, IL 62704",
    ] {
        assert!(is_certain(text), "{text}");
    }
    for text in [
        "四川省成都市",
        "中国银行北京海淀支行",
        "上海路店",
        "北京红星贸易有限公司",
        "浙江",
        "今天天气很好我们去了公园",
        "2024年12月3号",
        "order 12 shipped to road",
    ] {
        assert!(!is_certain(text), "{text}");
    }
}

#[test]
fn addresses_in_running_text() {
    let text = "客户住在浙江省杭州市西湖区文三路100号3幢201室，昨日来电。He moved to 12 Oak Street, Springfield, IL 62704 in May.";
    let mut out = Vec::new();
    find(text, &mut out);
    let found: Vec<&str> = out.into_iter().filter_map(|r| text.get(r)).collect();
    assert_eq!(
        found,
        [
            "浙江省杭州市西湖区文三路100号3幢201室",
            "12 Oak Street, Springfield, IL 62704"
        ]
    );
}

#[test]
fn no_addresses_in_prose() {
    for text in [
        "北京和上海是大城市",
        "南京路步行街很热闹",
        "在中国北京举行了会议",
        "2023 Annual Report Summit",
        "江苏省财政厅发布通知",
    ] {
        let mut out = Vec::new();
        find(text, &mut out);
        assert!(out.is_empty(), "{text}");
    }
}

#[test]
fn divisions_are_known() {
    assert!(
        is_division("张家口")
            && is_division("北京市")
            && is_division("昆山市")
            && !is_division("张三")
            && !is_division("北京路")
    );
}

proptest! {
    #[test]
    fn ranges_are_on_characters(text in "([省市区县路号栋室北京上海人民镇村0-9A-Za-z ,，。、第附（）-]|\\PC){0,60}") {
        let _ = is_certain(&text);
        let _ = in_address_column(&text);
        let mut out = Vec::new();
        find(&text, &mut out);
        out.extend(after_label(&text));
        for range in out {
            prop_assert!(range.start < range.end);
            prop_assert!(text.get(range).is_some());
        }
    }
}

#[test]
fn places_told_beforehand_give_the_same_addresses() {
    use crate::detect::names::Reader;
    for text in [
        "家住浙江省杭州市西湖区文三路478号3栋，身份证",
        "中国上海市浦东新区世纪大道100号。中华人民共和国北京市海淀区中关村大街27号院5号楼",
        "他说：北京\n朝阳区建国路88号，a上海市黄浦区人民大道200号b",
        "北京北京市海淀区学院路15号",
        "没有地址，只有北京和上海",
    ] {
        let mut reader = Reader::default();
        reader.read(text, &mut Vec::new());
        let mut told = Vec::new();
        super::find_at(text, reader.divisions(), &mut told);
        let mut found = Vec::new();
        let mut base = 0;
        for line in text.split_inclusive('\n') {
            let mut out = Vec::new();
            super::find_chinese(line.trim_end_matches('\n'), &mut out);
            found.extend(out.into_iter().map(|r| base + r.start..base + r.end));
            base += line.len();
        }
        assert_eq!(told, found, "{text}");
    }
}

#[test]
fn divisions_have_two_characters_or_more() {
    use crate::detect::names::{divisions, is_han};
    // What tells the places of divisions beforehand looks at two Chinese characters.
    for first in divisions().firsts() {
        assert!(is_han(first) && !divisions().has(first.encode_utf8(&mut [0; 4])));
    }
}

#[test]
fn places_without_a_number_in_running_text() {
    let found = |text: &str| -> Vec<String> {
        let mut out = Vec::new();
        find_chinese(text, &mut out);
        out.into_iter().map(|r| text[r].to_owned()).collect()
    };
    for (text, wanted) in [
        ("他是天柱县凤城镇居民", "天柱县凤城镇"),
        ("家住金陵小区的陈大爷", "金陵小区"),
        ("学校位于建宁路，交通便利", "建宁路"),
        ("在徐汇区天平街道做过登记", "徐汇区天平街道"),
    ] {
        assert_eq!(found(text), [wanted], "{text}");
    }
    for text in [
        "上海路店销售额",
        "上海市南京西路营业部",
        "深圳市福田街道办事处通知",
        "位于首位的是本公司",
        "位于列表页的右上角",
        "中国银行北京海淀支行",
    ] {
        assert!(found(text).is_empty(), "{text}: {:?}", found(text));
    }
}
