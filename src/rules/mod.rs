//! Rules are data: one YAML file each, judged over the evidence. This module knows no vendor's name.

mod check;
mod evaluate;
mod examples;
mod expression;
mod facts;
mod fault;
mod load;
mod measured;
mod outcome;
mod pack;
mod patterns;
mod requirement;
mod rule;
mod severity;
mod subjects;
mod summary;
mod syntax;
mod twice;

pub use evaluate::evaluate;
pub use examples::broken_examples;
pub use load::{LoadError, from_texts, load, load_to_judge, shipped_packs};
pub use measured::{Measured, Score};
pub use outcome::{Judgement, Location, Outcome};
pub use pack::Pack;
pub use requirement::{Requirement, Strength, Verification};
pub use rule::Rule;
pub use severity::Severity;
pub use summary::RuleSummary;
pub use syntax::{ChapterSyntax, Each, ExampleSyntax, ExamplesSyntax, PackSyntax, RuleSyntax, SeverityByProfile, SeveritySyntax};
