//! What every plan is made with, read and held against each other before anything is looked at.

use super::make::Terms;
use crate::cli::shown::Shown as _;
use crate::{
    cli::{Trouble, args::plans::PlanArgs, desk, own},
    detect::Detector,
    keys::{KeyList, Signer},
    model::{BackupChoice, Date},
    policy::{Facts, Policy},
    reports::Condition,
    rules::Examples,
    words::{Language, PlanWord},
};
use std::path::PathBuf;

/// Who asks, by what policy and facts, and who may approve.
pub(super) struct Start {
    /// The job folder.
    pub job: PathBuf,
    /// Key of who asks.
    pub signer: Signer,
    /// Those who may approve.
    pub keys: KeyList,
    /// Digest of their list.
    pub key_digest: String,
    /// What may become of records.
    pub policy: Policy,
    /// Its digest.
    pub policy_digest: String,
    /// The rules of the scan.
    pub detector: Detector,
    /// Dates and kinds that no file tells.
    pub facts: Facts,
    /// Today, in China.
    pub today: Date,
}

impl Start {
    /// Reads them.
    pub(super) fn read(
        args: &PlanArgs,
        terms: &Terms,
        language: Language,
    ) -> Result<Self, Trouble> {
        let job = desk::job(&args.job);
        let signer = desk::signer(&args.key, language)?;
        let keys = desk::key_list(&job, args.keys.as_ref(), language)?;
        let today = desk::today();
        if keys.find(&signer.id(), today).is_none() {
            return Err(refused(PlanWord::NotListed.text(language).to_owned()));
        }
        let (policy, policy_digest) = desk::policy(&args.policy, language)?;
        let key_digest = keys.digest().map_err(|e| Trouble::failed(e.to_string()))?;
        let fixed = policy.approvals.keys.as_ref();
        if fixed.is_some_and(|k| *k != key_digest) {
            return Err(refused(PlanWord::OtherKeys.text(language).to_owned()));
        }
        let rules = own::rules(&args.rules, Examples::Without, language)?;
        let detector = desk::detector(rules, language)?;
        words_are_clean(args, terms, &detector, language)?;
        let facts = facts(args, &policy, language)?;
        Ok(Self {
            job,
            signer,
            keys,
            key_digest,
            policy,
            policy_digest,
            detector,
            facts,
            today,
        })
    }
}

pub(super) fn refused(text: String) -> Trouble {
    Trouble {
        condition: Condition::Refused,
        text,
    }
}

/// Free words stand in the plan, the trail and on certificates: none may hold a person's data. Who receives
/// is an organisation and how to reach it.
fn words_are_clean(
    args: &PlanArgs,
    terms: &Terms,
    detector: &Detector,
    language: Language,
) -> Result<(), Trouble> {
    let mut texts: Vec<(&str, &str)> = vec![
        ("--ticket", &args.ticket),
        ("--reason", &args.reason),
        ("--legal-basis", &args.legal_basis),
    ];
    let add = |name, text: Option<&'_ String>| -> Vec<(&str, String)> {
        text.map(|t| (name, t.clone())).into_iter().collect()
    };
    let mut more = add("--notice-ref", terms.notice_ref.as_ref());
    more.extend(add("--secrecy-release", args.secrecy_release.as_ref()));
    more.extend(add("--consent-ref", terms.consent_ref.as_ref()));
    if let Some(BackupChoice::Without(reason)) = &terms.backup {
        more.extend(add("--no-backup", Some(reason)));
    }
    if let Some(handover) = &terms.handover {
        more.extend(add("--purpose", Some(&handover.purpose)));
    }
    texts.extend(more.iter().map(|(n, t)| (*n, t.as_str())));
    for (name, text) in &texts {
        if text.trim().is_empty() {
            return Err(Trouble::usage(PlanWord::TextEmpty.fill(language, &[name])));
        }
    }
    desk::no_values(&texts, detector, language)
}

fn facts(args: &PlanArgs, policy: &Policy, language: Language) -> Result<Facts, Trouble> {
    let said = |e: crate::policy::PolicyError| {
        let known: Vec<&str> = policy.clocks().into_iter().collect();
        Trouble::usage(PlanWord::BadFacts.fill(language, &[&e, &known.join(", ")]))
    };
    let mut facts = match &args.facts {
        Some(path) => {
            let text = desk::read_text(path, language)?;
            Facts::read(&path.shown(), &text, policy).map_err(said)?
        }
        None => Facts::default(),
    };
    for clock in &args.clock {
        let (event, day) = clock
            .split_once('=')
            .ok_or_else(|| Trouble::usage(PlanWord::BadDate.fill(language, &[&"--clock"])))?;
        let day = desk::date("--clock", day, language)?;
        facts.add(event, day, policy).map_err(said)?;
    }
    Ok(facts)
}
