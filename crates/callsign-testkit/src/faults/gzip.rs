//! gzip without compression: the format's frame around the bytes as they are (RFC 1951, 1952).

/// The most that one stored block holds.
const BLOCK: usize = 0xFFFF;

/// The bytes as a gzip file of stored blocks.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    // Magic number, deflate, no flags, no time, no extras, unknown system.
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let mut blocks = bytes.chunks(BLOCK).peekable();
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
    out.extend(checksum(bytes).to_le_bytes());
    // The length modulo 2³², as the format has it.
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// The CRC-32 of the bytes.
fn checksum(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 }
        })
    });
    !rest
}
