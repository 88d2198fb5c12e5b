//! The parts of Arrow that this project uses, under the names that they have in the crate `arrow`.
//! That crate also compiles arithmetic, sorting and search, which nothing here needs.

#[doc(no_inline)]
pub use arrow_ipc as ipc;

/// Arrays and their builders.
pub mod array {
    #[doc(no_inline)]
    pub use arrow_array::builder::*;
    #[doc(no_inline)]
    pub use arrow_array::cast::*;
    #[doc(no_inline)]
    pub use arrow_array::*;
}

/// Memory of arrays.
pub mod buffer {
    #[doc(no_inline)]
    pub use arrow_buffer::Buffer;
}

/// Functions on whole arrays.
pub mod compute {
    #[cfg(feature = "foreign")]
    use super::{
        array::{Array, ArrayRef},
        datatypes::DataType,
    };

    #[cfg(not(feature = "foreign"))]
    pub use super::own::{cast, cast as strict_cast};
    #[cfg(feature = "foreign")]
    #[doc(no_inline)]
    pub use arrow_cast::cast;
    #[doc(no_inline)]
    pub use arrow_select::take::take;

    /// Changes the type of a column. A value that does not fit is an error, and no null.
    ///
    /// # Errors
    /// A value does not fit, or the type cannot be changed so.
    #[cfg(feature = "foreign")]
    pub fn strict_cast(column: &dyn Array, to: &DataType) -> super::error::Result<ArrayRef> {
        let strict = arrow_cast::CastOptions { safe: false, ..Default::default() };
        arrow_cast::cast_with_options(column, to, &strict)
    }
}

/// Types of columns and of values.
pub mod datatypes {
    #[doc(no_inline)]
    pub use arrow_array::ArrowPrimitiveType;
    #[doc(no_inline)]
    pub use arrow_array::types::*;
    #[doc(no_inline)]
    pub use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
}

/// Errors of the Arrow libraries.
pub mod error {
    #[doc(no_inline)]
    pub use arrow_schema::ArrowError;

    /// A result of the Arrow libraries.
    pub type Result<T> = std::result::Result<T, ArrowError>;
}

/// A value as text.
pub mod display {
    #[cfg(not(feature = "foreign"))]
    pub use super::own::array_value_to_string;
    #[cfg(feature = "foreign")]
    #[doc(no_inline)]
    pub use arrow_cast::display::array_value_to_string;
}

#[cfg(any(test, not(feature = "foreign")))]
#[path = "arrow_own.rs"]
mod own;
