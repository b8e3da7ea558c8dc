//! Scoring. In: sparse unit vectors. Out: a logit for each class from a multinomial logistic
//! regression, and the similarity to one class's examples. Must not know: what the classes are.

use super::features::draw;
use super::training_example::TrainingTarget;
use super::vocabulary::FeatureVector;
use super::weights::WeightMatrix;
use rustc_hash::FxHashMap;

/// Passes over the examples: on the public development sets 8, 10, 16 and 30 differ by less than
/// noise. With fewer, the order of the examples matters: one more example anywhere changes
/// confidences elsewhere.
pub(super) const EPOCHS: usize = 10;
/// The same where an encoder's vectors are scored too: values that every example has are learnt
/// slowly. With 20, accuracy / AUROC on development sets of ten examples an intent are .782/.795 on
/// near out-of-scope Chinese (10: .769/.788) and .920/.973 on CLINC150; 30 bring no more.
const FUSED_EPOCHS: usize = 20;
/// First step length, and what is added to every step. Vectors have unit length.
pub(super) const INITIAL_STEP: f32 = 8.0;
pub(super) const FINAL_STEP: f32 = 0.02;
/// An example counts as learnt when the gradient of every class is smaller than this.
pub(super) const LEARNT_GRADIENT: f32 = 0.02;
/// Passes for which a learnt example is then skipped.
pub(super) const REST_PASSES: u8 = 2;

/// The linear model, with the features of each class's examples.
pub(crate) struct LinearModel {
    pub(super) classes: usize,
    pub(super) weights: WeightMatrix,
    /// The weights of the encoder's dimensions; no rows without an encoder.
    pub(super) meaning: WeightMatrix,
    pub(super) bias: Vec<f32>,
    /// The features of each class's examples. By class: a message is compared with one class only,
    /// whose map stays in the processor's cache; a row for each feature would miss it every time.
    pub(super) known: Vec<FxHashMap<u32, ClassFeature>>,
}

/// How large a model is.
#[derive(Clone, Copy)]
pub(crate) struct TrainingSize {
    pub features: usize,
    /// Of the encoder's vectors; 0 without one.
    pub dimensions: usize,
    pub classes: usize,
}

/// The scores of a message, one entry a class.
#[derive(Clone, Debug, Default)]
pub struct ClassScores {
    pub(crate) logits: Vec<f32>,
    /// Softmax of the logits.
    pub(crate) probabilities: Vec<f32>,
    /// The classes that were scored, in rising order, where they are not all: the others have no
    /// probability.
    pub(super) candidates: Vec<u32>,
}

impl ClassScores {
    /// The classes that can be likely, in rising order.
    pub(super) fn classes(&self) -> impl Iterator<Item = usize> {
        let all = match self.candidates.is_empty() {
            true => self.logits.len(),
            false => 0,
        };
        (0..all).chain(self.candidates.iter().map(|class| *class as usize))
    }
}

/// How similar a message is to the examples of one class.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClassSimilarity {
    /// Cosine to their centroid.
    pub cosine: f32,
    /// Share of the message's squared length in features that any of them has.
    pub shared: f32,
    /// The same with each feature weighted by n ⁄ (n + 1), where n of them have it.
    pub usual: f32,
}

impl ClassSimilarity {
    /// Adds a feature of the message that `examples` of the class's have.
    pub(super) fn add(&mut self, value: f32, mean: f32, examples: u32) {
        self.cosine += value * mean;
        self.shared += value * value;
        self.usual += value * value * examples as f32 / (examples + 1) as f32;
    }
}

/// A feature of the examples of a class.
#[derive(Clone, Copy, Default)]
pub(super) struct ClassFeature {
    /// Its value in their mean, which has unit length.
    pub(super) mean: f32,
    /// How many of them have it.
    pub(super) examples: u32,
}

impl LinearModel {
    /// Plain stochastic gradient descent on the softmax cross-entropy with an L2 penalty λ =
    /// 1/(40·n); the step length falls linearly from η₀ to nearly nothing. Each pass visits the
    /// examples in the order of a hash of their text keys (`keys`, one an example) and the pass:
    /// the same input gives the same bits, and one more example anywhere leaves the others in their
    /// order, so that what they taught stays as it was.
    pub(crate) fn train(
        examples: &[(FeatureVector, TrainingTarget)],
        keys: &[u64],
        size: TrainingSize,
    ) -> Self {
        let TrainingSize {
            features,
            dimensions,
            classes,
        } = size;
        let mut model = Self {
            classes,
            weights: WeightMatrix::new(features, classes, shown(examples, features)),
            meaning: WeightMatrix::table(dimensions, classes),
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
        let epochs = if dimensions > 0 { FUSED_EPOCHS } else { EPOCHS };
        let total = (epochs * examples.len()) as f32;
        let mut t = 0usize;
        let mut gradient = vec![0.0; classes];
        let mut active = Vec::with_capacity(classes);
        // passes for which a learnt example is still skipped: saves half the work late in training
        let mut rests = vec![0u8; examples.len()];
        for pass in 0..epochs {
            order
                .sort_by_cached_key(|&at| keys.get(at as usize).map(|key| draw(*key, pass as u64)));
            for &at in &order {
                let at = at as usize;
                let Some((vector, target)) = examples.get(at) else {
                    continue;
                };
                let step = INITIAL_STEP * (1.0 - t as f32 / total) + FINAL_STEP;
                shrink *= 1.0 - step * lambda;
                t += 1;
                if rests[at] > 0 {
                    rests[at] -= 1;
                    continue;
                }
                model.logits_into(vector, shrink, &mut gradient);
                softmax(&mut gradient);
                toward(*target, &mut gradient);
                rests[at] = if gradient.iter().all(|g| g.abs() < LEARNT_GRADIENT) {
                    REST_PASSES
                } else {
                    0
                };
                model.descend(vector, &gradient, step, shrink, &mut active);
            }
        }
        model.weights.scale(shrink);
        model.meaning.scale(shrink);
        model
    }

    pub(crate) fn score(&self, vector: &FeatureVector) -> ClassScores {
        let mut logits = vec![0.0; self.classes];
        self.logits_into(vector, 1.0, &mut logits);
        let mut probabilities = logits.clone();
        softmax(&mut probabilities);
        ClassScores {
            logits,
            probabilities,
            candidates: Vec::new(),
        }
    }

    /// Similarity to the examples of `class`; computed for the best candidate only.
    pub(crate) fn class_similarity(&self, vector: &FeatureVector, class: usize) -> ClassSimilarity {
        let mut out = ClassSimilarity::default();
        let known = &self.known[class];
        for &(feature, value) in &vector.values {
            if let Some(&ClassFeature { mean, examples }) = known.get(&feature) {
                out.add(value, mean, examples);
            }
        }
        out
    }

    /// What each feature adds to the logit of `class`.
    pub(crate) fn contribution(&self, feature: u32, value: f32, class: usize) -> f32 {
        value * self.weights.get(feature, class)
    }

    /// What the encoder's vector adds to the logit of `class`.
    pub(crate) fn meaning_contribution(&self, vector: &FeatureVector, class: usize) -> f32 {
        let adds = |&(dimension, value): &(u32, f32)| value * self.meaning.get(dimension, class);
        vector.meaning.iter().map(adds).sum()
    }

    /// The bias of `class`, which every message has.
    pub(crate) fn bias(&self, class: usize) -> f32 {
        self.bias[class]
    }

    fn logits_into(&self, vector: &FeatureVector, shrink: f32, out: &mut [f32]) {
        out.fill(0.0);
        self.weights.add_to(&vector.values, shrink, out);
        self.meaning.add_to(&vector.meaning, shrink, out);
        out.iter_mut().zip(&self.bias).for_each(|(z, b)| *z += b);
    }

    /// One gradient step. Once the gradients of most classes are negligible, only the others are
    /// updated: late in training those are few, and the rows are long.
    fn descend(
        &mut self,
        vector: &FeatureVector,
        gradient: &[f32],
        step: f32,
        shrink: f32,
        active: &mut Vec<(usize, f32)>,
    ) {
        const NEGLIGIBLE: f32 = 1e-3;
        active.clear();
        active.extend(
            gradient
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, g)| g.abs() > NEGLIGIBLE),
        );
        for &(class, g) in active.iter() {
            self.bias[class] -= 0.1 * step * g;
        }
        self.weights
            .descend(&vector.values, step, shrink, gradient, active);
        self.meaning
            .descend(&vector.meaning, step, shrink, gradient, active);
    }
}

/// Turns probabilities into the gradient of the loss. For a near miss of class k the target is the
/// prediction itself without k, so that the loss is −ln(1 − p_k): k is lowered, and no other class
/// is preferred.
pub(super) fn toward(target: TrainingTarget, gradient: &mut [f32]) {
    match target {
        TrainingTarget::Is(class) => gradient[class] -= 1.0,
        TrainingTarget::IsNot(class) => {
            let p = gradient[class];
            let rest = (1.0 - p).max(1e-3);
            gradient.iter_mut().for_each(|g| *g -= *g / rest);
            gradient[class] = p;
        }
    }
}

/// The pairs of feature and class that occur in examples, near misses included; the examples of a
/// class must be adjacent.
fn shown(
    examples: &[(FeatureVector, TrainingTarget)],
    features: usize,
) -> impl Iterator<Item = (u32, u32)> {
    let mut last = vec![u32::MAX; features];
    let all = examples.iter().flat_map(|(vector, target)| {
        let (TrainingTarget::Is(class) | TrainingTarget::IsNot(class)) = *target;
        vector
            .values
            .iter()
            .map(move |&(feature, _)| (feature, class as u32))
    });
    all.filter(move |&(feature, class)| {
        std::mem::replace(&mut last[feature as usize], class) != class
    })
}

/// The features of each class's examples, near misses excluded.
fn known(
    examples: &[(FeatureVector, TrainingTarget)],
    features: usize,
    classes: usize,
) -> Vec<FxHashMap<u32, ClassFeature>> {
    let mut means = ClassMeans::new(features);
    let of_class = |members: Vec<&FeatureVector>| means.of(&members).into_iter().collect();
    members(examples, classes)
        .into_iter()
        .map(of_class)
        .collect()
}

/// The examples of each class, near misses excluded.
pub(super) fn members(
    examples: &[(FeatureVector, TrainingTarget)],
    classes: usize,
) -> Vec<Vec<&FeatureVector>> {
    let mut members = vec![Vec::new(); classes];
    for (vector, target) in examples {
        if let TrainingTarget::Is(class) = *target {
            members[class].push(vector);
        }
    }
    members
}

/// Takes the means of classes, one after the other.
pub(super) struct ClassMeans {
    /// By feature; all empty between two classes.
    sums: Vec<ClassFeature>,
}

impl ClassMeans {
    pub(super) fn new(features: usize) -> Self {
        let sums = vec![ClassFeature::default(); features];
        Self { sums }
    }

    /// The features of these examples, in rising order.
    pub(super) fn of(&mut self, members: &[&FeatureVector]) -> Vec<(u32, ClassFeature)> {
        let sums = &mut self.sums;
        let mut used: Vec<u32> = Vec::new();
        for &(feature, value) in members.iter().flat_map(|vector| &vector.values) {
            let sum = &mut sums[feature as usize];
            if sum.examples == 0 {
                used.push(feature);
            }
            *sum = ClassFeature {
                mean: sum.mean + value,
                examples: sum.examples + 1,
            };
        }
        used.sort_unstable();
        let square = used.iter().fold(0.0, |square, &feature| {
            square + sums[feature as usize].mean.powi(2)
        });
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        let scaled = |feature: u32| {
            let sum = std::mem::take(&mut sums[feature as usize]);
            let mean = sum.mean / length;
            (feature, ClassFeature { mean, ..sum })
        };
        used.into_iter().map(scaled).collect()
    }
}

/// Logits to probabilities, in place.
pub(crate) fn softmax(z: &mut [f32]) {
    let top = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    z.iter_mut().for_each(|v| *v = exp(*v - top));
    let sum: f32 = z.iter().sum();
    z.iter_mut().for_each(|v| *v /= sum);
}

/// e^x for x ≤ 0 to about five digits: 2^whole from the exponent's bits, 2^part from a Taylor
/// series of degree six. Plain arithmetic has the same bits on every machine and can be vectorised;
/// the library's exp took a third of the training time.
fn exp(x: f32) -> f32 {
    let x = (x * std::f32::consts::LOG2_E).max(-126.0);
    let whole = (x - 0.5) as i32;
    let part = (x - whole as f32) * std::f32::consts::LN_2;
    let series = 1.0
        + part
            * (1.0
                + part
                    * (0.5
                        + part
                            * (1.0 / 6.0
                                + part * (1.0 / 24.0 + part * (1.0 / 120.0 + part / 720.0)))));
    f32::from_bits(((whole + 127) as u32) << 23) * series
}

#[cfg(test)]
mod tests {
    #[test]
    fn exponential() {
        for step in 0..2000 {
            let x = -0.05 * step as f32;
            let (ours, true_value) = (f64::from(super::exp(x)), libm::exp(f64::from(x)));
            assert!(
                (ours - true_value).abs() <= 2e-5 * true_value + 1e-37,
                "{x}: {ours} {true_value}"
            );
        }
    }
}
