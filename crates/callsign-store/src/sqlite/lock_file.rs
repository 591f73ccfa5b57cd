//! A file that exists while it is locked.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

/// A locked file. It is unlocked when this value is dropped or the process ends.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    file: File,
}

impl LockFile {
    /// Locks the file at `path` without waiting. `None` if it is locked already.
    pub(super) fn acquire(path: PathBuf) -> io::Result<Option<Self>> {
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            match FileExt::try_lock(&file) {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The previous holder may have removed the file after it was opened here. This lock
            // would then be on a file without a name, which no other process can find.
            if is_at(&file, &path)? {
                return Ok(Some(Self { path, file }));
            }
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // The file is removed while it is locked: afterwards it could belong to the next holder.
        // If removal fails, the file stays and serves the next lock.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
        // Closing is not enough: a child process that is being started may have inherited the
        // file, and the lock with it.
        let _ = FileExt::unlock(&self.file);
    }
}

/// Returns whether `file` is the file at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let opened = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok(named.dev() == opened.dev() && named.ino() == opened.ino()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns `true`: lock files are not removed on this platform.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
