//! Fields and vocabularies: they turn a field's raw text into an id. A transform may first put
//! numbers into buckets; then a vocabulary, which was fitted on train, looks the value up.

use crate::spelling::respelled;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;

/// One field of an instance.
///
/// ```
/// use ssim_core::vocabulary::{Field, Transform, Vocabulary};
/// let price = Field {
///     name: "price".into(),
///     transform: Transform::Log2,
///     vocabulary: Vocabulary::new(vec!["5".into(), "7".into()]),
/// };
/// assert_eq!(price.encode("11.5"), 0); // ⌊ln² 11.5⌋ = 5
/// assert_eq!(price.encode("1000000"), 2); // never seen in train: the last id
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Column name.
    pub name: String,
    /// The transform of the text before it is looked up.
    #[serde(default)]
    pub transform: Transform,
    /// The values that have an id of their own.
    pub vocabulary: Vocabulary,
}

impl Field {
    /// The number of ids: one per value of the vocabulary, and a last one for all other values (out
    /// of vocabulary, OOV).
    pub fn size(&self) -> usize {
        self.vocabulary.len() + 1
    }

    /// The id for values that are not in the vocabulary, counted from the field's offset.
    pub fn oov(&self) -> u32 {
        self.vocabulary.len() as u32
    }

    /// The id of a raw value, counted from the field's offset. A value that the vocabulary does not
    /// have as it is written is looked up by its [spelling](crate::spelling). A text that is no
    /// number has the OOV id in a field of numbers.
    pub fn encode(&self, raw: &str) -> u32 {
        self.try_encode(raw).unwrap_or(self.oov())
    }

    /// The id of a raw value as [`encode`](Self::encode) gives it. `None` if the field has numbers
    /// and the text is neither a finite number nor empty, which no reader accepts.
    pub fn try_encode(&self, raw: &str) -> Option<u32> {
        if self.transform == Transform::None {
            return Some(self.vocabulary.id(raw));
        }
        match self.transform.bucket(raw) {
            Some(bucket) => Some(self.vocabulary.id(&bucket)),
            None => raw.trim().is_empty().then_some(self.oov()),
        }
    }
}

/// The number that a text stands for, with or without blanks around it; `None` if it is not a
/// finite number.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

/// A transform of raw text. It turns numbers into buckets, which are then values like any others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// The text itself is the value, in its one [spelling](crate::spelling).
    #[default]
    None,
    /// `⌊ln²v⌋` for v above 2, and `⌊v⌋` otherwise: the buckets of the public AliMama preparation.
    Log2,
    /// The index of the first boundary that is not below the value; the boundaries are quantiles of
    /// train.
    Quantile(Vec<f64>),
}

impl Transform {
    /// The bucket of a raw value, as text; `None` if the value is not a finite number.
    /// [`Transform::None`] gives the value's [spelling](crate::spelling).
    pub fn bucket(&self, raw: &str) -> Option<String> {
        if matches!(self, Transform::None) {
            return Some(respelled(raw).unwrap_or_else(|| raw.to_owned()));
        }
        let v = number(raw)?;
        Some(match self {
            Transform::Quantile(bounds) => bounds.partition_point(|b| *b < v).to_string(),
            _ if v > 2.0 => ((v.ln() * v.ln()).floor() as i64).to_string(),
            _ => (v.floor() as i64).to_string(),
        })
    }
}

/// The values of one field, in the order of their ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    values: Vec<String>,
    /// Ids by the hash of their values.
    index: HashTable<u32>,
}

/// The hash of a value. It has no random seed, so all vocabularies can use it.
fn hash(value: &str) -> u64 {
    FixedState::default().hash_one(value.as_bytes())
}

impl Vocabulary {
    /// A vocabulary whose ids are the positions in `values`.
    pub fn new(values: Vec<String>) -> Self {
        let mut index = HashTable::with_capacity(values.len());
        for (value, id) in values.iter().zip(0..) {
            let entry = index.entry(
                hash(value),
                |id| values[*id as usize] == *value,
                |id| hash(&values[*id as usize]),
            );
            match entry {
                // A value that stands in the list twice gets the later id.
                Entry::Occupied(mut first) => *first.get_mut() = id,
                Entry::Vacant(place) => _ = place.insert(id),
            }
        }
        Self { values, index }
    }

    /// The number of values with an id of their own.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no values, so that every value is out of vocabulary.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values, in the order of their ids.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// The id of a value; `None` if it is not in the vocabulary.
    pub fn find(&self, value: &str) -> Option<u32> {
        self.index.find(hash(value), |id| self.values[*id as usize] == value).copied()
    }

    /// The id of a value, however it is spelled; the OOV id if it is not in the vocabulary.
    pub fn id(&self, value: &str) -> u32 {
        let id = self.find(value).or_else(|| self.find(&respelled(value)?));
        id.unwrap_or(self.values.len() as u32)
    }
}

impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl From<Vec<String>> for Vocabulary {
    fn from(values: Vec<String>) -> Self {
        Self::new(values)
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(v: Vocabulary) -> Self {
        v.values
    }
}
