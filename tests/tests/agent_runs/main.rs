//! Whole agent runs that were recorded with real services, replayed through the whole loop: an
//! agent, its tools, HTTP, streams. Each recorded answer is asked for, and each request carries
//! what the recorded one carried.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "a test says what it counted")]

mod plain;
mod recorded_tool;
mod recording;
mod replay;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::recording::Recording;
use crate::replay::Replayed;

/// Why a recording goes on somewhere in a way that this loop does not go on by itself, and in how
/// many places. A conversation is begun anew there, with the history of the recorded request.
const BEGUN_ANEW: [(&str, usize); 7] = [
    ("a reply in between is not in the recording", 16),
    ("the recorded program changed the tools before it went on", 2),
    ("another conversation begins", 12),
    ("the recorded program changed what was said before", 6),
    ("the recorded program said nothing and asked again", 2),
    ("the reply before did not end well, so that no call of it is run", 4),
    ("the request before was refused", 1),
];

/// The file of this name, or a word that the test is skipped.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("CALLSIGN_SHARED").map_or(beside, PathBuf::from);
    let found = [folder.join("data").join(name), folder.join(name)];
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let named = std::env::var_os("CALLSIGN_SHARED");
        assert!(named.is_none(), "{test}: CALLSIGN_SHARED is set, and there is no {name} in it");
        println!("{test} is skipped: there is no {name}; CALLSIGN_SHARED names its folder");
    }
    found
}

#[tokio::test]
async fn every_recorded_run_is_replayed() {
    let Some(path) = shared("every_recorded_run_is_replayed", "agent-runs.jsonl.gz") else {
        return;
    };
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let (mut runs, mut in_one_piece, mut steps) = (0, 0, 0);
    let mut anew: BTreeMap<&str, usize> = BTreeMap::new();
    let mut repaired: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, line) in lines.enumerate() {
        let recording: Recording = serde_json::from_str(&line.unwrap()).unwrap();
        let Replayed { begun_anew, repairs, complaints } = replay::replay(&recording).await;
        runs += 1;
        steps += recording.steps.len();
        in_one_piece += usize::from(begun_anew.is_empty());
        begun_anew.into_iter().for_each(|reason| *anew.entry(reason).or_default() += 1);
        repairs.into_iter().for_each(|repair| *repaired.entry(repair).or_default() += 1);
        wrong.extend(complaints.into_iter().map(|it| format!("{at} {}: {it}", recording.path)));
    }
    println!("{runs} runs of {steps} steps, {in_one_piece} of them in one piece; anew: {anew:#?}");
    println!("repaired in recorded histories: {repaired:#?}");
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(anew, BTreeMap::from(BEGUN_ANEW));
    assert_eq!((runs, steps, in_one_piece), (218, 521, 183));
}
