//! The second process of [`processes`](super::processes): the test program, run again for one test.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use callsign_types::id::{AppendId, ConversationId};
use callsign_types::traits::store::{ConversationLock, Store, StoreError};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::samples::{message_item, user_entry};
use super::violation::{Violation, ensure_eq};

/// The environment variable with the address of the store. Only the second process has it.
pub(super) const ADDRESS: &str = "CALLSIGN_CONFORMANCE_ADDRESS";

/// The start of the second process's own output. The test harness prints lines, too.
const MARKER: &str = "callsign: ";

/// The time limit for a response of the second process.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Executes one command for each line of standard input, until the input ends.
pub(super) async fn serve(store: &dyn Store) -> Result<(), Violation> {
    let mut locks = Vec::new();
    respond("ready")?;
    for line in io::stdin().lines() {
        let line = line?;
        let (command, name) = line.split_once(' ').unwrap_or((&line, ""));
        let conversation = ConversationId::from(name);
        match command {
            "lock" => match store.lock(&conversation).await {
                Ok(lock) => {
                    locks.push(lock);
                    respond("locked")?;
                }
                Err(StoreError::Locked(_)) => respond("refused")?,
                Err(error) => return Err(error.into()),
            },
            "unlock" => {
                locks.clear();
                respond("unlocked")?;
            }
            "append" => {
                append_pair(store, &conversation).await?;
                respond("appended")?;
            }
            "deliver" => {
                store.deliver(&conversation, AppendId::random(), message_item("second")).await?;
                respond("delivered")?;
            }
            "write" => {
                write(store, &conversation, "second").await?;
                respond("written")?;
            }
            "stream" => loop {
                append_pair(store, &conversation).await?;
                respond("appended")?;
            },
            other => return Err(Violation::new(&format!("unknown command {other:?}"))),
        }
    }
    Ok(())
}

/// Writes a line to standard output. It returns once the line is with the other process.
fn respond(response: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{MARKER}{response}")?;
    out.flush()
}

/// The number of rounds of [`write`].
pub(super) const ROUNDS: u64 = 50;

/// Locks the conversation and makes two appends under the lock, for [`ROUNDS`] rounds.
pub(super) async fn write(
    store: &dyn Store,
    conversation: &ConversationId,
    writer: &str,
) -> Result<(), Violation> {
    for round in 0..ROUNDS {
        let _lock = lock_eventually(store, conversation).await?;
        let mut at = store.load(conversation, 0..u64::MAX).await?.len() as u64;
        for _ in 0..2 {
            let entries = [user_entry(&format!("{writer} {round}"))];
            at = store.append(conversation, at, AppendId::random(), &entries).await?;
        }
    }
    Ok(())
}

/// Locks the conversation, and retries while the other process holds the lock.
pub(super) async fn lock_eventually(
    store: &dyn Store,
    conversation: &ConversationId,
) -> Result<ConversationLock, Violation> {
    let retry = async {
        loop {
            match store.lock(conversation).await {
                Err(StoreError::Locked(_)) => sleep(Duration::from_millis(1)).await,
                outcome => return outcome,
            }
        }
    };
    let requirement = "a lock becomes free when its holder drops it or ends";
    match timeout(TIMEOUT, retry).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(Violation::timed_out(requirement, TIMEOUT)),
    }
}

/// Appends two entries at once, with their positions as text.
pub(super) async fn append_pair(
    store: &dyn Store,
    conversation: &ConversationId,
) -> Result<(), StoreError> {
    let at = store.load(conversation, 0..u64::MAX).await?.len() as u64;
    let entries = [at, at + 1].map(|position| user_entry(&position.to_string()));
    store.append(conversation, at, AppendId::random(), &entries).await?;
    Ok(())
}

/// The second process, seen from the first one.
pub(super) struct ChildProcess {
    process: Child,
    input: ChildStdin,
    responses: UnboundedReceiver<String>,
}

impl ChildProcess {
    /// Starts this program again, for the test `test`, with the store at `address`.
    pub(super) async fn start(test: &str, address: &str) -> Result<Self, Violation> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["--exact", test, "--nocapture"])
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Violation::new("the second process has pipes"));
        };
        let (sender, responses) = unbounded_channel();
        // Reading blocks, and the store in this process may need the runtime's thread.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((_, response)) = line.split_once(MARKER) {
                    let _ = sender.send(response.to_owned());
                }
            }
        });
        let mut child = Self { process, input, responses };
        child.expect("ready").await?;
        Ok(child)
    }

    /// Sends a command, and returns the response.
    pub(super) async fn run(
        &mut self,
        command: &str,
        conversation: &ConversationId,
    ) -> Result<String, Violation> {
        self.send(command, conversation)?;
        self.response().await
    }

    /// Sends a command without waiting for its response.
    pub(super) fn send(
        &mut self,
        command: &str,
        conversation: &ConversationId,
    ) -> Result<(), Violation> {
        writeln!(self.input, "{command} {conversation}")?;
        Ok(())
    }

    /// Waits for a response.
    pub(super) async fn response(&mut self) -> Result<String, Violation> {
        match timeout(TIMEOUT, self.responses.recv()).await {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(Violation::new(
                "the second process ended: `test` must be the full name of the calling test, and \
                 its output names a violation",
            )),
            Err(_) => Err(Violation::timed_out("the second process responds", TIMEOUT)),
        }
    }

    /// Waits for the response `expected`.
    pub(super) async fn expect(&mut self, expected: &str) -> Result<(), Violation> {
        let response = self.response().await?;
        ensure_eq(response.as_str(), expected, "the second process executes the command")
    }

    /// Kills the process, on Unix with `SIGKILL`. Returns the responses that it sent before.
    pub(super) async fn kill(mut self) -> Result<Vec<String>, Violation> {
        self.process.kill()?;
        self.process.wait()?;
        let mut responses = Vec::new();
        while let Some(response) = self.responses.recv().await {
            responses.push(response);
        }
        Ok(responses)
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
