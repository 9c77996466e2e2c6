//! What a server's certificates are and what they amount to: one file for each question.
//!
//! | question | file |
//! |---|---|
//! | what a certificate says of itself | [`mod@describe`] |
//! | which names it has, and whether the host's is one of them | [`names`] |
//! | what its key is | [`key`] |
//! | who made a signature | [`signature`], with [`legacy`] for the weak ones |
//! | who issued whom, and which paths lead to a root | [`paths`] |
//! | which roots there are, and whether a path leads to one | [`trust`], [`verdict`] |
//! | all of a chain together | [`chain`] |
//! | what an OCSP response says | [`ocsp`] |
//! | what the stapled response says | [`stapling`] |
//! | which logs promised to publish it | [`transparency`] |
//! | whether it was revoked, by the word of its authority | [`revocation`] |
//!
//! The functions take bytes, so that whoever has a connection can bring what was sent; only `revocation` asks the network, when told to.

mod authority;
pub(in crate::collect) mod chain;
mod describe;
mod key;
mod legacy;
mod names;
mod ocsp;
mod paths;
pub(in crate::collect) mod revocation;
mod signature;
mod stapling;
mod transparency;
mod trust;
mod verdict;

pub(in crate::collect) use describe::{describe, parse};
pub(in crate::collect) use key::Key;
pub use trust::{TrustError, TrustStore};
