use crate::{detect::Detector, model::Fragment, rules::RuleSet};
use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(Arc::new(RuleSet::builtin().unwrap()), 50).unwrap());

fn secrets(text: &str) -> Vec<(String, String)> {
    let mut pass = DETECTOR.begin();
    let all = pass.text(&Fragment::whole(&[], text, None));
    all.iter()
        .map(|f| {
            (
                DETECTOR.rule(f.rule).unwrap().id.clone(),
                text[f.range()].to_owned(),
            )
        })
        .filter(|(id, _)| id.starts_with("secret."))
        .collect()
}

#[track_caller]
fn gives(text: &str, rule: &str, value: &str) {
    assert_eq!(
        secrets(text),
        [(rule.to_owned(), value.to_owned())],
        "{text}"
    );
}

#[track_caller]
fn nothing(text: &str) {
    assert_eq!(secrets(text), [], "{text}");
}

#[test]
fn a_call_whose_arguments_are_cut_off_is_no_key() {
    nothing("    let mut token = 199.token(self, state)?;");
    nothing("path->token = 157(result, sizeof(response));");
    nothing("token = s3.sign_v4(request, now)");
    gives("token: k7Qm2xR9pLw4Zt8v", "secret.key", "k7Qm2xR9pLw4Zt8v");
}

#[test]
fn passwords_in_settings_and_code() {
    for (text, value) in [
        ("password=Kq8mm21x", "Kq8mm21x"),
        ("  password: Kq8mm21x", "Kq8mm21x"),
        ("db_password = \"p;w,1 \"x", ""),
        ("\"dbPassword\": \"a&b;c,d1\",", "a&b;c,d1"),
        ("config['password'] = 'Kq8mm21x';", "Kq8mm21x"),
        ("spring.datasource.password: PCQFX3@5362", "PCQFX3@5362"),
        ("数据库密码：t3biq#99817", "t3biq#99817"),
        ("登录口令为 Abc12345。", "Abc12345"),
        ("<add key=\"MailPassword\" value=\"Presti1$\"/>", "Presti1$"),
        ("--password hunter2 -v", "hunter2"),
        ("Password1=abcdef9", "abcdef9"),
        // Brackets and doubled signs, as people choose and write them.
        ("密码：Pass(word)123!", "Pass(word)123!"),
        ("password=Summer[2024!", "Summer[2024!"),
        ("Password:: S3cret!xyz9", "S3cret!xyz9"),
        ("DB_PASSWORD=0xDEADBEEF01", "0xDEADBEEF01"),
        ("mysql --password hunterhunter -v", "hunterhunter"),
        ("if password == \"123P4ss@@\":", "123P4ss@@"),
        ("{\\\"password\\\":\\\"Kq8mm21x\\\"}", "Kq8mm21x"),
    ] {
        if value.is_empty() {
            nothing(text);
        } else {
            gives(text, "secret.password", value);
        }
    }
    for text in [
        "password = getpass.getpass()",
        "Password::from(other1)",
        "--password option takes the value",
        "password: Optional[str]",
        "password: Optional[str]",
        "self.password = password",
        "password=$DB_PASS",
        "password={{ vault_password }}",
        "password: ********",
        "请输入密码：",
        "密码由8位以上字母和数字组成",
        "忘记密码请联系管理员",
        "password must be at least 8 characters",
        "Password reset requested",
        "passwords do not match",
        "\"password\": \"密码\"",
        "password=%s",
    ] {
        nothing(text);
    }
}

#[test]
fn keys_behind_names() {
    for (text, value) in [
        (
            "acmeSecretKey= 1234567890abcdef1234567890abcdef",
            "1234567890abcdef1234567890abcdef",
        ),
        (
            "acme TOKEN  k9l8m7n6o5p4q3r2s1t0k9l8",
            "k9l8m7n6o5p4q3r2s1t0k9l8",
        ),
        (
            "X-Api-Key: 5f2c9a7be01d4c66a3f0b8de91c7a254",
            "5f2c9a7be01d4c66a3f0b8de91c7a254",
        ),
        (
            "acme-SECRET-a1b2c3d4e5f6a7b8c9d0e1f2",
            "a1b2c3d4e5f6a7b8c9d0e1f2",
        ),
        (
            "?access_token=41529cf5de0f4daa10098ff488&v=1",
            "41529cf5de0f4daa10098ff488",
        ),
        (
            "AccountKey=6jqh42QQjWWBwoPGGR/Jr0PZjh+A5w6993WqyQ==;",
            "6jqh42QQjWWBwoPGGR/Jr0PZjh+A5w6993WqyQ==",
        ),
    ] {
        gives(text, "secret.key", value);
    }
    for text in [
        "token = next(tokens)",
        "token_type: bearer",
        "key=order-20240101-000001.csv",
        "the key is in the drawer 1234567890123456",
        "commit 41529cf5de0f4daa10098ff488abc",
        "keyword: abcdefghijk1234567",
        "\"key\": \"customer.address.line1\"",
        "secret: name",
        "etag=\"5f2c9a7be01d4c66a3f0b8de91c7a254\"",
        "sort_key=5f2c9a7be01d4c66a3f0b8de91c7a254",
    ] {
        nothing(text);
    }
}

#[test]
fn addresses_and_commands() {
    gives(
        "mysql://root:m42p!o@2wd@db.example.com:3306/x",
        "secret.login",
        "m42p!o@2wd",
    );
    gives(
        "curl -u \"admin:Kq8mm21x\" http://h/",
        "secret.login",
        "Kq8mm21x",
    );
    for text in [
        "http://localhost:8080/@x",
        "https://user@example.com/a",
        "at 10:30 mail a@b.com",
        "postgres://user:password@host/db",
    ] {
        nothing(text);
    }
}

#[test]
fn specimens_of_makers_are_no_secrets() {
    nothing(&format!(
        "aws_access_key_id={}",
        "AKIAIOSFODNN7".to_owned() + "EXAMPLE"
    ));
    nothing("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

#[test]
fn gb18030_and_cells() {
    let (bytes, ..) = encoding_rs::GB18030.encode("服务器密码：Kq8mm21x，请保管");
    let mut fragment = Fragment::whole(&[], "", None);
    fragment.bytes = &bytes;
    fragment.own = 0..bytes.len();
    fragment.charset = crate::model::Charset::Gb18030;
    let mut pass = DETECTOR.begin();
    let all = pass.text(&fragment);
    assert_eq!(all.len(), 1);
    assert_eq!(&bytes[all[0].range()], b"Kq8mm21x");
}

proptest! {
    #[test]
    fn nothing_panics_and_values_lie_in_their_line(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "password", "密码", "口令", "token", "key", "=", ":", "：", " ", "\"", "'", "\\", "\n", "://", "@", "-u a:",
                "abcDEF123456", "x1y2z3x1y2z3x1y2z3", "-----BEGIN ", "PRIVATE KEY-----", "(", "é", "中", "value=", "Bearer ",
            ]),
            0..30,
        )
    ) {
        let text = parts.concat();
        for (id, value) in secrets(&text) {
            prop_assert!(id == "secret.private-key" || !value.contains('\n'), "{} {:?}", id, value);
        }
    }
}
