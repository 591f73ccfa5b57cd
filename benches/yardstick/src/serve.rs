//! A minimal model server with three scenarios, selected by the name of the model:
//!
//! - `loop-N` calls the tool N times and then answers.
//! - `text-K` answers in K chunks.
//! - `args-K` calls the tool once, with arguments in K chunks, and then answers.
//!
//! It streams the response if the request has `"stream":true`.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Prints the address and serves until the process is killed.
pub(crate) fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}/v1", listener.local_addr()?);
    for connection in listener.incoming() {
        let connection = connection?;
        std::thread::spawn(move || serve_connection(connection));
    }
    Ok(())
}

fn serve_connection(connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    while let Some(body) = read_body(&mut reader)? {
        writer.write_all(respond(&body).as_bytes())?;
    }
    Ok(())
}

/// Returns the body of the next request, or `None` at the end of the connection.
fn read_body(reader: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(String::from_utf8_lossy(&body).into_owned()))
}

fn respond(body: &str) -> String {
    let scenario = body.split_once("\"model\":\"").and_then(|(_, rest)| rest.split('"').next());
    let scenario = scenario.unwrap_or_default();
    let number = |name: &str| scenario.strip_prefix(name).and_then(|number| number.parse().ok());
    if let Some(chunks) = number("text-") {
        return streamed_text(chunks);
    }
    let (calls_wanted, chunks) = match number("args-") {
        Some(chunks) => (1, chunks),
        None => (number("loop-").unwrap_or(0), 4),
    };
    let calls = body.matches("\"tool_calls\":[").count();
    if body.contains("\"stream\":true") {
        return if calls < calls_wanted { streamed_call(calls, chunks) } else { streamed_text(4) };
    }
    let message = if calls < calls_wanted {
        format!(
            r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{calls}","type":"function","function":{{"name":"get_flight_info","arguments":"{{\"origin_city\":\"Miami\",\"destination_city\":\"Seattle\"}}"}}}}]}}"#
        )
    } else {
        r#"{"role":"assistant","content":"The next flight is DL123."}"#.to_owned()
    };
    let reason = if message.contains("tool_calls") { "tool_calls" } else { "stop" };
    let body = format!(
        r#"{{"id":"chatcmpl-{calls}","object":"chat.completion","created":1715000000,"model":"{scenario}","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"{reason}"}}],"usage":{{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}}}"#
    );
    http_response("application/json", &body)
}

/// Returns a response with `chunks` chunks of text.
fn streamed_text(chunks: usize) -> String {
    let words = [" fly", " and", " the", " DL123"];
    let text = |index: usize| {
        let word = words[index % words.len()];
        chunk(&format!("{{\"content\":\"{word}\"}}"), "null")
    };
    let body: String = (0..chunks).map(text).collect();
    finish(body, "\"stop\"")
}

/// Returns a response with a call whose arguments have `chunks` chunks.
fn streamed_call(index: usize, chunks: usize) -> String {
    let more = |arguments: &str| {
        let arguments = arguments.replace('"', "\\\"");
        let call = format!("{{\"index\":0,\"function\":{{\"arguments\":\"{arguments}\"}}}}");
        chunk(&format!("{{\"tool_calls\":[{call}]}}"), "null")
    };
    let start = format!(
        r#"{{"role":"assistant","content":null,"tool_calls":[{{"index":0,"id":"call_{index}","type":"function","function":{{"name":"get_flight_info","arguments":""}}}}]}}"#
    );
    let mut body = chunk(&start, "null");
    body += &more("{\"origin_city\":\"");
    body.extend((2..chunks).map(|_| more(" fly")));
    body += &more("\",\"destination_city\":\"Seattle\"}");
    finish(body, "\"tool_calls\"")
}

fn chunk(delta: &str, reason: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":1715000000,\"model\":\"text\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{reason}}}]}}\n\n"
    )
}

fn finish(mut body: String, reason: &str) -> String {
    body += &chunk("{}", reason);
    body += "data: [DONE]\n\n";
    http_response("text/event-stream", &body)
}

fn http_response(kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
}
