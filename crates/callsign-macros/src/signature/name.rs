//! Names of tools, as the model sees them.

use proc_macro2::{Ident, Span};
use syn::LitStr;
use syn::ext::IdentExt;

use crate::errors::Errors;

/// A tool's name, and the span of the user's token that it comes from.
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Whether `name = "…"` sets it.
    is_explicit: bool,
}

impl Name {
    /// Returns the explicit name, or the item's name if there is none.
    pub(crate) fn new(explicit: Option<&LitStr>, item: &Ident) -> Self {
        match explicit {
            Some(name) => Self { text: name.value(), span: name.span(), is_explicit: true },
            None => Self { text: item.unraw().to_string(), span: item.span(), is_explicit: false },
        }
    }

    /// Returns the name with the block's prefix.
    pub(crate) fn with_prefix(mut self, prefix: Option<&LitStr>) -> Self {
        if let Some(prefix) = prefix {
            self.text.insert_str(0, &prefix.value());
        }
        self
    }

    /// Returns the explicit name, or the struct's name in `snake_case` if there is none.
    pub(crate) fn of_struct(explicit: Option<&LitStr>, item: &Ident) -> Self {
        let mut name = Self::new(explicit, item);
        if !name.is_explicit {
            name.text = snake_case(&name.text);
        }
        name
    }

    /// Reports a name that providers would reject.
    pub(crate) fn check(&self, errors: &mut Errors) {
        if is_valid(&self.text) {
            return;
        }
        let name = &self.text;
        let hint = if self.is_explicit { "" } else { ", as `#[tool(name = \"…\")]`" };
        errors.push_at(
            self.span,
            format_args!(
                "invalid tool name `{name}`: write 1 to 64 ASCII letters, digits, `_` and `-`{hint}"
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
    fn snake_case_separates_words() {
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
