//! A model server that plays three scenes, so that a figure can be taken anywhere: `loop-N` calls
//! the tool N times and then answers, `text-K` answers in K pieces, and `args-K` calls the tool once,
//! with arguments in K pieces, and then answers. A reply is streamed where that is asked for. It
//! does as little as it can.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Serves until the process is ended; the address is printed first.
pub(crate) fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}/v1", listener.local_addr()?);
    for connection in listener.incoming() {
        let connection = connection?;
        std::thread::spawn(move || answer_all(connection));
    }
    Ok(())
}

fn answer_all(connection: TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut writer = connection.try_clone()?;
    let mut reader = BufReader::new(connection);
    while let Some(body) = read_body(&mut reader)? {
        writer.write_all(answer(&body).as_bytes())?;
    }
    Ok(())
}

/// The body of the next request; `None` at the end of the connection.
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

fn answer(body: &str) -> String {
    let scene = body.split_once("\"model\":\"").and_then(|(_, rest)| rest.split('"').next());
    let scene = scene.unwrap_or_default();
    let number = |name: &str| scene.strip_prefix(name).and_then(|number| number.parse().ok());
    if let Some(pieces) = number("text-") {
        return streamed(pieces);
    }
    let (wanted, pieces) = match number("args-") {
        Some(pieces) => (1, pieces),
        None => (number("loop-").unwrap_or(0), 4),
    };
    let calls = body.matches("\"tool_calls\":[").count();
    if body.contains("\"stream\":true") {
        return if calls < wanted { call_in_pieces(calls, pieces) } else { streamed(4) };
    }
    let message = if calls < wanted {
        format!(
            r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_{calls}","type":"function","function":{{"name":"get_flight_info","arguments":"{{\"origin_city\":\"Miami\",\"destination_city\":\"Seattle\"}}"}}}}]}}"#
        )
    } else {
        r#"{"role":"assistant","content":"The next flight is DL123."}"#.to_owned()
    };
    let reason = if message.contains("tool_calls") { "tool_calls" } else { "stop" };
    let body = format!(
        r#"{{"id":"chatcmpl-{calls}","object":"chat.completion","created":1715000000,"model":"{scene}","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"{reason}"}}],"usage":{{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}}}"#
    );
    head("application/json", &body)
}

fn streamed(pieces: usize) -> String {
    let words = [" fly", " and", " the", " DL123"];
    let text = |at: usize| {
        let word = words[at % words.len()];
        piece(&format!("{{\"content\":\"{word}\"}}"), "null")
    };
    let body: String = (0..pieces).map(text).collect();
    ended(body, "\"stop\"")
}

/// A call from a city with a name of so many pieces.
fn call_in_pieces(number: usize, pieces: usize) -> String {
    let more = |arguments: &str| {
        let arguments = arguments.replace('"', "\\\"");
        let call = format!("{{\"index\":0,\"function\":{{\"arguments\":\"{arguments}\"}}}}");
        piece(&format!("{{\"tool_calls\":[{call}]}}"), "null")
    };
    let begun = format!(
        r#"{{"role":"assistant","content":null,"tool_calls":[{{"index":0,"id":"call_{number}","type":"function","function":{{"name":"get_flight_info","arguments":""}}}}]}}"#
    );
    let mut body = piece(&begun, "null");
    body += &more("{\"origin_city\":\"");
    body.extend((2..pieces).map(|_| more(" fly")));
    body += &more("\",\"destination_city\":\"Seattle\"}");
    ended(body, "\"tool_calls\"")
}

fn piece(delta: &str, reason: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-0\",\"object\":\"chat.completion.chunk\",\"created\":1715000000,\"model\":\"text\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{reason}}}]}}\n\n"
    )
}

fn ended(mut body: String, reason: &str) -> String {
    body += &piece("{}", reason);
    body += "data: [DONE]\n\n";
    head("text/event-stream", &body)
}

fn head(kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
}
