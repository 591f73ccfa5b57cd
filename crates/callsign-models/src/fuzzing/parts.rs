//! Parts of the codec, for benchmarks.

use bytes::Bytes;
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;

use crate::endpoint::profile::Profile;
use crate::sse::SseDecoder;
use crate::wire::assembler::{EndOfInput, ResponseAssembler};
use crate::wire::body_cache::BodyCache;
use crate::wire::encode::RequestBody;
use crate::wire::response_error::ResponseError;

/// Serializes request bodies for an OpenAI-compatible endpoint.
#[derive(Debug)]
pub struct Bodies {
    cache: BodyCache,
    profile: Profile,
}

impl Bodies {
    /// Creates an instance with an empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self { cache: BodyCache::default(), profile: Profile::openai_compatible() }
    }

    /// Serializes the body of a request. Reuses the previous body if the request extends it.
    ///
    /// # Errors
    /// Returns an error if the request cannot be serialized.
    pub fn write(&self, request: &Request) -> serde_json::Result<Bytes> {
        let profile = &self.profile;
        let body = RequestBody {
            request,
            profile,
            model: Some("m"),
            streaming: false,
            stream_options: false,
        };
        self.cache.write(&body)
    }
}

impl Default for Bodies {
    fn default() -> Self {
        Self::new()
    }
}

/// Decodes a response that was not streamed.
///
/// # Errors
/// Returns the text of the error if the body is not a response.
pub fn read_body(json: &str) -> Result<Vec<ModelEvent>, String> {
    let mut assembler = ResponseAssembler::new(super::codec::tools());
    let mut events = Vec::new();
    let taken = assembler.push_body(json, &mut events);
    let ended = taken.and_then(|()| assembler.finish(EndOfInput::Complete, false, &mut events));
    ended.map(|()| events).map_err(to_text)
}

/// Decodes a streamed response from the data of its server-sent events. Passes each event to
/// `on_event` as soon as it is decoded, as a run does.
///
/// # Errors
/// Returns the text of the error if the stream is not a response.
pub fn read_pieces(chunks: &[String], mut on_event: impl FnMut(ModelEvent)) -> Result<(), String> {
    let mut assembler = ResponseAssembler::new(super::codec::tools());
    let mut events = std::collections::VecDeque::new();
    for chunk in chunks {
        assembler.push_event("message", chunk, &mut events).map_err(to_text)?;
        events.drain(..).for_each(&mut on_event);
    }
    assembler.finish(EndOfInput::ConnectionClosed, false, &mut events).map_err(to_text)?;
    events.drain(..).for_each(on_event);
    Ok(())
}

/// Decodes server-sent events from chunks of bytes.
///
/// # Errors
/// Returns the text of the error if an event is too long.
pub fn read_events<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    mut on_event: impl FnMut(&str, &str),
) -> Result<(), String> {
    let mut decoder = SseDecoder::default();
    for chunk in chunks {
        decoder.push(chunk, &mut on_event).map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn to_text(error: ResponseError) -> String {
    format!("{error:?}")
}
