//! The names of columns in published logs without a header row. A log is recognised by its delimiter, its
//! number of columns, and the texts in them.

use ssim_core::vocabulary::number;

/// A published log without a header row.
pub(super) struct KnownLog {
    /// Its name for people.
    pub name: &'static str,
    delimiter: u8,
    /// The columns, in order.
    columns: &'static [KnownColumns],
}

/// Columns: their name, how many have it with a number behind it (0 for one without a number), and a test
/// of their texts.
type KnownColumns = (&'static str, usize, fn(&str) -> bool);

/// All of them. The first that fits is taken, so special ones come first.
static LOGS: [KnownLog; 4] = [
    KnownLog {
        name: "Criteo's display ads",
        delimiter: b'\t',
        columns: &[("label", 0, is_click), ("I", 13, is_count), ("C", 26, is_hash)],
    },
    KnownLog {
        name: "Taobao's user behaviour",
        delimiter: b',',
        columns: &[
            ("user_id", 0, is_count),
            ("item_id", 0, is_count),
            ("category_id", 0, is_count),
            ("behavior", 0, is_behavior),
            ("timestamp", 0, is_second),
        ],
    },
    KnownLog {
        name: "MovieLens 100K",
        delimiter: b'\t',
        columns: &[
            ("user_id", 0, is_count),
            ("item_id", 0, is_count),
            ("rating", 0, is_star),
            ("timestamp", 0, is_second),
        ],
    },
    KnownLog {
        name: "Amazon's ratings",
        delimiter: b',',
        columns: &[
            ("user_id", 0, is_code),
            ("item_id", 0, is_code),
            ("rating", 0, is_star),
            ("timestamp", 0, is_second),
        ],
    },
];

impl KnownLog {
    /// The log whose first rows these are.
    pub fn of(delimiter: u8, rows: &[Vec<String>]) -> Option<&'static Self> {
        LOGS.iter().find(|log| log.delimiter == delimiter && log.fits(rows))
    }

    /// The names of its columns.
    pub fn header(&self) -> Vec<String> {
        let names = self.columns.iter().flat_map(|(name, count, _)| {
            let numbered = (1..=*count).map(move |n| format!("{name}{n}"));
            numbered.chain((*count == 0).then(|| (*name).to_owned()))
        });
        names.collect()
    }

    fn fits(&self, rows: &[Vec<String>]) -> bool {
        let tests = self.columns.iter().flat_map(|(_, n, test)| vec![*test; (*n).max(1)]);
        let tests: Vec<fn(&str) -> bool> = tests.collect();
        let fits = |row: &Vec<String>| {
            row.len() == tests.len() && row.iter().zip(&tests).all(|(cell, test)| test(cell))
        };
        !rows.is_empty() && rows.iter().all(fits)
    }
}

fn is_click(text: &str) -> bool {
    matches!(text, "0" | "1")
}

fn is_count(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>().is_ok()
}

/// Eight digits of a hash, or nothing.
fn is_hash(text: &str) -> bool {
    text.is_empty() || text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_behavior(text: &str) -> bool {
    matches!(text, "pv" | "buy" | "cart" | "fav")
}

fn is_star(text: &str) -> bool {
    number(text).is_some_and(|stars| (0.5..=5.0).contains(&stars))
}

/// A second between 1990 and 2049.
fn is_second(text: &str) -> bool {
    text.parse().is_ok_and(|second: u64| (631_152_000..2_524_608_000).contains(&second))
}

/// Ten or more capitals and digits, as in A3SBTW3WS4IQSN.
fn is_code(text: &str) -> bool {
    (10..=21).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
