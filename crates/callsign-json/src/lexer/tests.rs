#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::borrow::Cow;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value};

use super::{Lexer, MAX_DEPTH, decode_utf16, plain_length};

/// Reads a whole text with the methods of the lexer.
fn parse(text: &str) -> Option<Value> {
    let mut lexer = Lexer::new(text);
    let value = read(&mut lexer)?;
    lexer.peek_token().is_none().then_some(value)
}

fn read(lexer: &mut Lexer<'_>) -> Option<Value> {
    Some(match lexer.peek_token()? {
        b'"' => Value::String(lexer.string()?.into_owned()),
        b'[' => {
            let mut items = Vec::new();
            lexer.sequence(b'[', b']', |lexer| {
                items.push(read(lexer)?);
                Some(())
            })?;
            Value::Array(items)
        }
        b'{' => {
            let mut fields = Map::new();
            lexer.sequence(b'{', b'}', |lexer| {
                let name = lexer.string()?.into_owned();
                lexer.colon()?;
                fields.insert(name, read(lexer)?);
                Some(())
            })?;
            Value::Object(fields)
        }
        b'-' => Value::Number(serde_json::from_str(lexer.number()?).ok()?),
        b'0'..=b'9' => match lexer.unsigned() {
            Some(unsigned) => unsigned.into(),
            None => Value::Number(serde_json::from_str(lexer.number()?).ok()?),
        },
        _ => serde_json::from_str(lexer.literal()?).ok()?,
    })
}

/// Checks that a text is read, or refused, like `serde_json` does.
#[track_caller]
fn check(text: &str) {
    let expected: Option<Value> = serde_json::from_str(text).ok();
    assert_eq!(parse(text), expected, "{text:?}");
    let mut lexer = Lexer::new(text);
    let is_value = lexer.skip_value().is_some() && lexer.peek_token().is_none();
    assert_eq!(is_value, expected.is_some(), "{text:?}");
    check_string(text);
}

/// Checks that the methods for strings agree on the string that a text begins with.
#[track_caller]
fn check_string(text: &str) {
    let read = |read: fn(&mut Lexer<'_>) -> bool| {
        let mut lexer = Lexer::new(text);
        read(&mut lexer).then(|| lexer.since(0))
    };
    let raw = read(|lexer| lexer.raw_string().is_some());
    let skipped = read(|lexer| lexer.skip_string().is_some());
    let decoded = read(|lexer| lexer.string().is_some());
    assert_eq!(skipped, decoded, "{text:?}");
    assert!(decoded.is_none() || decoded == raw, "{text:?}");
    if let Some(raw) = raw {
        let expected: Option<String> = serde_json::from_str(raw).ok();
        let string = Lexer::new(raw).string();
        assert_eq!(string.as_deref(), expected.as_deref(), "{raw:?}");
        let is_borrowed = matches!(string, Some(Cow::Borrowed(_)));
        assert_eq!(is_borrowed, !raw.contains('\\'), "{raw:?}");
    }
}

#[test]
fn strings_of_every_length_are_read_to_their_end() {
    for length in 0..40 {
        let text = "x".repeat(length);
        for end in ["", "\\n", "\\\\", "\\\"", "\u{7f}", "\u{e9}", "\\u00E9", "\\ud83d\\ude00"] {
            for more in ["", "more", "more and more"] {
                let json = format!("\"{text}{end}{more}\"");
                check(&json);
                check(&json[..json.len() - 1]);
                for wrong in ["\"", "\u{1f}", "\n", "\\", "\\x", "\\u12", "\\u+123", "\\é", "\0"] {
                    check(&format!("\"{text}{end}{wrong}{more}\""));
                }
            }
        }
    }
}

#[test]
fn surrogates_come_in_pairs() {
    for (escapes, decoded) in [
        (r"\ud83d\ude00", Some("😀")),
        (r"\uD83D\uDE00", Some("😀")),
        (r"\ud83d", None),
        (r"\ude00", None),
        (r"\ud83dx", None),
        (r"\ud83d\n", None),
        (r"\ud83d\u0041", None),
        (r"\ud83d\ud83d\ude00", None),
    ] {
        let json = format!("\"{escapes}\"");
        assert_eq!(Lexer::new(&json).string().as_deref(), decoded, "{json}");
        assert_eq!(Lexer::new(&json).raw_string(), Some(&*json));
        check(&json);
    }
    // A first surrogate is one character, whatever follows it.
    for (text, length) in [
        (r"\ud83d\ude00x", 12),
        (r"\ud83d\u0041", 6),
        (r"\ud83d\u", 6),
        (r"\ud83d", 6),
        (r"\nx", 2),
    ] {
        assert_eq!(Lexer::new(text).raw_escape(), Some(&text[..length]), "{text}");
    }
    for text in ["", "n", r"\", r"\x", r"\u", r"\u12", r"\u123g", "\\é"] {
        assert_eq!(Lexer::new(text).raw_escape(), None, "{text}");
        assert_eq!(Lexer::new(text).escape(), None, "{text}");
    }
    assert_eq!(decode_utf16(0x41, None), Some('A'));
    assert_eq!(decode_utf16(0x41, Some(0x41)), None);
}

#[test]
fn other_quotes_end_plain_text() {
    for (text, quote, expected) in [
        ("it's \"so\"", b'"', "it's "),
        ("it's \"so\"", b'\'', "it"),
        ("a longer text, it's so", b'\'', "a longer text, it"),
        ("a longer \"text\"\nand more", b'\'', "a longer \"text\""),
        ("größer\\n", b'"', "größer"),
        ("", b'"', ""),
    ] {
        assert_eq!(Lexer::new(text).plain(quote), expected);
    }
    assert_eq!(plain_length("größer\""), "größer".len());
}

#[test]
fn numbers_are_those_of_the_grammar() {
    for text in [
        "0",
        "7",
        "10",
        "-0",
        "-1",
        "0.0",
        "1.5",
        "1e3",
        "1E+3",
        "-2.5e-3",
        "1e400",
        "0e400",
        "999999999999999999",
        "1000000000000000000",
        "18446744073709551616",
        "",
        "-",
        "00",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1-",
        "0x1",
        "1_0",
        "--1",
        "1.e3",
        "1.5.5",
        "Infinity",
        "NaN",
    ] {
        check(text);
        check(&format!("[{text},{text}]"));
        check(&format!("{{\"a\":{text}}}"));
    }
    for (text, unsigned) in [
        ("0", Some(0)),
        ("42]", Some(42)),
        ("999999999999999999", Some(999_999_999_999_999_999)),
        ("1000000000000000000", None),
        ("99999999999999999999999999999999999", None),
        ("00", None),
        ("01", None),
        ("-1", None),
        ("1.0", None),
        ("1e3", None),
        ("", None),
    ] {
        let mut lexer = Lexer::new(text);
        assert_eq!(lexer.unsigned(), unsigned, "{text}");
        assert!(unsigned.is_some() || lexer.position() == 0, "{text}");
    }
}

#[test]
fn texts_that_are_almost_json_are_refused() {
    for text in [
        "{",
        "}",
        "[",
        "]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "nul",
        "nulls",
        "truefalse",
        "True",
        "1 1",
        "{} {}",
        "'a'",
        "[null,nil]",
        "{\"a\":1}}",
        "\u{feff}{}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "[1,,2]",
        " [ 1 , { \"a\" : null } ] ",
        "\t\r\n{ }",
        "\u{a0}1",
        "\u{b}1",
        "{\"\\ud800\":1}",
    ] {
        check(text);
    }
}

#[test]
fn depth_is_limited() {
    for depth in [1, 100, MAX_DEPTH, MAX_DEPTH + 1, 1_000, 1_000_000] {
        check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        check(&format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
    }
    // Arrays next to each other are not within each other.
    check(&format!("[{}1]", "[],".repeat(1_000)));
    let mut lexer = Lexer::with_max_depth("[[]]", 1);
    assert!(lexer.open(b'['));
    assert!(!lexer.open(b'['));
    assert_eq!(lexer.position(), 1);
    assert!(!lexer.close(b']'));
}

#[test]
fn position_moves_by_what_is_read() {
    let mut lexer = Lexer::new(" true, é");
    assert_eq!((lexer.peek(), lexer.peek_token(), lexer.position()), (Some(b' '), Some(b't'), 1));
    assert!(!lexer.eat_str("truth") && !lexer.eat(b'f'));
    assert_eq!(lexer.literal(), Some("true"));
    assert!(lexer.eat_str(", "));
    assert_eq!((lexer.since(1), lexer.rest()), ("true, ", "é"));
    lexer.advance(usize::MAX);
    assert_eq!((lexer.peek(), lexer.rest(), lexer.since(1)), (None, "", "true, é"));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\/\n\t\u{1}😀é]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"\\\\é😀]{0,20}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Returns pieces of JSON, in an order that makes sense or not.
fn pieces() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "{", "}", "[", "]", ",", ":", " ", "\n", "null", "true", "0", "12", "-1.5e3", "e", ".",
        "\"", "\\", "\\u00e9", "\\ud83d", "\\ude00", "\"a\"", "\"a\":", "\"é", "\u{1}", "\u{e9}",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn valid_text_is_read_like_serde_json(value in value(), pretty in any::<bool>()) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        check(&text);
        // Of every number the text is returned as it is written.
        if let Value::Number(number) = &value {
            let written = number.to_string();
            prop_assert_eq!(Lexer::new(&written).number(), Some(&*written));
            let read: Number = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(parse(&written), Some(Value::Number(read)));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_like_serde_json(text in pieces()) {
        check(&text);
        check(&format!("[{text}]"));
        check(&format!("\"{text}\""));
        check(&format!("{{\"a\":{text}}}"));
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in any::<Vec<u8>>(), skip in 0_usize..8) {
        let text = String::from_utf8_lossy(&bytes);
        check(&text);
        // From any position, also inside of a character.
        let start = || {
            let mut lexer = Lexer::new(&text);
            lexer.advance(skip);
            lexer
        };
        let _ = (start().string(), start().raw_string(), start().skip_string());
        let _ = (start().escape(), start().raw_escape(), start().plain(b'\''));
        let _ = (start().number(), start().unsigned(), start().literal());
        let _ = (start().skip_value(), start().colon(), start().rest());
        let _ = start().take_while(|byte| !byte.is_ascii());
        let _ = start().sequence(b'[', b']', Lexer::skip_value);
        for byte in 0..=u8::MAX {
            let mut lexer = start();
            let _ = (lexer.eat(byte), lexer.open(byte), lexer.close(byte), lexer.rest());
        }
    }
}
