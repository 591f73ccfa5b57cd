//! The bot: questions in, answers out.

use std::io;
use std::process::ExitCode;

use callsign::Conversation;

use crate::prompt::{Line, Prompt};
use crate::screen::Screen;

/// What a shell expects of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// How the answer to a question went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    Yes,
    Failed,
    Cancelled,
}

/// Answers one question.
pub(crate) async fn answer_one(chat: &Conversation, question: &str) -> io::Result<ExitCode> {
    Ok(match answer(chat, question, &mut Screen::new()).await? {
        Answered::Yes => ExitCode::SUCCESS,
        Answered::Failed => ExitCode::FAILURE,
        Answered::Cancelled => ExitCode::from(INTERRUPTED),
    })
}

/// Answers questions until there are no more. An answer that failed ends a pipe of questions,
/// and no chat at a terminal.
pub(crate) async fn chat(chat: &Conversation) -> io::Result<ExitCode> {
    let mut screen = Screen::new();
    let mut prompt = Prompt::new()?;
    let at_terminal = matches!(prompt, Prompt::Terminal(_));
    if at_terminal {
        screen.aside("Ask about flights from New York. Ctrl-C stops an answer, Ctrl-D leaves.")?;
    }
    loop {
        let line;
        (line, prompt) = prompt.read().await?;
        match line {
            Line::Question(question) if question.trim().is_empty() => {}
            Line::Question(question) => {
                let answered = answer(chat, question.trim(), &mut screen).await?;
                if answered == Answered::Failed && !at_terminal {
                    return Ok(ExitCode::FAILURE);
                }
            }
            Line::Interrupted => screen.aside("(Ctrl-D leaves.)")?,
            Line::End => return Ok(ExitCode::SUCCESS),
        }
    }
}

async fn answer(chat: &Conversation, question: &str, screen: &mut Screen) -> io::Result<Answered> {
    let mut run = chat.send(question).stream();
    loop {
        tokio::select! {
            event = run.next() => match event {
                Some(event) => screen.show(&event)?,
                None => break,
            },
            _ = tokio::signal::ctrl_c() => {
                // What the answer had finished stays in the conversation.
                let outcome = run.cancel().await;
                screen.aside("(stopped)")?;
                if let Some(error) = outcome.err().filter(|error| !error.is_cancelled()) {
                    screen.failed(&error)?;
                }
                return Ok(Answered::Cancelled);
            }
        }
    }
    match run.await {
        Ok(reply) => {
            screen.answered(&reply)?;
            Ok(Answered::Yes)
        }
        Err(error) => {
            screen.failed(&error)?;
            Ok(Answered::Failed)
        }
    }
}
