//! Errors of requests: one line that names the failure, the address and a fix.

mod body;
mod hint;
mod kind;
mod output_mode;
pub(crate) mod request_info;
pub(crate) mod response;
mod retry_after;
pub(crate) mod secrets;
pub(crate) mod status;
pub(crate) mod text;
mod tls;
mod token_limits;
pub(crate) mod transport;
