//! Columns of a terminal: some letters take two of them, and some take none.

use super::out;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Gives the number of columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Fills a text up with blanks to a number of columns, on its right or on its left.
pub fn pad(text: &str, columns: usize, is_left: bool) -> String {
    let blanks = " ".repeat(columns.saturating_sub(width(text)));
    if is_left { text.to_owned() + &blanks } else { blanks + text }
}

/// Cuts a name to so many columns, with `…` in place of the rest. It is one line, whatever is in it.
pub fn short(name: &str, columns: usize) -> String {
    let name = out::shown(name);
    if width(&name) <= columns {
        return name;
    }
    let mut taken = 0;
    let kept = name.chars().take_while(|c| {
        taken += c.width().unwrap_or(0);
        taken < columns
    });
    kept.collect::<String>() + "…"
}

/// Writes names one after the other, each cut to so many columns; of more than `most` it says how many
/// others there are.
pub fn list(names: &[String], most: usize, columns: usize) -> String {
    // One name more takes no more room than its number does.
    let most = if names.len() == most + 1 { most + 1 } else { most };
    let mut shown: Vec<String> = names.iter().take(most).map(|name| short(name, columns)).collect();
    if names.len() > most {
        shown.push(format!("and {} others", names.len() - most));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{list, pad, short, width};

    #[test]
    fn letters_of_two_columns_count_twice() {
        assert_eq!((width("首页"), width("home"), width("e\u{301}")), (4, 4, 1));
        assert_eq!(
            (pad("首页", 6, true).as_str(), pad("首页", 6, false).as_str()),
            ("首页  ", "  首页")
        );
        assert_eq!(pad("home", 2, true), "home");
    }

    #[test]
    fn a_name_is_cut_to_its_columns() {
        for (name, columns, cut) in [
            ("home", 4, "home"),
            ("homepage", 5, "home…"),
            ("首页推荐", 8, "首页推荐"),
            ("首页推荐", 7, "首页推…"),
            ("首页推荐", 6, "首页…"),
            ("a\nb", 3, "a\u{fffd}b"),
        ] {
            assert_eq!(short(name, columns), cut, "{name}");
            assert!(width(&short(name, columns)) <= columns, "{name}");
        }
    }

    #[test]
    fn long_lists_say_how_many_are_left_out() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(list(&names(2), 3, 9), "0, 1");
        assert_eq!(list(&names(4), 3, 9), "0, 1, 2, 3");
        assert_eq!(list(&names(5), 3, 9), "0, 1, 2, and 2 others");
    }
}
