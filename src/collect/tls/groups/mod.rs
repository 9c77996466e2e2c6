//! The key exchanges that a whole handshake may need: those of the provider, and those a server may insist on beyond them.

mod ml_kem;
mod ours;

use aws_lc_rs::{
    agreement::{self, ECDH_P521, EphemeralPrivateKey, UnparsedPublicKey},
    rand::SystemRandom,
};
use rustls::{
    Error, NamedGroup, PeerMisbehaved, ProtocolVersion,
    crypto::{ActiveKeyExchange, CompletedKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup, aws_lc_rs as provider},
    ffdhe_groups::FfdheGroup,
};

/// Every group, the most common first: it alone gets a key share without being asked. The costly ones come last.
pub(super) fn all() -> Vec<&'static dyn SupportedKxGroup> {
    let own: [&'static dyn SupportedKxGroup; 3] = [&P521, &P384_MLKEM1024, &ml_kem::MlKem512];
    provider::ALL_KX_GROUPS.iter().copied().chain(own).chain(ours::GROUPS).collect()
}

static P521: Curve = Curve;
static P384_MLKEM1024: Hybrid = Hybrid;

/// The curve P-521.
#[derive(Debug)]
struct Curve;

impl SupportedKxGroup for Curve {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = EphemeralPrivateKey::generate(&ECDH_P521, &SystemRandom::new()).map_err(|_| GetRandomFailed)?;
        let public = private.compute_public_key().map_err(|_| GetRandomFailed)?;
        Ok(Box::new(ActiveCurve { private, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct ActiveCurve {
    private: EphemeralPrivateKey,
    public: agreement::PublicKey,
}

impl ActiveKeyExchange for ActiveCurve {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let peer = UnparsedPublicKey::new(&ECDH_P521, peer);
        agreement::agree_ephemeral(self.private, peer, INVALID_SHARE, |secret| Ok(SharedSecret::from(secret)))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

const INVALID_SHARE: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);

/// The curve P-384 and ML-KEM-1024 together, shares and secrets one after the other (draft-ietf-tls-ecdhe-mlkem, section 3).
#[derive(Debug)]
struct Hybrid;

impl Hybrid {
    const NAME: NamedGroup = NamedGroup::Unknown(0x11ed);
    /// An uncompressed point.
    const POINT: usize = 97;
}

impl SupportedKxGroup for Hybrid {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let (curve, kem) = (provider::kx_group::SECP384R1.start()?, provider::kx_group::MLKEM1024.start()?);
        let public = [curve.pub_key(), kem.pub_key()].concat();
        Ok(Box::new(ActiveHybrid { curve, kem, public }))
    }

    // The second share of ML-KEM depends on the first.
    fn start_and_complete(&self, peer: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (point, key) = peer.split_at_checked(Self::POINT).ok_or(INVALID_SHARE)?;
        let curve = provider::kx_group::SECP384R1.start_and_complete(point)?;
        let kem = provider::kx_group::MLKEM1024.start_and_complete(key)?;
        let secret = SharedSecret::from([curve.secret.secret_bytes(), kem.secret.secret_bytes()].concat());
        Ok(CompletedKeyExchange { group: Self::NAME, pub_key: [curve.pub_key, kem.pub_key].concat(), secret })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        Self::NAME
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

struct ActiveHybrid {
    curve: Box<dyn ActiveKeyExchange>,
    kem: Box<dyn ActiveKeyExchange>,
    public: Vec<u8>,
}

impl ActiveKeyExchange for ActiveHybrid {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let (point, ciphertext) = peer.split_at_checked(Hybrid::POINT).ok_or(INVALID_SHARE)?;
        let (curve, kem) = (self.curve.complete(point)?, self.kem.complete(ciphertext)?);
        Ok(SharedSecret::from([curve.secret_bytes(), kem.secret_bytes()].concat()))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        Hybrid::NAME
    }
}
