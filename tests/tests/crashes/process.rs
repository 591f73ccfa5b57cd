//! Starting, killing and waiting for a child process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::child::{CONCURRENCY, CONVERSATION, EFFECTS, EVENT_MARK, MESSAGE, STEPS, STORE};
use crate::points::CRASH_AT;

/// The settings that all processes of one conversation share.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) folder: PathBuf,
    /// The address of the store.
    pub(crate) store: String,
    pub(crate) conversation: String,
    /// The number of turns with calls.
    pub(crate) steps: u64,
    /// The maximum number of concurrent calls.
    pub(crate) concurrency: u32,
    /// The message that a restarted process sends. `None` resumes the conversation.
    pub(crate) message: Option<&'static str>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The process exited after the answer.
    Answered,
    /// The process was killed or crashed on purpose.
    Killed,
}

/// A running child process. Dropping it kills the process.
pub(crate) struct ChildProcess {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: PathBuf,
}

impl Scenario {
    /// Returns the path of the file with the effects.
    pub(crate) fn effects_path(&self) -> PathBuf {
        self.folder.join("effects")
    }

    /// Starts a child process.
    pub(crate) fn start(&self) -> ChildProcess {
        self.start_with_crash(None)
    }

    /// Starts a child process that crashes at a named point, when it reaches it for the given time.
    pub(crate) fn start_with_crash(&self, crash: Option<(&str, u64)>) -> ChildProcess {
        let errors = self.folder.join("errors");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child::child", "--nocapture"])
            .env(STORE, &self.store)
            .env(CONVERSATION, &self.conversation)
            .env(EFFECTS, self.effects_path())
            .env(STEPS, self.steps.to_string())
            .env(CONCURRENCY, self.concurrency.to_string())
            .envs(self.message.map(|message| (MESSAGE, message)))
            .envs(crash.map(|(point, count)| (CRASH_AT, format!("{point}:{count}"))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        ChildProcess { child, output, errors }
    }
}

impl ChildProcess {
    /// Kills the process after `delay`.
    pub(crate) fn kill_after(mut self, delay: Duration) -> Exit {
        sleep(delay);
        self.kill()
    }

    /// Waits for `events` events or the end, and kills the process after another `delay`.
    pub(crate) fn kill_at_event(mut self, events: u64, delay: Duration) -> Exit {
        for _ in 0..events {
            if !self.next_event() {
                break;
            }
        }
        sleep(delay);
        self.kill()
    }

    /// Waits until the process ends, and returns the number of its events.
    pub(crate) fn wait(mut self) -> (Exit, u64) {
        let mut events = 0;
        while self.next_event() {
            events += 1;
        }
        (self.exit(), events)
    }

    /// Waits for the next event. Returns `false` at the end of the output.
    fn next_event(&mut self) -> bool {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if line.contains(EVENT_MARK) {
                return true;
            }
            line.clear();
        }
        false
    }

    fn kill(&mut self) -> Exit {
        // On Unix this sends SIGKILL, which the process cannot handle.
        self.child.kill().unwrap();
        self.exit()
    }

    fn exit(&mut self) -> Exit {
        let status = self.child.wait().unwrap();
        if status.success() {
            return Exit::Answered;
        }
        // 101 is the exit code of a panic.
        assert!(status.code() != Some(101), "the child failed: {}", read_errors(&self.errors));
        Exit::Killed
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_errors(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
