//! The values of one row, for the box beside the pointer.

use crate::engine::Engine;
use ssim_viz::escape;

/// Most fields that have a line.
const FIELDS: usize = 12;

/// The row's values, a line per field.
pub fn row(engine: &Engine, row: usize) -> String {
    let fields = &engine.artifact.header.schema.fields;
    let lines = fields.iter().take(FIELDS).enumerate().map(|(f, field)| {
        let value = engine.value(f, engine.id(row, f));
        format!("<span>{}: {}</span>", escape(&field.name), escape(value))
    });
    let more = match fields.len().saturating_sub(FIELDS) {
        0 => String::new(),
        more => format!("<span>and {more} more fields</span>"),
    };
    lines.collect::<String>() + &more
}
