//! Cells as programs write them: labels in words or numbers, missing values, dates, delimiters.

use ssim_data::table::{
    CellRules, Scoring, StreamFormat, TableLog, TableSchema, encode_csv, read_csv,
};
use ssim_data::{JobPart, OnError, Prepared, Result};

/// A schema with `keys` above its fields, and this split.
fn schema(keys: &str, split: &str) -> Result<TableSchema> {
    let fields = "[[field]]\nname = \"user\"\nmin_count = 1\n[[field]]\nname = \"price\"\n\
                  kind = \"numeric\"\nbuckets = \"quantile:2\"\nmin_count = 1\n";
    let text = format!("label = \"click\"\nscenario = \"tab\"\n{keys}\n{fields}[split]\n{split}\n");
    TableSchema::parse(&text, "log.toml")
}

const BY_PART: &str = "column = { name = \"part\", train = \"a\", val = \"b\", test = \"c\" }";

/// Prepares a log with this schema.
fn prepared(log: &str, schema: &TableSchema) -> Result<Prepared> {
    let raw = read_csv(log.as_bytes(), "log.csv", schema, OnError::Fail)?;
    ssim_data::prepare(raw, schema, 1)
}

/// A log with these four labels in train, a row of another scenario there that has the first label,
/// and one row in each other split.
fn labelled(labels: [&str; 4]) -> String {
    let train = labels.map(|label| format!("u,1,home,{label},a\n")).concat();
    let rest =
        format!("u,1,cart,{},a\nu,1,home,{},b\nu,1,home,{},c\n", labels[0], labels[0], labels[1]);
    format!("user,price,tab,click,part\n{train}{rest}")
}

#[test]
fn labels_are_clicks_as_the_schema_says() {
    for (keys, labels, clicks) in [
        ("", ["1", "0", "1.0", "0.0"], [1, 0, 1, 0, 1]),
        ("", ["true", "FALSE", "tRuE", "False"], [1, 0, 1, 0, 1]),
        ("", ["yes", "no", "Yes", "NO"], [1, 0, 1, 0, 1]),
        ("positive = [\">50K\", \"2\"]", [">50K", "<=50K", "2.0", "1"], [1, 0, 1, 0, 1]),
        ("threshold = 4", ["4", "3.5", "5", "-1"], [1, 0, 1, 0, 1]),
        ("threshold = 0.5", ["0.5", "0.4", "1e0", "0"], [1, 0, 1, 0, 1]),
    ] {
        let schema = schema(keys, BY_PART).unwrap();
        let data = prepared(&labelled(labels), &schema).unwrap();
        assert_eq!(data.rows.train.labels, clicks, "{keys} {labels:?}");
    }
}

#[test]
fn other_labels_are_refused_with_a_remedy() {
    for (keys, label, message) in [
        ("", "maybe", "expected 0 or 1, got \"maybe\""),
        ("", "NULL", "expected 0 or 1, got \"NULL\""),
        (
            "threshold = 4",
            "many",
            "expected a finite number, because the schema has a threshold, got \"many\"",
        ),
        ("positive = [\"x\"]", "", "expected a label, got nothing"),
        ("positive = [\"x\"]", "NULL", "expected a label, got \"NULL\""),
    ] {
        let schema = schema(keys, BY_PART).unwrap();
        let error = prepared(&labelled([label, "0", "1", "0"]), &schema).unwrap_err().to_string();
        assert_eq!(error, format!("log.csv:2:4: field \"click\": {message}"));
    }
}

#[test]
fn missing_values_are_empty_cells() {
    let log = "user,price,tab,click,part\n,1,home,1,a\nNULL,NULL,home,0,a\n\\N,\\N,home,0,a\n\
               NA,2,home,0,a\n,1,cart,1,a\nu,,home,1,b\nu,nan,home,1,c\n";
    let data = prepared(log, &schema("", BY_PART).unwrap()).unwrap();
    assert_eq!(data.schema.fields[0].vocabulary.values(), ["", "NA"]);
    let named = schema("na_values = [\"NA\", \"NULL\", \"\\\\N\", \"nan\"]", BY_PART).unwrap();
    let data = prepared(log, &named).unwrap();
    assert_eq!(data.schema.fields[0].vocabulary.values(), [""]);
    let none = schema("na_values = []", BY_PART).unwrap();
    let error = prepared(log, &none).unwrap_err().to_string();
    assert!(error.starts_with("log.csv:3:2: field \"price\": expected a finite number"), "{error}");
    let error = prepared(&log.replace("NA,2,home", "NA,2,NULL"), &named).unwrap_err().to_string();
    assert!(error.ends_with("field \"tab\": expected a scenario, got \"NULL\""), "{error}");
}

#[test]
fn rows_are_scored_by_the_rules_of_their_training() {
    let log = "user,price,tab,click,part\n,1,home,1,a\nu,2,home,0,a\nu,2,cart,1,a\nu,,home,1,b\nu,1,home,1,c\n";
    let keys = "na_values = [\"-\"]\npositive = [\"1\"]";
    let data = prepared(log, &schema(keys, BY_PART).unwrap()).unwrap();
    let layout = format!("label = \"click\"\n{keys}\n");
    let cells = CellRules::of_layout(&layout, "layout.toml").unwrap();
    let scoring = Scoring {
        unknown_scenarios: false,
        schema: &data.schema,
        scenario: "tab",
        label: Some("click"),
        row: None,
        shard: JobPart::WHOLE,
        on_error: OnError::Fail,
        cells,
    };
    let encode = |text: &str| {
        let mut batches = encode_csv(text.as_bytes(), "new.csv", &scoring, 10).unwrap();
        batches.next().unwrap().unwrap().instances
    };
    let written = encode("user;price;tab;click\n-;-;home;1\nu;2;home;0\n");
    assert_eq!(written.ids, encode("user,price,tab,click\n,,home,1\nu,2,home,0\n").ids);
    assert_eq!(written.labels, [1, 0]);
    // A layout of an older version has no missing values.
    assert!(CellRules::of_layout("label = \"a\"", "layout.toml").unwrap().na_values.is_empty());
}

#[test]
fn dates_divide_a_log_by_time() {
    let log = "user,price,tab,click,day\n\
               u,1,home,1,2013-10-31T23:59:59.9Z\n\
               u,1,home,0,2013-11-01 01:00:00+01:00\n\
               u,1,home,0,2013-11-02\n\
               u,1,home,1,2013-11-01T12:30\n\
               u,1,home,1,2013-11-03 08:00:00\n\
               u,1,cart,1,1999-01-01\n";
    for [val, test] in
        [["\"2013-11-01\"", "\"2013-11-02\""], ["2013-11-01", "2013-11-02T00:00:00Z"]]
    {
        let split = format!("time = {{ column = \"day\", val_from = {val}, test_from = {test} }}");
        let data = prepared(log, &schema("", &split).unwrap()).unwrap();
        assert_eq!(data.rows.train.rows, [2, 7]);
        assert_eq!(data.rows.val.rows, [3, 5]);
        assert_eq!(data.rows.test.rows, [4, 6]);
    }
}

#[test]
fn a_split_by_time_says_what_it_needs() {
    let split = |val: &str, test: &str| {
        format!("time = {{ column = \"day\", val_from = {val}, test_from = {test} }}")
    };
    let error = |split: &str| schema("", split).unwrap_err().to_string();
    let both = error(&split("\"2013-11-01\"", "5"));
    assert_eq!(
        both,
        "log.toml: split: time: expected two numbers or two dates as val_from and test_from, got \
         one of each"
    );
    let order = error(&split("\"2013-11-02\"", "\"2013-11-01 06:00\""));
    assert_eq!(
        order,
        "log.toml: split: time: expected val_from below test_from, got 2013-11-02 and 2013-11-01 \
         06:00:00"
    );
    let text = error(&split("\"monday\"", "5"));
    assert!(text.contains("a number, or a date or time such as \"2013-11-01\""), "{text}");
    let log = "user,price,tab,click,day\nu,1,home,1,5\n";
    let dates = schema("", &split("\"2013-11-01\"", "\"2013-11-02\"")).unwrap();
    let error = prepared(log, &dates).unwrap_err().to_string();
    assert_eq!(
        error,
        "log.csv:2:5: field \"day\": expected a date or time such as 2013-11-01 06:00:00 (for \
         numbers, val_from must be one), got \"5\""
    );
    let numbers = schema("", &split("1", "2")).unwrap();
    let error = prepared(&log.replace(",5", ",2013-11-01"), &numbers).unwrap_err().to_string();
    assert_eq!(
        error,
        "log.csv:2:5: field \"day\": expected a finite number (for dates, val_from must be a date), \
         got \"2013-11-01\""
    );
}

#[test]
fn the_delimiter_and_the_header_may_be_others() {
    let log = labelled(["1", "0", "1", "0"]);
    let plain = prepared(&log, &schema("", BY_PART).unwrap()).unwrap();
    for delimiter in ["\t", ";", "|"] {
        let other = log.replace(',', delimiter);
        assert_eq!(prepared(&other, &schema("", BY_PART).unwrap()).unwrap().rows, plain.rows);
    }
    let named = schema("delimiter = \"#\"", BY_PART).unwrap();
    assert_eq!(prepared(&log.replace(',', "#"), &named).unwrap().rows, plain.rows);
    let (_, rows) = log.split_once('\n').unwrap();
    let header = "header = [\"user\", \"price\", \"tab\", \"click\", \"part\"]";
    let data = prepared(rows, &schema(header, BY_PART).unwrap()).unwrap();
    assert_eq!(data.rows.train.ids, plain.rows.train.ids);
    assert_eq!(data.rows.train.rows, [1, 2, 3, 4, 5]);
    let quoted = log.replace("u,", "\"u\" ;");
    let error = prepared(&quoted.replace(',', ";"), &schema("", BY_PART).unwrap()).unwrap_err();
    assert!(error.to_string().contains("must be followed by a semicolon"), "{error}");
}

#[test]
fn keys_with_wrong_values_are_refused() {
    for (keys, message) in [
        ("positive = []", "positive: expected at least one label, got none"),
        (
            "positive = [\"a\"]\nthreshold = 1",
            "threshold: expected positive or threshold, got both",
        ),
        ("threshold = inf", "threshold: expected a finite number, got inf"),
        ("header = []", "header: expected the names of the columns, got none"),
        (
            "delimiter = \"::\"",
            "delimiter: expected one character such as \",\", \";\", \"|\" or \"\\t\", got \"::\"",
        ),
        (
            "delimiter = '\"'",
            "delimiter: expected one character such as \",\", \";\", \"|\" or \"\\t\", got \"\\\"\"",
        ),
    ] {
        let error = schema(keys, BY_PART).unwrap_err().to_string();
        assert_eq!(error, format!("log.toml: {message}"));
    }
}

#[test]
fn a_log_of_several_files_is_one_log() {
    let log = labelled(["1", "0", "1", "0"]);
    let schema = schema("", BY_PART).unwrap();
    let whole = prepared(&log, &schema).unwrap();
    let lines: Vec<&str> = log.split_inclusive('\n').collect();
    let parts = [&lines[1..2], &[], &lines[2..5], &lines[5..]]
        .map(|rows| lines[0].to_owned() + &rows.concat());
    let read = |parts: &[String]| {
        let mut log = TableLog::new(&schema, "parts", OnError::Fail);
        for (n, part) in parts.iter().enumerate() {
            log.csv(part.as_bytes(), &format!("part-{n}").as_str().into())?;
        }
        ssim_data::prepare(log.end()?, &schema, 1)
    };
    let data = read(&parts).unwrap();
    assert_eq!(data.rows.train.ids, whole.rows.train.ids);
    // Each file has a header, which is a line of the log.
    assert_eq!(data.rows.train.rows, [2, 5, 6, 7, 9]);
    let mut odd = parts.clone();
    odd[3] = odd[3].replace("user,price", "price,user");
    assert_eq!(
        read(&odd).unwrap_err().to_string(),
        "part-3:1:1: expected the columns of part-0 (user, price, tab, click, part), got price, \
         user, tab, click, part"
    );
    odd[3] = parts[3].replace(",c\n", ",x\n");
    let error = read(&odd).unwrap_err().to_string();
    assert!(error.starts_with("part-3:4:5: field \"part\": expected"), "{error}");
    assert_eq!(read(&[]).unwrap_err().to_string(), "parts: expected rows, got no file");
    let error = read(&parts[1..2]).unwrap_err().to_string();
    assert_eq!(error, "parts: expected rows, got none (0 rejected)");
}

#[test]
fn scenarios_without_a_click_are_left_out_if_bad_rows_are_skipped() {
    let log = "user,price,tab,click,part\nu,1,home,1,a\nu,1,home,0,a\nu,1,cart,1,a\nu,1,old,0,a\n\
               u,1,new,0,a\nu,1,new,0,a\nu,1,home,1,b\nu,1,new,1,b\nu,1,cart,0,c\n";
    let schema = schema("", BY_PART).unwrap();
    let message = prepared(log, &schema).unwrap_err().to_string();
    assert!(
        message.contains("got none for \"old\" (1 in train), \"new\" (2 in train); skipping"),
        "{message}"
    );
    let raw = read_csv(log.as_bytes(), "log.csv", &schema, OnError::Skip).unwrap();
    let data = ssim_data::prepare(raw, &schema, 1).unwrap();
    assert_eq!(data.schema.scenarios, ["cart", "home"]);
    assert_eq!(data.rows.train.rows, [2, 3, 4]);
    let rejects: Vec<String> = data.rejects.iter().map(ToString::to_string).collect();
    let reason = "3: field \"tab\": expected a scenario that has a click in train, got";
    let lines = [(5, "old"), (6, "new"), (7, "new"), (9, "new")];
    let expected = lines.map(|(line, name)| format!("{line}:{reason} \"{name}\""));
    assert_eq!(rejects, expected);
}

#[test]
fn lines_of_json_are_rows() {
    let csv = "user,price,tab,click,part\na,1,home,1,a\n7,,cart,1,a\na,2.5,home,0,a\nb,1,home,1,b\n\
               7,1,cart,0,c\n";
    let json = "{\"user\": \"a\", \"price\": 1, \"tab\": \"home\", \"click\": true, \"part\": \"a\"}\n\
                {\"user\": 7, \"price\": null, \"tab\": \"cart\", \"click\": 1, \"part\": \"a\", \"x\": []}\n\n\
                {\"user\": \"a\", \"price\": 2.5, \"tab\": \"home\", \"click\": false, \"part\": \"a\"}\r\n\
                {\"user\": \"b\", \"price\": \"1\", \"tab\": \"home\", \"click\": \"1\", \"part\": \"b\"}\n\
                {\"price\": 1.0, \"user\": 7.0, \"tab\": \"cart\", \"click\": 0, \"part\": \"c\"}";
    let schema = schema("", BY_PART).unwrap();
    let read = |json: &str| {
        let mut log = TableLog::new(&schema, "log", OnError::Fail);
        log.json_lines(json.as_bytes(), &"log.jsonl".into())?;
        ssim_data::prepare(log.end()?, &schema, 1)
    };
    assert_eq!(StreamFormat::of(json.as_bytes()).unwrap(), StreamFormat::JsonLines);
    assert_eq!(StreamFormat::of(csv.as_bytes()).unwrap(), StreamFormat::Text);
    let (ours, plain) = (read(json).unwrap(), prepared(csv, &schema).unwrap());
    assert_eq!(ours.schema.fields, plain.schema.fields);
    assert_eq!(ours.rows.train.ids, plain.rows.train.ids);
    assert_eq!(ours.rows.test.ids, plain.rows.test.ids);
    assert_eq!(ours.rows.train.rows, [1, 2, 4]);
    for (from, to, message) in [
        (
            "7, ",
            "7 ",
            "log.jsonl:2:1: expected a JSON object in a line, got \"{\"user\": 7 \"price",
        ),
        ("7, ", "[7], ", "log.jsonl:2:1: field \"user\": expected UTF-8 text, got a list"),
        (
            "7, ",
            "1e30, ",
            "log.jsonl:2:1: field \"user\": expected UTF-8 text, got a number of too",
        ),
        ("2.5", "\"x\"", "log.jsonl:4:2: field \"price\": expected a finite number or nothing"),
        ("\"part\":", "\"p\":", "log.jsonl:1:5: field \"part\": expected"),
    ] {
        let error = read(&json.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let error = read(&json.replace("\"price\"", "\"cost\"")).unwrap_err().to_string();
    assert_eq!(
        error,
        "log.toml: field \"price\": expected a key of log.jsonl, got no row that has it"
    );
}
