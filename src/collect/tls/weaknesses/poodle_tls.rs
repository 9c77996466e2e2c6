//! Whether CBC padding is not checked in TLS (CVE-2014-8730).

use super::{
    absent,
    padding::{Comparison, Fault, Padding, Seen},
    present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::PoodleTls;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, tell)
}

fn tell(seen: &Seen) -> Weakness {
    match seen.compare(Fault::Padding, Fault::Both) {
        Comparison::Differs(answer, _) if answer.is_acceptance() => {
            present(ID, &format!("a record whose padding is wrong was accepted: it met with {answer}"))
        }
        Comparison::Same | Comparison::Differs(..) => absent(ID, "a record whose padding is wrong was refused"),
        Comparison::Unsteady => unknown(ID, "the answers to the same record differ from one connection to the next"),
    }
}
