//! Logs in the layouts in which others publish theirs, with few rows. docs/published-logs.md lists them.

use super::log::*;
use serde_json::json;

/// The second of a row.
fn second(n: usize) -> usize {
    1_413_849_600 + 5000 * n
}

/// A column: its name, and the cell of a row.
type Column = (&'static str, Box<dyn Fn(usize, &Row) -> String>);

fn column(name: &'static str, cell: impl Fn(usize, &Row) -> String + 'static) -> Column {
    (name, Box::new(cell))
}

fn click(row: &Row) -> String {
    u8::from(row.click).to_string()
}

/// Stars for clicks and for others.
fn stars(row: &Row) -> String {
    (if row.click { ["5", "4"] } else { ["1", "3"] })[row.item % 2].to_owned()
}

/// A text with these columns.
fn text(delimiter: &str, header: bool, columns: &[Column]) -> String {
    let names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let cells = |(n, row): (usize, Row)| columns.iter().map(|(_, cell)| cell(n, &row)).collect();
    let lines = header.then_some(names).into_iter().chain(rows().enumerate().map(cells));
    joined(&lines.collect::<Vec<Cells>>(), delimiter, "\n")
}

fn hash(n: usize) -> String {
    format!("{:08x}", n.wrapping_mul(2_654_435_761) % (1 << 32))
}

fn criteo() -> String {
    let line = |row: Row| {
        let counts = (0..13).map(|i| (row.item * i % 7).to_string());
        let hashes = (0..26).map(|i| if i == 1 { hash(row.tab.len()) } else { hash(row.item + i) });
        let cells: Vec<String> = std::iter::once(click(&row)).chain(counts).chain(hashes).collect();
        cells.join("\t") + "\n"
    };
    rows().map(line).collect()
}

fn avazu() -> String {
    let hour = |n: usize| format!("1410{}{:02}", 21 + n / 24 % 10, n % 24);
    let mut columns = vec![
        column("id", |n, _| format!("{}", 1_000_009_418_151_094_273 + 7 * n as u64)),
        column("click", |_, row| click(row)),
        column("hour", move |n, _| hour(n)),
        column("C1", |_, _| "1005".to_owned()),
        column("banner_pos", |n, _| (n % 3 / 2).to_string()),
        column("site_id", |_, row| hash(row.item)),
        column("site_domain", |_, row| hash(row.item + 1)),
        column("site_category", |_, row| hash(row.item % 5)),
        column("app_id", |_, row| hash(row.item % 9)),
        column("app_domain", |_, row| hash(row.item % 4)),
        column("app_category", |_, row| hash(row.item % 3)),
        column("device_id", |_, _| "a99f214a".to_owned()),
        column("device_ip", |n, _| hash(n)),
        column("device_model", |n, _| hash(n % 31)),
        column("device_type", |_, _| "1".to_owned()),
        column("device_conn_type", |n, _| (n % 5 / 4).to_string()),
    ];
    for name in ["C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21"] {
        columns.push(column(name, |_, row| (15_000 + row.item % 6).to_string()));
    }
    text(",", true, &columns)
}

/// Ratings as MovieLens and others have them: who, what, how many stars, and when.
fn ratings(delimiter: &str, header: bool, user: &'static str, item: &'static str) -> String {
    let columns = [
        column("userId", move |_, row| row.user.replace('u', user)),
        column("movieId", move |_, row| format!("{item}{}", row.item)),
        column("rating", |_, row| stars(row)),
        column("timestamp", |n, _| second(n).to_string()),
    ];
    text(delimiter, header, &columns)
}

fn user_behaviour() -> String {
    let behaviour =
        |n: usize, row: &Row| if row.click { "buy" } else { ["pv", "cart", "fav"][n % 3] };
    let columns = [
        column("", |_, row| row.user.replace('u', "10")),
        column("", |_, row| (2_268_318 + row.item).to_string()),
        column("", |_, row| (1000 + row.item % 4).to_string()),
        column("", move |n, row| behaviour(n, row).to_owned()),
        column("", |n, _| second(n).to_string()),
    ];
    text(",", false, &columns)
}

fn tenrec() -> String {
    let columns = [
        column("user_id", |_, row| row.user.replace('u', "")),
        column("item_id", |_, row| row.item.to_string()),
        column("click", |_, row| click(row)),
        column("follow", |n, _| (n % 9 / 8).to_string()),
        column("like", |n, _| (n % 7 / 6).to_string()),
        column("share", |n, _| (n % 11 / 10).to_string()),
        column("video_category", |n, _| (n % 3).to_string()),
        column("watching_times", |n, _| (n % 4).to_string()),
        column("gender", |n, _| (n % 5 / 2).to_string()),
        column("age", |n, _| (n % 8).to_string()),
    ];
    text(",", true, &columns)
}

fn kuairand() -> String {
    let columns = [
        column("user_id", |_, row| row.user.replace('u', "")),
        column("video_id", |_, row| row.item.to_string()),
        column("date", |n, _| format!("202204{:02}", 8 + n % 20)),
        column("hourmin", |n, _| format!("{}00", n % 24)),
        column("time_ms", |n, _| format!("{}123", second(n))),
        column("is_click", |_, row| click(row)),
        column("is_like", |n, _| (n % 9 / 8).to_string()),
        column("play_time_ms", |n, _| (n * 137 % 9000).to_string()),
        column("duration_ms", |_, row| (row.item * 1000).to_string()),
        column("tab", |_, row| row.tab.len().to_string()),
    ];
    text(",", true, &columns)
}

fn kuairec() -> String {
    let watched = |row: &Row| if row.click { 1.5 + row.price / 100.0 } else { row.price / 100.0 };
    let columns = [
        column("user_id", |_, row| row.user.replace('u', "")),
        column("video_id", |_, row| row.item.to_string()),
        column("play_duration", |n, _| (n * 137 % 9000).to_string()),
        column("video_duration", |_, row| (row.item * 1000).to_string()),
        column("time", |n, _| format!("2020-07-{:02} 00:08:23.438", 5 + n / 12)),
        column("date", |n, _| format!("202007{:02}", 5 + n / 12)),
        column("timestamp", |n, _| format!("{}.438", second(n))),
        column("watch_ratio", move |_, row| watched(row).to_string()),
    ];
    text(",", true, &columns)
}

fn open_bandit() -> String {
    let columns = [
        column("", |n, _| n.to_string()),
        column("timestamp", |n, _| {
            format!("2019-11-{:02} {:02}:00:24.062003+00:00", 24 + n / 40, n % 24)
        }),
        column("item_id", |_, row| row.item.to_string()),
        column("position", |n, _| (1 + n % 3).to_string()),
        column("click", |_, row| click(row)),
        column("propensity_score", |_, row| (0.01 * (1 + row.item) as f64).to_string()),
        column("user_feature_0", |_, row| hash(row.user.len()) + &hash(row.item % 3)),
        column("user_feature_1", |n, _| hash(n % 4) + "03a5648a76832f83"),
    ];
    text(",", true, &columns)
}

fn ali_express(offset: usize) -> String {
    let columns = [
        column("search_id", move |n, _| (n / 4 + offset).to_string()),
        column("categorical_1", |_, row| row.item.to_string()),
        column("categorical_2", |_, row| row.user.clone()),
        column("numerical_1", |_, row| (row.price / 91.7).to_string()),
        column("conversion", |n, _| (n % 13 / 12).to_string()),
        column("click", |_, row| click(row)),
    ];
    text(",", true, &columns)
}

fn outbrain() -> String {
    let columns = [
        column("display_id", |n, _| (n / 4).to_string()),
        column("ad_id", |_, row| row.item.to_string()),
        column("clicked", |_, row| click(row)),
        column("uuid", |_, row| hash(row.user.len())),
        column("document_id", |_, row| (row.item % 7).to_string()),
        column("timestamp", |n, _| (61 + 97 * n).to_string()),
        column("platform", |n, _| (1 + n % 3).to_string()),
        column("geo_location", |n, _| ["US>CA>803", "GB>C6", "\\N"][n % 3].to_owned()),
    ];
    text(",", true, &columns)
}

fn uplift() -> String {
    let mut columns: Vec<Column> = ["f0", "f1", "f2", "f3", "f4", "f5"]
        .map(|name| column(name, |_, row| (row.price / 7.3).to_string()))
        .into();
    columns.extend([
        column("treatment", |n, _| (n % 3 / 2).to_string()),
        column("conversion", |n, _| (n % 17 / 16).to_string()),
        column("visit", |_, row| click(row)),
        column("exposure", |n, _| (n % 6 / 5).to_string()),
    ]);
    text(",", true, &columns)
}

fn book_crossing() -> String {
    let columns = [
        column("\"User-ID\"", |_, row| format!("\"{}\"", row.user.replace('u', "27"))),
        column("\"ISBN\"", |_, row| format!("\"03451{:05}\"", row.item)),
        column("\"Book-Rating\"", |_, row| format!("\"{}\"", if row.click { 8 } else { 0 })),
    ];
    text(";", true, &columns)
}

fn mind() -> String {
    let columns = [
        column("", |n, _| n.to_string()),
        column("", |_, row| row.user.replace('u', "U13")),
        column("", |n, _| format!("11/{}/2019 9:{:02}:58 AM", 9 + n % 6, n % 60)),
        column("", |_, row| format!("N{} N{}", 55 + row.item, 42 + row.item)),
        column("", |_, row| format!("N{}-{} N{}-0", 35 + row.item, click(row), 21 + row.item)),
    ];
    text("\t", false, &columns)
}

fn amazon_reviews() -> String {
    let line = |(n, row): (usize, Row)| {
        let stars: f64 = stars(&row).parse().unwrap();
        json!({
            "overall": stars, "verified": n % 3 > 0, "reviewTime": "01 1, 2018",
            "reviewerID": row.user, "asin": format!("B00{}", row.item),
            "style": { "Size:": "L" }, "reviewText": format!("text {n}"),
            "unixReviewTime": second(n),
        })
        .to_string()
            + "\n"
    };
    rows().enumerate().map(line).collect()
}

fn yelp() -> String {
    let line = |(n, row): (usize, Row)| {
        let date = format!("2018-07-{:02} 22:09:11", 1 + n / 10);
        let stars: f64 = stars(&row).parse().unwrap();
        json!({
            "review_id": hash(n), "user_id": row.user, "business_id": format!("b{}", row.item),
            "stars": stars, "useful": n % 4, "funny": n % 3, "cool": n % 2,
            "text": format!("text {n}"), "date": date,
        })
        .to_string()
            + "\n"
    };
    rows().enumerate().map(line).collect()
}

fn inter() -> String {
    let columns = [
        column("user_id:token", |_, row| row.user.clone()),
        column("item_id:token", |_, row| row.item.to_string()),
        column("rating:float", |_, row| stars(row)),
        column("timestamp:float", |n, _| format!("{}.0", second(n))),
        column("tab:token", |_, row| row.tab.to_owned()),
    ];
    text("\t", true, &columns)
}

/// Rows of the format of LIBSVM and libFM: an index and a value for each of three fields.
fn frappe() -> String {
    let line = |row: Row| {
        let label = if row.click { 1 } else { -1 };
        format!("{label} {}:1 {}:1 {}:1\n", row.tab.len(), 10 + row.item, 60 + row.user.len())
    };
    rows().map(line).collect()
}

/// Logs in published layouts, each with the exit code of `ssim run`.
pub fn public() -> Vec<(i32, Shape)> {
    let movies = &["ratings.csv", "--label", "rating", "--threshold", "4"];
    vec![
        (0, shape("Criteo", criteo(), &["train.txt", "--scenario", "C2"])),
        (2, shape("Criteo without a scenario", criteo(), &["train.txt"])),
        (0, shape("Avazu", gzip(avazu().as_bytes()), &["train.gz", "--scenario", "banner_pos"])),
        (0, shape("KuaiRand", kuairand(), &["log_standard.csv"])),
        (
            2,
            shape(
                "KuaiRec",
                kuairec(),
                &["big_matrix.csv", "--label", "watch_ratio", "--threshold", "1.5"],
            ),
        ),
        (0, shape("Open Bandit", open_bandit(), &["all.csv"])),
        (0, shape("Tenrec", tenrec(), &["QB-video.csv", "--scenario", "video_category"])),
        (
            0,
            Shape {
                name: "AliExpress",
                files: vec![
                    ("ali/country=NL/train.csv", ali_express(0).into_bytes()),
                    ("ali/country=NL/test.csv", ali_express(1).into_bytes()),
                    ("ali/country=ES/train.csv", ali_express(2).into_bytes()),
                    ("ali/country=ES/test.csv", ali_express(3).into_bytes()),
                ],
                args: &["ali", "--scenario", "country"],
            },
        ),
        (0, shape("Outbrain", outbrain(), &["clicks_train.csv", "--scenario", "platform"])),
        (
            0,
            shape(
                "Criteo Uplift",
                gzip(uplift().as_bytes()),
                &["uplift.csv.gz", "--label", "visit", "--scenario", "treatment"],
            ),
        ),
        (
            0,
            shape(
                "Taobao user behaviour",
                user_behaviour(),
                &[
                    "UserBehavior.csv",
                    "--label",
                    "behavior",
                    "--positive",
                    "buy",
                    "--scenario",
                    "category_id",
                ],
            ),
        ),
        (2, shape("MovieLens, ratings.csv", ratings(",", true, "10", "20"), movies)),
        (
            2,
            shape(
                "MovieLens 100K",
                ratings("\t", false, "10", "20"),
                &["u.data", "--label", "rating", "--threshold", "4"],
            ),
        ),
        (4, shape("MovieLens 1M", ratings("::", false, "10", "20"), &["ratings.dat"])),
        (
            2,
            shape(
                "Amazon's ratings",
                ratings(",", false, "A3SBTW3WS4IQ", "B007R2RM8"),
                &["ratings_Books.csv", "--label", "rating", "--threshold", "4"],
            ),
        ),
        (
            0,
            shape(
                "Amazon's reviews",
                gzip(amazon_reviews().as_bytes()),
                &[
                    "Books.json.gz",
                    "--label",
                    "overall",
                    "--threshold",
                    "4",
                    "--scenario",
                    "verified",
                ],
            ),
        ),
        (
            0,
            shape(
                "Yelp",
                yelp(),
                &["review.json", "--label", "stars", "--threshold", "4", "--scenario", "useful"],
            ),
        ),
        (
            2,
            shape(
                "Book-Crossing",
                book_crossing(),
                &["BX-Book-Ratings.csv", "--label", "Book-Rating", "--threshold", "1"],
            ),
        ),
        (2, shape("MIND", mind(), &["behaviors.tsv"])),
        (
            0,
            shape(
                "RecBole",
                inter(),
                &["shop.inter", "--label", "rating:float", "--threshold", "4"],
            ),
        ),
        (0, shape("Frappe, libFM", frappe(), &["frappe.train.libfm", "--scenario", "field1"])),
    ]
}
