//! Walks over values in Thrift's compact protocol, in which the headers of a Parquet file are
//! written. It reserves nothing, so it may look at any bytes. See
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.
//!
//! The library that reads the headers afterwards does not look at the type of a field that it
//! knows, and takes a list of truths for empty. A damaged header could therefore mean one thing to
//! this walk and another to the library. So this walk refuses known fields of another type, numbers
//! that do not fit their type, and lists of truths, which no header of Parquet has.

use std::io::{self, Read};

/// The deepest nesting of values.
const DEPTH: usize = 64;
/// The longest text in a header, in bytes. Statistics hold whole values.
const TEXT: u64 = 1 << 24;

/// The type of a value.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Truth,
    Byte,
    I16,
    I32,
    I64,
    Text,
    List(&'static Self),
    Struct(Shape),
}

/// The fields of a struct that are known, with their numbers. Other fields may have any type.
pub(super) type Shape = &'static [(i16, Kind)];

impl Kind {
    /// True if values of this type are written with this code.
    fn has(self, code: u8) -> bool {
        match self {
            // A field has its truth in the code of its type.
            Self::Truth => code == 1 || code == 2,
            Self::Byte => code == 3,
            // Whole numbers are written in one way, and some programs use one type for all of them.
            Self::I16 | Self::I32 | Self::I64 => matches!(code, 4..=6),
            Self::Text => code == 8,
            Self::List(_) => code == 9,
            Self::Struct(_) => code == 12,
        }
    }
}

/// The bits of a whole number whose type has this code, and must be `known`.
fn bits(code: u8, known: Option<Kind>) -> u32 {
    match known {
        Some(Kind::I16) => 16,
        Some(Kind::I32) => 32,
        Some(Kind::I64) => 64,
        _ => 1 << code,
    }
}

/// Is told each whole number: the field of the struct around it (0 for the outermost), its own
/// field, and the number.
pub(super) type See<'a> = &'a mut dyn FnMut(i16, i16, i64);

/// Reads values one after the other.
pub(super) struct Walk<R>(pub R);

impl<R: Read> Walk<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn unsigned(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(invalid("a number of more than 64 bits"))
    }

    /// Reads a number of at most this many bits.
    fn signed(&mut self, bits: u32) -> io::Result<i64> {
        let value = self.unsigned()?;
        match value.checked_shr(bits) {
            None | Some(0) => Ok((value >> 1) as i64 ^ -((value & 1) as i64)),
            Some(_) => Err(invalid(&format!("a number of more than {bits} bits"))),
        }
    }

    /// Reads the number and the code of the type of a struct's next field, or `None` at its end.
    /// `last` is the number of the field before it.
    pub fn field(&mut self, last: i16) -> io::Result<Option<(i16, u8)>> {
        let byte = self.byte()?;
        let field = match (byte >> 4, byte & 15) {
            (_, 0) => return Ok(None),
            (0, _) => i16::try_from(self.signed(16)?).ok(),
            (step, _) => last.checked_add(i16::from(step)),
        };
        let field = field.ok_or_else(|| invalid("a field with a number of more than 16 bits"))?;
        Ok(Some((field, byte & 15)))
    }

    /// Reads the length of a list and the code of its values' type.
    pub fn list(&mut self) -> io::Result<(u64, u8)> {
        let byte = self.byte()?;
        match byte >> 4 {
            15 => Ok((self.unsigned()?, byte & 15)),
            length => Ok((u64::from(length), byte & 15)),
        }
    }

    /// Walks over a struct with the fields of `shape`, which is the field `at` of another struct.
    pub fn fields(&mut self, shape: Shape, at: i16, depth: usize, see: See) -> io::Result<()> {
        let mut last = 0;
        while let Some((field, code)) = self.field(last)? {
            let known = shape.iter().find(|(number, _)| *number == field).map(|(_, kind)| *kind);
            self.value(code, known, (at, field), depth, see)?;
            last = field;
        }
        Ok(())
    }

    /// Walks over a value whose type has this code. `known` is the type that it must have, and `at`
    /// has the two fields that [`See`] is told.
    pub fn value(
        &mut self,
        code: u8,
        known: Option<Kind>,
        at: (i16, i16),
        depth: usize,
        see: See,
    ) -> io::Result<()> {
        if depth > DEPTH {
            return Err(invalid("values nested too deeply"));
        }
        if known.is_some_and(|known| !known.has(code)) {
            return Err(invalid(&format!("a field {} of another type", at.1)));
        }
        match code {
            1 | 2 => Ok(()),
            3 => self.byte().map(drop),
            4..=6 => {
                let number = self.signed(bits(code, known))?;
                see(at.0, at.1, number);
                Ok(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.unsigned()?;
                if length > TEXT {
                    return Err(invalid(&format!("a text of {length} bytes")));
                }
                self.skip(length)
            }
            9 => {
                let (length, code) = self.list()?;
                let known = match known {
                    Some(Kind::List(known)) => Some(*known),
                    _ => None,
                };
                if length > 0 && matches!(code, 1 | 2) {
                    return Err(invalid("a list of truths"));
                }
                (0..length).try_for_each(|_| self.value(code, known, at, depth + 1, see))
            }
            12 => {
                let shape = match known {
                    Some(Kind::Struct(shape)) => shape,
                    _ => &[],
                };
                self.fields(shape, at.1, depth + 1, see)
            }
            _ => Err(invalid(&format!("a value of type {code}"))),
        }
    }

    fn skip(&mut self, length: u64) -> io::Result<()> {
        match io::copy(&mut self.0.by_ref().take(length), &mut io::sink())? {
            copied if copied == length => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

pub(super) fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
