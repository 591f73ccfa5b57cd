//! Opening a file: first a look that changes nothing, then the connection.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use callsign_core::traits::store::StoreError;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::error::hint;
use super::schema::{self, Kind, VERSION};
use super::worker::Opened;
use crate::rows::{failed, refused};

/// How long a connection waits for one of another process.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    let path = whole(path)?;
    if exists(&path)? {
        match look(&path) {
            Ok(kind) => accept(&path, kind)?,
            // So it also looks while another process, alive or killed, is making the tables: the
            // connection will wait for it, or undo what it left.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {}
            Err(error) => return Err(misread(&path, error)),
        }
    }
    let connection = connect(&path).map_err(|error| misread(&path, error))?;
    if connection.is_readonly(MAIN_DB).map_err(|error| misread(&path, error))? {
        return Err(refused(format!(
            "`{}` is write-protected; see that this user may write it",
            path.display()
        )));
    }
    let kind = schema::prepare(&connection).map_err(|error| misread(&path, error))?;
    accept(&path, kind)?;
    settle(&connection).map_err(|error| misread(&path, error))?;
    // Only now is the last part of the name known to be as the disk has it.
    let path = path.canonicalize().unwrap_or(path);
    Ok((connection, path))
}

/// The path with links resolved, which is the same for everybody who opens the file.
fn whole(path: &Path) -> Result<PathBuf, StoreError> {
    let shown = path.display();
    if path == Path::new(":memory:") {
        return Err(refused("`:memory:` is no file; use `MemoryStore` instead".to_owned()));
    }
    let (Ok(whole), Some(name)) = (std::path::absolute(path), path.file_name()) else {
        return Err(refused(format!("`{shown}` names no file; give one, such as `callsign.db`")));
    };
    match whole.canonicalize() {
        Ok(whole) => Ok(whole),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = whole.parent().unwrap_or(Path::new(".")).canonicalize();
            folder.map(|folder| folder.join(name)).map_err(|error| {
                failed(format!("cannot create `{shown}`: make its folder first"), error)
            })
        }
        Err(error) => {
            Err(failed(format!("cannot open `{shown}`: see that this user may read it"), error))
        }
    }
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(refused(format!(
            "`{shown}` is a folder; name a file in it, such as `{}`",
            path.join("callsign.db").display()
        ))),
        Ok(found) if !found.is_file() => {
            Err(refused(format!("`{shown}` is not an ordinary file; name another")))
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(failed(format!("cannot open `{shown}`: see that this user may read it"), error))
        }
    }
}

/// Reads what the database says of itself, and leaves nothing behind in it or beside it.
///
/// Done through SQLite: reading the file by other means would, when it is closed again, cancel
/// the locks of other connections of this process. `immutable` is what makes it only a look; a
/// store's marks are in the file itself from its first moment, not in the log beside it.
fn look(path: &Path) -> rusqlite::Result<Kind> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Kind::of(&Connection::open_with_flags(format!("file:{}?immutable=1", encoded(path)), flags)?)
}

/// The path as it stands in a `file:` URI.
fn encoded(path: &Path) -> String {
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

fn accept(path: &Path, kind: Kind) -> Result<(), StoreError> {
    let path = path.display();
    match kind {
        Kind::Empty => Ok(()),
        Kind::Ours(version) if version <= VERSION => Ok(()),
        Kind::Ours(version) => Err(refused(format!(
            "`{path}` was written by a newer version of Callsign (its tables have version \
             {version}, this one knows {VERSION}); update Callsign"
        ))),
        Kind::Foreign => Err(refused(format!(
            "`{path}` is the database of another application; name another file"
        ))),
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Sets how the connection works. The log comes last, after the tables: until then the marks go
/// into the file itself, where a look finds them.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "foreign_keys", false)?;
    // What is deleted is overwritten, and not only forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    let begun = Instant::now();
    // SQLite does not always wait by itself where two connections change the mode at once.
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            outcome => break outcome?,
        }
    }
    connection.pragma_update(None, "synchronous", "full")
}

/// Why a file could not be opened as a database.
fn misread(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.display();
    let message = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            format!("`{path}` is not a SQLite database; name another file")
        }
        _ => format!("cannot open `{path}`: {}", hint(&error)),
    };
    failed(message, error)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_connection_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, _) = super::open(&folder.path().join("store.db")).unwrap();
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let mode: String =
            connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        // 2 is `full`: each commit is on the disk before it is acknowledged.
        assert_eq!(number("synchronous").unwrap(), 2);
        assert_eq!(number("foreign_keys").unwrap(), 0);
        assert_eq!(number("busy_timeout").unwrap(), 5000);
    }
}
