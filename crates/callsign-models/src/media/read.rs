//! Files, read beside the work of others.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::Pin;

use callsign_core::words::error::Error;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// The most bytes of a file that are read, 64 MiB: no service takes as much in a message.
const MOST: usize = 64 * 1024 * 1024;

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;

/// The bytes of a file.
///
/// # Errors
/// A configuration error that names the file where it cannot be read, is none (but a folder or a
/// device), or is too long.
pub(super) async fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error| {
        let message = format!("{} could not be read", path.display());
        Error::configuration(message).with_source(error)
    };
    // Asked before it is opened, because opening a pipe waits for its other end.
    let known = tokio::fs::metadata(path).await.map_err(failed)?;
    if !known.is_file() {
        let message = format!("{} is no regular file that could be sent", path.display());
        return Err(Error::configuration(message));
    }
    let too_long = || {
        Error::configuration(format!(
            "{} is too long to be sent in a message: it has more than {MOST} bytes",
            path.display()
        ))
    };
    if known.len() > MOST as u64 {
        return Err(too_long());
    }
    let file = File::open(path).await.map_err(failed)?;
    // The length that was told may be wrong by now, and some files tell none.
    up_to(file, MOST).await.map_err(failed)?.ok_or_else(too_long)
}

/// All that comes from there; `None` where that is more than so many bytes.
async fn up_to(mut from: impl AsyncRead + Unpin, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let mut read = ReadBuf::new(&mut piece);
        poll_fn(|context| Pin::new(&mut from).poll_read(context, &mut read)).await?;
        if read.filled().is_empty() {
            return Ok(Some(bytes));
        }
        if bytes.len() + read.filled().len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(read.filled());
    }
}

#[cfg(test)]
mod tests {
    use super::up_to;

    #[tokio::test]
    async fn no_more_is_read_than_may_be() {
        let endless = tokio::io::repeat(0);
        assert!(matches!(up_to(endless, 1_000_000).await, Ok(None)));
        let exact = vec![7; 100_000];
        assert!(matches!(up_to(&exact[..], 100_000).await, Ok(Some(read)) if read == exact));
        assert!(matches!(up_to(&exact[..], 99_999).await, Ok(None)));
    }
}
