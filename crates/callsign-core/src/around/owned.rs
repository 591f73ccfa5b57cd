//! A model's stream that has the model with it, so that it can go anywhere.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use futures_util::FutureExt;
use futures_util::future::FusedFuture;
use futures_util::stream::{self, StreamExt};

use crate::traits::model::{Model, ModelStream};
use crate::words::error::Error;
use crate::words::event::ModelEvent;
use crate::words::request::Request;

/// The model's events for this request, in a stream that borrows nothing.
///
/// The model's own stream borrows the model, so both live in one future. It lays each event down
/// and pauses there, and the stream picks it up.
pub(super) fn stream(model: Arc<dyn Model>, request: Request) -> ModelStream<'static> {
    let laid_down: Arc<Mutex<Option<Result<ModelEvent, Error>>>> = Arc::default();
    let place = laid_down.clone();
    let mut driver = async move {
        let mut events = model.stream(request);
        while let Some(event) = events.next().await {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
            pause().await;
        }
    }
    .boxed()
    .fuse();
    Box::pin(stream::poll_fn(move |context| {
        let _ = driver.poll_unpin(context);
        let event = laid_down.lock().unwrap_or_else(PoisonError::into_inner).take();
        if event.is_none() && !driver.is_terminated() {
            return Poll::Pending;
        }
        Poll::Ready(event)
    }))
}

/// Returns to whoever polls, who polls again by itself.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}
