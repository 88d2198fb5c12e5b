//! Shapes that are refused.

use super::log::*;

/// Shapes that no command takes, with the exit code.
pub fn refused() -> Vec<(i32, Shape)> {
    let unpaired = "user,tab,click\na,\"home,1\nb,cart,0\n";
    let cut = gzip(plain().as_bytes());
    let wide: Vec<u8> = plain().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut other_columns =
        parts("user,item,tab,price,click\n", ["out/a.csv", "out/b.csv", "out/c.csv"]);
    other_columns[2].1 = b"user,tab,click\nu1,home,1\n".to_vec();
    let many = (0..100_000).map(|n| format!("{n},u{},{}\n", n % 50, u8::from(n % 7 == 0)));
    let many = format!("page,user,click\n{}", many.collect::<String>());
    let header = "user,item,tab,price,click\n";
    let which = and("which", |n| ["a", "b"][n % 2].to_owned());
    let unnamed_scenarios = which.replacen(",tab,", ",what,", 1);
    let damaged = [&parquet(rows())[..200], b"PAR1"].concat();
    vec![
        (4, shape("an empty file", "", &["log.csv"])),
        (4, shape("a header without rows", header, &["log.csv"])),
        (4, shape("empty lines only", "\n\r\n\n", &["log.csv"])),
        (4, shape("a program", [&b"\x7fELF"[..], &[0; 60]].concat(), &["log.csv"])),
        (4, shape("UTF-16", [&b"\xff\xfe"[..], &wide].concat(), &["log.csv"])),
        (4, shape("a spreadsheet", zip(&[("[Content_Types].xml", b"<a/>")]), &["log.xlsx"])),
        (4, shape("one column", "a b\n1 2\n3 4\n", &["log.csv"])),
        (4, shape("ratings with ::", "1::2::5::9\n1::3::4::9\n", &["ratings.dat"])),
        (4, shape("svmlight", "1 3:1 17:0.5\n0 2:1\n".repeat(9), &["train.svm"])),
        (4, shape("a cut bzip2", bzip2(plain().as_bytes())[..200].to_vec(), &["log.bz2"])),
        (4, shape("a cut Feather file", feather()[..2000].to_vec(), &["log.feather"])),
        (4, shape("a cut gzip", &cut[..cut.len() / 2], &["log.csv.gz"])),
        (4, shape("a quote that is not closed", unpaired, &["log.csv"])),
        (4, shape("a damaged Parquet file", damaged, &["log.parquet"])),
        (4, shape("an array of JSON", "[{\"click\": 1}]\n", &["log.json"])),
        (
            4,
            shape(
                "an object of JSON in several lines",
                "{\n\"click\": 1,\n\"tab\": 2\n}\n",
                &["log.json"],
            ),
        ),
        (4, shape("an archive without files", zip(&[]), &["log.zip"])),
        (4, shape("Parquet in an archive", zip(&[("a.parquet", &parquet(rows()))]), &["log.zip"])),
        (4, Shape { name: "no file", files: vec![], args: &["log.csv"] }),
        (
            4,
            Shape {
                name: "an empty folder",
                files: vec![("out/_SUCCESS", vec![])],
                args: &["out"],
            },
        ),
        (4, Shape { name: "parts with other columns", files: other_columns, args: &["out"] }),
        (4, shape("a label that is always 0", labelled("0", "0"), &["log.csv"])),
        (4, shape("labels that are empty", labelled("", ""), &["log.csv"])),
        (4, shape("two labels of one name", and("click", |_| "1".into()), &["log.csv"])),
        (4, shape("100,000 scenarios", many.clone(), &["log.csv", "--scenario", "page"])),
        (
            4,
            shape("one scenario", with(2, |_, _| "home".into()), &["log.csv", "--scenario", "tab"]),
        ),
        (2, shape("scenarios that are too many to be found", many, &["log.csv"])),
        (
            2,
            shape(
                "no label",
                plain()
                    .replace("click", "stars")
                    .replace(",1\n", ",5\n")
                    .replace(",0\n", ",2\n")
                    .replacen(",2\n", ",1\n", 1),
                &["log.csv"],
            ),
        ),
        (2, shape("two labels", and("label", |n| (n % 2).to_string()), &["log.csv"])),
        (
            2,
            shape(
                "two labels without a name",
                and("like", |n| (n % 2).to_string()).replace("click", "buy"),
                &["log.csv"],
            ),
        ),
        (2, shape("two scenarios", and("page", |n| (n % 3).to_string()), &["log.csv"])),
        (2, shape("scenarios without a name", unnamed_scenarios, &["log.csv"])),
        (
            2,
            shape(
                "stars without a threshold",
                with(4, |_, n| (1 + n % 5).to_string()),
                &["log.csv"],
            ),
        ),
        (
            2,
            shape(
                "labels in three words",
                with(4, |_, n| ["a", "b", "c"][n % 3].into()),
                &["log.csv"],
            ),
        ),
        (
            2,
            shape(
                "two words of equal frequency",
                with(4, |_, n| ["a", "b"][n % 2].into()),
                &["log.csv"],
            ),
        ),
        (2, shape("a label that is misspelled", plain(), &["log.csv", "--label", "clik"])),
        (2, shape("a scenario that is misspelled", plain(), &["log.csv", "--scenario", "Tab"])),
        (2, shape("the label as scenario", plain(), &["log.csv", "--scenario", "click"])),
        (
            2,
            shape(
                "a positive label that is not there",
                labelled("yes", "no"),
                &["log.csv", "--positive", "ja"],
            ),
        ),
        (
            2,
            shape("a threshold for words", labelled("yes", "no"), &["log.csv", "--threshold", "1"]),
        ),
        (4, shape("a threshold that is too high", plain(), &["log.csv", "--threshold", "9"])),
    ]
}
