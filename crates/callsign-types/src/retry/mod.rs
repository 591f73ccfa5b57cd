//! Retries of failed requests: which errors are retried, how often and after which delay.
//!
//! The `Retry` middleware, the models over HTTP and their routes share this code, so that the same
//! error leads to the same decision everywhere.

#[doc(hidden)]
pub mod attempts;
pub mod policy;
#[doc(hidden)]
pub mod repeat;
#[doc(hidden)]
pub mod stream;
