//! The chat loop: reads questions, runs the agent and shows the answers.

use std::error::Error;
use std::future::ready;
use std::io;
use std::pin::pin;
use std::process::ExitCode;

use callsign::Conversation;

use crate::prompt::{Input, Prompt};
use crate::screen::Screen;

/// The exit code that shells expect after Ctrl-C: 128 plus the number of SIGINT.
const INTERRUPTED: u8 = 130;

const HELP: &str = "Ask about flights from New York, such as \"When is the next flight from New York \
                    to Seattle?\" Ctrl-C cancels an answer. exit or Ctrl-D ends the chat.";

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunStatus {
    Success,
    Failed,
    Cancelled,
}

/// Answers one question.
pub(crate) async fn answer_one(chat: &Conversation, question: &str) -> io::Result<ExitCode> {
    Ok(match answer(chat, question, &mut Screen::new()).await? {
        RunStatus::Success => ExitCode::SUCCESS,
        RunStatus::Failed => ExitCode::FAILURE,
        RunStatus::Cancelled => ExitCode::from(INTERRUPTED),
    })
}

/// Shows the end of the earlier chat, and answers questions until the input ends.
///
/// After an error, a chat at a terminal continues. Piped input stops, with a failure code.
pub(crate) async fn chat(chat: &Conversation) -> Result<ExitCode, Box<dyn Error>> {
    let mut screen = Screen::new();
    let mut prompt = Prompt::new()?;
    let is_terminal = matches!(prompt, Prompt::Terminal(_));
    if is_terminal {
        screen.note(HELP)?;
    }
    screen.earlier(&chat.messages().await?)?;
    loop {
        let input;
        (input, prompt) = prompt.read().await?;
        match input {
            Input::Question(question) if question.is_empty() => {}
            Input::Question(question) => {
                let status = answer(chat, &question, &mut screen).await?;
                if status == RunStatus::Failed && !is_terminal {
                    return Ok(ExitCode::FAILURE);
                }
            }
            Input::Help => screen.note(HELP)?,
            Input::UnknownCommand(line) => {
                screen.note(&format!("unknown command {line}: /help shows what you can type"))?;
            }
            Input::Interrupted => screen.note("(exit or Ctrl-D ends the chat)")?,
            Input::End => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Sends `question` and shows its run, until the run ends or Ctrl-C cancels it.
async fn answer(chat: &Conversation, question: &str, screen: &mut Screen) -> io::Result<RunStatus> {
    let mut run = chat.send(question).stream();
    // One listener for the whole run. A new one per event would miss a signal between two events.
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    let mut is_listening = false;
    loop {
        tokio::select! {
            biased; // `ctrl_c` has to be polled first, because its first poll starts to listen.
            _ = &mut ctrl_c => {
                // The messages and tool results so far stay in the conversation.
                let result = run.cancel().await;
                screen.note("(cancelled)")?;
                if let Some(error) = result.err().filter(|error| !error.is_cancelled()) {
                    screen.error(&error)?;
                }
                return Ok(RunStatus::Cancelled);
            }
            // Once the user sees the notice, Ctrl-C works.
            () = ready(()), if !is_listening => {
                is_listening = true;
                screen.wait()?;
            }
            event = run.next() => match event {
                Some(event) => screen.show(&event)?,
                None => break,
            },
        }
    }
    match run.await {
        Ok(reply) => {
            screen.summary(&reply)?;
            Ok(RunStatus::Success)
        }
        Err(error) => {
            screen.error(&error)?;
            Ok(RunStatus::Failed)
        }
    }
}
