//! Structured output, before the run starts.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use callsign_json::schema::close::close_all;
use callsign_json::schema::generate::schema;
use callsign_types::error::Error;
use callsign_types::journal::entry::OutputMode;
use callsign_types::traits::events::Events;
use serde::de::IntoDeserializer;
use serde_json::Value;

use super::output_reply::OutputReply;
use super::output_run::OutputRun;
use super::reader::OutputReader;
use super::schema::output_schema;
use super::typed_output::TypedOutput;
use crate::executor::output_spec::{OutputMismatch, OutputSpec, VALUE};
use crate::run::prepare::RunRequest;

/// A check of an output. The model receives its error.
type OutputCheck<T> = Arc<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// A run with structured output. Await it for the value, or [`stream`](Self::stream) it. Created by
/// `RunBuilder::output`.
#[must_use = "a run starts only when it is awaited or streamed"]
pub struct Output<T> {
    request: RunRequest,
    name: String,
    schema: Value,
    mode: Option<OutputMode>,
    decode: fn(Value) -> Result<T, String>,
    checks: Vec<OutputCheck<T>>,
}

impl<T: TypedOutput> Output<T> {
    pub(crate) fn of_type(request: RunRequest) -> Self {
        let mut schema = schema::<T>();
        close_all(&mut schema);
        let name = T::schema_name().into_owned();
        Self { request, name, schema, mode: None, decode: decode::<T>, checks: Vec::new() }
    }
}

impl Output<Value> {
    pub(crate) fn of_schema(request: RunRequest, name: String, schema: Value) -> Self {
        Self { request, name, schema, mode: None, decode: Ok, checks: Vec::new() }
    }
}

impl<T: 'static> Output<T> {
    /// Adds a check of the value. The model receives the error of a failed check, and is asked
    /// again.
    ///
    /// Checks run in the order in which they were added, up to the first error. A check that panics
    /// ends the run with a configuration error.
    ///
    /// ```no_run
    /// # use callsign_core::agent::agent::Agent;
    /// # use callsign_types::error::Error;
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
        self.checks.push(Arc::new(move |value| check(value).map_err(|error| error.to_string())));
        self
    }

    /// Sets how the output is requested, instead of the mode that the
    /// [model](callsign_types::traits::model::ModelInfo::output_mode) prefers.
    pub fn mode(mut self, mode: OutputMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Returns an [`OutputReply`] instead of the value: the value and the reply, with its messages,
    /// usage and cost.
    pub fn with_reply(self) -> OutputWithReply<T> {
        OutputWithReply(self)
    }

    /// Starts the run as a stream of events and partial values.
    pub fn stream(self) -> OutputRun<T> {
        OutputRun::new(self.prepare(), Events::streamed())
    }

    fn prepare(self) -> Result<(RunRequest, OutputReader<T>), Error> {
        let Self { mut request, name, schema, mode, decode, checks } = self;
        let schema = output_schema(&name, schema);
        let check = move |value: &Value| {
            let value = OutputMismatch::catch(
                || "deserializing the output".to_owned(),
                || decode(value.clone()),
            )?;
            (1..).zip(&checks).try_for_each(|(number, check)| {
                OutputMismatch::catch(|| format!("check {number} of the output"), || check(&value))
            })
        };
        let spec = Arc::new(OutputSpec::new(schema, mode, Arc::new(check))?);
        request.output = Some(spec.clone());
        Ok((request, OutputReader { spec, decode }))
    }
}

impl<T: 'static> IntoFuture for Output<T> {
    type Output = Result<T, Error>;
    type IntoFuture = OutputRun<T>;

    fn into_future(self) -> OutputRun<T> {
        OutputRun::new(self.prepare(), Events::default())
    }
}

impl<T> fmt::Debug for Output<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("name", &self.name)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// A run with structured output that also returns the reply. Created by
/// [`Output::with_reply`].
#[derive(Debug)]
#[must_use = "a run starts only when it is awaited"]
pub struct OutputWithReply<T>(Output<T>);

impl<T: 'static> IntoFuture for OutputWithReply<T> {
    type Output = Result<OutputReply<T>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.0.into_future().with_reply())
    }
}

/// Deserializes the value. An error names the path as the model wrote it.
fn decode<T: TypedOutput>(value: Value) -> Result<T, String> {
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
