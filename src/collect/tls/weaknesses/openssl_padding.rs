//! Whether the padding oracle of OpenSSL on AES-NI is there (CVE-2016-2107).

use super::{
    absent,
    padding::{Comparison, Fault, Padding, Seen},
    present, unknown,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::OpensslPadding;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, tell)
}

fn tell(seen: &Seen) -> Weakness {
    match seen.compare(Fault::NoMac, Fault::Both) {
        // The flaw is one of lengths, and shows as such; another difference is another weakness.
        Comparison::Differs(answer, _) if !answer.to_string().contains("record_overflow") => {
            absent(ID, "a record of nothing but padding does not meet with the alert `record_overflow`")
        }
        Comparison::Differs(answer, other) => {
            present(ID, &format!("a record of nothing but padding met with {answer}, one with a wrong MAC and padding with {other}"))
        }
        Comparison::Same => absent(ID, "a record of nothing but padding meets with the same answer as other wrong ones"),
        Comparison::Unsteady => unknown(ID, "the answers to the same record differ from one connection to the next"),
    }
}
