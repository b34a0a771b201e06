use super::*;

#[test]
fn blank_and_masked_cells() {
    assert!(is_blank("无") && is_blank("N/A") && !is_blank("张三"));
    assert!(is_masked("138****8000") && is_masked("张*") && is_masked("张**"));
    assert!(!is_masked("13800138000") && !is_masked("张三") && !is_masked("Max"));
}

/// Rule and text of what is found in a table, cells given row by row.
fn found(rows: &[&[&str]]) -> Vec<(String, String)> {
    let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
    let detector = Detector::new(rules, 50).unwrap();
    let (mut text, mut cells) = (String::new(), Vec::new());
    for (row, values) in (0u32..).zip(rows) {
        for (column, value) in (1u32..).zip(*values) {
            let start = u32::try_from(text.len()).unwrap();
            text.push_str(value);
            let end = u32::try_from(text.len()).unwrap();
            text.push('\t');
            cells.push(CellAt {
                row,
                column,
                start,
                end,
                kind: CellKind::Text,
            });
        }
    }
    let fragment = crate::model::Fragment {
        layout: crate::model::Layout::Cells {
            table: crate::model::Table {
                id: 0,
                first: true,
                headers: Headers::InText,
            },
            first_row: 1,
            cells: &cells,
        },
        ..crate::model::Fragment::whole(&[], &text, None)
    };
    let mut out: Vec<_> = detector
        .begin()
        .text(&fragment)
        .iter()
        .map(|f| {
            (
                detector.rule(f.rule).unwrap().id.clone(),
                text[f.range()].to_owned(),
            )
        })
        .collect();
    out.sort();
    out
}

fn has(found: &[(String, String)], rule: &str, value: &str) -> bool {
    found.iter().any(|(r, v)| r == rule && v == value)
}

#[test]
fn a_form_is_no_table() {
    let person: &[&[&str]] = &[
        &["申请表", "", "", ""],
        &["申请人姓名", "饶建国", "证件类型", "居民身份证"],
        &["证件号码", "11010519491231002X", "有效期至", "20360512"],
        &["出生日期", "1949年12月31日", "邮政编码", "100020"],
        &[
            "联系地址",
            "北京市朝阳区建国路12号3室",
            "业务编号",
            "YW8259858677",
        ],
    ];
    let all: Vec<&[&str]> = person.iter().chain(person).chain(person).copied().collect();
    for rows in [person, all.as_slice()] {
        let found = found(rows);
        assert!(has(&found, "cn.person", "饶建国"), "{found:?}");
        assert!(has(&found, "cn.birth-date", "1949年12月31日"), "{found:?}");
        assert!(
            has(&found, "cn.address", "北京市朝阳区建国路12号3室"),
            "{found:?}"
        );
        let times = rows.len() / person.len();
        assert_eq!(found.len(), times * 4, "{found:?}");
    }
}

#[test]
fn a_table_with_kinds_of_documents_keeps_its_header() {
    let found = found(&[
        &["姓名", "证件类型", "证件号码", "手机"],
        &["饶建国", "身份证", "110105194912310020", "13800138000"],
        &["唐诗涵", "护照", "E12345678", "13800138001"],
        &["鲁筠", "港澳通行证", "C12345678", "13800138002"],
    ]);
    for name in ["饶建国", "唐诗涵", "鲁筠"] {
        assert!(has(&found, "cn.person", name), "{found:?}");
    }
    // Damaged, but under its header.
    assert!(
        has(&found, "cn.resident-id", "110105194912310020"),
        "{found:?}"
    );
}

#[test]
fn a_column_called_name_may_hold_anything() {
    let things = found(&[
        &["name", "size"],
        &["Koyra Chiini", "3"],
        &["pause", "4"],
        &["Songhay", "5"],
    ]);
    assert!(things.is_empty(), "{things:?}");
    let people = found(&[
        &["Name", "City"],
        &["Oliver Whitcombe", "Leeds"],
        &["Rosalind Achterberg", "Bristol"],
        &["Wang Xiaoming", "Norwich"],
    ]);
    assert_eq!(people.len(), 3, "{people:?}");
}

#[test]
fn a_column_of_flow_numbers_holds_no_cards() {
    let found = found(&[
        &["流水号", "卡号", "手机"],
        &["650787784498738921", "6226090000000048", "13800138000"],
        &["184467440737095516", "6226090000000048", "13800138001"],
        &["918273645564738291", "6226090000000048", "13800138002"],
    ]);
    assert!(
        !has(&found, "intl.payment-card", "650787784498738921"),
        "{found:?}"
    );
    assert!(has(&found, "cn.bank-card", "6226090000000048"), "{found:?}");
}

#[test]
fn a_name_of_a_column_is_no_person_beside_another() {
    let found = found(&[
        &["登记表", "", "", ""],
        &["Holder", "Province", "Street", "Phone"],
        &["王杰", "山西省朔州市平鲁区", "长江路3号", "13800138000"],
        &["蔡瑜", "四川省昭觉县", "双河镇8组3号", "13800138001"],
    ]);
    assert!(has(&found, "cn.person", "王杰"), "{found:?}");
    assert!(found.iter().all(|(_, v)| v != "Province"), "{found:?}");
}

#[test]
fn cards_are_found_under_any_header() {
    let found = found(&[
        &["订单号", "金额"],
        &["x1", "3"],
        &["6226090000000048", "4"],
        &["4539578763859219", "5"],
        &["A77", "6"],
    ]);
    assert!(has(&found, "cn.bank-card", "6226090000000048"), "{found:?}");
    assert!(
        found.iter().any(|(_, v)| v == "4539578763859219"),
        "{found:?}"
    );
}

#[test]
fn persons_among_companies_are_found() {
    let found = found(&[
        &["Holder", "Balance"],
        &["Oliver Whitcombe", "1"],
        &["Rosalind Achterberg", "2"],
        &["Northwind Ltd", "3"],
        &["Contoso Ltd", "4"],
        &["Fabrikam Inc", "5"],
        &["Tailspin GmbH", "6"],
        &["Adatum 9", "7"],
        &["Litware 8", "8"],
    ]);
    for name in ["Oliver Whitcombe", "Rosalind Achterberg"] {
        assert!(has(&found, "cn.person", name), "{found:?}");
    }
}

#[test]
fn labels_that_say_little_take_what_is_written_like_a_name() {
    let rules = std::sync::Arc::new(crate::rules::RuleSet::builtin().unwrap());
    let detector = Detector::new(rules, 50).unwrap();
    let persons = |text: &str| {
        let mut pass = detector.begin();
        let found = pass.text(&crate::model::Fragment::whole(&[], text, None));
        found
            .iter()
            .filter(|f| detector.rule(f.rule).is_some_and(|r| r.id == "cn.person"))
            .count()
    };
    assert_eq!(persons("author: Xochitl Quetzalli\n"), 1);
    assert_eq!(persons("name: Install Rust\nowner: Contoso Ltd\n"), 0);
}

#[test]
fn names_that_no_list_has_are_found_where_all_are_written_like_names() {
    let found = found(&[
        &["Name", "City"],
        &["Xochitl Quetzalli", "Leeds"],
        &["Chukwuemeka Umezurike", "Bristol"],
        &["Xiadani Itzayana", "Norwich"],
    ]);
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_label_in_a_cell_beats_its_column() {
    let found = found(&[
        &["编号", "姓名", "手机"],
        &["K1", "饶建国", "13800138000"],
        &["制表人：彭梓涵", "", ""],
    ]);
    assert!(has(&found, "cn.person", "彭梓涵"), "{found:?}");
}
