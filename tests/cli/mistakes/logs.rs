//! Logs, schemas and plans with mistakes.

use super::Mistake;
use ssim_tests::log;
use std::fs;
use std::path::Path;

pub const MISTAKES: &[Mistake] = &[
    ("an empty log", 4, "ssim run empty.csv --out out"),
    ("a picture", 4, "ssim run picture.png --out out"),
    ("a document", 4, "ssim run report.pdf --out out"),
    ("a spreadsheet", 4, "ssim run log.xlsx --out out"),
    ("an empty folder", 4, "ssim run empty --out out"),
    ("two of 200 columns have one name", 4, "ssim run wide.csv --label c7 --scenario c8 --out out"),
    ("100,000 scenarios", 4, "ssim run many.csv --scenario page --out out"),
    ("a label that never changes", 4, "ssim run constant.csv --label click --out out"),
    ("a label of five values", 2, "ssim run stars.csv --label stars --out out"),
    ("the scenario is the label", 2, "ssim run log.csv --label click --scenario click --out out"),
    ("a column in other letters", 2, "ssim run log.csv --label Click --out out"),
    ("a column that the log has not", 2, "ssim run log.csv --scenario page --out out"),
    ("a positive label of none", 2, "ssim run log.csv --positive yes --out out"),
    (
        "a misspelt key in the schema",
        3,
        "ssim prepare table --input log.csv --schema key.toml --out out",
    ),
    (
        "a misspelt key of a field",
        3,
        "ssim prepare table --input log.csv --schema field-key.toml --out out",
    ),
    (
        "a field that the log has not",
        3,
        "ssim prepare table --input log.csv --schema field.toml --out out",
    ),
    (
        "a field of 200 columns",
        3,
        "ssim prepare table --input wide.csv --schema schema.toml --out out",
    ),
    (
        "a label that the log has not",
        3,
        "ssim prepare table --input log.csv --schema label.toml --out out",
    ),
    (
        "a schema without a split",
        3,
        "ssim prepare table --input log.csv --schema split.toml --out out",
    ),
    (
        "shares of a split in percent",
        3,
        "ssim prepare table --input log.csv --schema percent.toml --out out",
    ),
    (
        "a schema without quotes",
        3,
        "ssim prepare table --input log.csv --schema quotes.toml --out out",
    ),
    ("a schema in JSON", 3, "ssim prepare table --input log.csv --schema schema.json --out out"),
    (
        "a schema with the scenario as label",
        3,
        "ssim prepare table --input log.csv --schema same.toml --out out",
    ),
    (
        "words in a numeric field",
        4,
        "ssim prepare table --input log.csv --schema numeric.toml --out out",
    ),
    ("stars as clicks", 4, "ssim prepare table --input stars.csv --schema stars.toml --out out"),
    (
        "an empty log with a schema",
        4,
        "ssim prepare table --input empty.csv --schema schema.toml --out out",
    ),
    (
        "a picture with a schema",
        4,
        "ssim prepare table --input picture.png --schema schema.toml --out out",
    ),
    ("other columns to score", 4, "ssim score --run run --input stars.csv --out s.csv"),
    (
        "a scenario that the model does not know",
        4,
        "ssim score --run run --input new-tab.csv --out s.csv",
    ),
    ("a misspelt key in a plan", 3, "ssim compare key-plan.toml --data data --out out"),
    ("a plan with a method of others", 3, "ssim compare method-plan.toml --data data --out out"),
    ("a plan with one bracket", 3, "ssim compare bracket-plan.toml --data data --out out"),
    ("a plan with a preset of no name", 3, "ssim compare preset-plan.toml --data data --out out"),
    ("a plan without systems", 3, "ssim compare empty.csv --data data --out out"),
    ("settings in YAML", 3, "ssim config --config settings.yaml"),
];

const PLAN: &str = "seeds = 2\n\n[[system]]\nname = \"mt\"\nmethod = \"mt\"\n";

/// Writes the logs, schemas and plans into the folder; `schema` suits `log.csv`.
pub fn write(folder: &Path, schema: &str) {
    let wide = |i: usize| if i == 150 { "c7".to_owned() } else { format!("c{i}") };
    let wide = (0..200).map(wide).collect::<Vec<_>>().join(",");
    let wide = log::csv(&wide, 50, |i| vec![(i % 2).to_string(); 200].join(","));
    let many = |i: usize| format!("{i},u{},{}", i % 50, u8::from(i.is_multiple_of(7)));
    let many = log::csv("page,user,click", 100_000, many);
    let stars = |i: usize| format!("{},u{},{}", ["home", "cart"][i % 2], i % 9, 1 + i % 5);
    let constant = |i: usize| format!("{},u{},0", ["home", "cart"][i % 2], i % 9);
    let texts = [
        ("empty.csv", String::new()),
        ("wide.csv", wide),
        ("many.csv", many),
        ("stars.csv", log::csv("tab,user,stars", 300, stars)),
        ("constant.csv", log::csv("tab,user,click", 300, constant)),
        ("new-tab.csv", "tab,user,item,price\nhome,u1,i1,3\nhoem,u1,i1,3\n".to_owned()),
        ("key.toml", schema.replacen("scenario =", "scenaro =", 1)),
        ("field-key.toml", schema.replacen("buckets =", "bucket =", 1)),
        ("field.toml", schema.replacen("\"user\"", "\"usr\"", 1)),
        ("label.toml", schema.replacen("\"click\"", "\"clicked\"", 1)),
        ("split.toml", schema.split("[split]").next().unwrap().to_owned()),
        (
            "percent.toml",
            schema.replacen(
                "train = 0.8, val = 0.1, test = 0.1",
                "train = 80, val = 10, test = 10",
                1,
            ),
        ),
        ("quotes.toml", schema.replacen("\"click\"", "click", 1)),
        ("schema.json", "{\"label\": \"click\", \"scenario\": \"tab\"}\n".to_owned()),
        ("same.toml", schema.replacen("\"click\"", "\"tab\"", 1)),
        (
            "numeric.toml",
            schema.replacen("\"user\"", "\"user\"\nkind = \"numeric\"\nbuckets = \"log2\"", 1),
        ),
        (
            "stars.toml",
            log::schema(&[("user", "")], log::BY_CHANCE).replacen("\"click\"", "\"stars\"", 1),
        ),
        ("plan.toml", PLAN.to_owned()),
        ("key-plan.toml", PLAN.replace("method", "metod")),
        ("method-plan.toml", PLAN.replace("\"mt\"\n", "\"mmoe\"\n")),
        ("bracket-plan.toml", PLAN.replace("[[system]]", "[system]")),
        ("preset-plan.toml", format!("preset = \"alimama\"\n{PLAN}")),
        ("settings.yaml", "retrain:\n  lr: 0.1\n".to_owned()),
    ];
    for (name, text) in texts {
        fs::write(folder.join(name), text).unwrap();
    }
    let office = crate::shapes::zip(&[("[Content_Types].xml", b"<Types/>"), ("xl/a.xml", b"<a/>")]);
    let bytes: [(&str, &[u8]); 3] = [
        (
            "picture.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
        ),
        ("report.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"),
        ("log.xlsx", &office),
    ];
    for (name, bytes) in bytes {
        fs::write(folder.join(name), bytes).unwrap();
    }
    fs::create_dir(folder.join("empty")).unwrap();
    fs::create_dir(folder.join("page")).unwrap();
    fs::write(folder.join("page/index.html"), "<html></html>").unwrap();
}
