//! The playing of a reply on a socket.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::body::{Body, after_events, in_character};
use super::reply::{End, FaultAt, FaultReply};

/// How much is written at once where a reply does not drip.
const AT_ONCE: usize = 64 * 1024;

/// Plays a reply; whether the connection can be used again.
///
/// # Errors
/// Where the other side has gone.
pub(super) async fn play(socket: &mut TcpStream, reply: &FaultReply) -> io::Result<bool> {
    sleep(reply.latency).await;
    let at = match reply.end {
        End::Well => None,
        End::Reset(at) | End::Close(at) | End::Hang(at) => Some(at),
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
            body(socket, reply, at).await?;
        }
    }
    socket.flush().await?;
    match reply.end {
        End::Well => return Ok(true),
        End::Close(_) => {}
        // What was written before is still delivered as a rule, but may be lost to the reset.
        End::Reset(_) => socket.set_zero_linger()?,
        End::Hang(_) => std::future::pending().await,
    }
    Ok(false)
}

fn head(reply: &FaultReply) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, phrase(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match &reply.body {
        Body::Whole(bytes) => head.push_str(&format!("content-length: {}\r\n\r\n", bytes.len())),
        Body::Stream(_) | Body::Endless(_) => head.push_str("transfer-encoding: chunked\r\n\r\n"),
    }
    head.into_bytes()
}

/// Writes the body as far as it goes.
async fn body(socket: &mut TcpStream, reply: &FaultReply, at: Option<FaultAt>) -> io::Result<()> {
    let (bytes, chunked) = match &reply.body {
        Body::Whole(bytes) => (bytes, false),
        Body::Stream(bytes) | Body::Endless(bytes) => (bytes, true),
    };
    let cut = match at {
        Some(FaultAt::Body(cut)) => Some(cut),
        Some(FaultAt::Events(events)) => Some(after_events(bytes, events)),
        Some(FaultAt::InCharacter) => Some(in_character(bytes)),
        _ => None,
    };
    let mut left = cut.unwrap_or(usize::MAX);
    loop {
        let bytes = bytes.get(..left).unwrap_or(bytes);
        pieces(socket, reply, bytes, chunked).await?;
        left -= bytes.len();
        let again = matches!(reply.body, Body::Endless(_)) && left > 0 && !bytes.is_empty();
        if !again {
            break;
        }
        if cut.is_none() {
            left = usize::MAX;
        }
    }
    if chunked && cut.is_none() {
        socket.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

async fn pieces(
    socket: &mut TcpStream,
    reply: &FaultReply,
    bytes: &[u8],
    chunked: bool,
) -> io::Result<()> {
    let size = reply.drip.map_or(AT_ONCE, |(size, _)| size);
    for piece in bytes.chunks(size) {
        if chunked {
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

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400..500 => "Refused",
        500.. => "Failed",
        _ => "Something",
    }
}
