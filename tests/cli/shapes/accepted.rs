//! Shapes that are read.

use super::log::*;

/// Shapes of the same log, which must give the same data.
pub fn same() -> Vec<Shape> {
    let headerless = joined(&lines()[1..], ",", "\n");
    let quoted = |cells: &Cells| cells.iter().map(|cell| format!("\"{cell}\"")).collect();
    let quoted: Vec<Cells> = lines().iter().map(quoted).collect();
    let named = &["log.csv", "--label", "column5", "--scenario", "column3"];
    let mut spark = parts("", ["out/part-0.csv", "out/part-1.csv", "out/part-2.csv"]);
    spark.extend([
        ("out/_SUCCESS", Vec::new()),
        ("out/.part-0.csv.crc", b"crc".to_vec()),
        ("out/part-3.csv", Vec::new()),
    ]);
    let header = "user,item,tab,price,click\n";
    vec![
        shape("commas", plain(), &["log.csv"]),
        shape("tabs", joined(&lines(), "\t", "\n"), &["log.tsv"]),
        shape("semicolons", joined(&lines(), ";", "\n"), &["log.csv"]),
        shape("bars", joined(&lines(), "|", "\n"), &["log.txt"]),
        shape("no header", headerless.clone(), named),
        shape("no header, tabs", headerless.replace(',', "\t"), named),
        shape("byte order mark", format!("\u{feff}{}", plain()), &["log.csv"]),
        shape("crlf", joined(&lines(), ",", "\r\n"), &["log.csv"]),
        shape("cr", joined(&lines(), ",", "\r"), &["log.csv"]),
        shape("empty lines", plain().replace("\nu1,", "\n\n\nu1,"), &["log.csv"]),
        shape("quotes", joined(&quoted, ",", "\n"), &["log.csv"]),
        shape("quotes and semicolons", joined(&quoted, ";", "\r\n"), &["log.csv"]),
        shape("labels 1.0", labelled("1.0", "0.0"), &["log.csv"]),
        shape("labels true", labelled("true", "false"), &["log.csv"]),
        shape("labels True", labelled("True", "False"), &["log.csv"]),
        shape("labels yes", labelled("yes", "no"), &["log.csv"]),
        shape("labels YES", labelled("YES", "NO"), &["log.csv"]),
        shape("labels -1", labelled("1", "-1"), &["log.csv"]),
        shape("labels in words", labelled("clicked", "skipped"), &["log.csv"]),
        shape("labels >50K", labelled(">50K", "<=50K"), &["log.csv", "--positive", ">50K"]),
        shape(
            "stars",
            labelled("5", "2").replacen(",2\n", ",3\n", 1),
            &["log.csv", "--threshold", "4"],
        ),
        shape("gzip", gzip(plain().as_bytes()), &["log.csv.gz"]),
        shape(
            "zip",
            zip(&[("a/log.csv", plain().as_bytes()), ("__MACOSX/._log", b"x")]),
            &["log.zip"],
        ),
        shape("tar", gzip(&tar("log.csv", plain().as_bytes())), &["log.tar.gz"]),
        shape("bzip2", bzip2(plain().as_bytes()), &["log.csv.bz2"]),
        shape("tar, bzip2", bzip2(&tar("log.csv", plain().as_bytes())), &["log.tar.bz2"]),
        shape("JSON lines", json(), &["log.jsonl"]),
        shape("JSON lines, gzip", gzip(json().as_bytes()), &["log.json.gz"]),
        shape("parquet", parquet(rows()), &["log.parquet"]),
        shape("parquet under another name", parquet(rows()), &["log.bin"]),
        shape("Feather", feather(), &["log.feather"]),
        shape("Feather, gzip", gzip(&feather()), &["log.arrow.gz"]),
        shape("an Arrow stream", arrow_stream(), &["log.arrows"]),
        Shape {
            name: "folder",
            files: parts(header, ["out/a1.csv", "out/a2.csv", "out/a10.csv"]),
            args: &["out"],
        },
        Shape {
            name: "folder of Spark",
            files: spark,
            args: &["out", "--label", "column5", "--scenario", "column3"],
        },
        Shape {
            name: "several files",
            files: parts(header, ["a.csv", "b.csv", "c.csv"]),
            args: &["a.csv", "b.csv", "c.csv"],
        },
        Shape {
            name: "folder of Parquet",
            files: vec![
                ("out/1/part-0.parquet", parquet(rows().take(100))),
                ("out/2/part-0.parquet", parquet(rows().skip(100))),
            ],
            args: &["out"],
        },
        shape("number of the row", and("id", |n| n.to_string()), &["log.csv"]),
        shape("index of pandas", and("", |n| n.to_string()), &["log.csv"]),
        shape("column without values", and("note", |_| String::new()), &["log.csv"]),
        shape("column of one value", and("version", |_| "7".to_owned()), &["log.csv"]),
    ]
}

/// Shapes of other logs, which are read, too.
pub fn other() -> Vec<Shape> {
    let no_price = |missing: &'static str| {
        with(3, move |cell, n| if n % 9 == 0 { missing.to_owned() } else { cell.to_owned() })
    };
    let day = |n: usize| format!("2013-11-{:02}T{:02}:30:00Z", 1 + n / 24, n % 24);
    let split = |n: usize| ["train", "train", "train", "valid", "test"][n % 5].to_owned();
    let header = "user,item,tab,price,click\n";
    vec![
        shape("empty prices", no_price(""), &["log.csv"]),
        shape("NULL prices", no_price("NULL"), &["log.csv"]),
        shape("\\N prices", no_price("\\N"), &["log.csv"]),
        shape("NA prices", no_price("NA"), &["log.csv"]),
        shape("ISO times", and("time", day), &["log.csv"]),
        shape(
            "times in seconds",
            and("ts", |n| (1_383_264_000 + 60 * n).to_string()),
            &["log.csv"],
        ),
        shape("a column says the split", and("split", split), &["log.csv"]),
        shape(
            "a column of lists",
            and("genres", |n| ["a|b", "b|c|d", "a"][n % 3].to_owned()),
            &["log.csv"],
        ),
        shape("two columns of one name", and("user", |n| (n % 9).to_string()), &["log.csv"]),
        shape(
            "a scenario without a click",
            with(4, |cell, n| (if n % 4 == 3 { "0" } else { cell }).to_owned()),
            &["log.csv"],
        ),
        shape("Latin-1 in a column", latin(), &["log.csv"]),
        shape(
            "names with types",
            plain().replacen(
                "user,item,tab,price,click",
                "user_id:token,item_id:token,tab:token,price:float,label:float",
                1,
            ),
            &["log.inter"],
        ),
        Shape {
            name: "folders that say a column",
            files: vec![
                ("out/day=2024-01-01/part-0.parquet", parquet(rows().take(100))),
                ("out/day=2024-01-02/part-0.parquet", parquet(rows().skip(100))),
            ],
            args: &["out"],
        },
        Shape {
            name: "folders that say the scenario",
            files: parts(header, ["out/tab=home/0.csv", "out/tab=a%2Fb/0.csv", "out/tab=c/0.csv"]),
            args: &["out"],
        },
        Shape {
            name: "files that say the split",
            files: parts(header, ["log/train.csv", "log/valid.csv", "log/test.csv"]),
            args: &["log"],
        },
        shape("200 columns", wide(), &["log.csv"]),
    ]
}

/// The log with a column that is not UTF-8.
fn latin() -> Vec<u8> {
    let text = and("city", |n| ["K\u{f6}ln", "Bonn"][n % 2].to_owned());
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

/// The log with 195 more columns.
fn wide() -> String {
    let more = (0..195).map(|n| vec![format!("c{n}")]).collect::<Vec<_>>();
    let lines = lines().into_iter().enumerate().map(|(at, mut line)| {
        let cells = more.iter().enumerate();
        line.extend(cells.map(|(n, name)| match at {
            0 => name[0].clone(),
            at => format!("v{}", (at * n) % 400),
        }));
        line
    });
    joined(&lines.collect::<Vec<_>>(), ",", "\n")
}
