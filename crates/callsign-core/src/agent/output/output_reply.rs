//! A structured output together with the reply of its run.

use crate::run::reply::Reply;

/// A structured output, and the reply of its run.
///
/// ```no_run
/// # use callsign_core::agent::agent::Agent;
/// # use callsign_types::error::Error;
/// # async fn ask(agent: &Agent) -> Result<(), Error> {
/// let stops = agent.run("Where does the train stop?").output::<Vec<String>>().with_reply().await?;
/// println!("{:?} for {}", stops.output, stops.reply.cost());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutputReply<T> {
    /// The output.
    pub output: T,
    /// The reply.
    pub reply: Reply,
}

impl<T> OutputReply<T> {
    /// Returns the output and the reply.
    pub fn into_parts(self) -> (T, Reply) {
        (self.output, self.reply)
    }
}
