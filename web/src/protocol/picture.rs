//! The pictures and tables that the worker makes, so that the page's program need not hold what makes them.
//! The page itself draws all that moves while a reader drags.

use serde::{Deserialize, Serialize};
use ssim_viz::Picks;

/// A picture as SVG, a table as HTML, or the text of a file. Metrics have their names of addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Picture {
    /// A picture of the start page. The scenarios have the colours of `picks`.
    Step {
        /// The picture.
        picture: StoryPicture,
        /// The scenarios with a colour.
        picks: Picks,
    },
    /// A metric of every scenario under every method.
    Metrics(MethodsWanted),
    /// The change of a metric in every scenario from no sharing to the list of the selector.
    Change(MethodsWanted),
    /// A metric of every scenario under every method, as a table.
    Methods(MethodsWanted),
    /// The same table as the text of a file.
    MethodsFile(MethodsWanted, FileForm),
    /// How a model ranks the rows of the file.
    Ranking(ModelWanted),
    /// Whether the predictions of a model are as high as the click rates.
    Calibration(ModelWanted),
    /// A metric at every ratio under every list.
    Sweep {
        /// The metric.
        metric: String,
        /// The index of a scenario, or all rows.
        of: Option<usize>,
        /// The ratio that gets a line.
        ratio: Option<f64>,
    },
    /// A metric of models that were trained on two lists, as the lines of a table.
    Worth {
        /// The metric.
        metric: String,
        /// The methods that make the two lists, and the lists' ratios.
        sides: [(String, f64); 2],
        /// Whether the lists take the best rows of the pool of the run.
        is_of_run: bool,
    },
    /// The fields and the networks of the file.
    Inside,
    /// Numbers by step, such as those of a training.
    Curves {
        /// The heading.
        title: String,
        /// The name of the number.
        y: String,
        /// The curves: a name, and pairs of a step and a number.
        curves: Vec<(String, Vec<(f64, f64)>)>,
    },
}

/// The choices that metrics under methods depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodsWanted {
    /// The metric.
    pub metric: String,
    /// The share ratio.
    pub ratio: f64,
    /// The scenarios with a colour, which are shown in any case.
    pub picks: Picks,
}

/// The choices that a picture of one model depends on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelWanted {
    /// The model's index in [`super::Overview::models`].
    pub model: usize,
    /// The scenarios with a colour.
    pub picks: Picks,
}

/// A picture of the start page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoryPicture {
    /// The training rows of every scenario, and how many of them are shared.
    Rows,
    /// Sharing nothing against sharing everything.
    Ends,
    /// The rows by share score.
    Map,
    /// The share of the mask while searching.
    Search,
    /// The metric at every ratio.
    Ratios,
    /// The metric of every scenario under every method.
    Result,
}

/// A form of a table for other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileForm {
    /// Comma-separated values.
    Csv,
    /// A table of Markdown.
    Markdown,
    /// A table of LaTeX.
    Latex,
}
