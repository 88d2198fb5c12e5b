//! Watches every access of a kernel to memory.

use std::collections::HashMap;
use std::ops::Range;

/// The thread that stands for all threads of a block, between two phases; several threads or blocks.
const ALL: u32 = u32::MAX;

/// An access: the stretch between two barriers in which it was, the thread, and the block.
#[derive(Clone, Copy)]
struct Access {
    stretch: u64,
    thread: u32,
    block: u32,
}

/// The last write to an address and the last reads of it, since the kernel was started.
#[derive(Clone, Copy, Default)]
struct Uses {
    write: Option<Access>,
    read: Option<Access>,
}

/// The accesses of a kernel, and the first mistake.
#[derive(Default)]
pub struct Watch {
    /// Arrays, and the arguments of the kernel.
    pub known: Vec<Range<u64>>,
    /// The shared memory of a block.
    pub shared: Range<u64>,
    uses: HashMap<u64, Uses>,
    stretch: u64,
    thread: u32,
    block: u32,
    mistake: Option<String>,
}

impl Watch {
    /// Begins a kernel.
    pub fn begin(&mut self) {
        self.uses.clear();
        self.mistake = None;
    }

    /// Ends it, with its first mistake.
    pub fn end(&mut self) -> Option<String> {
        self.mistake.take()
    }

    /// Takes a call of `hooks.c` or of the changed macros.
    pub fn note(&mut self, what: u32, value: u64) {
        match what & 0xFF {
            0 => self.access(value, u64::from(what >> 8), false),
            1 => self.access(value, u64::from(what >> 8), true),
            // A thread has its turn.
            2 => self.thread = value as u32,
            // A barrier, or a block begins.
            3 => (self.stretch, self.thread) = (self.stretch + 1, ALL),
            _ => {
                (self.stretch, self.thread, self.block) = (self.stretch + 1, ALL, value as u32);
                let shared = self.shared.clone();
                self.uses.retain(|address, _| !shared.contains(address));
            }
        }
    }

    /// All accesses to an array have the size of its values, so an address stands for all bytes of a value.
    fn access(&mut self, address: u64, bytes: u64, writes: bool) {
        let is_shared = self.shared.contains(&address);
        let inside = |range: &Range<u64>| range.start <= address && address + bytes <= range.end;
        if !is_shared && !self.known.iter().rev().any(inside) {
            self.tell("an access outside of all arrays");
        }
        let now = Access { stretch: self.stretch, thread: self.thread, block: self.block };
        let uses = self.uses.entry(address).or_default();
        // Another thread between the same barriers, or another block.
        let meets = |then: Option<Access>| {
            then.is_some_and(|then| {
                let side_by_side = then.stretch == now.stretch && then.thread != now.thread;
                side_by_side || !is_shared && then.block != now.block
            })
        };
        let (after_write, after_read) = (meets(uses.write), meets(uses.read));
        let unset = is_shared && !writes && uses.write.is_none();
        if writes {
            uses.write = Some(now);
        } else {
            let before = uses.read.unwrap_or(now);
            let several = |is: bool, value: u32| if is { value } else { ALL };
            let same_block = several(before.block == now.block, now.block);
            let alone = before.stretch != now.stretch || before.thread == now.thread;
            uses.read =
                Some(Access { thread: several(alone, now.thread), block: same_block, ..now });
        }
        match (writes, now.thread == ALL) {
            (true, true) => self.tell("a write outside of a phase"),
            _ if unset => self.tell("shared memory is read before it is set"),
            _ if after_write => self.tell("a value that another thread writes"),
            (true, _) if after_read => self.tell("a write of a value that another thread reads"),
            _ => {}
        }
    }

    fn tell(&mut self, mistake: &str) {
        let (thread, block) = (self.thread as i32, self.block);
        self.mistake.get_or_insert_with(|| format!("{mistake}: thread {thread} of block {block}"));
    }
}
