//! Middleware for models.

use std::fmt;
use std::future::{Future, ready};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use callsign_types::error::{Error, ErrorKind};
use callsign_types::event::{ModelEvent, ModelResponse};
use callsign_types::request::Request;
use callsign_types::traits::model::{Model, ModelExt, ModelInfo, ModelStream, ResponseAccumulator};

use super::owned_stream;

/// The next model middleware, or the model itself.
#[derive(Clone, Debug)]
pub struct NextModel(Arc<dyn Model>);

impl NextModel {
    /// Creates it from another model, to use that instead.
    pub fn new(model: impl Model) -> Self {
        Self(Arc::new(model))
    }

    /// Sends a request and returns its events as they arrive. This may be called several times, or
    /// not at all.
    #[must_use]
    pub fn stream(&self, request: Request) -> ModelStream<'static> {
        owned_stream::stream(self.0.clone(), request)
    }

    /// Sends a request and returns its events as they arrive. Calls `on_event` with each of them
    /// first.
    #[must_use]
    pub fn inspect(
        &self,
        request: Request,
        mut on_event: impl FnMut(&Result<ModelEvent, Error>) + Send + 'static,
    ) -> ModelStream<'static> {
        Box::pin(self.stream(request).inspect(move |event| on_event(event)))
    }

    /// Sends a request and returns its events as they arrive. Before the last event, calls `on_end`
    /// with the whole response, or with the error that ended it.
    ///
    /// A response that breaks off is an error. If the stream is dropped before it ends, `on_end` is
    /// not called.
    #[must_use]
    pub fn inspect_reply(
        &self,
        request: Request,
        on_end: impl FnOnce(Result<&ModelResponse, &Error>) + Send + 'static,
    ) -> ModelStream<'static> {
        let mut open = Some((ResponseAccumulator::default(), on_end));
        let mut inspect = move |event: Option<&Result<ModelEvent, Error>>| {
            let Some((mut response, on_end)) = open.take() else { return };
            match event {
                Some(Ok(event)) => match response.push(event.clone()) {
                    Some(end) => on_end(Ok(&response.finish(end))),
                    None => open = Some((response, on_end)),
                },
                Some(Err(error)) => on_end(Err(error)),
                None => on_end(Err(&response.into_incomplete())),
            }
        };
        let events = self.stream(request).map(Some).chain(stream::once(ready(None)));
        Box::pin(events.filter_map(move |event| {
            inspect(event.as_ref());
            ready(event)
        }))
    }

    /// Sends a request and waits for the whole response. This is for requests of the middleware
    /// itself: their usage counts toward no run.
    ///
    /// # Errors
    /// Returns the model's error.
    pub async fn complete(
        &self,
        request: impl Into<Request> + Send,
    ) -> Result<ModelResponse, Error> {
        self.0.complete(request).await
    }
}

/// A model that runs a function for each request.
///
/// A panic in the function or in the model fails the request, not the program.
///
/// ```
/// use callsign_core::middleware::model::ModelMiddleware;
/// # use callsign_types::traits::model::Model;
///
/// # fn wrap(model: impl Model) -> impl Model {
/// ModelMiddleware::new(model, |request, next| async move {
///     let messages = request.messages.len();
///     Ok(next.inspect_reply(request, move |reply| match reply {
///         Ok(reply) => println!("{messages} messages, {:?}", reply.usage),
///         Err(error) => println!("{messages} messages, {error}"),
///     }))
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ModelMiddleware {
    inner: Arc<dyn Model>,
    hook: ModelHook,
}

impl ModelMiddleware {
    /// Wraps `model`. `hook` receives each request and the next middleware or model.
    pub fn new<F>(
        model: impl Model,
        hook: impl Fn(Request, NextModel) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<ModelStream<'static>, Error>> + Send + 'static,
    {
        Self::with(Arc::new(model), ModelHook::new(hook))
    }

    pub(crate) fn with(inner: Arc<dyn Model>, hook: ModelHook) -> Self {
        Self { inner, hook }
    }
}

impl Model for ModelMiddleware {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let next = NextModel(self.inner.clone());
        // The hook must not run before the stream is polled, like any model.
        let events = async move { (self.hook.0)(request, next).await };
        let events = AssertUnwindSafe(stream::once(events).try_flatten()).catch_unwind();
        Box::pin(events.map(|event| event.unwrap_or_else(|_| Err(self.panicked()))))
    }

    fn info(&self) -> ModelInfo<'_> {
        self.inner.info()
    }
}

impl ModelMiddleware {
    fn panicked(&self) -> Error {
        let name = self.info().name;
        let message = format!("model `{name}` or its middleware panicked");
        Error::new(ErrorKind::Configuration, message)
    }
}

type StreamFuture = BoxFuture<'static, Result<ModelStream<'static>, Error>>;
type ModelHookFn = dyn Fn(Request, NextModel) -> StreamFuture + Send + Sync;

/// A model middleware function that is not bound to a model.
#[derive(Clone)]
pub(crate) struct ModelHook(Arc<ModelHookFn>);

impl ModelHook {
    pub(crate) fn new<F>(hook: impl Fn(Request, NextModel) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<ModelStream<'static>, Error>> + Send + 'static,
    {
        Self(Arc::new(move |request, next| hook(request, next).boxed()))
    }
}

impl fmt::Debug for ModelHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelHook")
    }
}
