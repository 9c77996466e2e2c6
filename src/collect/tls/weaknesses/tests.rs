//! The probes against real servers, and the verdicts from facts.
