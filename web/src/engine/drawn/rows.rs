//! The rows with their values: sorted by any column, searched, a page at a time.

mod search;

use super::as_numbers;
use super::detail::Detail;
use super::html::{attribute, line, paragraph, table};
use crate::engine::Engine;
use search::{distances, search};
use ssim_core::look::order::sorted;
use ssim_viz::{count, escape, fixed};
use std::cmp::Ordering;

/// Rows on a page.
const PAGE: usize = 50;
/// Fields that are shown at first.
const SHOWN: usize = 4;

/// The selected rows, or all of them if none is. Both flags are `[n]`, or empty.
pub fn rows(engine: &Engine, (shared, selected): (&[bool], &[bool]), detail: &Detail) -> String {
    let any = selected.contains(&true);
    let n = engine.inspection.sample.len();
    let near = detail.number("near", n);
    let distances = near.map(|row| distances(engine, row)).unwrap_or_default();
    let view = RowsView { engine, shared, detail, fields: fields(engine, detail), distances };
    let mut places: Vec<usize> = (0..n).filter(|row| !any || selected[*row]).collect();
    let of = if any { "selected rows" } else { "rows of the file" };
    let all = count(places.len() as u64);
    let found = search(engine, detail.search(), &mut places);
    let told = match detail.search() {
        "" => format!("{all} {of}."),
        text => format!("{} of {all} {of} have a value with “{text}”.", count(places.len() as u64)),
    };
    view.sort(&mut places);
    let nearest = near.map_or(String::new(), |row| {
        format!(
            "<p>Compared with row {}: the distance of the rows' vectors in the embedding table. \
             <button type=\"button\" class=\"quiet\" data-detail=\"{}\">Stop</button></p>",
            engine.inspection.sample.rows[row],
            attribute(&Detail::parse(&detail.with("near", "")).with("s", ""))
        )
    });
    let pages = places.len().div_ceil(PAGE).max(1);
    let page = detail.number("p", pages).unwrap_or(0);
    let lines = places.iter().skip(page * PAGE).take(PAGE).map(|row| view.line(*row));
    let heads = view.heads();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let search = format!(
        "<label class=\"choice\"><span>Search the values</span><input type=\"search\" id=\"rows-search\" value=\"{}\" \
         data-detail=\"{}\"></label>",
        attribute(detail.search()),
        attribute(&Detail::parse(&detail.with("p", "0")).before("q"))
    );
    let step = |to: Option<usize>, id: &str, text: &str| match to {
        Some(to) => format!(
            "<button type=\"button\" id=\"{id}\" data-detail=\"{}\">{text}</button>",
            attribute(&detail.with("p", &to.to_string()))
        ),
        None => {
            format!("<button type=\"button\" id=\"{id}\" aria-disabled=\"true\">{text}</button>")
        }
    };
    let pager = match pages {
        1 => String::new(),
        _ => format!(
            "<p class=\"buttons note\">{}{}<span class=\"muted\">page {} of {}</span></p>",
            step(page.checked_sub(1), "rows-before", "Previous"),
            step(Some(page + 1).filter(|next| *next < pages), "rows-next", "Next"),
            count(page as u64 + 1),
            count(pages as u64)
        ),
    };
    format!(
        "{}{nearest}<div class=\"choices\">{search}{}</div>{found}{}{pager}{}",
        paragraph("strong", &told),
        view.chooser(),
        table("Rows with their values", &heads, lines),
        paragraph(
            "muted note",
            "Filled: shared with every tower. A row's number opens What-if, “similar” lists the rows nearest to it, and a column's name sorts."
        )
    )
}

/// The fields that are shown.
fn fields(engine: &Engine, detail: &Detail) -> Vec<usize> {
    let all = engine.artifact.header.schema.fields.len();
    match detail.get("v") {
        Some(chosen) => {
            chosen.split('.').filter_map(|f| f.parse().ok()).filter(|f| *f < all).collect()
        }
        None => (0..all.min(SHOWN)).collect(),
    }
}

struct RowsView<'a> {
    engine: &'a Engine,
    shared: &'a [bool],
    detail: &'a Detail,
    fields: Vec<usize>,
    /// Distances from one of the rows, `[n]`; empty if none is compared.
    distances: Vec<f64>,
}

/// The columns that are no fields: their keys in the choices, and their heads.
const COLUMNS: [(&str, &str); 6] = [
    ("row", "row"),
    ("scenario", "scenario"),
    ("click", "click"),
    ("shared", "shared"),
    ("score", "share score"),
    ("loss", "loss"),
];

impl RowsView<'_> {
    /// The column that sorts, and whether the largest comes first.
    fn order(&self) -> (&str, bool) {
        let scored = self.engine.inspection.scores.is_some();
        let chosen = self.detail.get("s").filter(|column| !column.is_empty());
        let text = chosen.unwrap_or(if scored { "-score" } else { "row" });
        match text.strip_prefix('-') {
            Some(column) => (column, true),
            None => (text, false),
        }
    }

    fn sort(&self, places: &mut [usize]) {
        let (column, falling) = self.order();
        let sample = &self.engine.inspection.sample;
        let by = |places: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering| {
            places.copy_from_slice(&sorted(places.to_vec(), compare));
        };
        let by_number = |places: &mut [usize], key: &dyn Fn(usize) -> f64| {
            by(places, &|a, b| key(a).total_cmp(&key(b)));
        };
        match (column, column.parse::<usize>()) {
            ("near", _) if !self.distances.is_empty() => {
                by_number(places, &|row| self.distances[row]);
            }
            ("shared", _) => by_number(places, &|row| f64::from(u8::from(self.is_shared(row)))),
            (_, Ok(field)) if field < self.engine.artifact.header.schema.fields.len() => {
                let values = self.engine.artifact.header.schema.fields[field].vocabulary.values();
                let order =
                    sorted((0..values.len()).collect(), &|a, b| as_numbers(&values[a], &values[b]));
                // Values without an id come last.
                let mut ranks = vec![values.len(); values.len() + 1];
                order.iter().enumerate().for_each(|(rank, id)| ranks[*id] = rank);
                let rank = |row: usize| ranks.get(self.engine.id(row, field) as usize);
                by(places, &|a, b| rank(a).cmp(&rank(b)));
            }
            (name, _) => match self.engine.column(name) {
                Some(values) => by_number(places, &|row| values[row].into()),
                None => by(places, &|a, b| sample.rows[a].cmp(&sample.rows[b])),
            },
        }
        if falling {
            places.reverse();
        }
    }

    /// Heads with buttons that sort.
    fn heads(&self) -> Vec<String> {
        let (column, falling) = self.order();
        let fields = self
            .fields
            .iter()
            .map(|f| (f.to_string(), self.engine.artifact.header.schema.fields[*f].name.clone()));
        let own = COLUMNS.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        let near = (!self.distances.is_empty()).then(|| ("near".into(), "distance".into()));
        let heads = own.chain(near).chain(fields).map(|(key, text)| {
            let sorts = key == column;
            let (sort, arrow) = match (sorts, falling) {
                (false, _) => ("", ""),
                (true, true) => (" aria-sort=\"descending\"", " ↓"),
                (true, false) => (" aria-sort=\"ascending\"", " ↑"),
            };
            // The first click on a number puts the largest first, and the next the smallest.
            let next = if sorts && falling { key.clone() } else { format!("-{key}") };
            let next = Detail::parse(&self.detail.with("p", "0")).with("s", &next);
            format!(
                "<th scope=\"col\"{sort}><button type=\"button\" class=\"quiet\" id=\"sort-{key}\" data-detail=\"{}\">{}{arrow}</button></th>",
                attribute(&next),
                escape(&text)
            )
        });
        heads.collect()
    }

    /// Buttons that show fields and hide them.
    fn chooser(&self) -> String {
        let fields = &self.engine.artifact.header.schema.fields;
        let buttons = fields.iter().enumerate().map(|(f, field)| {
            let shown = self.fields.contains(&f);
            let others = self.fields.iter().copied().filter(|other| *other != f);
            let next = sorted(others.chain((!shown).then_some(f)).collect(), &|a, b| a.cmp(&b));
            let next: Vec<String> = next.iter().map(usize::to_string).collect();
            format!(
                "<button type=\"button\" class=\"quiet\" id=\"show-{f}\" aria-pressed=\"{shown}\" data-detail=\"{}\">{}</button>",
                attribute(&self.detail.with("v", &next.join("."))),
                escape(&field.name)
            )
        });
        let buttons: String = buttons.collect();
        format!(
            "<div class=\"choice\" role=\"group\" aria-labelledby=\"rows-fields\"><span id=\"rows-fields\">Fields shown</span>\
             <p class=\"buttons\">{buttons}</p></div>"
        )
    }

    fn is_shared(&self, row: usize) -> bool {
        self.shared.get(row).copied().unwrap_or(false)
    }

    fn line(&self, row: usize) -> String {
        let engine = self.engine;
        let sample = &engine.inspection.sample;
        let similar = Detail::parse(&self.detail.with("near", &row.to_string()));
        let similar = Detail::parse(&similar.with("p", "0")).with("s", "near");
        let head = format!(
            "<button type=\"button\" class=\"quiet number\" data-row=\"{row}\">{}</button> \
             <button type=\"button\" class=\"quiet muted\" data-detail=\"{}\">similar\
             <span class=\"off\"> to row {}</span></button>",
            sample.rows[row],
            attribute(&similar),
            sample.rows[row]
        );
        let number =
            |name: &str| engine.column(name).map_or("–".into(), |c| fixed(c[row].into(), 3));
        let scenario = &engine.artifact.header.schema.scenarios[usize::from(sample.scenarios[row])];
        let mut cells = vec![
            escape(&ssim_figure::scenario(scenario)),
            if sample.labels[row] > 0 { "yes" } else { "no" }.to_owned(),
            match self.is_shared(row) {
                true => "<span class=\"dot filled\" aria-hidden=\"true\"></span>yes".to_owned(),
                false => "<span class=\"dot\" aria-hidden=\"true\"></span>no".to_owned(),
            },
            number("score"),
            number("loss"),
        ];
        cells.extend(self.distances.get(row).map(|distance| fixed(*distance, 3)));
        let values = self.fields.iter().map(|f| escape(engine.value(*f, engine.id(row, *f))));
        cells.extend(values);
        line(&head, &cells)
    }
}
