//! One life of a child: how it is started, killed and ends.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::child::{AT_ONCE, CONVERSATION, EFFECTS, MARK, SAYS, STEPS, STORE};
use crate::points::CRASH_AT;

/// What all the lives of a conversation have in common.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) folder: PathBuf,
    pub(crate) store: String,
    pub(crate) conversation: String,
    pub(crate) steps: u64,
    /// How many calls run at once.
    pub(crate) at_once: u32,
    /// What is said in a later life; `None` where the conversation is resumed.
    pub(crate) says: Option<&'static str>,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By its answer.
    Answered,
    /// By force.
    Killed,
}

/// A child that is alive. It is killed where it is dropped.
pub(crate) struct Life {
    child: Child,
    output: BufReader<ChildStdout>,
    errors: PathBuf,
}

impl Task {
    pub(crate) fn effects(&self) -> PathBuf {
        self.folder.join("effects")
    }

    pub(crate) fn start(&self) -> Life {
        self.start_to_crash(None)
    }

    /// Starts a child that crashes where it comes to this point for the so-manieth time.
    pub(crate) fn start_to_crash(&self, at: Option<(&str, u64)>) -> Life {
        let errors = self.folder.join("errors");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "child::child", "--nocapture"])
            .env(STORE, &self.store)
            .env(CONVERSATION, &self.conversation)
            .env(EFFECTS, self.effects())
            .env(STEPS, self.steps.to_string())
            .env(AT_ONCE, self.at_once.to_string())
            .envs(self.says.map(|says| (SAYS, says)))
            .envs(at.map(|(point, count)| (CRASH_AT, format!("{point}:{count}"))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Life { child, output, errors }
    }
}

impl Life {
    /// Kills it so long from now.
    pub(crate) fn kill_after(mut self, time: Duration) -> Ended {
        sleep(time);
        self.kill()
    }

    /// Kills it so long after it has told of so many events.
    pub(crate) fn kill_at_event(mut self, events: u64, time: Duration) -> Ended {
        for _ in 0..events {
            if !self.hears() {
                break;
            }
        }
        sleep(time);
        self.kill()
    }

    /// Waits until it ends by itself, and tells how many events there were.
    pub(crate) fn wait(mut self) -> (Ended, u64) {
        let mut events = 0;
        while self.hears() {
            events += 1;
        }
        (self.end(), events)
    }

    /// Whether there is one more event.
    fn hears(&mut self) -> bool {
        let mut line = String::new();
        while self.output.read_line(&mut line).unwrap() > 0 {
            if line.contains(MARK) {
                return true;
            }
            line.clear();
        }
        false
    }

    fn kill(&mut self) -> Ended {
        // On Unix this is SIGKILL, which nothing can answer.
        self.child.kill().unwrap();
        self.end()
    }

    fn end(&mut self) -> Ended {
        let status = self.child.wait().unwrap();
        if status.success() {
            return Ended::Answered;
        }
        assert!(status.code() != Some(101), "the child failed: {}", errors(&self.errors));
        Ended::Killed
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn errors(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
