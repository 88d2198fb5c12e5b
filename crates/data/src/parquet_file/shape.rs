//! The fields of a Parquet file's headers, with their types. See
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use super::thrift::Kind::{self, Byte, I16, I32, I64, List, Struct, Text, Truth};
use super::thrift::Shape;

/// The footer of a file.
pub(super) const FOOTER: Shape = &[
    (1, I32),
    (SCHEMA, List(&Struct(COLUMN))),
    (3, I64),
    (4, List(&Struct(ROW_GROUP))),
    (5, KEYS),
    (6, Text),
    (7, List(&Struct(&[(1, EMPTY)]))),
];

/// The field of the footer with all columns and groups of columns, in the order of a walk through
/// their tree.
pub(super) const SCHEMA: i16 = 2;

/// A column or a group of columns.
pub(super) const COLUMN: Shape = &[
    (1, I32),
    (2, I32),
    (3, I32),
    (4, Text),
    (CHILDREN, I32),
    (6, I32),
    (7, I32),
    (8, I32),
    (9, I32),
    (10, Struct(LOGICAL_TYPE)),
];

/// The field of a group of columns with the number of its children.
pub(super) const CHILDREN: i16 = 5;

const LOGICAL_TYPE: Shape = &[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Struct(&[(1, I32), (2, I32)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Truth)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Text)])),
    (18, Struct(&[(1, Text), (2, I32)])),
];

const TIME: Kind = Struct(&[(1, Truth), (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);

const ROW_GROUP: Shape = &[
    (1, List(&Struct(CHUNK))),
    (2, I64),
    (3, I64),
    (4, List(&Struct(&[(1, I32), (2, Truth), (3, Truth)]))),
    (5, I64),
    (6, I64),
    (7, I16),
];

const CHUNK: Shape = &[
    (1, Text),
    (2, I64),
    (3, Struct(CHUNK_METADATA)),
    (4, I64),
    (5, I32),
    (6, I64),
    (7, I32),
    (9, Text),
];

const CHUNK_METADATA: Shape = &[
    (1, I32),
    (2, List(&I32)),
    (3, List(&Text)),
    (4, I32),
    (5, I64),
    (6, I64),
    (7, I64),
    (8, KEYS),
    (9, I64),
    (10, I64),
    (11, I64),
    (12, STATISTICS),
    (13, List(&Struct(&[(1, I32), (2, I32), (3, I32)]))),
    (14, I64),
    (15, I32),
    (16, Struct(&[(1, I64), (2, List(&I64)), (3, List(&I64))])),
];

/// The header of a page.
pub(super) const PAGE: Shape = &[
    (1, I32),
    (BYTES, I32),
    (3, I32),
    (4, I32),
    (5, Struct(&[(1, I32), (2, I32), (3, I32), (4, I32), (5, STATISTICS)])),
    (6, EMPTY),
    (DICTIONARY, Struct(&[(VALUES, I32), (2, I32), (3, Truth)])),
    (
        DATA_V2,
        Struct(&[
            (1, I32),
            (2, I32),
            (3, I32),
            (4, I32),
            (LEVELS[0], I32),
            (LEVELS[1], I32),
            (7, Truth),
            (8, STATISTICS),
        ]),
    ),
];

/// The field of a page with its length in bytes after decompression.
pub(super) const BYTES: i16 = 2;
/// The field of a page that is a dictionary.
pub(super) const DICTIONARY: i16 = 7;
/// The field of a dictionary with the number of its values.
pub(super) const VALUES: i16 = 1;
/// The field of a page of the second version.
pub(super) const DATA_V2: i16 = 8;
/// The fields of such a page with the lengths of its levels, which are never packed.
pub(super) const LEVELS: [i16; 2] = [5, 6];

const STATISTICS: Kind = Struct(&[
    (1, Text),
    (2, Text),
    (3, I64),
    (4, I64),
    (5, Text),
    (6, Text),
    (7, Truth),
    (8, Truth),
]);

/// Keys with their values.
const KEYS: Kind = List(&Struct(&[(1, Text), (2, Text)]));
const EMPTY: Kind = Struct(&[]);
