//! The pictures of a report as they are before a script draws them anew, or where none runs.

use crate::pictures::{picture, poster};
use crate::run::journal;
use crate::run::run_folder::RunFolder;
use anyhow::Result;
use ssim_core::artifact::record::Record;
use ssim_figure::{Figures, State, View};
use ssim_viz::{Look, Theme};

/// A picture in the colours of the report.
pub struct Still {
    /// The state that a live picture begins with; nothing for a picture that stays as it is.
    pub state: Option<String>,
    pub svg: String,
}

/// The report's own colours.
fn look() -> Look {
    Look { theme: Theme::Inherit, ..Look::default() }
}

/// Draws the states of an artifact.
///
/// # Errors
/// The artifact does not hold the thing that a state asks for.
pub fn of_artifact(figures: &Figures, states: &[State]) -> Result<Vec<Still>> {
    let still = |state: &State| {
        Ok(Still { state: Some(state.to_string()), svg: poster::svg(figures, state, &look())? })
    };
    states.iter().map(still).collect()
}

/// The reason for which an artifact has no map; empty if it has one.
pub fn no_map(figures: &Figures) -> &'static str {
    match figures.views().any(|view| view == View::Map) {
        true => "",
        false => {
            "There is no map of rows, since the file has fewer than two rows that could be placed on it."
        }
    }
}

/// Draws the pictures that need no artifact.
///
/// # Errors
/// The journal of the run is damaged.
pub fn of_run(run: &RunFolder, record: &Record) -> Result<Vec<Still>> {
    let mut pictures = vec![picture::metrics(std::slice::from_ref(record), &look())];
    if run.metrics().exists() {
        pictures.push(picture::curves(&journal::lines(&run.metrics())?, &look()));
    }
    Ok(pictures.into_iter().map(|svg| Still { state: None, svg }).collect())
}
