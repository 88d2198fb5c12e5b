//! Random numbers for the cases.

/// A stream of random numbers (splitmix64).
pub struct Draw(u64);

impl Draw {
    /// The numbers of one case.
    pub fn new(case: u64) -> Self {
        Self(case.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// Uniform in `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True in so many of 100 cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some values.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// A number of rows, at most `most`: often few, and sometimes those at which blocks and tiles end.
    pub fn rows(&mut self, most: usize) -> usize {
        let near = |draw: &mut Self, unit: usize, times: usize| {
            unit * (1 + draw.below(times)) + draw.below(3) - 1
        };
        let rows = match self.below(100) {
            0..5 => 0,
            5..12 => 1,
            12..80 => 2 + self.below(40),
            80..94 => near(self, 256, 3),
            94..98 => near(self, 1024, 2),
            _ => self.pick(&[4095, 4096, 4097]),
        };
        rows.min(most)
    }

    /// A number of towers: one, a few, and sometimes 300.
    pub fn towers(&mut self) -> usize {
        match self.below(100) {
            0..20 => 1,
            20..95 => 2 + self.below(7),
            _ => 300,
        }
    }

    /// A number of usual size, 0 among them.
    pub fn number(&mut self) -> f32 {
        match self.below(20) {
            0 => 0.0,
            1 => -0.0,
            _ => ((self.unit() - 0.5) * 8.0) as f32,
        }
    }

    /// Any number: huge, tiny, subnormal, infinite or NaN now and then.
    pub fn wild(&mut self) -> f32 {
        match self.below(40) {
            0 => f32::NAN,
            1 => self.pick(&[f32::INFINITY, f32::NEG_INFINITY]),
            2 => self.pick(&[f32::MAX, f32::MIN]),
            3 => self.pick(&[f32::MIN_POSITIVE, -f32::MIN_POSITIVE]),
            4 => f32::from_bits(1 + self.below(0x007F_FFFF) as u32),
            5..10 => (10f64.powf(60.0 * self.unit() - 30.0) * (self.unit() - 0.5)) as f32,
            _ => self.number(),
        }
    }

    /// `n` values of a draw.
    pub fn many<T>(&mut self, n: usize, mut value: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..n).map(|_| value(self)).collect()
    }

    /// For each of `n` rows whether it is shared: none, all or some of them.
    pub fn shared(&mut self, n: usize) -> Vec<u8> {
        let part = self.pick(&[0, 10, 50, 90, 100]);
        self.many(n, |draw| draw.percent(part).into())
    }
}
