//! Tells partners, before the auditor does, what would stop their app from being certified.
//!
//! Collect what can be observed, as facts without opinion; judge the facts with rules that are data; fold the judgements into one verdict per
//! requirement; render that one value in every format. Only the first step touches the world.
//!
//! ```text
//!  manifest ──► collect ──► evidence ──► rules ──► assessment ──► reports
//!               (the only step            (YAML and     ▲
//!               that touches               CEL)      decisions
//!               the world)
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`evidence`] | the vocabulary of facts |
//! | [`manifest`] | `redflag.yaml`: what is to be assessed |
//! | [`collect`] | TLS, web and source: the world, as evidence |
//! | [`rating`] | the letter that a published guide would give to a server, with its reasons |
//! | [`rules`] | packs of requirements and rules, and their evaluation |
//! | [`decisions`] | waivers and attestations |
//! | [`assessment`] | outcomes and decisions, folded into findings, statuses and a verdict |
//! | [`reports`] | one file for each format |
//! | [`assess`] | the pipeline, on one screen |
//! | [`wording`] | untrusted text made visible, near words, digits |
//! | [`yaml`] | the one reader of YAML: manifest, rules, decisions |
//! | [`cli`] | the command line: the only place that prints, reads the clock or picks an exit code |

pub mod assess;
pub mod assessment;
pub mod cli;
pub mod collect;
pub mod decisions;
pub mod evidence;
pub mod manifest;
pub mod rating;
pub mod reports;
pub mod rules;
pub mod wording;
pub mod yaml;
