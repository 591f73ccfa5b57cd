//! A model's stream that owns the model, so that it has no lifetime.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use callsign_types::error::Error;
use callsign_types::event::ModelEvent;
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelStream};
use futures_util::FutureExt;
use futures_util::future::FusedFuture;
use futures_util::stream::{self, StreamExt};

/// Returns the model's events for a request, in a stream that borrows nothing.
///
/// The model's own stream borrows the model, so both live in one future. The future stores each
/// event and yields, and the returned stream takes the event.
pub(super) fn stream(model: Arc<dyn Model>, request: Request) -> ModelStream<'static> {
    let next_event: Arc<Mutex<Option<Result<ModelEvent, Error>>>> = Arc::default();
    let sender = next_event.clone();
    let mut driver = async move {
        let mut events = model.stream(request);
        while let Some(event) = events.next().await {
            *sender.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
            // Yields to the stream above without waking the task: it polls again for the next event.
            futures_util::pending!();
        }
    }
    .boxed()
    .fuse();
    Box::pin(stream::poll_fn(move |context| {
        let _ = driver.poll_unpin(context);
        let event = next_event.lock().unwrap_or_else(PoisonError::into_inner).take();
        if event.is_none() && !driver.is_terminated() {
            return Poll::Pending;
        }
        Poll::Ready(event)
    }))
}
