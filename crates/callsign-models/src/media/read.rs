//! Files, read beside the work of others.

use std::path::Path;

use callsign_core::words::error::Error;

/// The most bytes of a file that are read, 64 MiB: no service takes as much in a message.
const MOST: u64 = 64 * 1024 * 1024;

/// The bytes of a file.
///
/// # Errors
/// A configuration error that names the file where it cannot be read, and where it is too long.
pub(super) async fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error| {
        let message = format!("{} could not be read", path.display());
        Error::configuration(message).with_source(error)
    };
    let length = tokio::fs::metadata(path).await.map_err(failed)?.len();
    if length > MOST {
        return Err(Error::configuration(format!(
            "{} is too long to be sent in a message: it has {length} bytes",
            path.display()
        )));
    }
    tokio::fs::read(path).await.map_err(failed)
}
