//! gzip without compression: stored blocks (RFC 1951) in the gzip format (RFC 1952).

/// The largest size of a stored block.
const MAX_BLOCK: usize = 0xFFFF;

/// Returns the bytes as a gzip file of stored blocks.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    // Magic number, deflate, no flags, no time, no extra flags, unknown operating system.
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let mut blocks = bytes.chunks(MAX_BLOCK).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xFF, 0xFF]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32(bytes).to_le_bytes());
    // The format defines the length modulo 2³².
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// Returns the CRC-32 of the bytes.
fn crc32(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 }
        })
    });
    !rest
}
