//! Lines that people can type, for the help of every command.

use clap::Command;

/// The words of a command after `ssim`, and its examples.
const EXAMPLES: [(&str, &[&str]); 27] = [
    ("demo", &["ssim demo --quick"]),
    ("run", &["ssim run log.csv --out shop --budget 30m", "ssim run log.csv --out shop --resume"]),
    (
        "init",
        &[
            "ssim init log.csv --out schema.toml",
            "ssim init films.csv --label stars --threshold 4 --out schema.toml",
        ],
    ),
    (
        "prepare table",
        &[
            "ssim prepare table --input log.csv --schema schema.toml --out data",
            "ssim prepare table --input tomorrow.csv --like data --out tomorrow",
        ],
    ),
    ("prepare ali-mama", &["ssim prepare ali-mama --input ali-mama.zip --out data"]),
    ("prepare ali-ccp", &["ssim prepare ali-ccp --input ali-ccp --out data"]),
    ("prepare movielens", &["ssim prepare movielens --input ml-100k.zip --out data"]),
    ("prepare kuairand", &["ssim prepare kuairand --input KuaiRand-1K.tar.gz --out data"]),
    ("prepare synthetic", &["ssim prepare synthetic --rows 30000 --seed 1 --out data"]),
    (
        "fit",
        &[
            "ssim fit --data data --out run",
            "ssim fit --data data --method ssim --set retrain.lr=0.001 --out run",
            "ssim fit --data data --out run --resume",
        ],
    ),
    ("search", &["ssim search --data data --out searched"]),
    ("select", &["ssim select --run run --data data --ratio 0.2 --out shared.parquet"]),
    ("retrain", &["ssim retrain --data data --shared shared.parquet --out again"]),
    ("sweep", &["ssim sweep --run run --data data --ratios 0.1,0.5 --seeds 3"]),
    (
        "compare",
        &[
            "ssim compare result2 --data data --out compared",
            "ssim compare plan.toml --data data --seeds 10 --jobs 4 --out compared",
        ],
    ),
    (
        "evaluate",
        &["ssim evaluate --run run --data data", "ssim evaluate --run run --input tomorrow.csv"],
    ),
    (
        "score",
        &[
            "ssim score --run run --input log.csv --out scores.csv",
            "ssim score --run run --input new.csv --out ctr.csv --drift drift.json",
        ],
    ),
    (
        "plot",
        &[
            "ssim plot map --run run --out map.svg",
            "ssim plot metrics --run run --run run-st --out metrics.svg",
        ],
    ),
    ("export", &["ssim export --run run --out run.ssim", "ssim export --run run --embed pictures"]),
    (
        "rows",
        &[
            "ssim rows run.ssim --rule \"scenario = 2 & score > 0.5\"",
            "ssim rows run.ssim --rule \"item = 3 & hour in (8, 12)\"",
        ],
    ),
    ("profile", &["ssim profile run.ssim", "ssim profile run.ssim --field item --top 50"]),
    ("transfer", &["ssim transfer run.ssim", "ssim transfer run.ssim --field item"]),
    ("serve", &["ssim serve run.ssim --port 8017"]),
    ("config", &["ssim config --data data", "ssim config --preset demo --set retrain.lr=0.001"]),
    (
        "doctor",
        &["ssim doctor data", "ssim doctor --input log.csv --schema schema.toml --likeness"],
    ),
    ("completions", &["ssim completions bash > ~/.local/share/bash-completion/completions/ssim"]),
    ("man", &["ssim man fit | man -l -"]),
];

/// The command with its examples, and those of its subcommands, at the end of the help. `words` are
/// those between the program's name and the command's, with a blank after each.
pub fn added(command: Command, words: &str) -> Command {
    let name = format!("{words}{}", command.get_name());
    let after = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    let under = if words.is_empty() && command.get_name() == "ssim" {
        String::new()
    } else {
        format!("{name} ")
    };
    let command = command.mut_subcommands(|sub| added(sub, &under));
    match EXAMPLES.iter().find(|(words, _)| *words == name) {
        None => command,
        Some((_, lines)) => {
            let lines = lines.join("\n    ");
            command.after_help(format!("{after}Examples:\n\n    {lines}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;
    use crate::cli::Cli;

    #[test]
    fn examples_can_be_typed() {
        for line in EXAMPLES.iter().flat_map(|(_, lines)| *lines) {
            assert!(line.len() <= 76, "the help would break this line: {line}");
            let line = line.split([';', '>', '|']).next().unwrap_or_default();
            if line.contains('"') {
                continue; // the shell would take the quotes away
            }
            let parsed = Cli::program().try_get_matches_from(line.split_whitespace());
            parsed.unwrap_or_else(|e| panic!("{line}: {e}"));
        }
    }

    #[test]
    fn every_command_that_people_see_has_examples() {
        let program = Cli::program();
        let shown = program.get_subcommands().filter(|c| !c.is_hide_set() && !c.has_subcommands());
        for command in shown {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{}", command.get_name());
        }
    }
}
