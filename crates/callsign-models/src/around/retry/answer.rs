//! The tries of a request whose answer comes in one.

use callsign_core::words::error::Error;
use tokio::time::sleep;

use super::policy::RetryPolicy;
use super::tries::Tries;

/// The first answer, asked for as this policy says. Dropping the future ends the tries.
///
/// What is asked has to be made before: the tries of a request are to be one request, under one
/// id.
///
/// # Errors
/// That of the last try.
pub(crate) async fn ask<T, A>(policy: &RetryPolicy, ask: impl Fn() -> A) -> Result<T, Error>
where
    A: Future<Output = Result<T, Error>>,
{
    let mut tries = Tries::new(policy);
    loop {
        tries.begin();
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => sleep(tries.failed(error)?.after).await,
        }
    }
}

#[cfg(test)]
mod tests;
