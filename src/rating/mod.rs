//! A rating as a published guide would give it: the facts of one address, weighed by numbers and rules that are data.
//!
//! ```text
//! evidence::Tls ──► what each reference client would agree on ──┐
//!       │                                                       ▼
//!       └──────────────────────────► rules of the guide ──► caps ──┐
//!       └──────────────────────────► tables of the guide ► score ──┴──► letter, reasons, advice
//! ```
//!
//! Pure. A fact that is unknown is resolved both ways: where both give the same letter, that is the letter; else the letter is unknown,
//! and what is missing is named.

mod clients;
mod condition;
mod facts;
mod guide;
mod hsts;
mod letter;
mod rate;
mod reasons;
mod scores;
mod simulate;
mod suites;
mod tables;
mod verdict;

pub use clients::{ClientProfile, Versions};
pub use condition::{Behaviour, ChainFlaw, Condition, Negotiation};
pub use guide::{About, Guide, GuideRule, IfUnknown};
pub use hsts::max_age;
pub use letter::Letter;
pub use suites::SuiteSelector;
pub use tables::{CategoryAdvice, CurveStep, KeyExchange, LetterStep, Protocols, Scale, Step, Weights};
