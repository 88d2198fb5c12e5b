//! MovieLens: ratings of films, <https://grouplens.org/datasets/movielens/>, in the layouts of the
//! 100K and the 1M release.
//!
//! A rating above 3 is a click. The scenario is the age group of the user: under 25, 25 to 34, 35
//! and older. Rows are split at random. Both releases give the same fields. Only the first genre of
//! a film is used.

use super::intake::{Extended, Intake, find_all, number, plain, rows};
use super::{Count, Log, Open, categorical};
use crate::error::Result;
use crate::layout::{CellRules, Quirks, SplitRule, TableSchema};
use crate::raw::{Raw, SideTable};
use crate::reading::Reading;
use crate::table::cells::{BadCell, Column};
use crate::table::form::JoinedBy;
use crate::table::rows::RawLine;
use std::sync::Arc;

/// The fields in the order of an instance's ids.
const FIELDS: [&str; 8] =
    ["user_id", "movie_id", "gender", "age", "occupation", "zip", "genre", SCENARIO];
const SCENARIO: &str = "age_group";
const LABEL: &str = "click";

/// The columns of a user that are kept.
const USER: [&str; 5] = ["gender", "age", "occupation", "zip", SCENARIO];

/// Columns of the file of ratings.
const RATINGS: [&str; 4] = ["user_id", "movie_id", "rating", "timestamp"];

/// The layout of a release.
struct Release {
    /// The files of ratings, users and films, each with the separator between its cells.
    files: [(&'static str, &'static str); 3],
    /// Columns of the file of users.
    users: &'static [&'static str],
    /// Columns of the file of films.
    movies: &'static [&'static str],
    /// Reads the first genre of a film.
    genre: fn(&RawLine) -> Result<&str, BadCell>,
}

/// The 100K release. Its file of films, `u.item`, has one column of 0 or 1 per genre.
const OF_100K: Release = Release {
    files: [("u.data", "\t"), ("u.user", "|"), ("u.item", "|")],
    users: &["user_id", "age", "gender", "occupation", "zip"],
    movies: &[
        "movie_id",
        "title",
        "release",
        "video_release",
        "url",
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
    ],
    genre: flagged,
};

/// The 1M release. Its file of films, `movies.dat`, has all genres in one column.
const OF_1M: Release = Release {
    files: [("ratings.dat", "::"), ("users.dat", "::"), ("movies.dat", "::")],
    users: &["user_id", "gender", "age", "occupation", "zip"],
    movies: &["movie_id", "title", "genres"],
    genre: listed,
};

/// The two releases and their preparation: first 1M, then 100K.
pub fn logs() -> [Log; 2] {
    let log = |files, published, read| Log {
        name: "movielens",
        files,
        layout: TableSchema {
            source: "movielens".into(),
            label: LABEL.into(),
            scenario: SCENARIO.into(),
            fields: FIELDS.iter().map(|name| categorical(name, 2)).collect(),
            split: SplitRule::Random { train: 0.8, val: 0.1, test: 0.1 },
            cells: CellRules::default(),
            quirks: Quirks::default(),
        },
        published,
        read,
    };
    [
        log(
            &["ratings.dat", "users.dat", "movies.dat"],
            &[
                (Count::Scenario(0), 210_747),
                (Count::Scenario(1), 395_556),
                (Count::Scenario(2), 393_906),
            ],
            |open, layout, reading| read(open, layout, reading, &OF_1M),
        ),
        log(&["u.data", "u.user", "u.item"], &[(Count::All, 100_000)], |open, layout, reading| {
            read(open, layout, reading, &OF_100K)
        }),
    ]
}

fn read(open: &mut Open, layout: &TableSchema, reading: Reading, release: &Release) -> Result<Raw> {
    let mut intake = Intake::new(reading.on_error);
    let [ratings, users, movies] = release.files;

    let file = plain(open(users.0)?, users.1, release.users)?;
    let [gender, age, occupation, zip] = find_all(&file, ["gender", "age", "occupation", "zip"])?;
    let users = intake.side(file, "user_id", SideTable::new(USER.len(), ""), |line| {
        let group = match number(&age, line, 0..150, "an age in years")? {
            ..25 => "0-24",
            25..35 => "25-34",
            35.. => "35+",
        };
        Ok(vec![
            gender.text(line)?,
            age.text(line)?,
            occupation.text(line)?,
            zip.text(line)?,
            group,
        ])
    })?;

    let file = plain(open(movies.0)?, movies.1, release.movies)?;
    let movies = intake
        .side(file, "movie_id", SideTable::new(1, ""), |line| Ok(vec![(release.genre)(line)?]))?;

    let log = plain(open(ratings.0)?, ratings.1, &RATINGS)?;
    let [user, movie, rating, time] = find_all(&log, RATINGS)?;
    let header: Vec<String> = RATINGS.into_iter().chain([LABEL]).map(str::to_owned).collect();
    let users = Arc::new(users);
    let movies = Arc::new(movies);
    let sides = vec![
        JoinedBy { key: "user_id", names: &USER, side: users.clone() },
        JoinedBy { key: "movie_id", names: &["genre"], side: movies.clone() },
    ];
    let (form, mut raw) = intake.log(layout, &header, sides, reading)?;
    raw.begin(&log.source, 0);
    rows(&mut raw, &form, log, |line, to| {
        let stars = number(&rating, line, 1..6, "1 to 5")?;
        number(&time, line, 0..i64::MAX, "seconds since 1970")?;
        described(&users, &user, line)?;
        described(&movies, &movie, line)?;
        let click = if stars > 3 { "1" } else { "0" };
        form.add(&Extended { line, more: &[click] }, to)
    })?;
    raw.non_empty()
}

/// Checks that the file of users (or films) describes the user (or film) of a rating. In these
/// releases it always does.
fn described(side: &SideTable, key: &Column, line: &RawLine) -> Result<(), BadCell> {
    let text = key.text(line)?;
    let expected = "one that its own file describes";
    side.row(text).map(|_| ()).ok_or_else(|| BadCell::new(key.at, &key.name, expected, text))
}

/// The first genre whose column is 1.
fn flagged(line: &RawLine) -> Result<&str, BadCell> {
    // The 19 genres are the last columns and begin at column 5.
    let (_, genres) = OF_100K.movies.split_at(OF_100K.movies.len() - 19);
    for (at, genre) in (5..).zip(genres) {
        match (Column { name: (*genre).into(), at }).text(line)? {
            "0" => (),
            "1" => return Ok(genre),
            other => return Err(BadCell::new(at, genre, "0 or 1", other)),
        }
    }
    Ok("")
}

/// The first genre of the list, in which genres are separated by `|`.
fn listed(line: &RawLine) -> Result<&str, BadCell> {
    let genres = Column { name: "genres".into(), at: 2 }.text(line)?;
    Ok(genres.split('|').next().unwrap_or_default())
}
