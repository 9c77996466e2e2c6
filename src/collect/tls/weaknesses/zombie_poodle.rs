//! Whether a wrong CBC padding is told from a wrong MAC (CVE-2019-5592, CVE-2019-6593).

use super::{
    absent,
    padding::{Fault, Padding},
    present,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::ZombiePoodle;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, [Fault::Padding, Fault::Both], |met| match met {
        // That is POODLE itself.
        Some((answer, _)) if answer.is_acceptance() => absent(ID, "a wrong padding is not told, it is accepted"),
        Some((answer, other)) => {
            present(ID, &format!("a record whose padding alone is wrong met with {answer}, one whose MAC is wrong too with {other}"))
        }
        None => absent(ID, "a wrong padding meets with the same answer whether the MAC is right or not"),
    })
}
