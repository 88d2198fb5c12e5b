//! `cargo xtask book`: builds one folder of static files from the book, the libraries'
//! documentation and, if it has been built, the page, and checks that no link in it is dead.

mod api;
mod links;

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

use crate::{native, place, run, tools};

/// Chapters that the program writes.
const GENERATED: [&str; 2] = ["commands", "settings"];
/// The pictures that a reader sees until live views take their places: the file, and the arguments
/// of `ssim plot`. Both are drawn from the same artifact.
const POSTERS: [(&str, &[&str]); 5] = [
    ("demo-map.svg", &["map", "--ratio", "0.7"]),
    ("demo-shares.svg", &["shares", "--ratio", "0.7"]),
    ("demo-metrics.svg", &["metrics"]),
    ("demo-curves.svg", &["curves", "--curve", "shared"]),
    ("demo-whatif.svg", &["whatif"]),
];

pub fn chore(args: &[String]) -> Result<()> {
    if let Some(unknown) = args.first() {
        bail!("book takes no arguments, got `{unknown}`");
    }
    build()
}

/// Writes the generated chapters and pictures, builds the book and follows every link in it.
pub fn build() -> Result<()> {
    generate()?;
    tools::mdbook()?;
    let book = place::book();
    if book.exists() {
        fs::remove_dir_all(&book).with_context(|| format!("removing {}", book.display()))?;
    }
    run::check(run::program("mdbook")?.args(["build", "docs", "--dest-dir"]).arg(&book))?;
    api::build(&book.join("api"))?;
    match place::dist().join("index.html").exists() {
        true => copy(&place::dist(), &book.join("page"))?,
        false => eprintln!(
            "no page in {}: pictures will not be live (cargo xtask web --release)",
            place::dist().display()
        ),
    }
    let pages = links::check(&book)?;
    eprintln!("book: {} ({pages} pages, no dead link)", book.join("index.html").display());
    Ok(())
}

/// Lets the program write its chapters and draw the pictures.
fn generate() -> Result<()> {
    let ssim = native::build()?;
    for chapter in GENERATED {
        let text = run::text(run::program(&ssim)?.args(["reference", chapter]))?;
        let file = place::root().join("docs").join(format!("{chapter}.md"));
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    for (file, state) in POSTERS {
        let mut plot = run::program(&ssim)?;
        plot.arg("plot").args(state).arg("--artifact").arg(place::root().join("static/demo.ssim"));
        run::check(plot.arg("--out").arg(place::root().join("docs").join(file)))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let path = entry.path();
        let to = to.join(entry.file_name());
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}
