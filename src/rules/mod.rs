//! Rules are data: one YAML file each, judged over the evidence. This module knows no vendor's name.

mod check;
mod expression;
mod facts;
mod outcome;
mod pack;

pub use outcome::{Judgement, Location, Outcome};
pub use pack::{Pack, Requirement, RuleSummary, Severity, Strength, Verification};
