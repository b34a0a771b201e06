//! Makes [`Approved`] from a plan, its approvals, the keys, the holds and the time: the only maker.

mod paper;

pub use paper::{Ask, PURPOSE, Paper};

use crate::{
    keys::{KeyList, TrustedKey},
    model::{Date, Moment, Plan},
    plan::PlanFile,
    policy::Holds,
};

/// Fewest approvers besides the requester, whatever a policy says.
pub const FEWEST: u32 = 2;
/// Seconds by which clocks of different machines may differ.
const SKEW: i64 = 300;

/// Why a plan may not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The plan's own time is over.
    #[error("the plan has expired")]
    PlanExpired,
    /// A time in the plan or now cannot be read.
    #[error("a time cannot be read")]
    Time,
    /// The list of keys is not the one that the plan is bound to.
    #[error("the list of keys is not the one that the plan is bound to")]
    OtherKeys,
    /// The policy is not the one that the plan is bound to.
    #[error("the policy is not the one that the plan is bound to")]
    OtherPolicy,
    /// The plan has no valid request by the one who asks for it.
    #[error("the request of the one who asks for the plan is missing or does not hold")]
    NoRequest,
    /// Somebody who may decide said no; the key id.
    #[error("a bearer of a listed key has rejected the plan")]
    Rejected(String),
    /// Too few approvals that count.
    #[error("{have} of {need} approvals count")]
    TooFew {
        /// Approvals that count.
        have: u32,
        /// Approvals that are needed.
        need: u32,
        /// Why each of the others does not count: key id and reason.
        others: Vec<(String, Discounted)>,
    },
    /// No approval that counts bears this role.
    #[error("an approval with the role {0} is missing")]
    RoleMissing(String),
    /// A hold keeps an item; the hold's id.
    #[error("hold {0} keeps an item of the plan")]
    Held(String),
}

/// Why an approval does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discounted {
    /// It is for another plan, or the plan changed by a byte since.
    OtherPlan,
    /// Its signature does not hold.
    Signature,
    /// Its key is not listed, or no longer.
    NotListed,
    /// The bearer does not have the role.
    NotTheirRole,
    /// It is by the one who asks.
    Requester,
    /// The same key approved already.
    Again,
    /// Its time is over, or is longer than the policy allows.
    Expired,
    /// It is dated before the plan or after now.
    WrongTime,
}

/// One who approved, and it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// Key id.
    pub key: String,
    /// Name on the list.
    pub name: String,
    /// Role in which it was given.
    pub role: String,
    /// When.
    pub time: String,
    /// Until when it holds.
    pub expires: String,
    /// Comment.
    pub comment: String,
}

/// A plan that may be carried out now. Nothing but [`check`] makes one.
#[derive(Debug)]
pub struct Approved<'p> {
    file: &'p PlanFile,
    requester: String,
    approvers: Vec<Approver>,
    until: Moment,
}

impl Approved<'_> {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        self.file.plan()
    }

    /// The plan's id, `sha256:…`.
    pub fn id(&self) -> &str {
        self.file.id()
    }

    /// The plan's id as people type it.
    pub fn short_id(&self) -> String {
        self.file.short_id()
    }

    /// Name of the requester on the list.
    pub fn requester(&self) -> &str {
        &self.requester
    }

    /// Those whose approval counts.
    pub fn approvers(&self) -> &[Approver] {
        &self.approvers
    }

    /// Their key ids.
    pub fn keys(&self) -> Vec<String> {
        self.approvers.iter().map(|a| a.key.clone()).collect()
    }

    /// Until when it may be carried out. What was begun may be finished after it.
    pub fn until(&self) -> Moment {
        self.until
    }
}

/// What a plan's approvals are held against.
#[derive(Debug, Clone, Copy)]
pub struct Against<'a> {
    /// The keys.
    pub keys: &'a KeyList,
    /// Digest of the policy that holds now, `sha256:…`.
    pub policy: &'a str,
    /// The holds as they stand now.
    pub holds: &'a Holds,
    /// Now.
    pub now: Moment,
}

/// Whether a plan may be carried out: asked for by a listed key, approved by at least two others in the
/// roles that the policy wants, none of it expired, nothing changed, no hold in the way.
///
/// # Errors
/// Why not. Whatever is missing, nothing may be done.
pub fn check<'p>(
    file: &'p PlanFile,
    papers: &[Paper],
    against: &Against<'_>,
) -> Result<Approved<'p>, Refused> {
    let plan = file.plan();
    let now = against.now;
    let day = Date::in_china(now);
    let expires = Moment::parse(&plan.expires).ok_or(Refused::Time)?;
    let created = Moment::parse(&plan.created).ok_or(Refused::Time)?;
    if now > expires {
        return Err(Refused::PlanExpired);
    }
    if against.keys.digest().ok().as_deref() != Some(plan.keys.digest.as_str()) {
        return Err(Refused::OtherKeys);
    }
    if against.policy != plan.policy.digest {
        return Err(Refused::OtherPolicy);
    }
    if let Some(hold) = against.holds.against(plan, day) {
        return Err(Refused::Held(hold.id.clone()));
    }
    let requester = requester(file, papers, against.keys, day).ok_or(Refused::NoRequest)?;
    let mut approvers: Vec<Approver> = Vec::new();
    let mut others = Vec::new();
    for paper in papers.iter().filter(|p| p.ask != Ask::Request) {
        let judged = judge(paper, file, against, day, created);
        match judged {
            Ok(_) if paper.ask == Ask::Reject => {
                return Err(Refused::Rejected(paper.key.clone()));
            }
            Ok(_) if approvers.iter().any(|a| a.key == paper.key) => {
                others.push((paper.key.clone(), Discounted::Again));
            }
            Ok(key) => approvers.push(approver(paper, key)),
            Err(why) => others.push((paper.key.clone(), why)),
        }
    }
    let need = plan.approvals.count.max(FEWEST);
    let have = u32::try_from(approvers.len()).unwrap_or(u32::MAX);
    if have < need {
        return Err(Refused::TooFew { have, need, others });
    }
    roles_are_borne(&plan.approvals.roles, &approvers)?;
    let ends = approvers.iter().filter_map(|a| Moment::parse(&a.expires));
    let until = ends.fold(expires, Moment::min);
    Ok(Approved {
        file,
        requester,
        approvers,
        until,
    })
}

/// Every role needs a person of its own: nobody approves in two roles.
fn roles_are_borne(roles: &[String], approvers: &[Approver]) -> Result<(), Refused> {
    match roles
        .iter()
        .find(|role| approvers.iter().all(|a| a.role != **role))
    {
        Some(role) => Err(Refused::RoleMissing(role.clone())),
        None => Ok(()),
    }
}

fn approver(paper: &Paper, key: &TrustedKey) -> Approver {
    Approver {
        key: paper.key.clone(),
        name: key.name.clone(),
        role: paper.role.clone(),
        time: paper.time.clone(),
        expires: paper.expires.clone(),
        comment: paper.comment.clone(),
    }
}

/// Name of the one who asks, when the request is there and holds.
fn requester(file: &PlanFile, papers: &[Paper], keys: &KeyList, day: Date) -> Option<String> {
    let plan = file.plan();
    let key = keys.find(&plan.requester, day)?;
    let public = key.public().ok()?;
    let asked = papers.iter().any(|p| {
        p.ask == Ask::Request
            && p.key == plan.requester
            && p.plan == file.id()
            && p.holds_under(&public)
    });
    asked.then(|| key.name.clone())
}

/// Whether a paper counts; the key of its bearer.
fn judge<'k>(
    paper: &Paper,
    file: &PlanFile,
    against: &Against<'k>,
    day: Date,
    created: Moment,
) -> Result<&'k TrustedKey, Discounted> {
    let listed = against.keys.find(&paper.key, day);
    // Who said no while on the list has said no, though the bearer left it since.
    let once = || against.keys.keys.iter().find(|k| k.key == paper.key);
    let key = listed
        .or_else(|| (paper.ask == Ask::Reject).then(once).flatten())
        .ok_or(Discounted::NotListed)?;
    let public = key.public().map_err(|_| Discounted::NotListed)?;
    if !paper.holds_under(&public) {
        return Err(Discounted::Signature);
    }
    if paper.plan != file.id() {
        return Err(Discounted::OtherPlan);
    }
    if paper.key == file.plan().requester {
        return Err(Discounted::Requester);
    }
    if !key.roles.contains(&paper.role) {
        return Err(Discounted::NotTheirRole);
    }
    // A no has no term: it stays until its bearer's own yes takes its place.
    if paper.ask == Ask::Reject {
        return Ok(key);
    }
    let time = Moment::parse(&paper.time).ok_or(Discounted::WrongTime)?;
    let expires = Moment::parse(&paper.expires).ok_or(Discounted::WrongTime)?;
    if time.0 + SKEW < created.0 || time.0 > against.now.0 + SKEW {
        return Err(Discounted::WrongTime);
    }
    let longest = time.plus_hours(file.plan().approvals.hours);
    if against.now > expires || expires > longest {
        return Err(Discounted::Expired);
    }
    Ok(key)
}

#[cfg(test)]
mod tests;
