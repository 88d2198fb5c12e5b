//! A row in the table of methods is all that the command line needs to know a method.

use ssim_core::method::Method;
use ssim_tests::run;

#[test]
fn fit_offers_every_method() {
    let help = run(&["fit", "--help"], 0).out;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = words(&help);
    for method in Method::all() {
        let line = format!("- {}: {}", method.name(), words(method.about()));
        assert!(help.contains(&line), "{line}\nis not in\n{help}");
    }
}

#[test]
fn plans_take_every_method() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.toml");
    let systems = Method::all().map(|m| format!("[[system]]\nname = \"{m}\"\nmethod = \"{m}\"\n"));
    std::fs::write(&plan, systems.collect::<String>()).unwrap();
    let (plan, none, out) =
        (plan.to_str().unwrap(), folder.path().join("none"), folder.path().join("out"));
    let args = ["compare", plan, "--data", none.to_str().unwrap(), "--out", out.to_str().unwrap()];
    // The plan is read before the data, which are missing.
    let answer = run(&args, 4);
    let error = answer.error();
    assert!(error.contains("expected a data folder, got none"), "{error}");
}
