//! Agent runs that were recorded with real providers, replayed through an agent with tools over
//! HTTP.
//!
//! The agent has to request each recorded response, and each request has to match the recorded one.
mod normalize;
mod recorded_tool;
mod recording;
mod replay;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};

use callsign::testing::shared_file;
use flate2::read::GzDecoder;

use crate::agent_runs::recording::Recording;
use crate::agent_runs::replay::Replay;

/// The reasons why a recorded request does not follow from the previous one, with their counts. The
/// test starts a new conversation there, with the history of the recorded request.
const RESTARTS: [(&str, usize); 7] = [
    ("a response is missing in the recording", 16),
    ("the recorded program changed its tools", 2),
    ("a new conversation starts", 12),
    ("the recorded program changed earlier messages", 6),
    ("the recorded program added no message", 2),
    ("the previous response is incomplete, so its calls do not run", 4),
    ("the previous request failed", 1),
];

#[tokio::test]
async fn recorded_runs_replay_with_equal_requests() {
    let Some(path) = shared_file("recorded_runs_replay_with_equal_requests", "agent-runs.jsonl.gz")
    else {
        return;
    };
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let (mut runs, mut without_restart, mut steps) = (0, 0, 0);
    let mut restarts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut repairs: BTreeMap<String, usize> = BTreeMap::new();
    let mut errors = Vec::new();
    for (index, line) in lines.enumerate() {
        let recording: Recording = serde_json::from_str(&line.unwrap()).unwrap();
        let replay = Replay::run(&recording).await;
        runs += 1;
        steps += recording.steps.len();
        without_restart += usize::from(replay.restarts.is_empty());
        replay.restarts.into_iter().for_each(|reason| *restarts.entry(reason).or_default() += 1);
        replay.repairs.into_iter().for_each(|repair| *repairs.entry(repair).or_default() += 1);
        let found = replay.errors.into_iter();
        errors.extend(found.map(|error| format!("{index} {}: {error}", recording.path)));
    }
    println!("{runs} runs of {steps} steps, {without_restart} without a restart: {restarts:#?}");
    println!("repairs in recorded histories: {repairs:#?}");
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors.join("\n"));
    assert_eq!(restarts, BTreeMap::from(RESTARTS));
    assert_eq!((runs, steps, without_restart), (218, 521, 183));
}
