//! Scoring. In: sparse unit vectors. Out: a logit for each class from a multinomial logistic regression, and the cosine
//! to each class's centroid. Must not know: what the classes are.

use super::calibrate::Target;
use super::features::draw;
use super::rows::Rows;
use super::vocabulary::Vector;
use super::weights::Weights;

/// Passes over the examples: on the public development sets 8, 10, 16 and 30 differ by less than noise. With fewer, the
/// order of the examples shows: one more example anywhere moves confidences elsewhere.
const EPOCHS: usize = 10;
/// First step length, and what is added to every step; vectors have unit length.
const STEP: f32 = 8.0;
const LAST_STEP: f32 = 0.02;
/// An example is learnt when no class is off by more than this.
const LEARNT: f32 = 0.02;
/// And then sits out so many passes.
const REST: u8 = 2;

/// Weights, and what each class's examples have.
pub struct Linear {
    classes: usize,
    weights: Weights,
    bias: Vec<f32>,
    /// What the examples of each class have.
    known: Rows<Known>,
}

/// What a message scores: one entry a class.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    pub logits: Vec<f32>,
    /// Softmax of the logits.
    pub probabilities: Vec<f32>,
}

/// A message beside the examples of one class.
#[derive(Clone, Copy, Debug, Default)]
pub struct Likeness {
    /// Cosine to their centroid.
    pub cosine: f32,
    /// Share of the message's squared length that lies in features which any of them has.
    pub shared: f32,
    /// The same, and a feature counts the more the more of them have it: n ⁄ (n + 1).
    pub usual: f32,
}

/// A feature that examples of a class have.
#[derive(Clone, Copy, Default)]
struct Known {
    /// In their mean, which is of unit length.
    mean: f32,
    /// In how many of them.
    examples: u32,
}

impl Linear {
    /// Plain stochastic gradient descent on the softmax cross-entropy with an L2 penalty λ = 1/(40·n), steps that
    /// fall in a straight line from η₀ to nearly nothing. Each pass visits the examples in the order of a hash of their
    /// texts (`keys`, one an example) and of the pass: the same input gives the same bits, and one more example anywhere
    /// leaves the others in their order, so that what they taught stays as it was.
    pub fn train(examples: &[(Vector, Target)], keys: &[u64], features: usize, classes: usize) -> Self {
        let mut model = Self {
            classes,
            weights: Weights::new(features, classes, shown(examples, features)),
            bias: vec![0.0; classes],
            known: known(examples, features, classes),
        };
        if examples.is_empty() || classes < 2 {
            return model;
        }
        let lambda = 1.0 / (40.0 * examples.len() as f32);
        let mut order: Vec<u32> = (0..examples.len() as u32).collect();
        // the weights are `shrink × model.weights`: the penalty costs one multiplication a step
        let mut shrink = 1.0f32;
        let total = (EPOCHS * examples.len()) as f32;
        let mut t = 0usize;
        let mut gradient = vec![0.0; classes];
        let mut active = Vec::with_capacity(classes);
        // passes that an example which is learnt already still sits out: half the work late in training
        let mut rests = vec![0u8; examples.len()];
        for pass in 0..EPOCHS {
            order.sort_by_cached_key(|&at| keys.get(at as usize).map(|key| draw(*key, pass as u64)));
            for &at in &order {
                let at = at as usize;
                let Some((vector, target)) = examples.get(at) else { continue };
                let step = STEP * (1.0 - t as f32 / total) + LAST_STEP;
                shrink *= 1.0 - step * lambda;
                t += 1;
                if rests[at] > 0 {
                    rests[at] -= 1;
                    continue;
                }
                model.logits_into(vector, shrink, &mut gradient);
                softmax(&mut gradient);
                toward(*target, &mut gradient);
                rests[at] = if gradient.iter().all(|g| g.abs() < LEARNT) { REST } else { 0 };
                model.descend(vector, &gradient, step, shrink, &mut active);
            }
        }
        model.weights.scale(shrink);
        model
    }

    pub fn score(&self, vector: &Vector) -> Scores {
        let mut logits = vec![0.0; self.classes];
        self.logits_into(vector, 1.0, &mut logits);
        let mut probabilities = logits.clone();
        softmax(&mut probabilities);
        Scores { logits, probabilities }
    }

    /// How like the examples of `class` a message is: only the best candidate's is asked for.
    pub fn likeness(&self, vector: &Vector, class: usize) -> Likeness {
        let mut out = Likeness::default();
        for &(feature, value) in &vector.values {
            if let Some(Known { mean, examples }) = self.known.get(feature, class) {
                out.cosine += value * mean;
                out.shared += value * value;
                out.usual += value * value * examples as f32 / (examples + 1) as f32;
            }
        }
        out
    }

    /// What each feature adds to the logit of `class`.
    pub fn contribution(&self, feature: u32, value: f32, class: usize) -> f32 {
        value * self.weights.get(feature, class)
    }

    /// What every message has in the logit of `class`.
    pub fn bias(&self, class: usize) -> f32 {
        self.bias[class]
    }

    fn logits_into(&self, vector: &Vector, shrink: f32, out: &mut [f32]) {
        out.fill(0.0);
        self.weights.add_to(vector, shrink, out);
        out.iter_mut().zip(&self.bias).for_each(|(z, b)| *z += b);
    }

    /// One step against the gradient. Classes whose gradient is negligible are left out once most are: late in training
    /// nearly all are, and the rows are long.
    fn descend(&mut self, vector: &Vector, gradient: &[f32], step: f32, shrink: f32, active: &mut Vec<(usize, f32)>) {
        const NEGLIGIBLE: f32 = 1e-3;
        active.clear();
        active.extend(gradient.iter().copied().enumerate().filter(|(_, g)| g.abs() > NEGLIGIBLE));
        for &(class, g) in active.iter() {
            self.bias[class] -= 0.1 * step * g;
        }
        self.weights.descend(vector, step, shrink, gradient, active);
    }
}

/// From probabilities to the gradient of the loss. For a near miss of class k the target is the prediction itself without
/// k, so that the loss is −ln(1 − p_k): k goes down, and nothing is said of where the message belongs.
fn toward(target: Target, gradient: &mut [f32]) {
    match target {
        Target::Is(class) => gradient[class] -= 1.0,
        Target::IsNot(class) => {
            let p = gradient[class];
            let rest = (1.0 - p).max(1e-3);
            gradient.iter_mut().for_each(|g| *g -= *g / rest);
            gradient[class] = p;
        }
    }
}

/// Which feature is in examples of which class, near misses included; the examples of a class stand together.
fn shown(examples: &[(Vector, Target)], features: usize) -> impl Iterator<Item = (u32, u32)> {
    let mut last = vec![u32::MAX; features];
    let all = examples.iter().flat_map(|(vector, target)| {
        let (Target::Is(class) | Target::IsNot(class)) = *target;
        vector.values.iter().map(move |&(feature, _)| (feature, class as u32))
    });
    all.filter(move |&(feature, class)| std::mem::replace(&mut last[feature as usize], class) != class)
}

/// What the examples of each class have; near misses say nothing of it.
fn known(examples: &[(Vector, Target)], features: usize, classes: usize) -> Rows<Known> {
    let mut members = vec![Vec::new(); classes];
    for (vector, target) in examples {
        if let Target::Is(class) = *target {
            members[class].push(vector);
        }
    }
    let mut sums = vec![Known::default(); features];
    let mut entries = Vec::new();
    for (class, members) in members.into_iter().enumerate() {
        let mut used: Vec<u32> = Vec::new();
        for &(feature, value) in members.iter().flat_map(|vector| &vector.values) {
            let sum = &mut sums[feature as usize];
            if sum.examples == 0 {
                used.push(feature);
            }
            *sum = Known { mean: sum.mean + value, examples: sum.examples + 1 };
        }
        used.sort_unstable();
        let square = used.iter().fold(0.0, |square, &feature| square + sums[feature as usize].mean.powi(2));
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        entries.extend(used.into_iter().map(|feature| {
            let sum = std::mem::take(&mut sums[feature as usize]);
            (feature, class as u32, Known { mean: sum.mean / length, ..sum })
        }));
    }
    Rows::new(features, entries)
}

/// Logits to probabilities, in place.
pub fn softmax(z: &mut [f32]) {
    let top = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    z.iter_mut().for_each(|v| *v = exp(*v - top));
    let sum: f32 = z.iter().sum();
    z.iter_mut().for_each(|v| *v /= sum);
}

/// e^x for x ≤ 0 to about five digits: 2^(whole) from the exponent's bits, 2^(part) from the Taylor series of degree six
/// around the middle. Plain arithmetic, so that it has the same bits everywhere and the compiler can do several at once;
/// the library's exp was a third of training.
fn exp(x: f32) -> f32 {
    let x = (x * std::f32::consts::LOG2_E).max(-126.0);
    let whole = (x - 0.5) as i32;
    let part = (x - whole as f32) * std::f32::consts::LN_2;
    let series = 1.0
        + part * (1.0 + part * (0.5 + part * (1.0 / 6.0 + part * (1.0 / 24.0 + part * (1.0 / 120.0 + part / 720.0)))));
    f32::from_bits(((whole + 127) as u32) << 23) * series
}

#[cfg(test)]
mod tests {
    #[test]
    fn exponential() {
        for step in 0..2000 {
            let x = -0.05 * step as f32;
            let (ours, true_value) = (f64::from(super::exp(x)), libm::exp(f64::from(x)));
            assert!((ours - true_value).abs() <= 2e-5 * true_value + 1e-37, "{x}: {ours} {true_value}");
        }
    }
}
