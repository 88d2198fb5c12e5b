//! Words of other programs, and the words of this one for them.

/// Commands of other programs, and the words to write here.
pub const COMMANDS: [(&[&str], &str); 10] = [
    (&["train", "learn"], "ssim fit"),
    (&["start", "auto", "all"], "ssim run"),
    (&["predict", "infer", "inference"], "ssim score"),
    (&["eval", "test", "validate", "metrics"], "ssim evaluate"),
    (&["import", "convert", "preprocess", "split", "load"], "ssim prepare"),
    (&["tune", "benchmark", "experiment", "grid"], "ssim compare"),
    (&["show", "view", "ui", "web", "page", "open"], "ssim serve"),
    (&["check", "inspect", "stats", "describe", "info"], "ssim doctor"),
    (&["csv", "tsv", "json", "jsonl", "parquet", "raw", "own", "log"], "ssim prepare table"),
    (&["version"], "ssim --version"),
];

/// Options of other programs and of other commands, and the options and places here. The first that the
/// command has is told.
pub const OPTIONS: [(&[&str], &[&str]); 10] = [
    (&["o", "output", "output-dir", "out-dir", "dest", "save", "run"], &["out", "to"]),
    (&["d", "dataset", "train-data", "input", "data", "raw", "log"], &["data", "log", "input"]),
    (&["workers", "num-workers", "n-jobs", "cores", "j", "jobs"], &["threads"]),
    (&["random-state", "random-seed"], &["seed"]),
    (&["c", "conf", "settings"], &["config"]),
    (&["m", "model", "run", "checkpoint"], &["run", "backbone"]),
    (&["fmt", "type"], &["format", "to"]),
    (&["artifact", "file"], &["artifact", "file"]),
    (&["view", "picture", "plot"], &["view", "what"]),
    (&["plan"], &["plan"]),
];

/// Options that need more than another name.
pub const SENTENCES: [(&[&str], &str); 3] = [
    (&["gpu", "cuda", "use-cuda"], "the option for this is: --device cuda"),
    (
        &["overwrite", "force", "f", "replace", "continue", "restart"],
        "prepare, fit, search, retrain and run replace a folder by --force, or go on with a run by --resume",
    ),
    (&["silent", "s"], "progress is printed, unless --quiet stands on the line"),
];
