//! The map of rows that have no share score: similar rows lie near each other.

use crate::Figures;
use crate::figures::MARKS;
use ssim_core::artifact::{Artifact, Projection};
use ssim_core::error::Result;
use ssim_core::look::stratified_sample;
use ssim_viz::{Look, Map, Marked, OTHER, Points, count, fixed};

/// The projection by which an artifact's rows are placed: t-SNE, which keeps neighbours together, else the first. `None` if
/// the artifact has none, or its map is by share score and towers.
pub(crate) fn of(artifact: &Artifact) -> Result<Option<Projection>> {
    let header = &artifact.header;
    if header.selector.is_some() && header.model.towers > 1 {
        return Ok(None);
    }
    let mut found = artifact.projections()?;
    let best = found.iter().position(|projection| projection.name == TSNE).unwrap_or(0);
    let placed = |p: &Projection| p.at.iter().any(|at| at.is_finite());
    Ok((best < found.len()).then(|| found.swap_remove(best)).filter(placed))
}

/// The name of t-SNE in artifacts.
const TSNE: &str = "tsne";

/// The name of a projection for readers.
fn title(name: &str) -> &str {
    match name {
        TSNE => "t-SNE",
        "pca" => "PCA",
        name => name,
    }
}

impl Figures {
    /// The rows in the plane of a projection, with clicked ones filled.
    pub(crate) fn plane_map(&self, plane: &Projection, look: &Look) -> (String, String) {
        let at = |i: u32| [2 * i as usize, 2 * i as usize + 1].map(|place| plane.at[place]);
        let rows = stratified_sample::places(&self.sample.scenarios, self.names.len(), MARKS, 0);
        // A row that was not placed has no number.
        let rows: Vec<u32> =
            rows.into_iter().filter(|i| at(*i).iter().all(|at| at.is_finite())).collect();
        let [x, y] = [0, 1].map(|axis| rows.iter().map(|i| at(*i)[axis]).collect::<Vec<f32>>());
        let counts = self.counts(&self.clicks);
        let class = |i: &u32| {
            let k = usize::from(self.sample.scenarios[*i as usize]);
            counts.get(k).map_or(OTHER, |scenario| scenario.class)
        };
        let class: Vec<u8> = rows.iter().map(class).collect();
        let clicked: Vec<bool> = rows.iter().map(|i| self.clicks[*i as usize]).collect();
        let name = title(&plane.name);
        let map = Map {
            title: "Test instances: similar ones lie near each other".into(),
            note: format!(
                "{} of {} test instances are drawn, small scenarios over-represented. Neighbours have similar embeddings \
                 ({name}, trustworthiness {}).",
                count(rows.len() as u64),
                count(self.sample.len() as u64),
                fixed(plane.trustworthiness, 2)
            ),
            x: format!("{name}, first axis"),
            y: format!("{name}, second axis"),
            value: String::new(),
            marked: Marked::Clicked,
            cuts: Vec::new(),
            scenarios: counts,
            points: Points { x: &x, y: &y, class: &class, shared: &clicked, ..Points::default() },
        };
        (map.title.clone(), map.svg_with(look, &|_, _, _| None))
    }
}
