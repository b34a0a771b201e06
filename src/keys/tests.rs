use super::*;

fn signer() -> Signer {
    Signer::new([7; 32]).with_sm2([9; 32]).unwrap()
}

#[test]
fn ed25519_of_the_standard() {
    // RFC 8032, section 7.1, test 2.
    let secret = unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
    let signer = Signer::new(secret.try_into().unwrap());
    assert_eq!(
        signer.id(),
        "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    );
    assert_eq!(
        signer.sign(&[0x72]).ed25519,
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    );
}

#[test]
fn signatures_hold_for_one_text_key_and_purpose() {
    let signer = signer();
    let key = signer.public();
    let value = serde_json::json!({"a": 1});
    let signatures = signer.sign_value("approval", &value).unwrap();
    assert!(key.check_value("approval", &value, &signatures).is_ok());
    assert!(key.check_value("receipt", &value, &signatures).is_err());
    assert!(
        key.check_value("approval", &serde_json::json!({"a": 2}), &signatures)
            .is_err()
    );
    let other = Signer::new([8; 32]).with_sm2([9; 32]).unwrap().public();
    assert!(other.check_value("approval", &value, &signatures).is_err());
    // The second signature is asked for when the key has a second half.
    let only = Signatures {
        sm2: String::new(),
        ..signatures.clone()
    };
    assert!(key.check_value("approval", &value, &only).is_err());
    assert!(
        PublicKey::from_id(&key.id())
            .unwrap()
            .check_value("approval", &value, &only)
            .is_ok()
    );
    let wrong = Signatures {
        sm2: signer.sign(b"another text").sm2,
        ..signatures
    };
    assert!(key.check_value("approval", &value, &wrong).is_err());
}

#[test]
fn files_read_back() {
    let signer = signer();
    let plain = private_file(&signer, None);
    let read = Signer::from_file(plain.text(), None).unwrap();
    assert_eq!(read.public(), signer.public());
    let (ed, sm2) = public_file(&signer.public());
    let sm2 = sm2.unwrap();
    assert_eq!(
        PublicKey::from_files(&[&ed, &sm2]).unwrap(),
        signer.public()
    );
    assert!(PublicKey::from_files(&[&sm2]).is_err());
    assert!(Signer::from_file(&ed, None).is_err());
    assert_eq!(format!("{signer:?} {plain:?}"), "Signer(..) SecretFile(..)");
}

#[test]
fn encrypted_files_open_with_their_pass_phrase_only() {
    let signer = Signer::new([5; 32]);
    let wrap = pem::Wrap {
        phrase: "一句口令",
        random: [3; 32],
    };
    let file = private_file(&signer, Some(wrap));
    assert!(is_encrypted(file.text()) && !is_encrypted(private_file(&signer, None).text()));
    let open = |phrase| Signer::from_file(file.text(), phrase).map(|s| s.id());
    assert_eq!(open(Some("一句口令")), Ok(signer.id()));
    assert!(open(Some("另一句")).is_err());
    assert_eq!(open(None), Err(KeyError::PassPhrase));
}

#[test]
fn lists_are_read_as_they_were_written() {
    let mut list = KeyList::default();
    let key = |n: u8, name: &str| TrustedKey {
        key: Signer::new([n; 32]).id(),
        sm2: None,
        name: name.into(),
        roles: vec!["archive".into()],
        until: Some("2026-12-31".into()),
    };
    list.put(key(1, "甲"));
    list.put(key(2, "乙"));
    list.put(key(1, "丙"));
    let bytes = list.to_bytes().unwrap();
    let read = KeyList::from_bytes(&bytes).unwrap();
    assert_eq!(read, list);
    assert_eq!(read.keys.len(), 2);
    let on = |day: &str| {
        let day = crate::model::Date::parse(day).unwrap();
        read.find(&Signer::new([1; 32]).id(), day)
            .map(|k| k.name.as_str())
    };
    assert_eq!(on("2026-12-31"), Some("丙"));
    assert_eq!(on("2027-01-01"), None);
    list.keys.push(key(2, "again"));
    assert!(KeyList::from_bytes(&list.to_bytes().unwrap()).is_err());
}
