//! [`Kind`]: what values are joined by.

use crate::rules::Family;

/// A kind of value. Equal values of one kind have one pseudonym, whichever rule found them: a card number is
/// found as a card in one file and as an account in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Numbers of persons: identity numbers, passports, permits.
    Id,
    /// Telephone numbers.
    Tel,
    /// Bank cards and accounts.
    Acc,
    /// Securities, fund and futures accounts.
    Sec,
    /// Names of persons.
    Name,
    /// Postal addresses.
    Addr,
    /// Mailboxes.
    Mail,
    /// Number plates.
    Car,
    /// Dates of birth.
    Date,
    /// Addresses of computers.
    Net,
    /// Codes of organisations.
    Org,
    /// Everything else.
    Data,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Id,
        Self::Tel,
        Self::Acc,
        Self::Sec,
        Self::Name,
        Self::Addr,
        Self::Mail,
        Self::Car,
        Self::Date,
        Self::Net,
        Self::Org,
        Self::Data,
    ];

    /// Its name in pseudonyms and settings.
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Tel => "TEL",
            Self::Acc => "ACC",
            Self::Sec => "SEC",
            Self::Name => "NAME",
            Self::Addr => "ADDR",
            Self::Mail => "MAIL",
            Self::Car => "CAR",
            Self::Date => "DATE",
            Self::Net => "NET",
            Self::Org => "ORG",
            Self::Data => "DATA",
        }
    }

    /// The kind of this name.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The kind of a family of masks; `None` for secrets, of which nothing is kept.
    pub fn of(family: Family) -> Option<Self> {
        Some(match family {
            Family::Id | Family::Passport => Self::Id,
            Family::Mobile | Family::Landline => Self::Tel,
            Family::Card | Family::Account | Family::Iban => Self::Acc,
            Family::Securities => Self::Sec,
            Family::Name => Self::Name,
            Family::Address => Self::Addr,
            Family::Email => Self::Mail,
            Family::Plate => Self::Car,
            Family::Date => Self::Date,
            Family::Ip | Family::Mac => Self::Net,
            Family::Organisation => Self::Org,
            Family::None => Self::Data,
            Family::Secret => return None,
        })
    }
}
