//! The bot from the outside: what is typed, what is shown, and how it ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use callsign::PracticeModel;

const SEATTLE: &str = "When is the next flight from New York to Seattle?";

fn bot(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flight-bot"));
    command.args(arguments);
    for name in [
        "AZURE_INFERENCE_ENDPOINT",
        "AZURE_INFERENCE_CREDENTIAL",
        "AZURE_INFERENCE_MODEL",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "OPENAI_MODEL",
    ] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    bot(arguments).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn err(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn answers(output: &Output, with: &[&str]) {
    assert!(output.status.success(), "{output:?}");
    for text in with {
        assert!(out(output).contains(text), "no {text:?} in {}", out(output));
    }
}

/// Checks that it failed with one clear line.
#[track_caller]
fn fails(output: &Output, with: &[&str]) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors: Vec<_> = err(output).lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", err(output));
    for text in with {
        assert!(errors[0].contains(text), "no {text:?} in {}", errors[0]);
    }
    assert!(!err(output).contains("panicked"), "{}", err(output));
}

#[test]
fn a_question_is_answered_from_the_timetable() {
    for how in [&[][..], &["--no-stream"]] {
        let output = run(&[how, &[SEATTLE]].concat());
        // United 1581 left Newark at 8:42 on 4 July 2013.
        answers(&output, &["United", "UA 1581", "08:42"]);
        let aside = err(&output);
        assert!(aside.contains("practice model"), "{aside}");
        assert!(
            aside.contains(r#"→ next_flights {"#) && aside.contains("← next_flights"),
            "{aside}"
        );
        assert!(aside.contains("tokens in") && aside.contains("2 turns, 1 tool call"), "{aside}");
    }
}

#[test]
fn a_question_that_needs_two_tools_runs_both_beside_each_other() {
    let output =
        run(&["What is the status of flight UA 1581, and which airports does Chicago have?"]);
    answers(&output, &["UA 1581", "O'Hare", "Midway"]);
    let lines: Vec<_> = err(&output).lines().filter(|l| l.starts_with(['→', '←'])).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with('→') && lines[1].starts_with('→'), "{lines:?}");
    assert!(err(&output).contains("2 turns, 2 tool calls"), "{}", err(&output));
}

#[test]
fn no_flight_means_a_train() {
    let output = run(&["When is the next flight from Miami to Seattle?"]);
    answers(&output, &["There are no flights available from Miami to Seattle", "train"]);
}

#[test]
fn the_clock_can_be_set_within_the_data() {
    let output = run(&["--now", "2013-07-05T12:00", SEATTLE]);
    answers(&output, &["2013"]);
    assert!(!out(&output).contains("UA 1581"), "{}", out(&output));
    fails(&run(&["--now", "2026-01-01T12:00", SEATTLE]), &["2013-07-01", "2013-07-12"]);
    let output = run(&["--now", "noon", SEATTLE]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("noon"), "{}", err(&output));
}

#[test]
fn a_conversation_goes_on_in_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let file = file.to_str().unwrap();
    answers(&run(&["--db", file, SEATTLE]), &["UA 1581"]);
    let output = run(&["--db", file, "And to Boston?"]);
    answers(&output, &["BOS"]);
    assert!(err(&output).contains(r#""origin_city":"New York""#), "{}", err(&output));
    // Another conversation in the same file has heard nothing of it.
    let output = run(&["--db", file, "--conversation", "other", "And to Boston?"]);
    assert!(!err(&output).contains("New York"), "{}", err(&output));
}

#[test]
fn questions_can_be_piped() {
    let mut child = bot(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let questions = format!("{SEATTLE}\n\nAnd to Boston?\n");
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    answers(&child.wait_with_output().unwrap(), &["UA 1581", "BOS"]);
}

#[test]
fn help_says_what_there_is() {
    let output = run(&["--help"]);
    answers(
        &output,
        &["--db <FILE>", "--model", "--endpoint", "--no-stream", "AZURE_INFERENCE_ENDPOINT"],
    );
}

#[test]
fn a_refused_connection_is_one_clear_error() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}/v1");
    fails(&run(&["--endpoint", &endpoint, "Hello"]), &[&endpoint, "refused"]);
}

#[test]
fn an_endpoint_that_is_no_address_is_one_clear_error() {
    fails(&run(&["--endpoint", "not an address", "Hello"]), &["no web address"]);
    fails(&run(&["--endpoint", "ftp://example.com", "Hello"]), &["https://"]);
}

#[test]
fn a_key_does_not_leave_in_the_clear() {
    let how =
        ["--endpoint", "http://example.com/v1", "--model", "m", "--key-env", "MY_KEY", "Hello"];
    let output = bot(&how).env("MY_KEY", "sk-secret").output().unwrap();
    fails(&output, &["http://example.com"]);
    assert!(!err(&output).contains("sk-secret"));
    fails(&run(&how), &["MY_KEY"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_and_a_wrong_path_are_one_clear_error_each() {
    let server = PracticeModel::builder().require_key("right").start().await.unwrap();
    let endpoint = server.endpoint().to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let with_key = |key: &str| {
            let how = ["--endpoint", &endpoint, "--model", "m", "--key-env", "MY_KEY", SEATTLE];
            bot(&how).env("MY_KEY", key).output().unwrap()
        };
        let elsewhere = endpoint.replace("/v1", "/v2");
        let how = ["--endpoint", &elsewhere, "--model", "m", "--key-env", "MY_KEY", SEATTLE];
        let elsewhere = bot(&how).env("MY_KEY", "right").output().unwrap();
        (with_key("wrong"), with_key("right"), elsewhere)
    });
    let (wrong, right, elsewhere) = asked.await.unwrap();
    fails(&wrong, &["401"]);
    assert!(!err(&wrong).contains("wrong"), "{}", err(&wrong));
    answers(&right, &["UA 1581"]);
    fails(&elsewhere, &["404", "/v2"]);
}

#[test]
fn a_key_of_the_environments_stays_with_the_environments_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut request = vec![0; 65536];
        let length = stream.read(&mut request).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let mut command = bot(&["--endpoint", &endpoint, "Hello"]);
    command.env("AZURE_INFERENCE_CREDENTIAL", "azure-secret").env("OPENAI_API_KEY", "sk-secret");
    fails(&command.output().unwrap(), &[]);
    let request = asked.join().unwrap();
    assert!(request.contains("POST /v1/chat/completions"), "{request}");
    assert!(!request.contains("secret"), "{request}");
}

/// Serves one answer to each connection, whatever is asked, and then waits.
fn serve(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            stream.write_all(answer.as_bytes()).unwrap();
            kept.push(stream);
        }
    });
    endpoint
}

#[test]
fn a_web_page_in_place_of_an_answer_is_one_clear_error() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 28\r\n\r\n\
                <html><p>Welcome!</p></html>";
    let endpoint = serve(page);
    for how in [&[][..], &["--no-stream"]] {
        fails(&run(&[how, &["--endpoint", &endpoint, "Hello"]].concat()), &["HTML", "address"]);
    }
}

#[test]
fn an_unreadable_database_is_one_clear_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "These are my notes, and no database.").unwrap();
    fails(&run(&["--db", file.to_str().unwrap(), SEATTLE]), &["notes.txt"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "These are my notes, and no database.");
    fails(&run(&["--db", folder.path().to_str().unwrap(), SEATTLE]), &["is a folder"]);
}

#[test]
fn an_error_leaves_the_conversations_file_intact() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let file = file.to_str().unwrap();
    answers(&run(&["--db", file, SEATTLE]), &["UA 1581"]);
    // The bot asks again, each time on another connection.
    let page = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/html\r\n\
                connection: close\r\ncontent-length: 14\r\n\r\n<h1>Oops!</h1>";
    let endpoint = serve(page);
    fails(&run(&["--db", file, "--endpoint", &endpoint, "And to Chicago?"]), &["500"]);
    let output = run(&["--db", file, "And to Boston?"]);
    answers(&output, &["BOS"]);
    assert!(Path::new(file).exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_the_answer_and_not_the_chat() {
    let begun = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                 data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Let me think\"}}]}\n\n";
    let endpoint = serve(begun);
    let mut child: Child = bot(&["--endpoint", &endpoint]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    for _ in 0..2 {
        stdin.write_all(b"Hello?\n").unwrap();
        let mut text = [0; 12];
        stdout.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"Let me think");
        let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(signalled.unwrap().success());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "(stopped)");
        let mut end = [0; 1];
        stdout.read_exact(&mut end).unwrap();
        assert_eq!(&end, b"\n");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
