//! Writes a reply to a socket, up to its fault.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::body::{ReplyBody, after_events, inside_character};
use super::reply::{FaultAt, FaultReply, ReplyEnd};

/// The size of a write, in bytes, unless the reply sets another one with `drip`.
const WRITE_SIZE: usize = 64 * 1024;

/// Plays a reply. Returns whether the connection can be used again.
///
/// # Errors
/// Returns an error if the client closed the connection.
pub(super) async fn play(socket: &mut TcpStream, reply: &FaultReply) -> io::Result<bool> {
    sleep(reply.latency).await;
    let at = match reply.end {
        ReplyEnd::Complete => None,
        ReplyEnd::Reset(at) | ReplyEnd::Close(at) | ReplyEnd::Hang(at) => Some(at),
    };
    let head = head(reply);
    match at {
        Some(FaultAt::Start) => {}
        Some(FaultAt::Headers) => {
            let half = head.get(..head.len() / 2).unwrap_or_default();
            socket.write_all(half).await?;
        }
        Some(FaultAt::Body(_) | FaultAt::Events(_) | FaultAt::InCharacter) | None => {
            socket.write_all(&head).await?;
            write_body(socket, reply, at).await?;
        }
    }
    socket.flush().await?;
    match reply.end {
        ReplyEnd::Complete => return Ok(true),
        ReplyEnd::Close(_) => {}
        // With a zero linger time, closing sends a reset. It may discard bytes that were written
        // before it.
        ReplyEnd::Reset(_) => socket.set_zero_linger()?,
        ReplyEnd::Hang(_) => std::future::pending().await,
    }
    Ok(false)
}

fn head(reply: &FaultReply) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason_phrase(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match &reply.body {
        ReplyBody::Whole(bytes) => {
            head.push_str(&format!("content-length: {}\r\n\r\n", bytes.len()));
        }
        ReplyBody::Stream(_) | ReplyBody::Endless(_) => {
            head.push_str("transfer-encoding: chunked\r\n\r\n");
        }
    }
    head.into_bytes()
}

/// Writes the body up to the fault.
async fn write_body(
    socket: &mut TcpStream,
    reply: &FaultReply,
    at: Option<FaultAt>,
) -> io::Result<()> {
    let (bytes, is_chunked) = match &reply.body {
        ReplyBody::Whole(bytes) => (bytes, false),
        ReplyBody::Stream(bytes) | ReplyBody::Endless(bytes) => (bytes, true),
    };
    let limit = match at {
        Some(FaultAt::Body(limit)) => Some(limit),
        Some(FaultAt::Events(events)) => Some(after_events(bytes, events)),
        Some(FaultAt::InCharacter) => Some(inside_character(bytes)),
        _ => None,
    };
    let mut left = limit.unwrap_or(usize::MAX);
    loop {
        let bytes = bytes.get(..left).unwrap_or(bytes);
        write_pieces(socket, reply, bytes, is_chunked).await?;
        left -= bytes.len();
        let repeats = matches!(reply.body, ReplyBody::Endless(_)) && left > 0 && !bytes.is_empty();
        if !repeats {
            break;
        }
        if limit.is_none() {
            left = usize::MAX;
        }
    }
    if is_chunked && limit.is_none() {
        socket.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn write_pieces(
    socket: &mut TcpStream,
    reply: &FaultReply,
    bytes: &[u8],
    is_chunked: bool,
) -> io::Result<()> {
    let size = reply.drip.map_or(WRITE_SIZE, |(size, _)| size);
    for piece in bytes.chunks(size) {
        if is_chunked {
            let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
            chunk.extend_from_slice(piece);
            chunk.extend_from_slice(b"\r\n");
            socket.write_all(&chunk).await?;
        } else {
            socket.write_all(piece).await?;
        }
        if let Some((_, pause)) = reply.drip {
            socket.flush().await?;
            sleep(pause).await;
        }
    }
    Ok(())
}

fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400..500 => "Refused",
        500.. => "Failed",
        _ => "Something",
    }
}
