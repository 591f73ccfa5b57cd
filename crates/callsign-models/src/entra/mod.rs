//! Authentication with Microsoft Entra ID, based on the crate `azure_identity`.

mod chain;
pub mod identity;
mod transport;
