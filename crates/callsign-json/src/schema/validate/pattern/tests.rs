use super::{Pattern, PatternBudget, PatternError};

fn compile(pattern: &str) -> Result<Pattern, PatternError> {
    PatternBudget::default().compile(pattern)
}

#[test]
fn patterns_match_as_in_ecma_262() {
    for (pattern, matching, others) in [
        (r"^\d+$", &["1"][..], &["١", "a"][..]),
        (r"^\D$", &["١", "a"], &["1"]),
        (r"^\w$", &["a", "_", "0"], &["é", "-"]),
        (r"^\s$", &["\u{feff}", "\u{2028}", "\u{3000}", " "], &["\u{85}", "a"]),
        (r"^.$", &["é", "😀"], &["\n", "\r", "\u{2028}"]),
        (r"^a$", &["a"], &["a\n", "\na"]),
        (r"^[^]$", &["\n", "a"], &[""]),
        (r"[]", &[], &["", "a"]),
        (r"^[\w-.]+$", &["a-b.c"], &["a b"]),
        (r"^[.-\w]+$", &["a-b.c"], &["a b"]),
        (r"^[a-\d]+$", &["a-1"], &["b"]),
        (r"^[\d-x]+$", &["1-x"], &["w"]),
        (r"^[-a]+[a-]$", &["-a-"], &["b"]),
        (r"^[[a]$", &["[", "a"], &["b"]),
        (r"^[a&&b]$", &["&", "a"], &["c"]),
        (r"^[+--b]$", &["+", ",", "-", "b"], &["a"]),
        (r"^[~~]$", &["~"], &["a"]),
        (r"^[\]\\\^-]$", &["]", "\\", "^", "-"], &["a"]),
        (r"^[\b]$", &["\u{8}"], &["b"]),
        (r"^a\/b\-c\_d$", &["a/b-c_d"], &[]),
        (r"^\cJ\x41\u0042\u{43}\0$", &["\nABC\0"], &[]),
        (r"^\uD83D\uDE00$", &["😀"], &["x"]),
        (r"^[\uD83D\uDE00]$", &["😀"], &["x"]),
        (r"^{[a-z]+}$", &["{abc}"], &["abc"]),
        (r"^\{a\}{2}]$", &["{a}}]"], &[]),
        (r"^a{2,3}?$", &["aa", "aaa"], &["a"]),
        (r"^a{x}$", &["a{x}"], &["a"]),
        (r"\bcat\b", &["a cat", "écaté cat"], &["cats"]),
        (r"^(?<name>a)(?P<other>b)$", &["ab"], &["a"]),
        (r"^(?i)abc$", &["ABC"], &["x"]),
        (r"^a#b c$", &["a#b c"], &["a"]),
        (r"^\p{Lu}\P{Lu}$", &["Éa"], &["aa"]),
        (r"^\p{Script=Greek}$", &["λ"], &["a"]),
        // Look-around.
        (r"^(?=.*\d)(?=.*[a-z]).{4,8}$", &["abc1"], &["abcd", "1234", "a1"]),
        (r"^(?!admin$)\w+$", &["user", "admins"], &["admin"]),
        (r"(?<=\$)\d+", &["$5"], &["5"]),
        (r"(?<!\$)\b\d+", &["5"], &["$5"]),
        (r"^a\Bb$", &["ab"], &["a b"]),
        (r"^(?!\.)[\w-.]{1,9}(?<!\.)$", &["a-b"], &[".a", "a."]),
    ] {
        let compiled = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error:?}"));
        for text in matching {
            assert_eq!(compiled.is_match(text), Some(true), "{pattern} {text:?}");
        }
        for text in others {
            assert_eq!(compiled.is_match(text), Some(false), "{pattern} {text:?}");
        }
    }
}

#[test]
fn uncertain_patterns_are_not_checked() {
    for pattern in [
        r"\Aa\Z",
        r"(a)\1",
        r"(?<n>a)\k<n>",
        r"(?>a)",
        r"(?#c)a",
        r"(?x)a b",
        r"a*+",
        r"a{,3}",
        r"\a",
        r"\e",
        r"\h",
        r"\uD83D",
        r"\p{Nonsense}",
        r"\pL",
        r"(?P=n)",
        r"a{99999999999}",
        r"(?(1)a)",
        r"[[:alpha:]\Z]",
        r"\01",
    ] {
        assert!(matches!(compile(pattern), Err(PatternError::Unsupported(_))), "{pattern}");
    }
}

#[test]
fn wrong_patterns_are_invalid() {
    for pattern in ["(", ")", "[", "[a", "a\\", "*a", "a{3,2}", "[b-a]", r"\u12", r"\c1", "(?<n"] {
        let error = compile(pattern).err();
        assert!(matches!(error, Some(PatternError::Invalid(_))), "{pattern}: {error:?}");
    }
}
