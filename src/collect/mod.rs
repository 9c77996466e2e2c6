//! The only step that touches the world: it looks, and writes down what it saw.

mod network;
mod source;
mod tls;

pub use network::{Network, NetworkSettings, Override};
pub use source::facts_in;
