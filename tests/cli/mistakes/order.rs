//! Commands in the wrong order, and folders that hold something already.

use super::Mistake;

pub const MISTAKES: &[Mistake] = &[
    ("evaluate before fit", 4, "ssim evaluate --run new --data data"),
    ("export before fit", 4, "ssim export --run new --out new.ssim"),
    ("retrain without a list", 2, "ssim retrain --data data --out out"),
    ("select without a search", 4, "ssim select --run run-st --data data --out l.parquet"),
    ("select without rows", 2, "ssim select --run run --out l.parquet"),
    ("sweep without a search", 4, "ssim sweep --run run-st --data data"),
    ("evaluate a run that has not ended", 4, "ssim evaluate --run unfinished --data data"),
    ("export a run that has not ended", 4, "ssim export --run unfinished --out new.ssim"),
    (
        "score with a run that has not ended",
        4,
        "ssim score --run unfinished --input log.csv --out s.csv",
    ),
    ("export a race that has not ended", 4, "ssim export --run race --out new.ssim"),
    ("fit into a run that is there", 2, "ssim fit --method ssim --data data --out run"),
    ("fit into a folder of other files", 2, "ssim fit --method ssim --data data --out data"),
    (
        "go on with another seed",
        2,
        "ssim fit --method ssim --data data --out run --resume --seed 2",
    ),
    (
        "go on with other settings",
        2,
        "ssim fit --method ssim --data data --out run --threads 2 --max-steps 6 --resume --preset demo",
    ),
    ("go on with other data", 2, "ssim fit --method ssim --data other --out run --resume"),
    ("go on with another method", 2, "ssim fit --method mt --data data --out run --resume"),
    ("race into a run that is there", 2, "ssim fit --data data --out run"),
    ("run into a folder that is there", 2, "ssim run log.csv --out run"),
    (
        "prepare into data that are there",
        2,
        "ssim prepare table --input log.csv --schema schema.toml --out data",
    ),
    ("search into a run that is there", 2, "ssim search --data data --out run"),
    ("compare into a run", 2, "ssim compare plan.toml --data data --out run --max-steps 1"),
    ("write over a schema", 2, "ssim init log.csv --out schema.toml"),
    ("a race with one method", 2, "ssim fit --method st --trials 3 --data data --out out"),
    (
        "a race on a list",
        2,
        "ssim fit --method auto --shared run/shared.parquet --data data --out out",
    ),
    (
        "a list for a method without one",
        2,
        "ssim fit --method st --shared run/shared.parquet --data data --out out",
    ),
    ("data and rows together", 2, "ssim evaluate --run run --data data --input log.csv"),
    (
        "a ratio and a threshold together",
        2,
        "ssim select --run run --data data --out l.parquet --ratio 0.2 --threshold 0",
    ),
    (
        "pictures of runs on different data",
        4,
        "ssim plot metrics --run run --run run-other --out m.svg",
    ),
    ("a picture that needs an artifact", 2, "ssim plot matrix --run run --out m.svg"),
    ("two runs in one map", 2, "ssim plot map --run run --run run-st --out m.svg"),
    ("a schema and a column", 2, "ssim run log.csv --schema schema.toml --label click --out out"),
    ("a port that is in use", 1, "ssim serve run.ssim --web page --port $PORT"),
];
