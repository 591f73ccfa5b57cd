//! Retries of requests whose response is not a stream.

use tokio::time::sleep;

use super::attempts::Attempts;
use super::policy::RetryPolicy;
use crate::error::Error;

/// Sends a request with `send` until an attempt succeeds or `policy` allows no further one.
/// Dropping the future ends the attempts.
///
/// Create the request id before this call, so that all attempts have the same one.
///
/// # Errors
/// Returns the error of the last attempt.
#[doc(hidden)]
pub async fn with_retries<T, F>(policy: &RetryPolicy, send: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut attempts = Attempts::new(policy);
    loop {
        attempts.begin();
        match send().await {
            Ok(response) => return Ok(response),
            Err(error) => sleep(attempts.failed(error)?.after).await,
        }
    }
}

#[cfg(test)]
mod tests;
