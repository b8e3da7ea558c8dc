//! Trained models that are kept between builds. In: a training set. Out: the key under which its
//! model is kept, a hash of all that training reads and of this crate's sources. Must not know:
//! where models are kept, how one is written.

use super::features::{Gram, draw};
use super::training_example::{ClassRole, ExampleOrigin, TrainingExample, TrainingTarget};
use crate::knowledge::SavedCalibration;

/// Keeps trained models. What it returns for a key must be what it was given for that key.
pub trait ModelCache: Send + Sync {
    /// The model of this key; `None`: it is trained.
    fn load(&self, key: &ModelKey) -> Option<Vec<u8>>;
    /// Called with each model that was trained.
    fn save(&self, key: &ModelKey, model: &[u8]);
}

/// Names a trained model: equal keys, equal bits of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModelKey([u64; 2]);

/// The release, and a hash of its sources: a model is never taken from another build.
const BUILD: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " ",
    env!("WENLU_CORE_SOURCES"),
    " model 1"
);

impl ModelKey {
    pub(super) fn of(
        examples: &[TrainingExample],
        roles: &[ClassRole],
        saved: Option<&SavedCalibration>,
    ) -> Self {
        let mut key = KeyHasher([0x5eed, 0xfeed]);
        key.text(BUILD);
        key.add(roles.len() as u64);
        roles.iter().for_each(|role| key.add(*role as u64));
        key.add(examples.len() as u64);
        examples.iter().for_each(|example| key.example(example));
        key.add(u64::from(saved.is_some()));
        // each number as it reads back: no two different ones read alike
        key.text(&format!("{saved:?}"));
        ModelKey(key.0)
    }

    /// 32 hexadecimal digits.
    pub fn hex(&self) -> String {
        let [first, second] = self.0;
        format!("{first:016x}{second:016x}")
    }
}

/// Two independent hashes of the same numbers.
struct KeyHasher([u64; 2]);

impl KeyHasher {
    fn add(&mut self, number: u64) {
        let [first, second] = &mut self.0;
        *first = draw(*first, number);
        *second = draw(number, *second);
    }

    fn text(&mut self, text: &str) {
        self.add(text.len() as u64);
        text.bytes().for_each(|byte| self.add(u64::from(byte)));
    }

    fn example(&mut self, example: &TrainingExample) {
        let TrainingExample {
            grams,
            target,
            origin,
            key,
            vector: _,
        } = example;
        let (kind, class) = match *target {
            TrainingTarget::Is(class) => (0, class),
            TrainingTarget::IsNot(class) => (1, class),
        };
        let origin = match origin {
            ExampleOrigin::Message => 0,
            ExampleOrigin::Label => 1,
            ExampleOrigin::Background => 2,
        };
        self.add((class as u64) << 8 | origin << 1 | kind);
        self.add(*key);
        self.add(grams.len() as u64);
        for Gram { key, kind, count } in grams {
            self.add(*key);
            self.add(u64::from(count.to_bits()) << 8 | *kind as u64);
        }
    }
}
