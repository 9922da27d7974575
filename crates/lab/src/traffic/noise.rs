//! Chance that remembers. What an interface carries differs from its shape from one minute to the next, for an hour or
//! so, and for a day.

use super::DAY;
use crate::dice::Dice;

/// How much traffic differs, as shares of itself.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// From day to day.
    pub daily: f64,
    /// For about `memory` seconds.
    pub lasting: f64,
    /// How long the latter lasts, in seconds.
    pub memory: f64,
    /// From one sample to the next, where samples are a minute apart.
    pub jitter: f64,
}

/// A factor around 1 that moves on with time.
#[derive(Debug)]
pub struct Noise {
    dice: Dice,
    amount: Amount,
    day: u64,
    today: f64,
    lasting: f64,
}

impl Noise {
    /// Noise that begins with the dice.
    pub fn new(mut dice: Dice, amount: Amount) -> Self {
        let lasting = normal(&mut dice);
        Self { dice, amount, day: u64::MAX, today: 0.0, lasting }
    }

    /// The factor at a second, `step` seconds after the one before.
    pub fn at(&mut self, second: u64, step: u64) -> f64 {
        if second / DAY != self.day {
            self.day = second / DAY;
            self.today = normal(&mut self.dice);
        }
        let Amount { daily, lasting, memory, jitter } = self.amount;
        let keeps = (-(step as f64) / memory).exp();
        self.lasting = keeps * self.lasting + (1.0 - keeps * keeps).sqrt() * normal(&mut self.dice);
        let jitter = jitter * (60.0 / step as f64).sqrt() * normal(&mut self.dice);
        // Logarithms, so that it never falls below zero; the mean stays 1.
        let variance = daily * daily + lasting * lasting;
        (daily * self.today + lasting * self.lasting - variance / 2.0).exp() * (1.0 + jitter).max(0.0)
    }
}

/// A number of the normal distribution (Box-Muller).
pub fn normal(dice: &mut Dice) -> f64 {
    let (radius, angle) = (1.0 - dice.share(), dice.share());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_one_and_remembers() {
        let amount = Amount { daily: 0.05, lasting: 0.1, memory: 2700.0, jitter: 0.05 };
        let mut noise = Noise::new(Dice::new(1), amount);
        let factors: Vec<f64> = (0..50_000).map(|step| noise.at(step * 60, 60)).collect();
        let mean = factors.iter().sum::<f64>() / factors.len() as f64;
        assert!((0.97..1.03).contains(&mean), "{mean}");
        let apart = |minutes: usize| {
            factors.windows(minutes + 1).map(|pair| (pair[0] - mean) * (pair[minutes] - mean)).sum::<f64>()
        };
        assert!(apart(10) > 0.5 * apart(0), "ten minutes later most of it is still there");
        assert!(apart(600) < 0.4 * apart(0), "ten hours later it is not");
    }
}
