//! The reader's choices as the part of the page's address after `#`. The text is readable, has a
//! version, and holds every choice, so that a link opens the same picture.

use crate::number::number;
use crate::protocol::{Drawing, Overview};
use ssim_core::mask::Pool;
use ssim_core::method::{Method, PLANTED, Role};
pub use ssim_figure::Metric;
use ssim_figure::choices;
use ssim_viz::{Picks, Rect, Rule};
use std::fmt;

/// Version of the keys below. A link of another version opens the start page.
const VERSION: &str = "1";

/// Every choice that a reader can make. `None` stands for the default of the open file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// The page that is shown.
    pub route: Route,
    /// The reader's own file that the choices were made for; `None` for the file beside the page.
    pub file: Option<FileLink>,
    /// The picture of the rows, and its axes.
    pub axes: Option<Axes>,
    /// The property that determines the points' colour.
    pub colour: Colour,
    /// The list that determines which rows are shared.
    pub list: Option<List>,
    /// Share ratio: the part of the rows on the list, 0 to 1.
    pub ratio: Option<f64>,
    /// The pool of rows within which the best are chosen.
    pub cut: Option<Pool>,
    /// The lowest share score that is shared; replaces the ratio.
    pub threshold: Option<f32>,
    /// The moment of the search that is shown, from 1; `None` for the finished selector.
    pub moment: Option<usize>,
    /// The visible part of the map, in data units.
    pub view: Option<Rect>,
    /// The rule that selects rows.
    pub rule: Rule,
    /// The view of Explore that the worker draws.
    pub drawing: Option<Drawing>,
    /// The choices within that view, as the worker wrote them.
    pub detail: String,
    /// The scenarios with a colour of their own, where there are more than four.
    pub picks: Option<Picks>,
    /// The metric in charts and tables.
    pub metric: Metric,
    /// The scenario whose metric is drawn over the share ratio, by its number from 1; `None` for all
    /// rows.
    pub of: Option<u16>,
    /// The two lists that are compared, such as "ssim@0.3".
    pub models: [Option<String>; 2],
    /// Whether only the rows on which the two lists differ are shown.
    pub differences: bool,
    /// The row whose fields are edited, as an index into the sample.
    pub row: Option<u32>,
    /// The edited fields: the field's index, and the new id within the field.
    pub edits: Vec<(usize, u32)>,
}

/// A file of somebody's disk in a link. The link cannot bring the file along, and names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLink {
    /// The beginning of the SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// Its name.
    pub name: String,
}

choices! {
    /// A page.
    Route {
        /// Sharing explained in a few steps, and the start page.
        #[default]
        Story = "story",
        /// The map, and the views that are linked to it.
        Explore = "explore",
        /// Metrics of every scenario.
        Scenarios = "scenarios",
        /// Editing of one row.
        WhatIf = "what-if",
        /// Training in the page.
        Train = "train",
        /// Comparison of two lists.
        Compare = "compare",
        /// A live view for other documents.
        Embed = "embed",
    }
}

choices! {
    /// The picture of the rows: a map, of which these are the axes, or a strip per scenario.
    Axes {
        /// The share scores of every scenario, a strip each.
        Strips = "strips",
        /// The share score, and the disagreement of the towers.
        #[default]
        Map = "map",
        /// The first two principal components of the embedded rows.
        Pca = "pca",
        /// A t-SNE projection, which keeps the neighbourhoods of the embedded rows.
        Tsne = "tsne",
    }
}

choices! {
    /// The property that determines the points' colour.
    Colour {
        /// The row's scenario.
        #[default]
        Scenario = "scenario",
        /// The row's share score.
        Score = "score",
        /// Whether the row was clicked.
        Click = "click",
        /// The loss of the tower of the row's own scenario.
        Loss = "loss",
        /// Whether the row follows the common preference.
        Planted = "planted",
    }
}

choices! {
    /// A list of shared rows, with the name of the method that makes it.
    List {
        /// The rows with the best share scores.
        #[default]
        Ssim = Method::Ssim.name(),
        /// As many rows, drawn at random.
        Random = Method::SsimR.name(),
        /// The rows that follow the common preference; known for synthetic data only.
        Planted = PLANTED,
        /// All rows.
        All = Method::MtS.name(),
        /// No rows.
        Nothing = Method::Mt.name(),
    }
}

impl List {
    /// The list that a method trains on. `selector` says whether the run has one.
    pub fn of_method(method: &str, selector: bool) -> Self {
        match Role::of(method) {
            _ if method == PLANTED => Self::Planted,
            Role::OneTower | Role::SharesNothing => Self::Nothing,
            Role::SharesAll => Self::All,
            Role::SharesRandom => Self::Random,
            Role::Other if selector => Self::Ssim,
            Role::Other => Self::Nothing,
        }
    }

    /// Whether the list is the same at every ratio and in every pool.
    pub fn is_end(self) -> bool {
        matches!(self, Self::All | Self::Nothing)
    }
}

impl Overview {
    /// The list that the run was trained on.
    pub fn list(&self) -> List {
        List::of_method(&self.method, self.selected)
    }
}

impl Address {
    /// Changes a field of the row. The edits stay in the order of the fields.
    pub fn edit(&mut self, field: usize, id: u32) {
        self.edits.retain(|e| e.0 != field);
        let at = self.edits.partition_point(|e| e.0 < field);
        self.edits.insert(at, (field, id));
    }

    /// Reads the part of an address after `#`. A choice that cannot be read keeps its default, so
    /// that an old link still works as far as possible.
    pub fn parse(hash: &str) -> Self {
        let hash = hash.trim_start_matches('#').trim_start_matches('/');
        let (path, query) = hash.split_once('?').unwrap_or((hash, ""));
        let mut address = Self { route: Route::find(path).unwrap_or_default(), ..Self::default() };
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        if pairs.iter().any(|(key, value)| key == "u" && value != VERSION) {
            return Self::default();
        }
        for (key, value) in pairs {
            address.read(&key, &value);
        }
        address
    }

    fn read(&mut self, key: &str, value: &str) {
        match key {
            "f" => {
                self.file = value.split_once(':').map(|(digest, name)| FileLink {
                    digest: digest.to_owned(),
                    name: name.to_owned(),
                });
            }
            "x" => self.axes = Axes::find(value),
            "c" => self.colour = Colour::find(value).unwrap_or_default(),
            "l" => self.list = List::find(value),
            "r" => self.ratio = number(value).filter(|r| (0.0..=1.0).contains(r)),
            "k" => self.cut = Pool::find(value),
            "t" => self.threshold = number(value).map(|t| t as f32).filter(|t| t.is_finite()),
            "o" => self.moment = value.parse().ok().filter(|o| *o > 0),
            "v" => self.view = rect(value),
            "s" => self.rule = Rule::parse(value, number).unwrap_or_default(),
            "w" => self.drawing = Drawing::find(value),
            "g" => self.detail = value.to_owned(),
            "p" => self.picks = picks(value),
            "n" => self.of = value.parse().ok().filter(|n| *n > 0),
            "m" => self.metric = Metric::find(value).unwrap_or_default(),
            "a" => self.models[0] = Some(value.to_owned()),
            "b" => self.models[1] = Some(value.to_owned()),
            "d" => self.differences = value == "1",
            "i" => self.row = value.parse().ok(),
            "e" => self.edits = edits(value),
            _ => {}
        }
    }
}

impl fmt::Display for Address {
    /// Writes the choices that are not the default, in a fixed order:
    /// `#/explore?c=score&r=0.3&u=1`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut put = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                query.append_pair(key, &value);
            }
        };
        let unless_default =
            |name: &'static str, default: &'static str| (name != default).then(|| name.to_owned());
        put("f", self.file.as_ref().map(|file| format!("{}:{}", file.digest, file.name)));
        put("x", self.axes.map(|x| x.name().to_owned()));
        put("c", unless_default(self.colour.name(), Colour::default().name()));
        put("l", self.list.map(|list| list.name().to_owned()));
        put("r", self.ratio.map(|r| r.to_string()));
        put("k", self.cut.map(|cut| cut.name().to_owned()));
        put("t", self.threshold.map(|t| t.to_string()));
        put("o", self.moment.map(|o| o.to_string()));
        put("v", self.view.map(|v| format!("{},{},{},{}", v.x.0, v.x.1, v.y.0, v.y.1)));
        put("s", Some(self.rule.to_string()).filter(|rule| !rule.is_empty()));
        put("w", self.drawing.map(|w| w.name().to_owned()));
        put("g", Some(self.detail.clone()).filter(|detail| !detail.is_empty()));
        put("p", self.picks.map(|p| p.map(|k| k.to_string()).join(".")));
        put("n", self.of.map(|n| n.to_string()));
        put("m", unless_default(self.metric.name(), Metric::default().name()));
        put("a", self.models[0].clone());
        put("b", self.models[1].clone());
        put("d", self.differences.then(|| "1".into()));
        put("i", self.row.map(|i| i.to_string()));
        let edits = self.edits.iter().map(|(field, id)| format!("{field}:{id}"));
        put("e", Some(edits.collect::<Vec<_>>().join(",")).filter(|e| !e.is_empty()));
        put("u", Some(VERSION.into()));
        write!(f, "#/{}?{}", self.route.name(), query.finish())
    }
}

fn picks(text: &str) -> Option<Picks> {
    let picks: Option<Vec<u16>> = text.split('.').map(|k| k.parse().ok()).collect();
    picks?.try_into().ok()
}

fn rect(text: &str) -> Option<Rect> {
    let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
    let [left, right, bottom, top] = numbers?.try_into().ok()?;
    let is_rectangle = left < right
        && bottom < top
        && [left, right, bottom, top].iter().all(|n: &f64| n.is_finite());
    is_rectangle.then_some(Rect { x: (left, right), y: (bottom, top) })
}

fn edits(text: &str) -> Vec<(usize, u32)> {
    let edits = text.split(',').filter_map(|pair| {
        let (field, id) = pair.split_once(':')?;
        Some((field.parse().ok()?, id.parse().ok()?))
    });
    edits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
        (0..all.len()).prop_map(|i| all[i])
    }

    fn address() -> impl Strategy<Value = Address> {
        let choices = (
            one_of(Route::ALL),
            proptest::option::of(one_of(Axes::ALL)),
            one_of(Colour::ALL),
            proptest::option::of(one_of(List::ALL)),
            proptest::option::of(one_of(&Pool::ALL)),
            proptest::sample::select(Metric::compared().collect::<Vec<_>>()),
            any::<bool>(),
        );
        let view = proptest::option::of((-1e3..1e3f64, 0.1..9.0f64, -1e3..1e3f64, 0.1..9.0f64));
        let rest = (
            proptest::option::of(0.0..=1.0f64),
            view,
            proptest::option::of("\\PC{0,20}"),
            proptest::option::of(any::<u32>()),
            proptest::collection::vec((0usize..100, any::<u32>()), 0..4),
            one_of(&["", "all", "scenario = 2 & score > -1.5 - click = 1"]),
            (
                proptest::option::of(-9f32..9.0),
                proptest::option::of(1usize..99),
                proptest::option::of("[0-9a-f]{12}:\\PC{0,9}"),
                proptest::option::of(proptest::array::uniform4(0u16..400)),
                proptest::option::of(1u16..400),
                proptest::option::of(one_of(Drawing::ALL)),
                "\\PC{0,9}",
            ),
        );
        (choices, rest).prop_map(|(choices, (ratio, view, model, row, edits, rule, more))| {
            let (threshold, moment, file, picks, of, drawing, detail) = more;
            let (route, axes, colour, list, cut, metric, differences) = choices;
            let view = view.map(|(x, w, y, h)| Rect { x: (x, x + w), y: (y, y + h) });
            let (models, rule) = ([model, None], rule.parse().unwrap());
            let file = file.and_then(|file: String| {
                let (digest, name) = file.split_once(':')?;
                Some(FileLink { digest: digest.into(), name: name.into() })
            });
            Address {
                route,
                file,
                axes,
                colour,
                list,
                ratio,
                cut,
                threshold,
                moment,
                view,
                rule,
                drawing,
                detail,
                picks,
                metric,
                of,
                models,
                differences,
                row,
                edits,
            }
        })
    }

    proptest! {
        #[test]
        fn a_link_opens_the_same_picture(address in address()) {
            prop_assert_eq!(Address::parse(&address.to_string()), address);
        }

        #[test]
        fn any_text_opens_something(text in "\\PC{0,60}") {
            let address = Address::parse(&text);
            prop_assert_eq!(Address::parse(&address.to_string()), address);
        }
    }

    #[test]
    fn links_are_short_and_other_versions_open_the_story() {
        let address = Address { route: Route::Explore, ratio: Some(0.3), ..Address::default() };
        assert_eq!(address.to_string(), "#/explore?r=0.3&u=1");
        assert_eq!(Address::parse("#/explore?r=0.3&u=2"), Address::default());
        assert_eq!(Address::parse("#/nowhere?r=7"), Address::default());
        assert_eq!(Address::parse("").route, Route::Story);
    }
}
