//! ML-KEM-512 (draft-ietf-tls-mlkem), which rustls leaves out; the larger ones are the provider's.

use aws_lc_rs::kem::{AlgorithmId, Ciphertext, DecapsulationKey, ML_KEM_512};
use rustls::{
    Error, NamedGroup, ProtocolVersion,
    crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup},
    ffdhe_groups::FfdheGroup,
};

use super::INVALID_SHARE;

#[derive(Debug)]
pub(super) struct MlKem512;

impl SupportedKxGroup for MlKem512 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = DecapsulationKey::generate(&ML_KEM_512).map_err(|_| GetRandomFailed)?;
        let public = private.encapsulation_key().and_then(|key| key.key_bytes()).map_err(|_| GetRandomFailed)?.as_ref().to_vec();
        Ok(Box::new(Active { private, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::MLKEM512
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

struct Active {
    private: DecapsulationKey<AlgorithmId>,
    public: Vec<u8>,
}

impl ActiveKeyExchange for Active {
    // The server answers with a secret that is wrapped for our key.
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let secret = self.private.decapsulate(Ciphertext::from(peer)).map_err(|_| INVALID_SHARE)?;
        Ok(SharedSecret::from(secret.as_ref()))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::MLKEM512
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::kem::EncapsulationKey;

    use super::*;

    #[test]
    fn what_is_wrapped_for_the_share_is_unwrapped() {
        let exchange = MlKem512.start().unwrap();
        let (wrapped, secret) = EncapsulationKey::new(&ML_KEM_512, exchange.pub_key()).unwrap().encapsulate().unwrap();
        assert_eq!(exchange.complete(wrapped.as_ref()).unwrap().secret_bytes(), secret.as_ref());
    }

    #[test]
    fn a_share_of_another_length_is_refused() {
        assert!(MlKem512.start().unwrap().complete(&[1; 767]).is_err());
    }
}
