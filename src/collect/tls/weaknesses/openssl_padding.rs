//! Whether the padding oracle of OpenSSL on AES-NI is there (CVE-2016-2107).

use super::{
    absent,
    padding::{Fault, Padding},
    present,
};
use crate::evidence::{Weakness, WeaknessId};

const ID: WeaknessId = WeaknessId::OpensslPadding;

pub(super) fn judge(padding: &Padding) -> Weakness {
    padding.verdict(ID, [Fault::NoMac, Fault::Both], |met| match met {
        // The flaw is one of lengths, and shows as such; another difference is another weakness.
        Some((answer, _)) if !answer.to_string().contains("record_overflow") => {
            absent(ID, "a record of nothing but padding does not meet with the alert `record_overflow`")
        }
        Some((answer, other)) => {
            present(ID, &format!("a record of nothing but padding met with {answer}, one with a wrong MAC and padding with {other}"))
        }
        None => absent(ID, "a record of nothing but padding meets with the same answer as other wrong ones"),
    })
}
