//! Whether CBC padding is not checked in TLS (CVE-2014-8730).

use super::{
    absent,
    padding::{Fault, Padding},
    present,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::PoodleTls;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, [Fault::Padding, Fault::Both], |met| match met {
        Some((answer, _)) if answer.is_acceptance() => {
            present(ID, &format!("a record whose padding is wrong was accepted: it met with {answer}"))
        }
        None | Some(_) => absent(ID, "a record whose padding is wrong was refused"),
    })
}
