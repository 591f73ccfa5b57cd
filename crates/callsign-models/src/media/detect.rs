//! Detection of file formats from the first bytes.

/// Returns the media type of an image in a supported format.
pub(super) fn image(bytes: &[u8]) -> Option<&'static str> {
    // The signatures are from the WHATWG MIME Sniffing Standard.
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', b'V', b'P', ..] => {
            Some("image/webp")
        }
        // The signature of BMP is only two letters, so the reserved zero bytes are checked too.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("image/bmp"),
        _ => None,
    }
}

/// Returns the format of audio, as it is named in requests.
pub(super) fn audio(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("wav"),
        [b'I', b'D', b'3', ..] => Some("mp3"),
        [0xFF, second, third, ..] if is_mp3_frame(*second, *third) => Some("mp3"),
        _ => None,
    }
}

/// Returns whether these are the second and third byte of an MPEG audio layer III frame.
fn is_mp3_frame(second: u8, third: u8) -> bool {
    let synchronized = second & 0xE0 == 0xE0;
    let version = second >> 3 & 0b11;
    let layer = second >> 1 & 0b11;
    let (bit_rate, sample_rate) = (third >> 4, third >> 2 & 0b11);
    synchronized && version != 0b01 && layer == 0b01 && bit_rate != 0b1111 && sample_rate != 0b11
}

/// Describes the format of a file, for error messages.
pub(super) fn describe(bytes: &[u8]) -> &'static str {
    let start = bytes.trim_ascii_start();
    match bytes {
        [] => "empty",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        [b'I', b'I', 0x2A, 0, ..] | [b'M', b'M', 0, 0x2A, ..] => "a TIFF image",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => "an AVIF image",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h', b'e', b'i' | b'v', ..] => "a HEIC image",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "an MP4 file",
        [b'O', b'g', b'g', b'S', ..] => "an Ogg file",
        [b'f', b'L', b'a', b'C', ..] => "a FLAC file",
        _ if image(bytes).is_some() => "an image",
        _ if audio(bytes).is_some() => "audio",
        _ if start.starts_with(b"<svg") => "an SVG drawing",
        _ if start.starts_with(b"<") => "HTML or XML",
        _ => "in an unknown format",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_detected_from_the_first_bytes() {
        let images: [(&[u8], Option<&str>); 9] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Some("image/png")),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", Some("image/jpeg")),
            (b"GIF89a\x01\0", Some("image/gif")),
            (b"GIF88a\x01\0", None),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x24\0\0\0WAVEfmt ", None),
            (b"BM\x46\0\0\0\0\0\0\0\x36", Some("image/bmp")),
            (b"BMW builds cars", None),
            (b"", None),
        ];
        for (bytes, expected) in images {
            assert_eq!(image(bytes), expected, "{bytes:?}");
        }
        let sounds: [(&[u8], Option<&str>); 6] = [
            (b"RIFF\x24\0\0\0WAVEfmt ", Some("wav")),
            (b"ID3\x04\0", Some("mp3")),
            (b"\xFF\xFB\x90\x64", Some("mp3")),
            (b"\xFF\xF3\x40\xC0", Some("mp3")),
            (b"\xFF\xD8\xFF\xE0", None),
            (b"\xFF\xF1\x50\x80", None),
        ];
        for (bytes, expected) in sounds {
            assert_eq!(audio(bytes), expected, "{bytes:?}");
        }
    }
}
