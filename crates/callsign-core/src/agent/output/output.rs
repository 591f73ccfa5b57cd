//! An answer of a type, before it is asked for.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use serde::de::IntoDeserializer;
use serde_json::Value;

use super::output_run::OutputRun;
use super::schema::answer_schema;
use super::typed_answer::TypedAnswer;
use crate::definition::{close, schema};
use crate::journal::entry::AnswerFormat;
use crate::run::answer::{AnswerSpec, Unfit, VALUE};
use crate::run::opening::Beginning;
use crate::run::reply::Reply;
use crate::traits::events::Events;
use crate::words::error::{Error, ErrorKind};

/// What is wrong with an answer, for the model to read; or nothing.
type Check<T> = Arc<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// A run whose answer is a value of a type. Await it for the value, or
/// [`stream`](Self::stream) it. Made by [`Turn::output`](crate::agent::turn::Turn::output).
#[must_use = "nothing is run until it is awaited or streamed"]
pub struct Output<T> {
    beginning: Beginning,
    name: String,
    schema: Value,
    format: Option<AnswerFormat>,
    decode: fn(Value) -> Result<T, String>,
    checks: Vec<Check<T>>,
}

impl<T: TypedAnswer> Output<T> {
    pub(crate) fn of_type(beginning: Beginning) -> Self {
        let mut schema = schema::<T>();
        close(&mut schema);
        let name = T::schema_name().into_owned();
        Self { beginning, name, schema, format: None, decode: decode::<T>, checks: Vec::new() }
    }
}

impl Output<Value> {
    pub(crate) fn of_schema(beginning: Beginning, name: String, schema: Value) -> Self {
        Self { beginning, name, schema, format: None, decode: Ok, checks: Vec::new() }
    }
}

impl<T: 'static> Output<T> {
    /// Has the answer pass this check as well. What is wrong with it is said to the model, which
    /// is asked again. Several checks are asked in their order, and the first fault counts. One
    /// that panics ends the run with a configuration error.
    ///
    /// ```no_run
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_core::words::error::Error;
    /// # async fn plan(agent: &Agent) -> Result<(), Error> {
    /// let stops = agent.run("Plan a trip along the Douro.").output::<Vec<String>>();
    /// let stops = stops.check(|stops| match stops.len() {
    ///     0 => Err("a trip has at least one stop"),
    ///     _ => Ok(()),
    /// });
    /// println!("{:?}", stops.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn check<E: fmt::Display>(
        mut self,
        check: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Arc::new(move |value| check(value).map_err(|fault| fault.to_string())));
        self
    }

    /// Sets how the answer is asked for, in place of what the
    /// [model](crate::traits::model::Model::answer_format) takes best.
    pub fn format(mut self, format: AnswerFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Gives the [`Reply`] beside the value: the messages, the tokens used, what it cost.
    pub fn with_reply(self) -> OutputWithReply<T> {
        OutputWithReply(self)
    }

    /// Runs it, with events and with the value as it grows.
    pub fn stream(self) -> OutputRun<T> {
        OutputRun::new(self.begin(), Events::audience())
    }

    fn begin(self) -> Result<(Beginning, Taking<T>), Error> {
        let Self { mut beginning, name, schema, format, decode, checks } = self;
        let schema = answer_schema(&name, schema);
        let check = move |value: &Value| {
            let value = Unfit::or(|| "reading it as its type".into(), || decode(value.clone()))?;
            (1..).zip(&checks).try_for_each(|(number, check)| {
                Unfit::or(|| format!("check {number} of the output"), || check(&value))
            })
        };
        let answer = Arc::new(AnswerSpec::new(schema, format, Arc::new(check))?);
        beginning.answer = Some(answer.clone());
        Ok((beginning, Taking { answer, decode }))
    }
}

impl<T: 'static> IntoFuture for Output<T> {
    type Output = Result<T, Error>;
    type IntoFuture = OutputRun<T>;

    fn into_future(self) -> OutputRun<T> {
        OutputRun::new(self.begin(), Events::default())
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("name", &self.name)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

/// A run whose answer is a value of a type, with the [`Reply`] beside it. Made by
/// [`Output::with_reply`].
#[derive(Debug)]
#[must_use = "nothing is run until it is awaited"]
pub struct OutputWithReply<T>(Output<T>);

impl<T: 'static> IntoFuture for OutputWithReply<T> {
    type Output = Result<(T, Reply), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.0.into_future().with_reply())
    }
}

/// How the value is taken from the reply.
pub(super) struct Taking<T> {
    pub(super) answer: Arc<AnswerSpec>,
    decode: fn(Value) -> Result<T, String>,
}

impl<T> Taking<T> {
    /// The value, where the run has answered.
    pub(super) fn take(&self, reply: Reply) -> Result<(T, Reply), Error> {
        let waiting = reply.approvals().len();
        if waiting > 0 {
            let calls = if waiting == 1 { "a call waits" } else { "calls wait" };
            let way_on = if reply.place().is_some_and(|place| place.ephemeral) {
                "nothing is kept of this run: begin it with `agent.conversation(…)`, which can go on"
            } else {
                "decide, and ask for the answer with `.resume().output()`"
            };
            let message = format!("there is no answer yet: {calls} for approval; {way_on}");
            return Err(Error::new(ErrorKind::Paused, message).with_progress(reply.progress()));
        }
        // The run has checked it; reading it again is less than carrying it through the run.
        let read = self.answer.read(reply.answer_json());
        let read = read.and_then(|value| (self.decode)(value).map_err(Unfit::Value));
        match read.map_err(Unfit::reason) {
            Ok(value) => Ok((value, reply)),
            Err(Err(error)) => Err(error.with_progress(reply.progress())),
            Err(Ok(reason)) => {
                let message = format!("the model's answer was not what was asked for: {reason}");
                let error = Error::new(ErrorKind::InvalidAnswer, message);
                Err(error.with_progress(reply.progress()))
            }
        }
    }
}

/// The value, or where it is not what the type takes. The path is the one that the model wrote.
fn decode<T: TypedAnswer>(value: Value) -> Result<T, String> {
    let is_whole = value.is_object();
    serde_path_to_error::deserialize(value.into_deserializer()).map_err(|error| {
        let path = error.path().to_string();
        match (path.as_str(), is_whole) {
            (".", _) => error.inner().to_string(),
            (path, true) => format!("`{path}`: {}", error.inner()),
            (path, false) => format!("`{VALUE}{path}`: {}", error.inner()),
        }
    })
}
