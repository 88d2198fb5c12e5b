//! Walks over values in Thrift's compact protocol, in which the headers of a Parquet file are
//! written. It reserves nothing, so it may look at any bytes. See
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use std::io::{self, Read};

/// The deepest nesting of values.
const DEPTH: usize = 64;
/// The longest text in a header, in bytes. Statistics hold whole values.
const TEXT: u64 = 1 << 24;

/// The type of a struct's values.
pub(super) const STRUCT: u8 = 12;

/// Is told each integer: the field of the struct around it (0 for the outermost), its own field,
/// and the number.
pub(super) type See<'a> = &'a mut dyn FnMut(i64, i64, i64);

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

    fn signed(&mut self) -> io::Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Reads the number and the type of the next field of a struct, or `None` at its end. `last` is
    /// the number of the field before it.
    pub fn field(&mut self, last: i64) -> io::Result<Option<(i64, u8)>> {
        let byte = self.byte()?;
        match (byte >> 4, byte & 15) {
            (_, 0) => Ok(None),
            (0, kind) => Ok(Some((self.signed()?, kind))),
            (step, kind) => Ok(Some((last.wrapping_add(i64::from(step)), kind))),
        }
    }

    /// Reads the length of a list and the type of its values.
    pub fn list(&mut self) -> io::Result<(u64, u8)> {
        let byte = self.byte()?;
        match byte >> 4 {
            15 => Ok((self.unsigned()?, byte & 15)),
            length => Ok((u64::from(length), byte & 15)),
        }
    }

    /// Walks over a value of this type, which is the field `at` of a struct that is the field
    /// `around` of another one.
    pub fn value(
        &mut self,
        kind: u8,
        around: i64,
        at: i64,
        depth: usize,
        see: See,
    ) -> io::Result<()> {
        if depth > DEPTH {
            return Err(invalid("values nested too deeply"));
        }
        match kind {
            // A field of a struct has its truth in its type.
            1 | 2 => Ok(()),
            3 => self.byte().map(drop),
            4..=6 => {
                let number = self.signed()?;
                see(around, at, number);
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
            9 | 10 => {
                let (length, kind) = self.list()?;
                for _ in 0..length {
                    self.element(kind, at, depth + 1, see)?;
                }
                Ok(())
            }
            11 => {
                let length = self.unsigned()?;
                let kinds = if length == 0 { 0 } else { self.byte()? };
                for _ in 0..length {
                    self.element(kinds >> 4, at, depth + 1, see)?;
                    self.element(kinds & 15, at, depth + 1, see)?;
                }
                Ok(())
            }
            STRUCT => {
                let mut last = 0;
                while let Some((field, kind)) = self.field(last)? {
                    self.value(kind, at, field, depth + 1, see)?;
                    last = field;
                }
                Ok(())
            }
            _ => Err(invalid(&format!("a value of type {kind}"))),
        }
    }

    /// Walks over an element of a list or a map.
    fn element(&mut self, kind: u8, at: i64, depth: usize, see: See) -> io::Result<()> {
        match kind {
            // Here a truth is a byte.
            1 | 2 => self.byte().map(drop),
            kind => self.value(kind, 0, at, depth, see),
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
