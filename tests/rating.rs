//! The rating, held against the table of the guide, the known reports and the known mistakes of others.

#[path = "rating/guide.rs"]
mod guide;
#[path = "rating/letters.rs"]
mod letters;
#[path = "rating/pipeline.rs"]
mod pipeline;
#[path = "rating/properties.rs"]
mod properties;
#[path = "rating/reports.rs"]
mod reports;
#[path = "rating/rules.rs"]
mod rules;
#[path = "rating/simulation.rs"]
mod simulation;
#[path = "rating/sites.rs"]
mod sites;
#[path = "rating/unknowns.rs"]
mod unknowns;
