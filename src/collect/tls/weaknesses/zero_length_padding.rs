//! Whether an empty CBC record shows the padding (CVE-2019-1559).

use super::{
    absent,
    padding::{Fault, Padding},
    present,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::ZeroLengthPadding;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, [Fault::EmptyMac, Fault::EmptyBoth], |met| match met {
        Some((answer, other)) => {
            present(ID, &format!("an empty record whose MAC alone is wrong met with {answer}, one whose padding is wrong too with {other}"))
        }
        None => absent(ID, "an empty record meets with the same answer whether the padding is right or not"),
    })
}
