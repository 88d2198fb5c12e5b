//! Settings: which source wins, and which message a mistake gets.

use ssim_tests::{SMALL, arg, finish, run, ssim, synthetic};
use std::fs;

fn config(args: &[&str]) -> serde_json::Value {
    let args = [&["config", "--json"], args].concat();
    run(&args, 0).json()
}

#[test]
fn the_closer_source_wins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    fs::write(&file, "[search]\nlr = 0.5\nl2 = 0.25\nlambda = 2\n").unwrap();
    let preset = config(&["--preset", "paper-ali-ccp"]);
    assert_eq!(preset["search"]["threshold"], 0.55);
    assert_eq!(preset["select"]["ratio"], 0.95);
    let both = config(&["--preset", "paper-ali-ccp", "--config", arg(&file)]);
    assert_eq!(both["search"]["lr"], 0.5);
    assert_eq!(both["search"]["threshold"], 0.55);
    let args = ["config", "--json", "--config", arg(&file), "--set", "search.lr=0.125"];
    let all =
        finish(ssim(&args).env("SSIM_SEARCH_LR", "0.75").env("SSIM_SEARCH_L2", "0.0625"), 0).json();
    assert_eq!(all["search"]["lr"], 0.125);
    assert_eq!(all["search"]["l2"], 0.0625);
    assert_eq!(all["search"]["lambda"], 2.0);
}

#[test]
fn the_size_of_the_log_chooses_the_preset() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let small = config(&["--data", arg(&data)]);
    assert_eq!(small, config(&["--preset", "small-log"]));
    assert_ne!(small, config(&[]));
    assert_eq!(config(&["--data", arg(&data), "--preset", "demo"]), config(&["--preset", "demo"]));
    let reason = "preset small-log: 4 000 train rows of 4 scenarios, 1 000 each (0 to 5 000)";
    let printed = run(&["config", "--data", arg(&data), "--set", "train.batch=32"], 0).out;
    assert!(printed.starts_with(&format!("# {reason}; batch 32, ")), "{printed}");

    let out = folder.path().join("run");
    let fit =
        ["fit", "--method", "st", "--data", arg(&data), "--out", arg(&out), "--max-steps", "1"];
    let told = run(&fit, 0);
    assert!(told.err.contains(&format!("{reason}; batch 64, ")), "{}", told.err);
    let kept = out.join("config.toml");
    assert_eq!(config(&["--config", arg(&kept)]), small);

    let plan = folder.path().join("plan.toml");
    fs::write(&plan, "seeds = 1\n[[system]]\nname = \"st\"\nmethod = \"st\"\n").unwrap();
    let out = folder.path().join("table");
    let compare = ["compare", arg(&plan), "--data", arg(&data), "--out", arg(&out)];
    let compare = [&compare[..], &["--max-steps", "1", "--json"]].concat();
    assert_eq!(run(&compare, 0).json()["preset"], "small-log");
    let compare = [&compare[..], &["--preset", "demo"]].concat();
    let other = folder.path().join("other");
    let compare: Vec<&str> = compare
        .into_iter()
        .map(|word| if word == arg(&out) { arg(&other) } else { word })
        .collect();
    assert_eq!(run(&compare, 0).json()["preset"], "demo");
}

#[test]
fn presets_are_taken_by_their_former_names() {
    assert_eq!(config(&["--preset", "ali-ccp"]), config(&["--preset", "paper-ali-ccp"]));
    assert_eq!(config(&["--preset", "ali-mama"]), config(&["--preset", "paper-ali-mama"]));
    let error = run(&["config", "--preset", "ali"], 2).err;
    assert!(error.contains("paper-ali-mama") && !error.contains(" ali-mama"), "{error}");
}

#[test]
fn many_more_threads_than_cores_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let told = |threads: usize| {
        let (threads, out) = (threads.to_string(), folder.path().join(threads.to_string()));
        let fit = ["fit", "--method", "st", "--data", arg(&data), "--out", arg(&out)];
        let fit = [&fit[..], &["--max-steps", "1", "--threads", &threads]].concat();
        run(&fit, 0).err
    };
    let error = told(2 * cores + 1);
    let expected =
        format!("warning: {} threads wait for each other on {cores} cores", 2 * cores + 1);
    assert!(error.contains(&expected), "{error}");
    assert!(!told(2 * cores).contains("wait for each other"));
}

#[test]
fn what_is_printed_gives_the_same_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("printed.toml");
    let printed =
        run(&["config", "--preset", "demo", "--set", "train.embedding_optimizer=lazy-adam"], 0).out;
    fs::write(&file, &printed).unwrap();
    assert_eq!(run(&["config", "--config", arg(&file)], 0).out, printed);
}

#[test]
fn slips_are_named_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("my.toml");
    let told = |text: &str| {
        fs::write(&file, text).unwrap();
        run(&["config", "--config", arg(&file)], 3).error().to_owned()
    };
    let error = told("[model]\ndim = 8\n\n[search]\ntreshold = 0.4\n");
    assert!(
        error.contains(
            "my.toml:5: unknown setting \"search.treshold\"; did you mean \"search.threshold\"?"
        ),
        "{error}"
    );
    let error = told("[serach]\nlr = 1\n");
    assert!(
        error.contains("my.toml:1: unknown section \"serach\"; did you mean \"search\"?"),
        "{error}"
    );
    let error = told("[search]\n\nlr = \"fast\"\n");
    assert!(error.contains("my.toml:3: search.lr: "), "{error}");
    let error = told("[select]\nby = \"batches\"\n");
    assert!(error.contains("my.toml:2: select.by: ") && error.contains("batch"), "{error}");
    let error = told("[search]\nthreshold = 1.5\n");
    assert!(
        error.contains("my.toml:2: search.threshold: expected between 0 and 1, got 1.5"),
        "{error}"
    );
    let error = told("[search\n");
    assert!(error.contains("my.toml:1: "), "{error}");
}

#[test]
fn a_row_cannot_train_more_towers_than_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("run");
    let args = ["fit", "--data", arg(&data), "--out", arg(&out), "--method", "mt-s"];
    let with = |towers: &'static str| [&args[..], &SMALL, &["--set", towers]].concat();
    let error = run(&with("retrain.towers_per_row=5"), 3).error().to_owned();
    assert!(error.contains("retrain.towers_per_row: expected at most 4"), "{error}");
    assert!(!out.exists());
    run(&with("retrain.towers_per_row=2"), 0);
    // Another draw is another training.
    let other = [&with("retrain.towers_per_row=3")[..], &["--resume"]].concat();
    assert!(run(&other, 2).error().contains("towers_per_row"));
}

#[test]
fn slips_elsewhere_are_named_too() {
    assert!(
        run(&["config", "--set", "search.lr"], 3).error().contains("expected section.key=value")
    );
    assert!(
        run(&["config", "--set", "search.lrr=1"], 3)
            .error()
            .contains("did you mean \"search.lr\"?")
    );
    assert!(run(&["config", "--config", "/nowhere.toml"], 3).error().contains("/nowhere.toml"));
    let error = finish(ssim(&["config"]).env("SSIM_SEARCH_LAMDBA", "1"), 3);
    assert!(error.error().contains("SSIM_SEARCH_LAMDBA") && error.error().contains("lambda"));
    finish(ssim(&["config"]).env("SSIM_OPEN_BANDIT", "somewhere").env("SSIM_WEB_DIST", "dist"), 0);
    run(&["config", "--preset", "ali"], 2);
}

#[test]
fn several_processes_need_a_program_with_mpi() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("run");
    let mut fit = ssim(&["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&out)]);
    let printed = finish(fit.env("OMPI_COMM_WORLD_SIZE", "2"), 2);
    assert!(printed.error().contains("built without MPI"), "{}", printed.error());
    assert!(!out.exists());
}

#[test]
fn sizes_out_of_bounds_are_refused_before_the_run_begins() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let out = folder.path().join("run");
    let huge = ["--set", "model.dim=100000000"];
    let fit = ["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&out)];
    let printed = run(&[&fit[..], &huge].concat(), 3);
    let error = printed.error();
    assert!(error.contains("model.dim: expected 1 to 4096, got 100000000"), "{error}");
    assert!(!out.exists());
    // Each width is allowed, but not the product of them.
    let wide = ["--set", "model.mlp=[65536,65536,65536]"];
    let error = run(&[&fit[..], &wide].concat(), 3).error().to_owned();
    assert!(error.contains("network: expected at most 4294967296 weights"), "{error}");
}

#[test]
fn rows_that_a_manifest_makes_up_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = synthetic(folder.path(), 5000);
    let manifest = data.join("schema.json");
    let mut says: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    says["rows"]["train"] = 10_000_000_000_000u64.into();
    says.as_object_mut().unwrap().remove("checksum");
    std::fs::write(&manifest, says.to_string()).unwrap();
    let out = folder.path().join("run");
    let fit = ["fit", "--method", "mt", "--data", arg(&data), "--out", arg(&out)];
    let error = run(&fit, 4).error().to_owned();
    let expected = "schema.json: rows.train: expected at most 4294967295, got 10000000000000";
    assert!(error.contains(expected), "{error}");
    assert!(!out.exists());
}
