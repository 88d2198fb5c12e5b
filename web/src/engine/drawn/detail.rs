//! The choices within a view, as a text that the page gives back as it is.

/// Choices by their names: `f=2&q=text`. The text of a search, `q`, comes last and may contain anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    pairs: Vec<(String, String)>,
    search: String,
}

impl Detail {
    /// Reads the text of a view's choices. What cannot be read is left out.
    pub fn parse(text: &str) -> Self {
        let (before, search) = match text.strip_prefix("q=") {
            Some(search) => ("", search),
            None => text.split_once("&q=").unwrap_or((text, "")),
        };
        let pairs = before.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self { pairs: pairs.collect(), search: search.to_owned() }
    }

    /// A choice.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|pair| pair.0 == key).map(|pair| pair.1.as_str())
    }

    /// A choice that is a number below `end`.
    pub fn number(&self, key: &str, end: usize) -> Option<usize> {
        self.get(key)?.parse().ok().filter(|number| *number < end)
    }

    /// The text of the search.
    pub fn search(&self) -> &str {
        &self.search
    }

    /// The text of the choices with another value for `key`.
    pub fn with(&self, key: &str, value: &str) -> String {
        let search = match self.search.as_str() {
            "" => String::new(),
            search => format!("&q={search}"),
        };
        format!("{}{value}{search}", self.before(key))
    }

    /// The text of the choices up to the value of `key`, without the search.
    pub fn before(&self, key: &str) -> String {
        let others = self.pairs.iter().filter(|pair| pair.0 != key);
        let others = others.map(|(key, value)| format!("{key}={value}&")).collect::<String>();
        format!("{others}{key}=")
    }
}

#[cfg(test)]
mod tests {
    use super::Detail;

    #[test]
    fn a_choice_is_replaced_and_the_search_stays_last() {
        let detail = Detail::parse("f=2&p=3&q=a&b=c");
        assert_eq!((detail.number("f", 9), detail.search()), (Some(2), "a&b=c"));
        assert_eq!(detail.number("f", 2), None);
        assert_eq!(detail.with("f", "5"), "p=3&f=5&q=a&b=c");
        assert_eq!(detail.before("q"), "f=2&p=3&q=");
        assert_eq!(Detail::parse(&detail.with("p", "0")).with("p", "3"), "f=2&p=3&q=a&b=c");
        assert_eq!(Detail::parse("q=x").search(), "x");
        assert_eq!(Detail::parse("&&=").get("f"), None);
    }
}
