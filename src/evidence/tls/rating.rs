//! The rating of a server by a published guide.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProtocolId;
use crate::evidence::Reading;

/// A rating, with every reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rating {
    /// The guide's name and edition.
    pub guide: String,
    /// `A+`, `A`, `A-`, `B` … `F`, `T` (not trusted) or `M` (name mismatch); unknown when something that it needs is unknown.
    pub grade: Reading<String>,
    /// The grade without regard to trust and names.
    pub grade_if_trusted: Reading<String>,
    /// The other grades that it may be, best first: where the guide is in doubt, and where it is not known whether A+ was earned. While the
    /// grade is unknown, all that are possible.
    pub grade_may_be: Vec<String>,
    /// The weighted score, 0 to 100.
    pub score: Reading<u32>,
    /// The score of each category.
    pub scores: Option<CategoryScores>,
    /// What decides the grade, heaviest first.
    pub reasons: Vec<RatingReason>,
    /// What to change to reach the next better grade, most urgent first.
    pub advice: Vec<String>,
    /// What else keeps from the grade that is aimed for, heaviest first; it counts once `advice` is followed.
    #[serde(default)]
    pub advice_after: Vec<String>,
    /// Why the grade is unknown; absent when it is known.
    pub error: Option<String>,
}

/// The scores of the categories, 0 to 100 each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CategoryScores {
    /// 100 for a certificate that nothing speaks against, else 0.
    pub certificate: u32,
    /// Protocol support.
    pub protocol: u32,
    /// Key exchange.
    pub key_exchange: u32,
    /// Cipher strength.
    pub cipher_strength: u32,
}

/// One reason for a grade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RatingReason {
    /// The rule of the guide, by its id.
    pub id: String,
    /// The best grade that is left; absent where it only keeps a server from A+, and where it was given the benefit of the doubt.
    pub cap: Option<String>,
    /// What was seen, in words.
    pub because: String,
    /// Whether nobody can say, and it was taken not to be so.
    #[serde(default)]
    pub assumed: bool,
    /// Where the public guide leaves doubt, what that is; absent where it does not.
    pub doubt: Option<String>,
}

/// What a reference client would negotiate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Client {
    /// Its name and version.
    pub name: String,
    /// Whether the guide measures forward secrecy by it.
    pub reference: bool,
    /// Whether it would get a connection; unknown where a fact is missing that decides it.
    #[serde(default)]
    pub connects: Reading<bool>,
    /// The version it would speak; absent where the handshake would fail, unknown facts aside.
    pub protocol: Option<ProtocolId>,
    /// IANA's name of the suite.
    pub cipher_suite: Option<String>,
    /// IANA's name of the group, for suites that have one.
    pub group: Option<String>,
    /// Whether the suite has forward secrecy.
    pub forward_secrecy: Option<bool>,
    /// Why the handshake would fail, or why nobody can say; absent where it would succeed.
    pub error: Option<String>,
}
