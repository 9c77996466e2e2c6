//! The letters of the guide.

use serde::Deserialize;

/// A grade, best first. `M` and `T` stand outside of A to F; among all that hold at once, the greatest is the one that reports show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Letter {
    /// Exceptional.
    #[serde(rename = "A+")]
    APlus,
    /// Good. As the cap of a rule: everything but A+ is left.
    A,
    /// Good, with a warning.
    #[serde(rename = "A-")]
    AMinus,
    /// Adequate.
    B,
    /// Out of date.
    C,
    /// Weak.
    D,
    /// Very weak.
    E,
    /// The certificate is for another host.
    M,
    /// The certificate is not trusted.
    T,
    /// Broken.
    F,
}

impl Letter {
    /// As people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::AMinus => "A-",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::M => "M",
            Self::T => "T",
            Self::F => "F",
        }
    }
}
