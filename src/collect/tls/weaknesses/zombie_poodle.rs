//! Whether a wrong CBC padding is told from a wrong MAC (CVE-2019-5592, CVE-2019-6593).

use super::{
    absent,
    padding::{Comparison, Fault, Padding, Seen},
    present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::ZombiePoodle;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, tell)
}

fn tell(seen: &Seen) -> Weakness {
    match seen.compare(Fault::Padding, Fault::Both) {
        // That is POODLE itself.
        Comparison::Differs(answer, _) if answer.is_acceptance() => absent(ID, "a wrong padding is not told, it is accepted"),
        Comparison::Differs(answer, other) => {
            present(ID, &format!("a record whose padding alone is wrong met with {answer}, one whose MAC is wrong too with {other}"))
        }
        Comparison::Same => absent(ID, "a wrong padding meets with the same answer whether the MAC is right or not"),
        Comparison::Unsteady => unknown(ID, "the answers to the same record differ from one connection to the next"),
    }
}
