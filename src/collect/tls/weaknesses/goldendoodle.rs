//! Whether a right CBC padding with a wrong MAC is told from others (CVE-2019-6593).

use super::{
    absent,
    padding::{Fault, Padding},
    present,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Goldendoodle;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, [Fault::Mac, Fault::Both], |met| match met {
        Some((answer, other)) => {
            present(ID, &format!("a record whose MAC alone is wrong met with {answer}, one whose padding is wrong too with {other}"))
        }
        None => absent(ID, "a wrong MAC meets with the same answer whether the padding is right or not"),
    })
}
