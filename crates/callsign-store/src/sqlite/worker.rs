//! The thread that owns the connection, and the commands that are sent to it.
//!
//! Commands that are waiting when a transaction begins share it, and with it the one wait for
//! the disk. Each stands in a savepoint of its own, so that one that fails undoes nothing of the
//! others. All are answered once the transaction is on the disk.

use std::iter;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

use callsign_core::traits::store::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::error::Cause;
use crate::rows::{failed, refused};

/// How many commands share a transaction at most, so that the first is not kept for long.
const GROUP: usize = 512;

/// Sends commands to a thread that ends when the last clone of this is gone and all is done.
#[derive(Clone, Debug)]
pub(super) struct Worker(Arc<Running>);

#[derive(Debug)]
struct Running {
    commands: Option<mpsc::Sender<Box<dyn Command>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Running {
    /// Waits until the file is closed, because a program that ends right after it would leave
    /// the last commits in the file beside it. That takes as long as what was sent takes.
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so itself, and has nothing open any more.
            let _ = thread.join();
        }
    }
}

/// Why a command has no result.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite failed.
    Sqlite(Cause),
    /// The thread ended before its time.
    Gone,
}

/// A connection, and the path by which its file is known.
pub(super) type Opened = (Connection, PathBuf);

impl Worker {
    /// Starts the thread, which opens the file first.
    pub(super) async fn start(
        open: impl FnOnce() -> Result<Opened, StoreError> + Send + 'static,
    ) -> Result<(Self, PathBuf), StoreError> {
        let (commands, received) = mpsc::channel();
        let (opened, outcome) = oneshot::channel();
        let body = move || match open() {
            Ok((connection, path)) => {
                // Where nobody waits any more, no command will come either.
                let _ = opened.send(Ok(path));
                work(&connection, &received);
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
                let running = Running { commands: Some(commands), thread: Some(thread) };
                (Self(Arc::new(running)), path)
            }),
            Err(_) => Err(refused("the store's thread ended while it opened the file".to_owned())),
        }
    }

    /// Sends a command that only reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        self.send(false, work).await
    }

    /// Sends a command that writes. Once sent it is carried out, whoever waits for it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        self.send(true, work).await
    }

    async fn send<T: Send + 'static>(
        &self,
        writes: bool,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let command = Sent { writes, work: Some(work), result: None, reply };
        let sent = self.0.commands.as_ref().map(|commands| commands.send(Box::new(command)));
        if !matches!(sent, Some(Ok(()))) {
            return Err(Fault::Gone);
        }
        match answer.await {
            Ok(result) => result.map_err(Fault::Sqlite),
            Err(_) => Err(Fault::Gone),
        }
    }
}

/// What the thread sees of a command.
trait Command: Send {
    fn writes(&self) -> bool;
    fn run(&mut self, connection: &Connection) -> Result<(), Cause>;
    /// Answers as the command went, unless the group that it was in failed.
    fn answer(self: Box<Self>, group: Result<(), Cause>);
}

struct Sent<T, F> {
    writes: bool,
    work: Option<F>,
    result: Option<Result<T, Cause>>,
    reply: oneshot::Sender<Result<T, Cause>>,
}

impl<T, F> Command for Sent<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
{
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, connection: &Connection) -> Result<(), Cause> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let result = work(connection).map_err(Arc::new);
        let outcome = result.as_ref().map(|_| ()).map_err(Arc::clone);
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, group: Result<(), Cause>) {
        let Self { result, reply, .. } = *self;
        let result = match group {
            Ok(()) => result,
            Err(cause) => Some(Err(cause)),
        };
        if let Some(result) = result {
            // A caller that is gone wants no answer; what it asked for is done.
            let _ = reply.send(result);
        }
    }
}

fn work(connection: &Connection, commands: &mpsc::Receiver<Box<dyn Command>>) {
    while let Ok(first) = commands.recv() {
        serve(connection, iter::once(first).chain(commands.try_iter()).take(GROUP).collect());
    }
}

/// Carries commands out in the order in which they were sent.
fn serve(connection: &Connection, mut commands: Vec<Box<dyn Command>>) {
    let reads = commands.iter().position(|command| command.writes()).unwrap_or(commands.len());
    // Nothing before the first write needs a transaction, or has to wait for one.
    for mut command in commands.drain(..reads) {
        let outcome = command.run(connection);
        command.answer(outcome);
    }
    if commands.is_empty() {
        return;
    }
    let outcome = transact(connection, &mut commands);
    for command in commands {
        command.answer(outcome.clone());
    }
}

fn transact(connection: &Connection, commands: &mut [Box<dyn Command>]) -> Result<(), Cause> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for command in commands {
        statement(connection, "SAVEPOINT command")?;
        if let Err(cause) = command.run(connection) {
            // A full disk and the like make SQLite undo the whole transaction by itself.
            if connection.is_autocommit() {
                return Err(cause);
            }
            statement(connection, "ROLLBACK TO command")?;
        }
        statement(connection, "RELEASE command")?;
    }
    Ok(transaction.commit()?)
}

fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
