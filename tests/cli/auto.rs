//! `ssim fit --method auto`: a race of methods, and a folder that stands for the run that was chosen.

use serde_json::Value;
use ssim_tests::{SMALL, arg, finish, run, ssim, synthetic};
use std::fs;
use std::path::Path;

fn race(data: &Path, out: &Path, more: &[&str]) -> Value {
    let fit = ["fit", "--data", arg(data), "--out", arg(out), "--json"];
    run(&[&fit[..], &SMALL, more].concat(), 0).json()
}

#[test]
fn the_folder_of_a_race_is_the_chosen_run() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("auto");
    let found = race(&data, &out, &["--trials", "4"]);
    let decision = &found["race"];
    let candidates = decision["candidates"].as_array().unwrap();
    let chosen = candidates.iter().find(|c| c["name"] == decision["chosen"]).unwrap();
    assert_eq!(decision["trials"], 4);
    let fitted = |c: &&Value| c["seeds"].as_u64().unwrap() > 0;
    assert_eq!(candidates.iter().filter(fitted).count(), 4, "{decision}");
    // The chosen one is within one standard error of the best, and no simpler one is.
    let close = |c: &Value| -c["behind"].as_f64().unwrap() <= c["error"].as_f64().unwrap();
    assert!(close(chosen), "{chosen}");
    let before = candidates.iter().take_while(|c| c["name"] != decision["chosen"]);
    assert!(before.filter(|c| c["seeds"] == chosen["seeds"]).all(|c| !close(c)), "{decision}");

    let run_of = out.join("runs").join(chosen["name"].as_str().unwrap()).join("1");
    let measured = |run_folder: &Path| {
        let evaluate = ["evaluate", "--run", arg(run_folder), "--data", arg(&data), "--json"];
        run(&evaluate, 0).json()["test"].clone()
    };
    assert_eq!(measured(&out), measured(&run_of));
    // Its model is the mean of four, and the candidates had one each.
    let members = |of: &Path| fs::read_dir(of.join("members")).map_or(1, Iterator::count);
    assert_eq!(members(&run_of), 4);
    let raced = out.join("race/runs/st/1");
    assert!(raced.exists() && members(&raced) == 1);
    assert_eq!(found["run"]["test"], measured(&out));

    // It is the run that a fit of the chosen method makes, with the settings of the candidate.
    let alone = folder.path().join("alone");
    let method = found["run"]["identity"]["recipe"].as_str().map(str::to_owned);
    let method = method.unwrap_or_else(|| chosen["name"].as_str().unwrap().to_owned());
    let fit = ["fit", "--data", arg(&data), "--method", &method, "--out", arg(&alone), "--json"];
    let config = run_of.join("config.toml");
    let settings = ["--config", arg(&config), "--max-steps", "6"];
    assert_eq!(run(&[&fit[..], &settings].concat(), 0).json()["val"], found["run"]["val"]);

    let decided = fs::read(out.join("race.json")).unwrap();
    race(&data, &out, &["--trials", "4", "--resume"]);
    assert_eq!(fs::read(out.join("race.json")).unwrap(), decided);
    let again = folder.path().join("again");
    race(&data, &again, &["--trials", "4", "--threads", "1"]);
    assert_eq!(fs::read(again.join("race.json")).unwrap(), decided);
    let told = run(&["fit", "--data", arg(&data), "--method", "auto", "--out", arg(&out)], 2).err;
    assert!(told.contains("not empty"), "{told}");
}

#[test]
fn no_time_is_enough_for_two_candidates() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let found = race(&data, &folder.path().join("auto"), &["--budget", "1ms", "--threads", "1"]);
    let candidates = found["race"]["candidates"].as_array().unwrap();
    assert_eq!(candidates.iter().filter(|c| c["seeds"] == 1).count(), 2, "{found}");
}

#[test]
fn options_of_a_race_need_one() {
    let fit = |more: &[&str]| {
        run(&[&["fit", "--method", "mt", "--data", "none", "--out", "none/run"], more].concat(), 2)
            .err
    };
    assert!(fit(&["--trials", "3"]).contains("--trials: expected --method auto"));
    assert!(fit(&["--budget", "1h"]).contains("--budget: expected --method auto"));
    assert!(fit(&["--members", "2"]).contains("--members: expected --method auto"));
    assert!(fit(&["--trials", "1"]).contains("from 2 to 10000"));
    let told = fit(&["--budget", "soon"]);
    assert!(told.contains("expected a time such as 90s, 30m or 2h"), "{told}");
    let several = ["fit", "--data", "none", "--out", "none/run", "--set", "model.members=2"];
    assert!(run(&several, 2).err.contains("--members 2 is for the chosen method"));
    let auto = ["fit", "--method", "auto", "--shared", "x", "--data", "none", "--out", "none/run"];
    assert!(run(&auto, 2).err.contains("got auto"));
    let mut ranks = ssim(&["fit", "--data", "none", "--out", "none/run"]);
    let told = finish(ranks.env("OMPI_COMM_WORLD_SIZE", "2"), 2).err;
    assert!(told.contains("--method auto: expected one process, got 2"), "{told}");
}

#[test]
fn a_decision_leads_into_its_own_folder_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("auto");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("race.json"), r#"{"chosen": "../../other", "seed": 1}"#).unwrap();
    let told = run(&["evaluate", "--run", arg(&out), "--data", arg(&data)], 4).err;
    assert!(told.contains("race.json") && told.contains("expected the name of a folder"), "{told}");
}
