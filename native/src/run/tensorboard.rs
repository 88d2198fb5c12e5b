//! Writes scalars for TensorBoard: records of protobuf messages, framed with checksums.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A writer of one `events.out.tfevents` file.
pub struct Events {
    file: File,
    started: SystemTime,
}

/// Numbers of the fields of the protobuf message `Event`.
const WALL_TIME: u32 = 1;
const STEP: u32 = 2;
const FILE_VERSION: u32 = 3;
const SUMMARY: u32 = 5;
const SESSION: u32 = 7;

impl Events {
    /// Starts a file in `folder`. `resumed` is the step from which older files no longer count.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn create(folder: &Path, resumed: Option<u64>) -> Result<Self> {
        crate::files::write::folder(folder)?;
        let started = SystemTime::now();
        let seconds = started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // The name begins with the time, because TensorBoard reads a run's files in the order of
        // their names.
        let mut name = format!("events.out.tfevents.{:010}.ssim", seconds.as_secs());
        while folder.join(&name).exists() {
            name.push('.');
            name.push_str(&seconds.subsec_nanos().to_string());
        }
        let path = folder.join(name);
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut events = Self { file, started };
        let mut version = Vec::new();
        put_bytes(&mut version, FILE_VERSION, b"brain.Event:2");
        events.event(0, Duration::ZERO, &version)?;
        if let Some(step) = resumed {
            let mut session = Vec::new();
            // With status = START, TensorBoard forgets the later steps of earlier files.
            put_bytes(&mut session, SESSION, &[1 << 3, 1]);
            events.event(step, Duration::ZERO, &session)?;
        }
        Ok(events)
    }

    /// Adds the values of one step, which ended `elapsed` after the start.
    ///
    /// # Errors
    /// Returns the file system's error.
    pub fn scalars(
        &mut self,
        step: u64,
        elapsed: Duration,
        values: &[(String, f64)],
    ) -> Result<()> {
        let mut summary = Vec::new();
        for (tag, value) in values {
            let mut entry = Vec::new();
            put_bytes(&mut entry, 1, tag.as_bytes());
            key(&mut entry, 2, 5);
            entry.extend_from_slice(&(*value as f32).to_le_bytes());
            put_bytes(&mut summary, 1, &entry);
        }
        let mut event = Vec::new();
        put_bytes(&mut event, SUMMARY, &summary);
        self.event(step, elapsed, &event)
    }

    fn event(&mut self, step: u64, elapsed: Duration, rest: &[u8]) -> Result<()> {
        let now =
            (self.started + elapsed).duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut event = Vec::new();
        key(&mut event, WALL_TIME, 1);
        event.extend_from_slice(&now.as_secs_f64().to_le_bytes());
        key(&mut event, STEP, 0);
        varint(&mut event, step);
        event.extend_from_slice(rest);
        let length = (event.len() as u64).to_le_bytes();
        let mut record = length.to_vec();
        record.extend_from_slice(&masked(&length).to_le_bytes());
        record.extend_from_slice(&event);
        record.extend_from_slice(&masked(&event).to_le_bytes());
        self.file.write_all(&record).context("cannot write TensorBoard events")
    }
}

/// Writes a field's number and wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four
/// bytes.
fn key(to: &mut Vec<u8>, field: u32, wire: u32) {
    varint(to, u64::from(field << 3 | wire));
}

fn varint(to: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        to.push(n as u8 | 0x80);
        n >>= 7;
    }
    to.push(n as u8);
}

fn put_bytes(to: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    key(to, field, 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// CRC-32C, masked as the record format asks. Without the mask, the checksum of bytes that end in
/// their own checksum would be a constant.
fn masked(bytes: &[u8]) -> u32 {
    let crc = !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8)
            .fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0x82F6_3B78 & (c & 1).wrapping_neg()))
    });
    crc.rotate_right(15).wrapping_add(0xA282_EAD8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_the_standard_example() {
        let crc = 0xE306_9283u32; // CRC-32C of "123456789"
        assert_eq!(masked(b"123456789"), crc.rotate_right(15).wrapping_add(0xA282_EAD8));
    }
}
