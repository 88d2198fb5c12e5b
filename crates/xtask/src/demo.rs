//! `cargo xtask demo`: builds the program, trains models and shows the table of their results, then
//! builds the page and opens it. The page takes longest to build, and the table needs none.

use anyhow::Result;

use crate::{place, run, web};

/// Options of `ssim demo` that say how the page is served. They go to `ssim serve`.
const PAGE: [&str; 3] = ["--port", "--allow-host", "--web"];

/// The parts of the program that the quick demo leaves out are features of `ssim-cli` that are on
/// by default, and this is how it is built without them. `cargo xtask test lint` checks the same.
pub const QUICK_BUILD: [&str; 3] = ["--package", "ssim-cli", "--no-default-features"];

pub fn chore(mut args: Vec<String>) -> Result<()> {
    let serve = !args.iter().any(|arg| arg == "--no-serve");
    args.retain(|arg| arg != "--no-serve" && arg != "--serve");
    let (page, mut args) = divided(args);
    let quick = args.iter().any(|arg| arg == "--quick");
    if !args.iter().any(|arg| arg == "--out" || arg.starts_with("--out=")) {
        args.extend(["--out".to_owned(), place::cache()?.join("demo").display().to_string()]);
    }

    let profile = if quick { "quick" } else { "release" };
    eprintln!("building ssim (profile {profile}; minutes the first time)");
    let mut build = run::cargo()?;
    build.args(["build", "--profile", profile]);
    run::check(match quick {
        true => build.args(QUICK_BUILD),
        false => build.args(["--package", "ssim-cli"]),
    })?;
    let ssim = place::native_target()?.join(profile).join("ssim");
    run::check(run::program(&ssim)?.arg("demo").args(&args))?;
    if !serve {
        return Ok(());
    }

    eprintln!("building the page (release; minutes the first time)");
    web::build(true)?;
    let mut show = run::program(&ssim)?;
    show.arg("serve").arg(place::root().join(folder(&args)).join("demo.ssim")).args(page);
    run::check(show.env("SSIM_WEB_DIST", place::dist()))
}

/// Divides arguments into those for the server, each with its value, and the others.
fn divided(args: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut page, mut rest) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let name = arg.split_once('=').map_or(&arg[..], |(name, _)| name);
        if !PAGE.contains(&name) {
            rest.push(arg);
            continue;
        }
        let value = if arg.contains('=') { None } else { args.next() };
        page.extend([arg].into_iter().chain(value));
    }
    (page, rest)
}

/// The folder that `--out` names.
fn folder(args: &[String]) -> &str {
    let follows = args.windows(2).filter(|pair| pair[0] == "--out").map(|pair| &pair[1][..]);
    let within = args.iter().filter_map(|arg| arg.strip_prefix("--out="));
    follows.chain(within).next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{divided, folder};

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_server_gets_its_own_arguments() {
        let (page, rest) = divided(words("--quick --port 0 --out x --allow-host=a --seed 2"));
        assert_eq!(page, words("--port 0 --allow-host=a"));
        assert_eq!(rest, words("--quick --out x --seed 2"));
    }

    #[test]
    fn the_folder_is_the_one_that_was_named() {
        assert_eq!(folder(&words("--quick --out x")), "x");
        assert_eq!(folder(&words("--out=y/z --quick")), "y/z");
    }
}
