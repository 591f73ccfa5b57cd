//! The name that the model sees.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::errors::Errors;

/// A tool's name, and where the user wrote it.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) place: Span,
    is_given: bool,
}

impl Name {
    /// The name that was given, or else the item's.
    pub(crate) fn new(given: Option<&LitStr>, item: &Ident) -> Self {
        match given {
            Some(name) => Self { text: name.value(), place: name.span(), is_given: true },
            None => Self { text: item.unraw().to_string(), place: item.span(), is_given: false },
        }
    }

    /// The same, with the block's prefix before it.
    pub(crate) fn with_prefix(mut self, prefix: Option<&LitStr>) -> Self {
        if let Some(prefix) = prefix {
            self.text.insert_str(0, &prefix.value());
        }
        self
    }

    /// The same for a struct: words in small letters, with `_` between them.
    pub(crate) fn of_struct(given: Option<&LitStr>, item: &Ident) -> Self {
        let mut name = Self::new(given, item);
        if !name.is_given {
            name.text = snake_case(&name.text);
        }
        name
    }

    /// Notes what services would refuse.
    pub(crate) fn check(&self, errors: &mut Errors) {
        if is_valid(&self.text) {
            return;
        }
        let instead =
            if self.is_given { "" } else { "; give it one with `#[tool(name = \"…\")]`" };
        errors.push_at(
            self.place,
            format_args!(
                "a tool's name is 1 to 64 letters, digits, `_` and `-`, all of ASCII{instead}"
            ),
        );
    }
}

fn is_valid(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let is_after_word = at > 0 && !letters[at - 1].is_uppercase() && letters[at - 1] != '_';
        let is_before_word = at > 0
            && letters[at - 1].is_uppercase()
            && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (is_after_word || is_before_word) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn words_are_told_apart() {
        let check = |name, snake| assert_eq!(snake_case(name), snake, "{name}");
        check("Book", "book");
        check("BookTable", "book_table");
        check("HTTPGet", "http_get");
        check("GetURL", "get_url");
        check("Level2Search", "level2_search");
        check("book_table", "book_table");
        check("Book_Table", "book_table");
    }
}
