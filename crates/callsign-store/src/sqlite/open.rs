//! Opening a file: first a check that changes nothing, then the connection.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use callsign_types::traits::store::StoreError;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::error::hint;
use super::schema::{self, DatabaseKind, VERSION};
use super::worker::OpenedFile;
use crate::rows::{failed, refused};

/// The time limit for waiting until another process unlocks the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn open(path: &Path) -> Result<OpenedFile, StoreError> {
    let path = canonical_path(path)?;
    if is_present(&path)? {
        match inspect(&path) {
            Ok(kind) => check_kind(&path, kind)?,
            // A file also looks corrupt while another process creates the tables, or if it was
            // killed while it did. The connection waits for that process, or rolls back.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {}
            Err(error) => return Err(open_error(&path, error)),
        }
    }
    let connection = connect(&path).map_err(|error| open_error(&path, error))?;
    if connection.is_readonly(MAIN_DB).map_err(|error| open_error(&path, error))? {
        return Err(refused(format!(
            "`{}` is read-only; give this user write permission",
            path.display()
        )));
    }
    let kind = schema::prepare(&connection).map_err(|error| open_error(&path, error))?;
    check_kind(&path, kind)?;
    configure(&connection).map_err(|error| open_error(&path, error))?;
    // A new file exists only now. Its name on the disk may differ, for example in case.
    let path = path.canonicalize().unwrap_or(path);
    Ok((connection, path))
}

/// Returns the path with symbolic links resolved, which is the same for all who open the file.
fn canonical_path(path: &Path) -> Result<PathBuf, StoreError> {
    let shown = path.display();
    if path == Path::new(":memory:") {
        return Err(refused("`:memory:` is not a file; use `MemoryStore` instead".to_owned()));
    }
    let (Ok(absolute), Some(name)) = (std::path::absolute(path), path.file_name()) else {
        return Err(refused(format!(
            "`{shown}` does not name a file; pass a path such as `callsign.db`"
        )));
    };
    match absolute.canonicalize() {
        Ok(canonical) => Ok(canonical),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let directory = absolute.parent().unwrap_or(Path::new(".")).canonicalize();
            directory.map(|directory| directory.join(name)).map_err(|error| {
                failed(format!("cannot create `{shown}`: create its directory first"), error)
            })
        }
        Err(error) => {
            Err(failed(format!("cannot open `{shown}`: give this user read permission"), error))
        }
    }
}

fn is_present(path: &Path) -> Result<bool, StoreError> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(refused(format!(
            "`{shown}` is a directory; pass a file in it, such as `{}`",
            path.join("callsign.db").display()
        ))),
        Ok(found) if !found.is_file() => {
            Err(refused(format!("`{shown}` is not a regular file; pass another path")))
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(failed(format!("cannot open `{shown}`: give this user read permission"), error))
        }
    }
}

/// Reads the header of the database, and leaves the file and its directory unchanged.
///
/// This goes through SQLite, because closing the file after reading it directly would release the
/// POSIX locks of this process's other connections. `immutable` keeps SQLite from changing
/// anything. It also ignores the write-ahead log, but the header of a store is always in the file
/// itself.
fn inspect(path: &Path) -> rusqlite::Result<DatabaseKind> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = format!("file:{}?immutable=1", uri_path(path));
    DatabaseKind::of(&Connection::open_with_flags(uri, flags)?)
}

/// Returns the path percent-encoded for a `file:` URI.
fn uri_path(path: &Path) -> String {
    let mut uri = String::new();
    let mut bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        uri.push('/');
        bytes = bytes.strip_prefix(br"\\?\").unwrap_or(bytes);
    }
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                uri.push(char::from(*byte));
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            byte => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri
}

fn check_kind(path: &Path, kind: DatabaseKind) -> Result<(), StoreError> {
    let path = path.display();
    match kind {
        DatabaseKind::Empty => Ok(()),
        DatabaseKind::Store(version) if version <= VERSION => Ok(()),
        DatabaseKind::Store(version) => Err(refused(format!(
            "`{path}` was written by a newer version of Callsign (its tables have version \
             {version}, this one supports {VERSION}); update Callsign"
        ))),
        DatabaseKind::Foreign => Err(refused(format!(
            "`{path}` is the database of another application; pass another path"
        ))),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Sets the options of the connection.
///
/// The write-ahead log is enabled after the tables exist. Until then the header is written to the
/// file itself, where `inspect` finds it.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", false)?;
    // Overwrites deleted content with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    let started = Instant::now();
    // The busy timeout does not apply if two connections change the mode at the same time.
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && started.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            outcome => break outcome?,
        }
    }
    connection.pragma_update(None, "synchronous", "full")
}

/// Returns the error for a file that could not be opened as a database.
fn open_error(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.display();
    let message = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("`{path}` is not a SQLite database; pass another path")
        }
        _ => format!("cannot open `{path}`: {}", hint(&error)),
    };
    failed(message, error)
}

#[cfg(test)]
mod tests {
    #[test]
    fn connection_syncs_every_commit_to_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = super::open(&directory.path().join("store.db")).unwrap();
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let mode: String =
            connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        // 2 is `full`: a commit is on the disk before it is acknowledged.
        assert_eq!(number("synchronous").unwrap(), 2);
        assert_eq!(number("foreign_keys").unwrap(), 0);
        assert_eq!(number("busy_timeout").unwrap(), 5000);
    }
}
