//! Plans with mistakes are refused before any data are read.

use ssim_tests::{arg, run};
use std::fs;

fn told(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (plan, out) = (folder.path().join("p.toml"), folder.path().join("out"));
    fs::write(&plan, text).unwrap();
    // There are no data, because the plan is checked first.
    let args = ["compare", arg(&plan), "--data", "/nowhere", "--out", arg(&out)];
    let error = run(&args, 3).error().to_owned();
    assert!(!out.exists());
    error
}

const MT: &str = "[[system]]\nname = \"mt\"\nmethod = \"mt\"\n";

#[test]
fn words_that_nobody_knows() {
    for (text, place, hint) in [
        ("method = \"sim\"", "p.toml:7: method: expected one of st, finetune", "mean \"ssim\"?"),
        (
            "method = \"mt\"\nbackbone = \"deepfn\"",
            "p.toml:8: backbone: expected one of dnn",
            "mean \"deepfm\"?",
        ),
        ("list = \"mtt\"", "p.toml:7: list: expected one of mt, x", "mean \"mt\"?"),
        ("metod = \"mt\"", "p.toml:7: unknown field `metod`", "`method`"),
        (
            "method = \"mt\"\nset.retrian.lr = 1",
            "p.toml:6: system \"x\": set: unknown section",
            "\"retrain\"?",
        ),
        (
            "method = \"mt\"\nset.retrain.lrr = 1",
            "system \"x\": set: unknown setting \"retrain.lrr\"",
            "mean \"retrain.lr\"?",
        ),
        (
            "method = \"mt\"\nset.retrain.lr = -1",
            "system \"x\": set: retrain.lr: expected",
            "got -1",
        ),
        ("method = \"mt\"\nset.retrain = 1", "system \"x\": set: retrain: expected a section", ""),
        (
            "method = \"mt\"\nwith.paper-ali-mam.retrain.lr = 1",
            "with: expected one of ",
            "\"paper-ali-mama\"?",
        ),
        (
            "method = \"mt\"\ngrid.retrain.lr = []",
            "grid: retrain.lr: expected a list of values",
            "[]",
        ),
        ("method = \"mt\"\ngrid.retrain.lr = 1", "retrain.lr: expected a list of values", "got 1"),
        ("method = \"mt\"\ngrid.retrain.lr = [1, \"x\"]", "grid: retrain.lr: ", "expected"),
        ("backbone = \"dnn\"", "p.toml:6: system \"x\": expected a method or a list", ""),
    ] {
        let error = told(&format!("{MT}\n[[system]]\nname = \"x\"\n{text}\n"));
        assert!(error.contains(place) && error.contains(hint), "{text}\n{error}");
    }
}

#[test]
fn systems_that_do_not_go_together() {
    let error = told(&format!("{MT}{MT}"));
    assert!(error.contains("p.toml:2: system \"mt\": expected once, got twice"), "{error}");
    let error = told(&MT.replace("name = \"mt\"", "name = \"../mt\""));
    assert!(error.contains("p.toml:2: name: expected letters"), "{error}");
    let list = |name: &str, of: &str| format!("[[system]]\nname = \"{name}\"\nlist = \"{of}\"\n");
    let error = told(&format!("{MT}{}{}", list("a", "b"), list("b", "a")));
    assert!(error.contains("p.toml:6: list: expected no circle, got a from b from a"), "{error}");
    let error = told(&list("a", "a"));
    assert!(error.contains("got a from a"), "{error}");
    let error = told(&format!("{MT}{}method = \"ssim-p\"\n", list("a", "mt")));
    assert!(error.contains("list: expected a method that trains one model on a list"), "{error}");
    assert!(told("").contains("expected 1 to 1000 entries [[system]], got 0"));
    for seeds in ["0", "-1", "101", "10000000000", "9223372036854775807"] {
        let expected = format!("p.toml:1: seeds: expected 1 to 100, got {seeds}");
        assert!(told(&format!("seeds = {seeds}\n{MT}")).contains(&expected), "{seeds}");
    }
    assert!(told(&format!("preset = \"dmo\"\n{MT}")).contains("did you mean \"demo\"?"));
    assert!(told("[[system]\n").contains("p.toml:1: "));
}

#[test]
fn sizes_that_no_machine_holds() {
    // 20 values each for 8 settings are 25,600,000,000 combinations.
    let values: Vec<String> = (1..21).map(|i| format!("0.{i:03}")).collect();
    let keys = ["retrain.lr", "retrain.l2", "search.lr", "search.l2", "search.lambda"];
    let axis = |key: &&str| format!("grid.{key} = [{}]\n", values.join(","));
    let grid: String = keys.iter().map(axis).collect();
    let error = told(&format!("{MT}{grid}"));
    assert!(error.contains("expected at most 1000 combinations of values, got 8000"), "{error}");
    let error = told(&format!("{MT}{}", "#".repeat(1 << 24)));
    assert!(error.contains("p.toml: expected at most 16777216 bytes, got more"), "{error}");
    let systems: String = (0..1001).map(|i| MT.replace("\"mt\"", &format!("\"m{i}\""))).collect();
    let error = told(&systems);
    assert!(error.contains("expected 1 to 1000 entries [[system]], got 1001"), "{error}");
    for (setting, expected) in [
        ("model.dim = 100000000", "model.dim: expected 1 to 4096, got 100000000"),
        (
            "model.mlp = [9223372036854775807]",
            "model.mlp: expected 1 to 65536, got 9223372036854775807",
        ),
        ("hmoe.experts = 1000000", "hmoe.experts: expected 1 to 1024, got 1000000"),
        ("train.batch = 1099511627776", "train.batch: expected 1 to 16777216, got 1099511627776"),
        ("search.epochs = 1000001", "search.epochs: expected 1 to 1000000, got 1000001"),
    ] {
        let error = told(&format!("{MT}set.{setting}\n"));
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn plans_that_come_with_the_program() {
    let shipped = |name: &str, preset: &str, code: i32| {
        let args = ["compare", name, "--preset", preset, "--data", "/nowhere", "--out", "/nowhere"];
        run(&args, code).error().to_owned()
    };
    for preset in ["demo", "paper-ali-mama", "paper-ali-ccp"] {
        for name in ["result1-dnn", "result2", "ratio"] {
            // The plan is accepted, so the error is about the data, which are missing.
            assert!(shipped(name, preset, 4).contains("expected a data folder"), "{name}");
        }
    }
    let error = shipped("reslt2", "demo", 3);
    assert!(
        error.contains("result1-dnn") && error.contains("did you mean \"result2\"?"),
        "{error}"
    );
}
