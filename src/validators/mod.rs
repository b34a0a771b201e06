//! Pure functions on one value, one family a file.
//!
//! A validator sees the bare value: separators removed, width folded, letters in capitals (mailbox
//! addresses, network addresses, dates and names are seen as written). It allocates nothing, reads no
//! clock and never panics, whatever the text.

mod calendar;
mod checksum;
mod cn_account;
mod cn_contact;
mod cn_identity;
mod cn_organisation;
mod cn_property;
mod cn_vehicle;
mod europe;
mod keccak;
mod network;
mod overseas;
mod payment;
mod phone;
mod regions;
mod registers;
mod secrets;
mod sums;
mod wallets;

pub use calendar::{birth_date, is_date};
pub use checksum::{icao_731, luhn, mod11_2, mod31, mod97, org_code};
pub use sums::{Method, Sum};

use crate::model::Verdict;

/// A function that looks at one bare value (separators removed, letters in capitals).
pub type Validator = fn(&str) -> Verdict;

/// Every validator by the name that rule files use, ordered by name.
pub const ALL: &[(&str, Validator)] = &[
    ("base58check", wallets::base58check),
    ("bic", registers::bic),
    ("birth_date", birth_date),
    ("bitcoin", wallets::bitcoin),
    ("cn_alipay", cn_account::alipay),
    ("cn_bank_account", cn_account::bank_account),
    ("cn_bank_card", payment::cn_bank_card),
    ("cn_bank_card_unchecked", payment::cn_bank_card_unchecked),
    (
        "cn_business_registration",
        cn_organisation::business_registration,
    ),
    ("cn_cnaps", cn_organisation::cnaps),
    ("cn_driver_file", cn_vehicle::driver_file),
    ("cn_foreigner_pr", cn_identity::foreigner_pr),
    ("cn_fund_account", cn_account::fund_account),
    ("cn_hk_macau_permit", cn_identity::hk_macau_permit),
    ("cn_home_return_permit", cn_identity::home_return_permit),
    ("cn_invoice", cn_property::invoice),
    ("cn_landline", cn_contact::landline),
    ("cn_lettered_id", cn_identity::lettered_id),
    ("cn_military", cn_identity::military),
    ("cn_mobile", cn_contact::mobile),
    ("cn_office_number", cn_account::office_number),
    ("cn_organisation_code", cn_organisation::organisation_code),
    ("cn_passport", cn_identity::passport),
    ("cn_plate", cn_contact::plate),
    ("cn_property_unit", cn_property::unit),
    ("cn_qq", cn_account::qq),
    ("cn_residence_permit", cn_identity::residence_permit),
    ("cn_resident_id", cn_identity::resident_id),
    ("cn_resident_id_15", cn_identity::resident_id_15),
    ("cn_sh_account", cn_account::sh_account),
    ("cn_sz_account", cn_account::sz_account),
    ("cn_taiwan_exit_permit", cn_identity::taiwan_exit_permit),
    ("cn_taiwan_permit", cn_identity::taiwan_permit),
    ("cn_taxpayer_number", cn_organisation::taxpayer_number),
    ("cn_uscc", cn_organisation::uscc),
    ("cn_wechat", cn_account::wechat),
    ("cusip", registers::cusip),
    ("cy_vat", europe::cy_vat),
    ("de_svnr", europe::de_svnr),
    ("de_tax_id", europe::de_tax_id),
    ("email", network::email),
    ("es_catastral", europe::es_catastral),
    ("es_cups", europe::es_cups),
    ("ethereum", wallets::ethereum),
    ("eu_vat", europe::eu_vat),
    ("figi", registers::figi),
    ("fr_tva", europe::fr_tva),
    ("gb_nino", europe::gb_nino),
    ("gb_upn", europe::gb_upn),
    ("github_token", secrets::github_token),
    ("hk_macau_sar_passport", cn_identity::sar_passport),
    ("iban", payment::iban),
    ("imei", registers::imei),
    ("imsi", registers::imsi),
    ("in_aadhaar", overseas::in_aadhaar),
    ("in_pan", overseas::in_pan),
    ("ipv4", network::ipv4),
    ("ipv6", network::ipv6),
    ("isin", registers::isin),
    ("it_codice_fiscale", europe::it_codice_fiscale),
    ("it_iva", europe::it_iva),
    ("kr_brn", overseas::kr_brn),
    ("mac", network::mac),
    ("mc_tva", europe::mc_tva),
    ("mrz", wallets::mrz),
    ("nl_btw", europe::nl_btw),
    ("payment_card", payment::payment_card),
    ("phone_international", phone::international),
    ("phone_national", phone::national),
    ("phone_north_american", phone::north_american),
    ("pt_cc", europe::pt_cc),
    ("sepa_creditor", europe::sepa_creditor),
    ("sg_uen", overseas::sg_uen),
    ("tr_vkn", overseas::tr_vkn),
    ("tw_id", overseas::tw_id),
    ("us_itin", overseas::us_itin),
    ("us_ssn", overseas::us_ssn),
    ("vin", cn_vehicle::vin),
];

/// The validator of this name.
pub fn find(name: &str) -> Option<Validator> {
    ALL.iter().find(|(n, _)| *n == name).map(|&(_, v)| v)
}

/// Valid or invalid.
fn verdict(valid: bool) -> Verdict {
    if valid {
        Verdict::Valid
    } else {
        Verdict::Invalid
    }
}

/// Whether there is at least one byte and all are ASCII digits.
fn all_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// Up to nine ASCII digits as a number.
fn number(bytes: &[u8]) -> Option<u32> {
    if !all_digits(bytes) || bytes.len() > 9 {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |n, b| n * 10 + u32::from(b.wrapping_sub(b'0'))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bare form of a value as the detector hands it over.
    fn bare(text: &str) -> String {
        text.chars()
            .map(|c| match c {
                '\u{ff01}'..='\u{ff5e}' => {
                    char::from_u32(u32::from(c) - 0xfee0).expect("inside ASCII")
                }
                c => c,
            })
            .filter(|c| !" -()+·.".contains(*c))
            .collect::<String>()
            .to_uppercase()
    }

    /// Kinds of the vector file, the validators that together accept them, and whether the value is
    /// seen as written.
    const KINDS: &[(&str, &[&str], bool)] = &[
        ("cn_resident_id_18", &["cn_resident_id"], false),
        ("cn_resident_id_15", &["cn_resident_id_15"], false),
        ("cn_hmt_residence_permit", &["cn_residence_permit"], false),
        ("cn_foreigner_pr_18", &["cn_foreigner_pr"], false),
        ("cn_foreigner_pr_15", &["cn_foreigner_pr"], false),
        ("cn_passport", &["cn_passport"], false),
        ("hk_macao_sar_passport", &["hk_macau_sar_passport"], false),
        ("cn_hk_macao_exit_permit", &["cn_hk_macau_permit"], false),
        ("cn_taiwan_exit_permit", &["cn_taiwan_exit_permit"], false),
        (
            "hk_macao_home_return_permit",
            &["cn_home_return_permit"],
            false,
        ),
        ("tw_mainland_travel_permit", &["cn_taiwan_permit"], false),
        ("cn_mobile", &["cn_mobile"], false),
        ("cn_landline", &["cn_landline"], false),
        ("cn_bank_card", &["cn_bank_card"], false),
        ("pan_visa", &["payment_card"], false),
        ("pan_mastercard", &["payment_card"], false),
        ("pan_amex", &["payment_card"], false),
        ("pan_jcb", &["payment_card"], false),
        ("pan_discover", &["payment_card"], false),
        ("pan_diners", &["payment_card"], false),
        ("iban", &["iban"], false),
        ("cn_uscc", &["cn_uscc"], false),
        ("cn_org_code", &["cn_organisation_code"], false),
        ("cn_sec_account_sh", &["cn_sh_account"], false),
        ("cn_sec_account_sz", &["cn_sz_account"], false),
        ("cn_plate", &["cn_plate"], false),
        ("vin", &["vin"], false),
        ("cn_driver_file_no", &["cn_driver_file"], false),
        ("cn_invoice_digital_20", &["cn_invoice"], false),
        ("cn_realestate_unit", &["cn_property_unit"], false),
        ("wechat_id", &["cn_wechat"], true),
        ("qq", &["cn_qq"], false),
        ("cn_military_id", &["cn_military"], true),
        ("cnaps", &["cn_cnaps"], false),
        ("cn_business_reg_15", &["cn_business_registration"], false),
        ("mac", &["mac"], true),
        ("ipv4", &["ipv4"], true),
        ("ipv6", &["ipv6"], true),
        ("email", &["email"], true),
    ];

    #[test]
    fn published_vectors() {
        let mut seen = 0;
        for line in include_str!("../../rules/vectors.tsv").lines() {
            let mut fields = line.split('\t');
            let (Some(kind), Some(expected), Some(value)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let Some((_, validators, raw)) = KINDS.iter().find(|(k, ..)| *k == kind) else {
                continue;
            };
            let value = if *raw { value.to_owned() } else { bare(value) };
            let accepted = validators
                .iter()
                .any(|v| find(v).expect("listed")(&value) != Verdict::Invalid);
            assert_eq!(accepted, expected == "valid", "{kind} {value}");
            seen += 1;
        }
        assert!(seen > 170, "{seen}");
    }

    #[test]
    fn names_are_ordered_and_unique() {
        assert!(ALL.windows(2).all(|w| w[0].0 < w[1].0));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,40}", digits in "[0-9A-ZX]{0,36}") {
            for (_, validator) in ALL {
                let _ = (validator(&text), validator(&digits));
            }
        }

        #[test]
        fn one_wrong_digit_is_refused(at in 0usize..32, by in 1u8..10, which in 0usize..9) {
            let (name, value) = [
                ("cn_resident_id", "11010519491231002X"),
                ("cn_resident_id", "440305198511200001"),
                ("cn_residence_permit", "810000199408230021"),
                ("cn_foreigner_pr", "911398199012310021"),
                ("cn_bank_card", "6228480402564890018"),
                ("payment_card", "4111111111111111"),
                ("cn_uscc", "91350100M000100Y43"),
                ("cn_organisation_code", "D2143569X"),
                ("iban", "GB82WEST12345698765432"),
            ][which];
            prop_assert_eq!(find(name).unwrap()(value), Verdict::Valid);
            let mut bytes = value.as_bytes().to_vec();
            let at = at % bytes.len();
            if bytes[at].is_ascii_digit() {
                bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
                let changed = String::from_utf8(bytes).unwrap();
                prop_assert_eq!(find(name).unwrap()(&changed), Verdict::Invalid);
            }
        }
    }
}
