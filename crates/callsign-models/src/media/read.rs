//! Asynchronous reading of files with a size limit.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;

use callsign_types::error::Error;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// The maximum size of a file, 64 MiB: no provider accepts more in a message.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The number of bytes per read.
const CHUNK_BYTES: usize = 64 * 1024;

/// Reads a file.
///
/// # Errors
/// Returns a configuration error that names the file if it cannot be read, is not a regular file,
/// or is too large.
pub(super) async fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error| {
        let message = format!("cannot read {}", path.display());
        Error::configuration(message).with_source(error)
    };
    // Checked before opening, because opening a pipe waits for its other end.
    let metadata = tokio::fs::metadata(path).await.map_err(failed)?;
    if !metadata.is_file() {
        let message = format!("{} is not a regular file", path.display());
        return Err(Error::configuration(message));
    }
    let too_large = || {
        Error::configuration(format!(
            "{} is too large for a message; the limit is {MAX_BYTES} bytes",
            path.display()
        ))
    };
    if metadata.len() > MAX_BYTES as u64 {
        return Err(too_large());
    }
    let file = File::open(path).await.map_err(failed)?;
    // The length may have changed since, and special files report none.
    read_at_most(file, MAX_BYTES).await.map_err(failed)?.ok_or_else(too_large)
}

/// Reads all of `source`; returns `None` if it exceeds `limit` bytes.
async fn read_at_most(
    mut source: impl AsyncRead + Unpin,
    limit: usize,
) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let mut read = ReadBuf::new(&mut chunk);
        poll_fn(|context| Pin::new(&mut source).poll_read(context, &mut read)).await?;
        if read.filled().is_empty() {
            return Ok(Some(bytes));
        }
        if bytes.len() + read.filled().len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(read.filled());
    }
}

#[cfg(test)]
mod tests {
    use super::read_at_most;

    #[tokio::test]
    async fn reading_stops_at_the_limit() {
        let endless = tokio::io::repeat(0);
        assert!(matches!(read_at_most(endless, 1_000_000).await, Ok(None)));
        let exact = vec![7; 100_000];
        assert!(matches!(read_at_most(&exact[..], 100_000).await, Ok(Some(read)) if read == exact));
        assert!(matches!(read_at_most(&exact[..], 99_999).await, Ok(None)));
    }
}
