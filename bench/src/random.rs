//! Deterministic pseudo-random numbers.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and good enough to generate test data.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// Makes a generator. Its numbers depend only on `seed` and `stream`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `limit`, which must not be 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// Returns a number from `low` to `high`, both inclusive.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// Picks one entry.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Returns ten random bytes, for an id.
    pub(crate) fn bytes(&mut self) -> [u8; 10] {
        let (a, b) = (self.next().to_le_bytes(), self.next().to_le_bytes());
        std::array::from_fn(|index| if index < 8 { a[index] } else { b[index - 8] })
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A Zipf distribution over `n` numbers: the k-th has the weight 1/k.
#[derive(Debug)]
pub(crate) struct Zipf(Vec<f64>);

impl Zipf {
    pub(crate) fn new(n: usize) -> Self {
        let mut sum = 0.0;
        Self(
            (1..=n)
                .map(|k| {
                    sum += 1.0 / k as f64;
                    sum
                })
                .collect(),
        )
    }

    /// Draws an index, from 0.
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let last = self.0.len() - 1;
        let at = random.fraction() * self.0[last];
        self.0.partition_point(|&sum| sum <= at).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_give_equal_numbers() {
        let mut random = Random::new(1, 2);
        let first: Vec<usize> = (0..6).map(|_| random.below(1_000)).collect();
        let mut again = Random::new(1, 2);
        assert_eq!(first, (0..6).map(|_| again.below(1_000)).collect::<Vec<_>>());
        assert_ne!(first, (0..6).map(|_| Random::new(1, 3).below(1_000)).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_is_drawn_twice_as_often_as_the_second() {
        let (zipf, mut random) = (Zipf::new(200), Random::new(1, 1));
        let mut drawn = [0u32; 200];
        (0..100_000).for_each(|_| drawn[zipf.draw(&mut random)] += 1);
        let ratio = f64::from(drawn[0]) / f64::from(drawn[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(drawn[199] > 0);
    }
}
