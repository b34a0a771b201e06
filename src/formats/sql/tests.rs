//! Tests of scripts.

use super::*;
use crate::formats::{
    encoding::Encoding,
    trial::{copy, encoded, read},
};
use proptest::prelude::*;

const DUMP: &str = "-- MySQL dump 10.13\nCREATE TABLE `kh` (\n  `id` int(11) NOT NULL,\n  `xm` varchar(20) DEFAULT 'a,b)' COMMENT '客户姓名',\n  `sj` varchar(20),\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB;\nINSERT INTO `kh` VALUES (1,'张三','13800138000'),(2,'O\\'Neil',13900139000);\nINSERT INTO `kh` (`sj`, `xm`) VALUES ('13700137000', NULL);\nUPDATE kh SET sj='13600136000';\n";

fn shown(text: &str) -> Vec<String> {
    let seen = read(&Sql, text.as_bytes());
    seen.seen
        .iter()
        .filter_map(|s| s.table.as_ref().map(|t| (s, t)))
        .flat_map(|(s, t)| {
            s.cells.iter().map(|c| {
                let column = c.1 as usize - 1;
                format!(
                    "{}.{}={}",
                    c.0,
                    t.2.get(column).map_or("", String::as_str),
                    c.2
                )
            })
        })
        .collect()
}

#[test]
fn rows_have_the_names_of_their_columns() {
    assert_eq!(
        shown(DUMP),
        [
            "1.id=1",
            "1.xm\t客户姓名=张三",
            "1.sj=13800138000",
            "2.id=2",
            "2.xm\t客户姓名=O\\'Neil",
            "2.sj=13900139000",
            "1.sj=13700137000",
        ]
    );
    assert!(read(&Sql, DUMP.as_bytes()).shows("UPDATE kh SET sj='13600136000'"));
}

#[test]
fn quotes_stay_and_numbers_become_strings() {
    for (encoding, bom) in [
        (Encoding::Utf8, false),
        (Encoding::Gb18030, false),
        (Encoding::Utf16Le, true),
    ] {
        let raw = encoded(DUMP, encoding, bom);
        assert_eq!(copy(&Sql, &raw, &[]), raw);
        let words = [
            ("13800138000", "1'*"),
            ("13900139000", "***"),
            ("张三", "**"),
            ("13600136000", "'x"),
        ];
        let expected = DUMP
            .replace("13800138000", "1''*")
            .replace("13900139000", "'***'")
            .replace("张三", "**")
            .replace("13600136000", "*x");
        assert_eq!(copy(&Sql, &raw, &words), encoded(&expected, encoding, bom));
    }
}

#[test]
fn lines_of_copy_are_rows() {
    let text = "--\n-- PostgreSQL database dump\n--\nCOPY public.kh (id, \"Tel\") FROM stdin;\n1\t13800138000\n2\t\\N\n\\.\nSELECT 1;\n";
    assert_eq!(Sql.probe(text.as_bytes(), b"x.dump"), Probe::Name);
    assert_eq!(shown(text), ["1.id=1", "1.Tel=13800138000", "2.id=2"]);
    let new = copy(&Sql, text.as_bytes(), &[("13800138000", "*\t*")]);
    assert_eq!(
        String::from_utf8(new).unwrap(),
        text.replace("13800138000", "***")
    );
}

#[test]
fn hexadecimal_is_decoded() {
    let text = "INSERT INTO t(tel,b) VALUES (X'3133383030313338303030',0x3139),(0xfffe00,'x');\n";
    assert!(read(&Sql, text.as_bytes()).shows("13800138000"));
    let new = copy(&Sql, text.as_bytes(), &[("13800138000", "*1")]);
    assert_eq!(
        String::from_utf8(new).unwrap(),
        text.replace("3133383030313338303030", "2a31")
    );
}

#[test]
fn long_rows_and_large_dumps() {
    let many = format!(
        "INSERT INTO t VALUES {};\n",
        vec!["(1,'张三','13800138000')"; 40_000].join(",")
    );
    let long = format!(
        "INSERT INTO t VALUES (1,'{}','13800138000');\nINSERT INTO t VALUES('13900139000');\n",
        "x".repeat(3 << 20)
    );
    for text in [many, long] {
        let out = copy(
            &Sql,
            text.as_bytes(),
            &[("13800138000", "*"), ("13900139000", "**")],
        );
        assert!(
            out == text
                .replace("13800138000", "*")
                .replace("13900139000", "**")
                .into_bytes()
        );
    }
}

proptest! {
    #[test]
    fn nothing_is_lost(parts in proptest::collection::vec(prop_oneof![
        Just("INSERT INTO t VALUES "), Just("("), Just(")"), Just(","), Just("'"), Just("''"), Just(";"), Just("\n"),
        Just("COPY t (a) FROM stdin;\n"), Just("\\."), Just("--"), Just("/*"), Just("*/"), Just("\\"), Just("`"), Just("CREATE TABLE t (a"),
        Just("13900139000"), Just(" x "), Just("NULL"), Just("X'31'")], 0..40)) {
        let text = parts.concat();
        prop_assert_eq!(copy(&Sql, text.as_bytes(), &[]), text.clone().into_bytes());
        let seen = read(&Sql, text.as_bytes());
        let shows: usize = seen.all_text().matches("13900139000").count();
        prop_assert!(shows >= text.matches("13900139000").count(), "{}", seen.all_text());
        let new = copy(&Sql, text.as_bytes(), &[("13900139000", "*")]);
        prop_assert!(memchr::memmem::find(&new, b"13900139000").is_none());
    }

    #[test]
    fn any_bytes(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(copy(&Sql, &raw, &[]), raw);
    }
}
