//! The value of a structured output, read from the reply of the run.

use std::sync::Arc;

use callsign_types::error::{Error, ErrorKind};
use serde_json::Value;

use super::output_reply::OutputReply;
use crate::executor::output_spec::{OutputMismatch, OutputSpec};
use crate::run::reply::Reply;

/// Reads the value from the reply.
pub(super) struct OutputReader<T> {
    pub(super) spec: Arc<OutputSpec>,
    pub(super) decode: fn(Value) -> Result<T, String>,
}

impl<T> OutputReader<T> {
    /// Returns the value and the reply.
    ///
    /// # Errors
    /// Returns a *paused* error if calls need approval, and an *invalid answer* error if the reply
    /// does not contain the value.
    pub(super) fn read(&self, reply: Reply) -> Result<OutputReply<T>, Error> {
        if !reply.approvals().is_empty() {
            let message = format!(
                "there is no output yet, {reply}: decide, then request the output with \
                 `.resume().output()`; `Paused::of` returns the conversation of this error"
            );
            let error = Error::new(ErrorKind::Paused, message);
            return Err(error.with_partial_run(reply.partial_run()));
        }
        // The run has validated the output. Reading it again is cheaper than carrying the value
        // along.
        let read = self.spec.read(reply.output_json());
        let read = read.and_then(|value| (self.decode)(value).map_err(OutputMismatch::Value));
        match read.map_err(OutputMismatch::reason) {
            Ok(output) => Ok(OutputReply { output, reply }),
            Err(Err(error)) => Err(error.with_partial_run(reply.partial_run())),
            Err(Ok(reason)) => {
                let message = format!("the output is not valid: {reason}");
                let error = Error::new(ErrorKind::InvalidOutput, message);
                Err(error.with_partial_run(reply.partial_run()))
            }
        }
    }
}
