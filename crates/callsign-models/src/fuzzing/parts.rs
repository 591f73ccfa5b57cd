//! The codec in parts, for benches: what goes in, and what comes out.

use bytes::Bytes;
use callsign_core::words::event::ModelEvent;
use callsign_core::words::request::Request;

use crate::endpoint::profile::Profile;
use crate::sse::SseDecoder;
use crate::wire::assemble::{Assembler, End};
use crate::wire::encode::Body;
use crate::wire::fault::Fault;
use crate::wire::grown;

/// Writes the bodies of requests to one service, which takes each message as it is.
#[derive(Debug)]
pub struct Bodies {
    bodies: grown::Bodies,
    profile: Profile,
}

impl Bodies {
    /// Those of a service that is compatible with OpenAI's.
    #[must_use]
    pub fn new() -> Self {
        Self { bodies: grown::Bodies::default(), profile: Profile::openai_compatible() }
    }

    /// The body of a request, which goes on from that of the last one where it can.
    ///
    /// # Errors
    /// Where the request can't be written as JSON.
    pub fn write(&self, request: &Request) -> serde_json::Result<Bytes> {
        let profile = &self.profile;
        let body =
            Body { request, profile, model: Some("m"), streaming: false, stream_options: false };
        self.bodies.write(&body)
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self::new()
    }
}

/// The events of a reply that came whole.
///
/// # Errors
/// Where it is none, in words.
pub fn read_body(json: &str) -> Result<Vec<ModelEvent>, String> {
    let mut assembler = Assembler::new(super::codec::tools());
    let mut events = Vec::new();
    let taken = assembler.take_body(json, &mut events);
    let ended = taken.and_then(|()| assembler.finish(End::Said, false, &mut events));
    ended.map(|()| events).map_err(in_words)
}

/// The events of a reply that came as the data of so many server-sent events, handed on one by one
/// as a run does it.
///
/// # Errors
/// Where it is none, in words.
pub fn read_pieces(pieces: &[String], mut take: impl FnMut(ModelEvent)) -> Result<(), String> {
    let mut assembler = Assembler::new(super::codec::tools());
    let mut events = std::collections::VecDeque::new();
    for piece in pieces {
        assembler.take_event("message", piece, &mut events).map_err(in_words)?;
        events.drain(..).for_each(&mut take);
    }
    assembler.finish(End::EndOfFile, false, &mut events).map_err(in_words)?;
    events.drain(..).for_each(take);
    Ok(())
}

/// Hands on the name and the data of each server-sent event in bytes that came in these pieces.
///
/// # Errors
/// Where one is longer than is believed, in words.
pub fn read_events<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    mut take: impl FnMut(&str, &str),
) -> Result<(), String> {
    let mut decoder = SseDecoder::default();
    for piece in pieces {
        decoder.push(piece, &mut take).map_err(|too_long| format!("{too_long:?}"))?;
    }
    Ok(())
}

fn in_words(fault: Fault) -> String {
    format!("{fault:?}")
}
