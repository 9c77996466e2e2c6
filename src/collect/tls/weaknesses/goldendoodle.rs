//! Whether a right CBC padding with a wrong MAC is told from others (CVE-2019-6593).

use super::{
    absent,
    padding::{Comparison, Fault, Padding, Seen},
    present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::Goldendoodle;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, tell)
}

fn tell(seen: &Seen) -> Weakness {
    match seen.compare(Fault::Mac, Fault::Both) {
        Comparison::Differs(answer, other) => {
            present(ID, &format!("a record whose MAC alone is wrong met with {answer}, one whose padding is wrong too with {other}"))
        }
        Comparison::Same => absent(ID, "a wrong MAC meets with the same answer whether the padding is right or not"),
        Comparison::Unsteady => unknown(ID, "the answers to the same record differ from one connection to the next"),
    }
}
