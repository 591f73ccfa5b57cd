//! Microsoft Entra ID, on the crate `azure_identity`.

mod chain;
pub mod identity;
mod transport;
