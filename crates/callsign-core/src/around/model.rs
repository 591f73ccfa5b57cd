//! A hook around a model.

use std::fmt;
use std::future::{Future, ready};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::owned;
use crate::journal::entry::AnswerFormat;
use crate::traits::model::{Fold, Model, ModelExt, ModelIdentity, ModelStream};
use crate::words::error::{Error, ErrorKind};
use crate::words::event::{ModelEvent, ModelReply};
use crate::words::request::{Request, ToolDefinition};

/// What a hook around a model asks next: the next hook, or the model itself.
#[derive(Clone, Debug)]
pub struct NextModel(Arc<dyn Model>);

impl NextModel {
    /// Another model, to be asked in its place.
    pub fn of(model: impl Model) -> Self {
        Self(Arc::new(model))
    }

    /// Asks it, and hands its events on as they come. It can be asked again, or not at all.
    #[must_use]
    pub fn stream(&self, request: Request) -> ModelStream<'static> {
        owned::stream(self.0.clone(), request)
    }

    /// Asks it, has `look` see each event, and hands the events on as they come.
    #[must_use]
    pub fn inspect(
        &self,
        request: Request,
        mut look: impl FnMut(&Result<ModelEvent, Error>) + Send + 'static,
    ) -> ModelStream<'static> {
        Box::pin(self.stream(request).inspect(move |event| look(event)))
    }

    /// Asks it, hands its events on as they come, and has `look` see the whole reply before the
    /// last of them, or the error that ended it; a reply that was cut off is one. Where nobody waits for the reply to end, `look`
    /// sees nothing.
    #[must_use]
    pub fn inspect_reply(
        &self,
        request: Request,
        look: impl FnOnce(Result<&ModelReply, &Error>) + Send + 'static,
    ) -> ModelStream<'static> {
        let mut waiting = Some((Fold::default(), look));
        let mut see = move |event: Option<&Result<ModelEvent, Error>>| {
            let Some((mut fold, look)) = waiting.take() else { return };
            match event {
                Some(Ok(event)) => match fold.take(event.clone()) {
                    Some(finished) => look(Ok(&fold.finish(finished))),
                    None => waiting = Some((fold, look)),
                },
                Some(Err(error)) => look(Err(error)),
                None => look(Err(&fold.cut_off())),
            }
        };
        let events = self.stream(request).map(Some).chain(stream::once(ready(None)));
        Box::pin(events.filter_map(move |event| {
            see(event.as_ref());
            ready(event)
        }))
    }

    /// Asks it and waits for the whole reply, as for a question of the hook's own: what it costs
    /// counts for no run.
    ///
    /// # Errors
    /// As the model fails.
    pub async fn complete(&self, request: impl Into<Request> + Send) -> Result<ModelReply, Error> {
        self.0.complete(request).await
    }
}

/// A model with a hook around it.
///
/// A panic in the hook, or below it, fails the request and not the program.
///
/// ```
/// # use callsign_core as callsign;
/// use callsign::around::model::AroundModel;
/// # use callsign::traits::model::Model;
///
/// # fn wrap(model: impl Model) -> impl Model {
/// AroundModel::new(model, |request, next| async move {
///     let messages = request.messages.len();
///     Ok(next.inspect_reply(request, move |reply| match reply {
///         Ok(reply) => println!("{messages} messages, {:?}", reply.usage),
///         Err(error) => println!("{messages} messages, {error}"),
///     }))
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AroundModel {
    inner: Arc<dyn Model>,
    hook: ModelHook,
}

impl AroundModel {
    /// Puts a hook around a model.
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

impl Model for AroundModel {
    fn stream(&self, request: Request) -> ModelStream<'_> {
        let next = NextModel(self.inner.clone());
        // Nothing of the hook is run before the stream is polled.
        let asked = async move { (self.hook.0)(request, next).await };
        let events = AssertUnwindSafe(stream::once(asked).try_flatten()).catch_unwind();
        Box::pin(events.map(|event| event.unwrap_or_else(|_| Err(self.panicked()))))
    }

    fn name(&self) -> &str {
        self.inner.name()
    }

    fn identity(&self) -> ModelIdentity<'_> {
        self.inner.identity()
    }

    fn check_tools(&self, tools: &[ToolDefinition]) -> Result<(), Error> {
        self.inner.check_tools(tools)
    }

    fn answer_format(&self) -> AnswerFormat {
        self.inner.answer_format()
    }
}

impl AroundModel {
    fn panicked(&self) -> Error {
        let name = self.name();
        let message = format!("a hook around the model `{name}` panicked, or the model did");
        Error::new(ErrorKind::Configuration, message)
    }
}

type Asked = BoxFuture<'static, Result<ModelStream<'static>, Error>>;
type Hook = dyn Fn(Request, NextModel) -> Asked + Send + Sync;

/// A hook for any model.
#[derive(Clone)]
pub(crate) struct ModelHook(Arc<Hook>);

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
