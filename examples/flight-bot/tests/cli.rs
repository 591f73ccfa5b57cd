//! Tests of the command-line program: arguments, input, output and exit codes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use callsign::testing::PracticeModel;

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
fn assert_success(output: &Output, texts: &[&str]) {
    assert!(output.status.success(), "{output:?}");
    for text in texts {
        assert!(out(output).contains(text), "missing {text:?} in {}", out(output));
    }
}

/// Checks that the program failed with exactly one error line.
#[track_caller]
fn assert_failure(output: &Output, texts: &[&str]) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors: Vec<_> = err(output).lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", err(output));
    for text in texts {
        assert!(errors[0].contains(text), "missing {text:?} in {}", errors[0]);
    }
    assert!(!err(output).contains("panicked"), "{}", err(output));
}

#[test]
fn answer_comes_from_the_timetable() {
    for option in [&[][..], &["--no-stream"]] {
        let output = run(&[option, &[SEATTLE]].concat());
        // United 1581 was scheduled to leave Newark at 8:42 on 4 July 2013.
        assert_success(&output, &["United", "UA 1581", "08:42"]);
        let notes = err(&output);
        assert!(notes.contains("practice model"), "{notes}");
        assert!(notes.contains("→ next_flights {"), "{notes}");
        assert!(notes.contains("← next_flights"), "{notes}");
        assert!(notes.contains("tokens in") && notes.contains("2 turns, 1 tool call"), "{notes}");
    }
}

#[test]
fn two_tool_calls_of_a_response_run_in_parallel() {
    let output =
        run(&["What is the status of flight UA 1581, and which airports does Chicago have?"]);
    assert_success(&output, &["UA 1581", "O'Hare", "Midway"]);
    let lines: Vec<_> = err(&output).lines().filter(|l| l.starts_with(['→', '←'])).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with('→') && lines[1].starts_with('→'), "{lines:?}");
    assert!(err(&output).contains("2 turns, 2 tool calls"), "{}", err(&output));
}

#[test]
fn answer_suggests_a_train_if_there_is_no_flight() {
    let output = run(&["When is the next flight from Miami to Seattle?"]);
    assert_success(&output, &["There are no flights available from Miami to Seattle", "train"]);
}

#[test]
fn now_sets_the_clock_within_the_timetable() {
    let output = run(&["--now", "2013-07-05T12:00", SEATTLE]);
    assert_success(&output, &["2013"]);
    assert!(!out(&output).contains("UA 1581"), "{}", out(&output));
    assert_failure(&run(&["--now", "2026-01-01T12:00", SEATTLE]), &["2013-07-01", "2013-07-12"]);
    let output = run(&["--now", "noon", SEATTLE]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("noon"), "{}", err(&output));
}

#[test]
fn conversation_continues_in_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let file = file.to_str().unwrap();
    assert_success(&run(&["--db", file, SEATTLE]), &["UA 1581"]);
    let output = run(&["--db", file, "And to Boston?"]);
    assert_success(&output, &["BOS"]);
    assert!(err(&output).contains(r#""origin_city":"New York""#), "{}", err(&output));
    // Another conversation in the same file has its own history.
    let output = run(&["--db", file, "--conversation", "other", "And to Boston?"]);
    assert!(!err(&output).contains(r#""New York""#), "{}", err(&output));
}

#[test]
fn piped_questions_are_answered() {
    let mut child = bot(&[]).stdin(Stdio::piped()).spawn().unwrap();
    let questions = format!("{SEATTLE}\n\nAnd to Boston?\n");
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    assert_success(&child.wait_with_output().unwrap(), &["UA 1581", "BOS"]);
}

/// Runs the chat with these lines as input.
fn chat(arguments: &[&str], input: &str) -> Output {
    let mut child = bot(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn commands_do_not_go_to_the_model() {
    for exit in ["exit", "quit", "/exit", "/quit", " EXIT "] {
        let output = chat(&[], &format!("{exit}\n{SEATTLE}\n"));
        assert_success(&output, &[]);
        assert_eq!(out(&output), "", "{exit}");
        assert!(!err(&output).contains("tokens in"), "{exit}: {}", err(&output));
    }
    for help in ["help", "/help", "?"] {
        let output = chat(&[], &format!("{help}\n"));
        assert_success(&output, &[]);
        assert!(err(&output).contains("exit") && err(&output).contains("Ctrl-C"), "{help}");
        assert!(!err(&output).contains("tokens in"), "{help}: {}", err(&output));
    }
    let output = chat(&[], "/clear\n");
    assert!(err(&output).contains("unknown command /clear: /help"), "{}", err(&output));
    assert!(!err(&output).contains("tokens in"), "{}", err(&output));
    // A question that only starts with the word.
    let output = chat(&[], "Help me find a flight from New York to Seattle.\n");
    assert_success(&output, &["UA 1581"]);
}

#[test]
fn the_clock_is_shown() {
    for output in [run(&[SEATTLE]), chat(&[], "exit\n")] {
        let notes = err(&output);
        assert!(notes.contains("It is 2013-07-04T08:00 in New York"), "{notes}");
        assert!(notes.contains("--now"), "{notes}");
    }
    let output = run(&["--now", "2013-07-05T12:00", SEATTLE]);
    assert!(err(&output).contains("It is 2013-07-05T12:00"), "{}", err(&output));
}

#[test]
fn tomorrow_is_the_day_after_the_clock() {
    let output = run(&["When is the first flight from New York to Seattle tomorrow?"]);
    assert_success(&output, &["2013-07-05"]);
}

#[test]
fn resumed_chat_shows_the_end_of_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let file = file.to_str().unwrap();
    let output = chat(&["--db", file], "exit\n");
    assert!(!err(&output).contains("earlier"), "{}", err(&output));
    assert_success(&run(&["--db", file, SEATTLE]), &["UA 1581"]);
    let output = chat(&["--db", file], "And to Boston?\n");
    assert_success(&output, &["BOS"]);
    let notes = err(&output);
    let question = notes.find(&format!("> {SEATTLE}")).unwrap_or_else(|| panic!("{notes}"));
    let answer = notes.find("UA 1581").unwrap_or_else(|| panic!("{notes}"));
    assert!(question < answer && answer < notes.find("next_flights").unwrap(), "{notes}");
    // Another conversation has no earlier messages.
    let output = chat(&["--db", file, "--conversation", "other"], "exit\n");
    assert!(!err(&output).contains(SEATTLE), "{}", err(&output));
}

#[test]
fn help_lists_the_options() {
    let output = run(&["--help"]);
    assert_success(
        &output,
        &["--db <FILE>", "--model", "--endpoint", "--no-stream", "AZURE_INFERENCE_ENDPOINT"],
    );
}

#[test]
fn refused_connection_is_one_error_line() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}/v1");
    assert_failure(&run(&["--endpoint", &endpoint, "Hello"]), &[&endpoint, "refused"]);
}

#[test]
fn invalid_endpoint_is_one_error_line() {
    assert_failure(&run(&["--endpoint", "not an address", "Hello"]), &["invalid endpoint URL"]);
    assert_failure(&run(&["--endpoint", "ftp://example.com", "Hello"]), &["https://"]);
}

#[test]
fn key_is_not_sent_over_unencrypted_http() {
    let arguments =
        ["--endpoint", "http://example.com/v1", "--model", "m", "--key-env", "MY_KEY", "Hello"];
    let output = bot(&arguments).env("MY_KEY", "sk-secret").output().unwrap();
    assert_failure(&output, &["http://example.com"]);
    assert!(!err(&output).contains("sk-secret"));
    assert_failure(&run(&arguments), &["MY_KEY"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_key_and_wrong_path_are_one_error_line_each() {
    let server = PracticeModel::builder().require_key("right").start().await.unwrap();
    let endpoint = server.endpoint().to_owned();
    let outputs = tokio::task::spawn_blocking(move || {
        let with_key = |key: &str| {
            let arguments =
                ["--endpoint", &endpoint, "--model", "m", "--key-env", "MY_KEY", SEATTLE];
            bot(&arguments).env("MY_KEY", key).output().unwrap()
        };
        let wrong_path = endpoint.replace("/v1", "/v2");
        let arguments = ["--endpoint", &wrong_path, "--model", "m", "--key-env", "MY_KEY", SEATTLE];
        let wrong_path = bot(&arguments).env("MY_KEY", "right").output().unwrap();
        (with_key("wrong"), with_key("right"), wrong_path)
    });
    let (wrong, right, wrong_path) = outputs.await.unwrap();
    assert_failure(&wrong, &["401"]);
    assert!(!err(&wrong).contains("wrong"), "{}", err(&wrong));
    assert_success(&right, &["UA 1581"]);
    assert_failure(&wrong_path, &["404", "/v2"]);
}

#[test]
fn key_from_the_environment_is_not_sent_to_another_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut request = vec![0; 65536];
        let length = stream.read(&mut request).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let mut command = bot(&["--endpoint", &endpoint, "Hello"]);
    command.env("AZURE_INFERENCE_CREDENTIAL", "azure-secret").env("OPENAI_API_KEY", "sk-secret");
    assert_failure(&command.output().unwrap(), &[]);
    let request = server.join().unwrap();
    assert!(request.contains("POST /v1/chat/completions"), "{request}");
    assert!(!request.contains("secret"), "{request}");
}

/// Starts a server that sends `response` on each connection and keeps the connection open.
fn serve(response: impl Into<String>) -> String {
    let response = response.into();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut connections = Vec::new();
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            stream.write_all(response.as_bytes()).unwrap();
            connections.push(stream);
        }
    });
    endpoint
}

/// Returns a response with this body.
fn http(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// Control characters could clear the screen, set the title, or hide text.
#[test]
fn control_characters_of_the_model_are_removed() {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let pieces = [r"\u001b[2JRed\u001b", r"]0;title\u0007 and\r\u0008", r"\u009b31m\n\tblue\u007f"];
    let stream: String = pieces
        .iter()
        .map(|piece| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n")
        })
        .collect();
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let endpoint = serve(http("200 OK", "text/event-stream", &(stream + end)));
    let output = run(&["--endpoint", &endpoint, "Hello?"]);
    assert_success(&output, &["Red", " and", "31m\n\tblue"]);
    assert!(out(&output).chars().all(is_allowed), "{:?}", out(&output));

    let message = r#"{"choices":[{"message":{"content":"\u001b[2JRed"},"finish_reason":"stop"}]}"#;
    let endpoint = serve(http("200 OK", "application/json", message));
    let output = run(&["--no-stream", "--endpoint", &endpoint, "Hello?"]);
    assert_success(&output, &["Red"]);
    assert!(out(&output).chars().all(is_allowed), "{:?}", out(&output));

    let error = r#"{"error":{"message":"a \u001b[2Jred one"}}"#;
    let endpoint = serve(http("400 Bad Request", "application/json", error));
    let output = run(&["--endpoint", &endpoint, "Hello?"]);
    assert_failure(&output, &["red one"]);
    assert!(err(&output).chars().all(is_allowed), "{:?}", err(&output));
}

#[test]
fn html_response_is_one_error_line() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 28\r\n\r\n\
                <html><p>Welcome!</p></html>";
    let endpoint = serve(page);
    for option in [&[][..], &["--no-stream"]] {
        assert_failure(
            &run(&[option, &["--endpoint", &endpoint, "Hello"]].concat()),
            &["HTML", "address"],
        );
    }
}

#[test]
fn file_that_is_not_a_database_is_one_error_line_and_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "These are notes, not a database.").unwrap();
    assert_failure(&run(&["--db", file.to_str().unwrap(), SEATTLE]), &["notes.txt"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "These are notes, not a database.");
    assert_failure(&run(&["--db", folder.path().to_str().unwrap(), SEATTLE]), &["is a directory"]);
}

#[test]
fn conversation_file_is_intact_after_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let file = file.to_str().unwrap();
    assert_success(&run(&["--db", file, SEATTLE]), &["UA 1581"]);
    // The bot retries, each time on another connection.
    let page = "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/html\r\n\
                connection: close\r\ncontent-length: 14\r\n\r\n<h1>Oops!</h1>";
    let endpoint = serve(page);
    assert_failure(&run(&["--db", file, "--endpoint", &endpoint, "And to Chicago?"]), &["500"]);
    let output = run(&["--db", file, "And to Boston?"]);
    assert_success(&output, &["BOS"]);
    assert!(Path::new(file).exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_cancels_the_answer_but_not_the_chat() {
    let partial = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                 data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Let me think\"}}]}\n\n";
    let endpoint = serve(partial);
    let mut child: Child = bot(&["--endpoint", &endpoint]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap(); // the time of the clock
    for _ in 0..2 {
        stdin.write_all(b"Hello?\n").unwrap();
        let mut text = [0; 12];
        stdout.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"Let me think");
        let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(signal.unwrap().success());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "(cancelled)");
        let mut end = [0; 1];
        stdout.read_exact(&mut end).unwrap();
        assert_eq!(&end, b"\n");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
