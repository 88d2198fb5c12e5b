//! The command line: all commands, and the function that runs each.

mod advice;
mod examples;
mod others;

use crate::command::{
    bench_device, bench_step, bench_train, compare, config, demo, doctor, evaluate, export, fit,
    init, plot, prepare, profile, retrain, rows, run, score, search, select, serve, sweep,
    transfer,
};
#[cfg(feature = "manual")]
use crate::command::{completions, man, reference};
use crate::machine::memory;
use crate::terminal::{out, report};
use anyhow::Result;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::time::Instant;

/// Scenario shared instance modeling: find the training instances worth showing to every
/// scenario, and train multi-scenario CTR models on them.
#[derive(Debug, Parser)]
#[command(name = "ssim", version, max_term_width = 80, after_help = AFTER)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print results and errors alone: no progress, no remarks
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Also print the files that are read, and how long the command took
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Color of messages; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

const AFTER: &str = "\
To begin: ssim run LOG --out FOLDER, or ssim demo --quick.
Data go to standard output, everything else to standard error.
Exit codes: 0 ok, 1 failure, 2 usage, 3 bad config, 4 bad data, 5 diverged,
130 interrupted (a checkpoint is written first).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on an embedded synthetic data set, and report
    Demo(demo::DemoArgs),
    /// Go from a log to a report in one command
    Run(run::RunArgs),
    /// Look at a log and write a schema for it
    Init(init::InitArgs),
    /// Turn a raw click log into a data folder
    #[command(subcommand)]
    Prepare(prepare::Prepare),
    /// Search, select, retrain and evaluate
    Fit(fit::FitArgs),
    /// Phase 1 alone: train a selector
    Search(search::SearchArgs),
    /// Let a run's selector make the list of shared instances
    Select(select::SelectArgs),
    /// Phase 2 alone: train a model on a given list
    Retrain(retrain::RetrainArgs),
    /// Retrain at several ratios, methods and seeds, to measure what the list is worth
    Sweep(sweep::Sweep),
    /// Run the systems of a plan with several seeds, and put them in one table
    Compare(compare::CompareArgs),
    /// Measure a run's model
    Evaluate(evaluate::EvaluateArgs),
    /// Predict CTR and share score for new rows, streaming
    Score(score::ScoreArgs),
    /// Draw a run's numbers
    Plot(plot::PlotArgs),
    /// Put a run into one file, for the browser
    Export(export::Export),
    /// List the rows of an artifact that match a selection rule of the page
    Rows(rows::RowsArgs),
    /// Say which values of fields an artifact's list prefers
    Profile(profile::ProfileArgs),
    /// Say how the towers changed on the shared rows of other scenarios
    Transfer(transfer::TransferArgs),
    /// Show an artifact in the browser, on this machine only
    Serve(serve::ServeArgs),
    /// Print the effective settings
    Config(config::ConfigArgs),
    /// Look at data before training on them
    Doctor(doctor::DoctorArgs),
    /// Print a completion script for a shell
    #[cfg(feature = "manual")]
    Completions(completions::CompletionsArgs),
    /// Print the manual page
    #[cfg(feature = "manual")]
    Man(man::ManArgs),
    /// Time the phases
    #[command(hide = true)]
    BenchTrain(bench_train::BenchTrain),
    /// Time steps on a device
    #[command(hide = true)]
    BenchDevice(bench_device::BenchDevice),
    /// Time steps beside the cost model
    #[command(hide = true)]
    BenchStep(bench_step::BenchStep),
    /// Print a chapter of the book that is made of the program
    #[cfg(feature = "manual")]
    #[command(hide = true)]
    Reference(reference::ReferenceArgs),
}

impl Cli {
    /// The commands with their options, examples in every help, and numbers below zero as values.
    pub fn program() -> clap::Command {
        examples::added(with_negative_numbers(Self::command()), "")
    }

    /// Parses the arguments of the process. For help and for arguments that cannot be parsed, it prints
    /// the answer and ends the process.
    pub fn of_process() -> Self {
        let line: Vec<_> = std::env::args_os().collect();
        // The parser colors its own answers, also those about a line that it cannot read.
        let color = color_of(&line);
        out::paint(color);
        let mut program = Self::program().color(color);
        let parsed = program.try_get_matches_from_mut(&line);
        let parsed = parsed.and_then(|matches| Self::from_arg_matches(&matches));
        parsed.unwrap_or_else(|error| advice::added(error, &program, &line).exit())
    }

    /// Runs the command that the arguments name.
    ///
    /// # Errors
    /// Returns the error that stops the command.
    pub fn run(&self) -> Result<()> {
        if self.quiet {
            out::mute();
        }
        if self.verbose {
            out::tell_more();
        }
        let began = Instant::now();
        let result = self.called();
        let memory = memory::peak().map(|bytes| format!(", at most {}", report::bytes(bytes)));
        let took = report::duration(began.elapsed().as_secs_f64());
        out::detail(&format!("took {took}{}", memory.unwrap_or_default()));
        result
    }

    fn called(&self) -> Result<()> {
        match &self.command {
            Command::Demo(args) => demo::run(args),
            Command::Run(args) => run::run(args),
            Command::Init(args) => init::run(args),
            Command::Prepare(args) => prepare::run(args),
            Command::Fit(args) => fit::run(args),
            Command::Search(args) => search::run(args),
            Command::Select(args) => select::run(args),
            Command::Retrain(args) => retrain::run(args),
            Command::Sweep(args) => sweep::run(args),
            Command::Compare(args) => compare::run(args),
            Command::Evaluate(args) => evaluate::run(args),
            Command::Score(args) => score::run(args),
            Command::Plot(args) => plot::run(args),
            Command::Export(args) => export::run(args),
            Command::Rows(args) => rows::run(args),
            Command::Profile(args) => profile::run(args),
            Command::Transfer(args) => transfer::run(args),
            Command::Serve(args) => serve::run(args),
            Command::Config(args) => config::run(args),
            Command::Doctor(args) => doctor::run(args),
            #[cfg(feature = "manual")]
            Command::Completions(args) => completions::run(args),
            #[cfg(feature = "manual")]
            Command::Man(args) => man::run(args),
            Command::BenchTrain(args) => bench_train::run(args),
            Command::BenchDevice(args) => bench_device::run(args),
            Command::BenchStep(args) => bench_step::run(args),
            #[cfg(feature = "manual")]
            Command::Reference(args) => reference::run(args),
        }
    }
}

/// The choice of `--color` on a line, if there is one.
fn color_of(line: &[OsString]) -> ColorChoice {
    let words: Vec<_> = line.iter().map(|word| word.to_string_lossy()).collect();
    let after = words.array_windows().find_map(|[word, next]| (word == "--color").then_some(next));
    let inside = || words.iter().find_map(|word| word.strip_prefix("--color="));
    let said = after.map(|word| word.as_ref()).or_else(inside);
    said.and_then(|word| word.parse().ok()).unwrap_or(ColorChoice::Auto)
}

/// The same commands, whose options take `-1` as a value: the answer then says which values are
/// expected, and not that there is no option `-1`.
fn with_negative_numbers(command: clap::Command) -> clap::Command {
    let value = |arg: clap::Arg| {
        let takes = arg.get_action().takes_values();
        arg.allow_negative_numbers(takes)
    };
    command.mut_args(value).mut_subcommands(with_negative_numbers)
}
