//! Tests of MovieLens, in both releases.

use super::{Files, Row, any_log, check, message, prepare, with};
use proptest::prelude::*;
use ssim_data::OnError;
use ssim_data::published::{Log, movielens};
use std::collections::BTreeMap;

/// Number, gender, age, occupation and zip code of each user.
const USERS: [[&str; 5]; 4] = [
    ["1", "F", "18", "10", "48067"],
    ["2", "M", "56", "16", "70072"],
    ["3", "M", "25", "15", "T8H1N"],
    ["4", "F", "1", "7", "02460"],
];
/// Number, title and genres of each film. Titles have colons and bytes that are not UTF-8.
const MOVIES: [(&str, &[u8], &str); 3] = [
    ("1", b"Star Wars: Episode IV (1977)", "Action|Sci-Fi"),
    ("2", b"Mis\xe9rables, Les (1995)", "Drama|Musical"),
    ("1193", b"Akira (1988)", "Action"),
];
/// The columns of `u.item` that are genres.
const GENRES: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// User, film and rating of each row; user and film are indices into [`USERS`] and [`MOVIES`].
fn rows() -> Vec<(usize, usize, usize)> {
    (0..60).map(|i| (i % 4, i * i % 3, 1 + i / 4 % 5)).collect()
}

fn one_million(rows: &[(usize, usize, usize)]) -> Files {
    let rating = |(u, m, r): &(usize, usize, usize)| {
        format!("{}::{}::{r}::978300760\n", USERS[*u][0], MOVIES[*m].0)
    };
    let movie = |(id, title, genres): (&str, &[u8], &str)| {
        [id.as_bytes(), b"::", title, b"::", genres.as_bytes(), b"\n"].concat()
    };
    Files::from([
        ("ratings.dat", rows.iter().map(rating).collect::<String>().into()),
        ("users.dat", USERS.map(|u| u.join("::") + "\n").concat().into()),
        ("movies.dat", MOVIES.map(movie).concat()),
    ])
}

fn hundred_thousand(rows: &[(usize, usize, usize)]) -> Files {
    let rating = |(u, m, r): &(usize, usize, usize)| {
        format!("{}\t{}\t{r}\t881250949\n", USERS[*u][0], MOVIES[*m].0)
    };
    let user =
        |[id, gender, age, job, zip]: [&str; 5]| format!("{id}|{age}|{gender}|{job}|{zip}\n");
    let movie = |(id, title, genres): (&str, &[u8], &str)| {
        let flag = |g: &str| if genres.split('|').any(|x| x == g) { "|1" } else { "|0" };
        let rest = format!("|01-Jan-1995||http://us.imdb.com/x{}\n", GENRES.map(flag).concat());
        [id.as_bytes(), b"|", title, rest.as_bytes()].concat()
    };
    Files::from([
        ("u.data", rows.iter().map(rating).collect::<String>().into()),
        ("u.user", USERS.map(user).concat().into()),
        ("u.item", MOVIES.map(movie).concat()),
    ])
}

fn both() -> [(Log, Files); 2] {
    let [million, hundred] = movielens();
    [(million, one_million(&rows())), (hundred, hundred_thousand(&rows()))]
}

fn expected() -> BTreeMap<u64, Row> {
    let row = |(u, m, r): (usize, usize, usize)| {
        let [id, gender, age, job, zip] = USERS[u];
        let group = ["0-24", "35+", "25-34", "0-24"][u];
        let genre = ["Action", "Drama", "Action"][m];
        let values = [id, MOVIES[m].0, gender, age, job, zip, genre, group];
        Row {
            values: values.map(String::from).into(),
            scenario: group.into(),
            label: u8::from(r > 3),
        }
    };
    (1..).zip(rows().into_iter().map(row)).collect()
}

#[test]
fn ids() {
    let mut prepared = Vec::new();
    for (log, files) in both() {
        let data = prepare(&log, &files, OnError::Fail).unwrap();
        check(&data, &expected(), |_| 2);
        assert_eq!(data.schema.scenarios, ["0-24", "25-34", "35+"]);
        assert_eq!((data.rows.train.len(), data.rows.val.len(), data.rows.test.len()), (48, 6, 6));
        prepared.push(data);
    }
    assert_eq!(prepared[0], prepared[1], "the same ratings in both layouts");
}

#[test]
fn dialects() {
    for (log, files) in both() {
        any_log(&log, &files);
    }
}

#[test]
fn bad_input() {
    let [(log, files), (small, small_files)] = both();
    let first = "1::1::1::";
    let of = |to: &str| message(&log, &files, "ratings.dat", first, to);
    assert!(files["ratings.dat"].starts_with(first.as_bytes()));
    assert_eq!(of("1::1::6::"), "ratings.dat:1:3: field \"rating\": expected 1 to 5, got \"6\"");
    assert_eq!(
        of("9::1::1::"),
        "ratings.dat:1:1: field \"user_id\": expected one that its own file describes, got \"9\""
    );
    assert_eq!(of("1::1::"), "ratings.dat:1:4: expected 4 values, got 3");
    assert_eq!(
        of("1::1::1::-"),
        "ratings.dat:1:4: field \"timestamp\": expected seconds since 1970, got \"-978300760\""
    );
    assert_eq!(
        message(&log, &files, "users.dat", "::56::", "::old::"),
        "users.dat:2:3: field \"age\": expected an age in years, got \"old\""
    );
    assert_eq!(
        message(&log, &files, "users.dat", "\n2::", "\n1::"),
        "users.dat:2:1: field \"user_id\": expected a key that no line before has, got \"1\""
    );
    let mut bytes = small_files["u.item"].clone();
    let at = bytes.iter().position(|b| *b == b'\n').unwrap();
    bytes[at - 1] = b'2';
    bytes[at - 7] = b'0';
    bytes[at - 35] = b'0';
    assert_eq!(
        with(&small, &small_files, "u.item", bytes),
        "u.item:1:24: field \"Western\": expected 0 or 1, got \"2\""
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Test rows do not change the ids of other rows.
    #[test]
    fn test_rows_change_no_id(which in 0..6usize, user in 0..4usize, movie in 0..3usize, rating in 1..6usize) {
        let [log, _] = movielens();
        let mut rows = rows();
        let before = prepare(&log, &one_million(&rows), OnError::Fail).unwrap();
        rows[before.rows.test.rows[which] as usize - 1] = (user, movie, rating);
        let after = prepare(&log, &one_million(&rows), OnError::Fail).unwrap();
        prop_assert_eq!(after.schema, before.schema);
        prop_assert_eq!((after.rows.train, after.rows.val), (before.rows.train, before.rows.val));
    }
}
