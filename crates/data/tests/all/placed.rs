//! Columns that the place of a file says count as if they stood in its rows.

use ssim_data::OnError;
use ssim_data::table::{SourceFile, TableLog, TableSchema, read_csv};

const SCHEMA: &str = "label = \"click\"\nscenario = \"tab\"\n[[field]]\nname = \"user\"\nmin_count = 1\n\
                      [[field]]\nname = \"day\"\nkind = \"numeric\"\nmin_count = 1\n\
                      [split]\ncolumn = { name = \"split\", train = \"train\", val = \"val\", test = \"test\" }\n";

/// The rows of three files, and what their places say.
const FILES: [(&str, [&str; 3]); 3] = [
    ("a,1\nb,0\nc,1\na,0\n", ["home", "7", "train"]),
    ("a,1\nb,0\n", ["cart", "8", "train"]),
    ("b,1\nc,0\n", ["home", "9", "val"]),
];
const TEST: (&str, [&str; 3]) = ("c,1\n", ["cart", "", "test"]);

fn files() -> impl Iterator<Item = (&'static str, SourceFile)> {
    FILES.into_iter().chain([TEST]).enumerate().map(|(n, (rows, said))| {
        let columns = ["tab", "day", "split"].map(str::to_owned).into_iter();
        let columns = columns.zip(said.map(str::to_owned)).collect();
        (rows, SourceFile { name: format!("part-{n}"), columns })
    })
}

#[test]
fn a_place_says_what_a_column_could_say() {
    let schema = TableSchema::parse(SCHEMA, "log.toml").unwrap();
    let mut whole = "user,click,tab,day,split\n".to_owned();
    for (rows, file) in files() {
        for row in rows.lines() {
            let said: Vec<&str> = file.columns.iter().map(|(_, value)| value.as_str()).collect();
            whole += &format!("{row},{}\n", said.join(","));
        }
    }
    let raw = read_csv(whole.as_bytes(), "log.csv", &schema, OnError::Fail).unwrap();
    let expected = ssim_data::prepare(raw, &schema, 1).unwrap();
    // The second way has a column of the file that the place hides.
    for (header, more) in [("user,click", ""), ("user,click,day", ",99")] {
        let mut log = TableLog::new(&schema, "log", OnError::Fail);
        for (rows, file) in files() {
            let rows: String = rows.lines().map(|row| format!("{row}{more}\n")).collect();
            log.csv(format!("{header}\n{rows}").as_bytes(), &file).unwrap();
        }
        let data = ssim_data::prepare(log.end().unwrap(), &schema, 1).unwrap();
        assert_eq!(data.schema.scenarios, expected.schema.scenarios, "{header}");
        assert_eq!(data.schema.fields, expected.schema.fields, "{header}");
        for (ours, plain) in [
            (&data.rows.train, &expected.rows.train),
            (&data.rows.val, &expected.rows.val),
            (&data.rows.test, &expected.rows.test),
        ] {
            assert_eq!(ours.ids, plain.ids, "{header}");
            assert_eq!(ours.labels, plain.labels, "{header}");
            assert_eq!(ours.scenarios, plain.scenarios, "{header}");
        }
    }
}

#[test]
fn all_places_say_the_same_columns() {
    let schema = TableSchema::parse(SCHEMA, "log.toml").unwrap();
    let mut log = TableLog::new(&schema, "log", OnError::Fail);
    let mut files = files();
    let (rows, first) = files.next().unwrap();
    log.csv(format!("user,click\n{rows}").as_bytes(), &first).unwrap();
    let (rows, mut second) = files.next().unwrap();
    second.columns.remove(1);
    let error = log.csv(format!("user,click\n{rows}").as_bytes(), &second).unwrap_err();
    assert_eq!(
        error.to_string(),
        "part-1:1:1: expected the columns of part-0 (user, click, tab, day, split), got user, \
         click, tab, split"
    );
}
