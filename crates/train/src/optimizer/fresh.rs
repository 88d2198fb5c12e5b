//! The states of rows that no batch has touched yet.

use super::{NOTHING, Rate, steps_without_gradient};

/// Floats between two neighbouring starts: there are 512 starts between a power of 2 and the next one.
const SPACING: u32 = 1 << (f32::MANTISSA_DIGITS - 1 - 9);
/// The smallest start. Below it states are proportional to where they began, because √v is far below ε.
const LOW: f32 = 1.0 / (1 << 24) as f32;
/// The largest start.
const HIGH: f32 = 1.0;
/// Steps between two checks which states have come to nothing.
const CHECK: u32 = 64;

/// The states that values reach which start with moments of 0 and have no gradient but L2's.
///
/// The state of such a value depends on its start alone. So a row that no batch has touched need not be
/// replayed: its values lie between two starts whose way is known.
pub(super) struct Fresh {
    l2: f32,
    steps: u32,
    /// Whether every state has come to nothing.
    over: bool,
    w: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
}

impl Fresh {
    /// The states before the first step.
    pub fn new(l2: f32) -> Self {
        let starts = (LOW.to_bits()..=HIGH.to_bits()).step_by(SPACING as usize);
        let w: Vec<f32> = starts.map(f32::from_bits).collect();
        let (m, v) = (vec![0.0; w.len()], vec![0.0; w.len()]);
        Self { l2, steps: 0, over: false, w, m, v }
    }

    /// Takes one step.
    pub fn step(&mut self, rate: Rate) {
        self.steps += 1;
        if self.over {
            return;
        }
        let (w, m, v) = (&mut self.w, &mut self.m, &mut self.v);
        steps_without_gradient(w, m, v, self.l2, &[rate]);
        if self.steps.is_multiple_of(CHECK) {
            self.over = true;
            for ((w, m), v) in self.w.iter_mut().zip(&mut self.m).zip(&mut self.v) {
                match w.abs() < NOTHING && m.abs() < NOTHING {
                    true => (*w, *m, *v) = (0.0, 0.0, 0.0),
                    false => self.over = false,
                }
            }
        }
    }

    /// Whether the states of values that began here are known.
    pub fn knows(&self, start: f32) -> bool {
        start.abs() < HIGH
    }

    /// Weight and moments of a value that began here.
    #[inline(always)]
    pub fn at(&self, start: f32) -> [f32; 3] {
        let size = start.abs();
        let state = if size < LOW {
            let part = size / LOW;
            [self.w[0] * part, self.m[0] * part, self.v[0] * part * part]
        } else {
            let bits = size.to_bits() - LOW.to_bits();
            let (i, part) = ((bits / SPACING) as usize, (bits % SPACING) as f32 / SPACING as f32);
            [&self.w, &self.m, &self.v].map(|x| x[i] + part * (x[i + 1] - x[i]))
        };
        let sign = 1f32.copysign(start);
        [sign * state[0], sign * state[1], state[2]]
    }
}
