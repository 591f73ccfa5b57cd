//! Word lists: function words, commands, generic words, synonyms and airline codes.

/// Function words. They never carry the topic of a sentence and never start a name.
const FUNCTION: &str = "a an the this that these those and or but if then than also plus is are was were be been being \
am do does did done have has had having can could will would shall should may might must i me my mine we us our you \
your he she him her his it its they them their there here what which who whom whose when where why how to from in on \
at of for by with without about into onto out up down over under between near around through via during before after \
until till since as not no nor so too very just only please thanks thank hello hi hey ok okay yes yeah right now ago \
any some all each every both either neither few more most much many other another such same own again once ever still \
let lets i'd i'll i'm i've don't doesn't isn't aren't can't won't great cool perfect nice good sorry well vs versus \
instead like else per etc i.e e.g one ones";

/// Commands and verbs of movement. They end a name in lower case.
const COMMAND: &str = "want need show tell give find search check compare look list get go fly flying going travel \
travelling traveling book buy reserve order send make see know visit come take ask put set use using leave leaves \
leaving depart departs departing arrive arrives arriving land lands landing start starts starting try help say call \
called named return returns returning roll throw remind translate calculate compute run open write read create add \
remove delete update cancel convert play turn think believe tells happening aged";

/// Words about time, and other words that end a name in lower case.
const NAME_END: &str = "today tomorrow tonight yesterday next last coming morning afternoon evening night noon midnight \
week weekend month year day days date time hour hours am pm first second third early earliest late latest soon back \
later currently flight flights ticket tickets trip plane train really degrees";

/// Words that fit almost every tool. They are weak evidence for one.
const GENERIC: &str = "get fetch find list show give tell check look lookup return retrieve obtain provide query info \
information data tool function api call do run use make given name value";

/// Groups of synonyms. The first word represents the group.
const SYNONYMS: &[&str] = &[
    "flight fly flies flying flights plane planes",
    "weather rain raining rainy forecast temperature sunny snow snowing warm cold hot",
    "dice die",
    "search google",
    "delete remove erase",
    "book reserve booking reservation",
    "airport airports airfield",
    "status delayed ontime late landed",
    "price cost fare prices costs fares",
    "calculate compute calculator evaluate",
    "remind reminder reminders",
    "translate translation",
];

/// Two-letter airline codes that are recognized also in lower case.
const AIRLINES: &str = "aa ua dl as b6 wn nk f9 ha ac ba af lh kl ek fl ev mq us vx yv 9e oo";

fn contains_word(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|known| known == word)
}

/// Whether a lower-case word is a function word.
pub(crate) fn is_function_word(word: &str) -> bool {
    contains_word(FUNCTION, word)
}

/// Whether a lower-case word is a command or a verb of movement.
pub(crate) fn is_command(word: &str) -> bool {
    contains_word(COMMAND, word)
}

/// Whether a lower-case word ends a name in lower case.
pub(crate) fn ends_name(word: &str) -> bool {
    is_function_word(word) || is_command(word) || contains_word(NAME_END, word)
}

/// Whether a lower-case word is weak evidence for a tool.
pub(crate) fn is_generic(word: &str) -> bool {
    contains_word(GENERIC, word)
}

/// Whether a lower-case word is a known airline code.
pub(crate) fn is_airline_code(word: &str) -> bool {
    contains_word(AIRLINES, word)
}

/// Returns the value of a number word in lower case: up to twenty, and a few larger ones.
pub(crate) fn number_word(word: &str) -> Option<u32> {
    const UNITS: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
sixteen seventeen eighteen nineteen twenty";
    if let Some(at) = UNITS.split(' ').position(|known| known == word) {
        return u32::try_from(at).ok();
    }
    match word {
        "thirty" => Some(30),
        "forty" => Some(40),
        "fifty" => Some(50),
        "hundred" => Some(100),
        "dozen" => Some(12),
        "couple" => Some(2),
        _ => None,
    }
}

/// Returns the zero-based index that an ordinal word means. `usize::MAX` means the last item.
pub(crate) fn ordinal(word: &str) -> Option<usize> {
    match word {
        "first" | "1st" => Some(0),
        "second" | "2nd" => Some(1),
        "third" | "3rd" => Some(2),
        "fourth" | "4th" => Some(3),
        "last" => Some(usize::MAX),
        _ => None,
    }
}

/// Whether a lower-case word refers to something mentioned before.
pub(crate) fn refers_back(word: &str) -> bool {
    contains_word("it its that this them those one there they same", word)
}

/// Returns the stem of a word or of its synonym group. `flights`, `flying` and `fly` have the same stem.
pub(crate) fn stem(word: &str) -> String {
    let lower = word.to_lowercase();
    let representative = SYNONYMS
        .iter()
        .find(|group| contains_word(group, &lower))
        .and_then(|group| group.split(' ').next());
    strip_suffixes(representative.unwrap_or(&lower))
}

/// Strips English plural, `-ing`, `-ed` and `-e` suffixes.
fn strip_suffixes(word: &str) -> String {
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    let mut stem = word.to_owned();
    if let Some(head) = word.strip_suffix("ies") {
        stem = format!("{head}y");
    } else if word.ends_with("sses")
        || ["ches", "shes", "xes", "zes"].iter().any(|end| word.ends_with(end))
    {
        stem.truncate(word.len() - 2);
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        stem.truncate(word.len() - 1);
    }
    for (suffix, min_length) in [("ing", 6), ("ed", 5)] {
        if stem.len() >= min_length && stem.ends_with(suffix) {
            stem.truncate(stem.len() - suffix.len());
            // "running" has the stem "run".
            let bytes = stem.as_bytes();
            if bytes.len() > 3
                && bytes[bytes.len() - 1] == bytes[bytes.len() - 2]
                && !stem.ends_with("ll")
            {
                stem.truncate(stem.len() - 1);
            }
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.truncate(stem.len() - 1);
    }
    stem
}

/// Returns the words of an identifier in lower case. `origin_city`, `originCity` and `origin-city` have the words
/// `origin` and `city`.
pub(crate) fn split_identifier(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut previous_lower = false;
    for letter in name.chars() {
        let boundary = !letter.is_alphanumeric() || (letter.is_uppercase() && previous_lower);
        if boundary && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
        previous_lower = letter.is_lowercase() || letter.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_and_synonyms_have_the_same_stem() {
        for (left, right) in [
            ("flights", "fly"),
            ("cities", "city"),
            ("searching", "search"),
            ("raining", "weather"),
            ("rolled", "roll"),
        ] {
            assert_eq!(stem(left), stem(right), "{left} and {right}");
        }
        assert_ne!(stem("status"), stem("stat"));
    }

    #[test]
    fn identifiers_are_split_in_every_case_style() {
        for name in ["origin_city", "originCity", "origin-city", "OriginCity"] {
            assert_eq!(split_identifier(name), ["origin", "city"]);
        }
    }
}
