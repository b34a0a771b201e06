//! Built-in data files.

/// The rule files of this program, by their path below `rules/`. Word lists first.
pub(super) const FILES: &[(&str, &str)] = &[
    (
        "words/headers.toml",
        include_str!("../../rules/words/headers.toml"),
    ),
    (
        "words/context.toml",
        include_str!("../../rules/words/context.toml"),
    ),
    (
        "cn/identity.toml",
        include_str!("../../rules/cn/identity.toml"),
    ),
    (
        "cn/contact.toml",
        include_str!("../../rules/cn/contact.toml"),
    ),
    (
        "cn/accounts.toml",
        include_str!("../../rules/cn/accounts.toml"),
    ),
    (
        "cn/organisation.toml",
        include_str!("../../rules/cn/organisation.toml"),
    ),
    ("cn/people.toml", include_str!("../../rules/cn/people.toml")),
    ("cn/online.toml", include_str!("../../rules/cn/online.toml")),
    (
        "cn/vehicles.toml",
        include_str!("../../rules/cn/vehicles.toml"),
    ),
    ("cn/social.toml", include_str!("../../rules/cn/social.toml")),
    (
        "cn/property.toml",
        include_str!("../../rules/cn/property.toml"),
    ),
    (
        "cn/business.toml",
        include_str!("../../rules/cn/business.toml"),
    ),
    (
        "intl/payment.toml",
        include_str!("../../rules/intl/payment.toml"),
    ),
    (
        "intl/network.toml",
        include_str!("../../rules/intl/network.toml"),
    ),
    (
        "secrets/assigned.toml",
        include_str!("../../rules/secrets/assigned.toml"),
    ),
    (
        "secrets/cloud.toml",
        include_str!("../../rules/secrets/cloud.toml"),
    ),
    (
        "secrets/code.toml",
        include_str!("../../rules/secrets/code.toml"),
    ),
    (
        "secrets/messages.toml",
        include_str!("../../rules/secrets/messages.toml"),
    ),
    (
        "secrets/payments.toml",
        include_str!("../../rules/secrets/payments.toml"),
    ),
    (
        "secrets/models.toml",
        include_str!("../../rules/secrets/models.toml"),
    ),
];
