//! The thread that owns the connection, and the commands that are sent to it.
//!
//! Commands that are queued when a transaction begins share it, and wait for the disk together.
//! Each runs in its own savepoint, so that a failed command undoes none of the others. Results are
//! sent after the transaction is on the disk.

use std::iter;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

use callsign_types::traits::store::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::SharedError;
use crate::rows::{failed, refused};

/// The largest number of commands in one transaction. It limits how long the first one waits.
const MAX_GROUP: usize = 512;

/// A handle that sends commands to the thread. The thread ends when the last clone is dropped and
/// all commands have run.
#[derive(Clone, Debug)]
pub(super) struct Worker(Arc<WorkerThread>);

#[derive(Debug)]
struct WorkerThread {
    commands: Option<mpsc::Sender<Box<dyn Command>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for WorkerThread {
    /// Runs the queued commands and waits until the file is closed. A program that exits earlier
    /// would leave the last commits in the write-ahead log instead of the file.
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // An error means that the thread panicked. The panic was already reported, and the
            // connection is closed.
            let _ = thread.join();
        }
    }
}

/// The reason why a command has no result.
#[derive(Debug)]
pub(super) enum CommandError {
    /// SQLite reported an error.
    Sqlite(SharedError),
    /// The thread ended early, because it panicked.
    WorkerEnded,
}

/// A connection, and the canonical path of its file.
pub(super) type OpenedFile = (Connection, PathBuf);

impl Worker {
    /// Starts the thread, which opens the file first. Returns the path that `open` returned.
    pub(super) async fn start(
        open: impl FnOnce() -> Result<OpenedFile, StoreError> + Send + 'static,
    ) -> Result<(Self, PathBuf), StoreError> {
        let (commands, received) = mpsc::channel();
        let (opened, outcome) = oneshot::channel();
        let body = move || match open() {
            Ok((connection, path)) => {
                // If the receiver is gone, so is the sender of commands, and the loop ends.
                let _ = opened.send(Ok(path));
                run(&connection, &received);
            }
            Err(error) => {
                let _ = opened.send(Err(error));
            }
        };
        let thread = thread::Builder::new()
            .name("callsign-store".to_owned())
            .spawn(body)
            .map_err(|error| failed("cannot start the store's thread".to_owned(), error))?;
        match outcome.await {
            Ok(opened) => opened.map(|path| {
                let thread = WorkerThread { commands: Some(commands), thread: Some(thread) };
                (Self(Arc::new(thread)), path)
            }),
            Err(_) => Err(refused("the store's thread ended while it opened the file".to_owned())),
        }
    }

    /// Sends a command that only reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.send(false, work).await
    }

    /// Sends a command that writes. Once sent it runs, even if the returned future is dropped.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        self.send(true, work).await
    }

    async fn send<T: Send + 'static>(
        &self,
        is_write: bool,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, CommandError> {
        let (reply, result) = oneshot::channel();
        let command = QueuedCommand { is_write, work: Some(work), result: None, reply };
        let sent = self.0.commands.as_ref().map(|commands| commands.send(Box::new(command)));
        if !matches!(sent, Some(Ok(()))) {
            return Err(CommandError::WorkerEnded);
        }
        match result.await {
            Ok(result) => result.map_err(CommandError::Sqlite),
            Err(_) => Err(CommandError::WorkerEnded),
        }
    }
}

/// A command as the thread sees it, without the type of its result.
trait Command: Send {
    fn is_write(&self) -> bool;
    fn run(&mut self, connection: &Connection) -> Result<(), SharedError>;
    /// Sends the result of the command, or the error of its transaction.
    fn reply(self: Box<Self>, transaction: Result<(), SharedError>);
}

struct QueuedCommand<T, F> {
    is_write: bool,
    work: Option<F>,
    result: Option<Result<T, SharedError>>,
    reply: oneshot::Sender<Result<T, SharedError>>,
}

impl<T, F> Command for QueuedCommand<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn is_write(&self) -> bool {
        self.is_write
    }

    fn run(&mut self, connection: &Connection) -> Result<(), SharedError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let result = work(connection).map_err(Arc::new);
        let outcome = result.as_ref().map(|_| ()).map_err(Arc::clone);
        self.result = Some(result);
        outcome
    }

    fn reply(self: Box<Self>, transaction: Result<(), SharedError>) {
        let Self { result, reply, .. } = *self;
        let result = match transaction {
            Ok(()) => result,
            Err(error) => Some(Err(error)),
        };
        if let Some(result) = result {
            // Sending fails if the caller was cancelled. The command has run all the same.
            let _ = reply.send(result);
        }
    }
}

fn run(connection: &Connection, commands: &mpsc::Receiver<Box<dyn Command>>) {
    while let Ok(first) = commands.recv() {
        let group = iter::once(first).chain(commands.try_iter()).take(MAX_GROUP).collect();
        run_group(connection, group);
    }
}

/// Runs commands in the order in which they were sent.
fn run_group(connection: &Connection, mut commands: Vec<Box<dyn Command>>) {
    let reads = commands.iter().position(|command| command.is_write()).unwrap_or(commands.len());
    // Reads before the first write need no transaction, and do not wait for the disk.
    for mut command in commands.drain(..reads) {
        let outcome = command.run(connection);
        command.reply(outcome);
    }
    if commands.is_empty() {
        return;
    }
    let outcome = run_transaction(connection, &mut commands);
    for command in commands {
        command.reply(outcome.clone());
    }
}

fn run_transaction(
    connection: &Connection,
    commands: &mut [Box<dyn Command>],
) -> Result<(), SharedError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for command in commands {
        execute(connection, "SAVEPOINT command")?;
        if let Err(error) = command.run(connection) {
            // Some errors, such as a full disk, make SQLite roll back the whole transaction.
            if connection.is_autocommit() {
                return Err(error);
            }
            execute(connection, "ROLLBACK TO command")?;
        }
        execute(connection, "RELEASE command")?;
    }
    Ok(transaction.commit()?)
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
