//! A file of a log, and the columns that its place says. All rows of the file have one value in such a
//! column: `day` is 7 in all rows of `log/day=7/part-0.csv`.

use crate::table::cells::Cells;

/// A file of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name for messages.
    pub name: String,
    /// The columns that its place says, each with its value. One of them hides a column of the file
    /// that has the same name.
    pub columns: Vec<(String, String)>,
}

impl From<&str> for SourceFile {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), columns: Vec::new() }
    }
}

/// The values that the place of a file says, each with its place in a row.
pub(crate) type Placed = Vec<(usize, String)>;

impl SourceFile {
    /// Adds the columns of the place to the file's own ones.
    pub(crate) fn place(&self, mut own: Vec<String>) -> (Vec<String>, Placed) {
        let mut placed = Placed::new();
        for (name, value) in &self.columns {
            let at = own.iter().position(|known| known == name).unwrap_or(own.len());
            if at == own.len() {
                own.push(name.clone());
            }
            placed.push((at, value.clone()));
        }
        (own, placed)
    }

    /// Whether the place says this column.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.columns.iter().any(|(known, _)| known == name)
    }
}

/// A row of a file with the values that the file's place says.
pub(crate) struct PlacedRow<'a, R> {
    pub row: &'a R,
    pub placed: &'a Placed,
}

impl<R: Cells> PlacedRow<'_, R> {
    fn placed(&self, column: usize) -> Option<&str> {
        let mut placed = self.placed.iter();
        placed.find(|(at, _)| *at == column).map(|(_, value)| value.as_str())
    }
}

impl<R: Cells> Cells for PlacedRow<'_, R> {
    fn line(&self) -> u64 {
        self.row.line()
    }

    fn get(&self, column: usize) -> Result<&str, String> {
        self.placed(column).map_or_else(|| self.row.get(column), Ok)
    }

    fn number(&self, column: usize) -> Result<&str, String> {
        self.placed(column).map_or_else(|| self.row.number(column), Ok)
    }

    fn raw(&self) -> String {
        self.row.raw()
    }
}
