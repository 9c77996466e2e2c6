//! Whether an empty CBC record shows the padding (CVE-2019-1559).

use super::{
    absent,
    padding::{Comparison, Fault, Padding, Seen},
    present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::ZeroLengthPadding;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, tell)
}

fn tell(seen: &Seen) -> Weakness {
    match seen.compare(Fault::EmptyMac, Fault::EmptyBoth) {
        Comparison::Differs(answer, other) => {
            present(ID, &format!("an empty record whose MAC alone is wrong met with {answer}, one whose padding is wrong too with {other}"))
        }
        Comparison::Same => absent(ID, "an empty record meets with the same answer whether the padding is right or not"),
        Comparison::Unsteady => unknown(ID, "the answers to the same record differ from one connection to the next"),
    }
}
