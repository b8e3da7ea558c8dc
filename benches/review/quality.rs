//! How well a grouping of messages agrees with their labels, and what it is compared with.

use super::labelled::{Labelled, Random};
use std::collections::BTreeMap;

/// `count` messages: the rows as different people begin and end them, and with a slip of the keyboard.
pub(crate) fn variants(rows: &[Labelled], count: usize) -> Vec<Labelled> {
    const BEFORE: [&str; 10] = [
        "",
        "请问",
        "你好，",
        "麻烦问下，",
        "急！",
        "想问问",
        "客服在吗？",
        "那个，",
        "我昨天也问过，",
        "hi，",
    ];
    const AFTER: [&str; 10] = [
        "",
        "？",
        "谢谢",
        "！",
        "呢",
        "，急",
        "，在线等",
        "啊",
        "，求指点",
        "？？",
    ];
    let mut random = Random(0x5eed);
    let one = |number: usize| {
        let row = &rows[number % rows.len()];
        let round = number / rows.len();
        let mut text: Vec<char> = row.text.chars().collect();
        if round > 0 && text.len() > 4 {
            text.remove(random.below(text.len()));
        }
        let text: String = text.into_iter().collect();
        let text = format!(
            "{}{text}{}",
            BEFORE[random.below(10)],
            AFTER[random.below(10)]
        );
        Labelled {
            text,
            label: row.label.clone(),
        }
    };
    (0..count).map(one).collect()
}

/// How a grouping agrees with labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// The share of the messages that bear the most frequent label of their group.
    pub purity: f64,
    /// Mutual information over the mean of both entropies.
    pub nmi: f64,
    /// The adjusted Rand index (Hubert & Arabie 1985).
    pub ari: f64,
    pub clusters: usize,
    /// Groups of more than one message, and the share of all messages that are in them.
    pub plural: usize,
    pub share: f64,
}

pub(crate) fn measure(of: &[usize], labels: &[&str]) -> Measured {
    let all = of.len() as f64;
    let mut groups: BTreeMap<usize, f64> = BTreeMap::new();
    let mut classes: BTreeMap<&str, f64> = BTreeMap::new();
    let mut both: BTreeMap<(usize, &str), f64> = BTreeMap::new();
    for (group, label) in of.iter().zip(labels) {
        *groups.entry(*group).or_default() += 1.0;
        *classes.entry(label).or_default() += 1.0;
        *both.entry((*group, label)).or_default() += 1.0;
    }
    let mut largest: BTreeMap<usize, f64> = BTreeMap::new();
    for ((group, _), count) in &both {
        let most = largest.entry(*group).or_default();
        *most = most.max(*count);
    }
    let entropy = |counts: &mut dyn Iterator<Item = f64>| -> f64 {
        counts.map(|n| -(n / all) * (n / all).ln()).sum()
    };
    let information: f64 = both
        .iter()
        .map(|((group, label), n)| n / all * (n * all / (groups[group] * classes[label])).ln())
        .sum();
    let entropies =
        entropy(&mut groups.values().copied()) + entropy(&mut classes.values().copied());
    let pairs = |counts: &mut dyn Iterator<Item = f64>| -> f64 {
        counts.map(|n| n * (n - 1.0) / 2.0).sum()
    };
    let together = pairs(&mut both.values().copied());
    let [grouped, alike] = [
        pairs(&mut groups.values().copied()),
        pairs(&mut classes.values().copied()),
    ];
    let chance = grouped * alike / (all * (all - 1.0) / 2.0);
    let plural = groups.values().filter(|n| **n > 1.0);
    Measured {
        purity: largest.values().sum::<f64>() / all,
        nmi: 2.0 * information / entropies,
        ari: (together - chance) / ((grouped + alike) / 2.0 - chance),
        clusters: groups.len(),
        plural: plural.clone().count(),
        share: plural.sum::<f64>() / all,
    }
}

/// Spherical k-means on TF-IDF of characters and their pairs (words for words of letters), seeded with different messages.
/// `None` where it would take minutes.
pub(crate) fn kmeans(texts: &[String], k: usize) -> Option<Vec<usize>> {
    const ROUNDS: usize = 15;
    if k * texts.len() > 40_000_000 {
        return None;
    }
    let vectors = tf_idf(texts);
    let kinds = vectors
        .iter()
        .flatten()
        .map(|(gram, _)| gram + 1)
        .max()
        .unwrap_or(0);
    let mut random = Random(7);
    let mut order: Vec<usize> = (0..texts.len()).collect();
    random.shuffle(&mut order);
    let mut of = vec![0; texts.len()];
    let mut means: Vec<Vec<(usize, f32)>> = order
        .iter()
        .take(k)
        .map(|at| vectors[*at].clone())
        .collect();
    for _ in 0..ROUNDS {
        // which means have a gram: most have few
        let mut having: Vec<Vec<(usize, f32)>> = vec![Vec::new(); kinds];
        for (mean, values) in means.iter().enumerate() {
            values
                .iter()
                .for_each(|(gram, value)| having[*gram].push((mean, *value)));
        }
        let mut changed = false;
        let mut cosines = vec![0.0f32; means.len()];
        for (at, vector) in vectors.iter().enumerate() {
            cosines.fill(0.0);
            for (gram, value) in vector {
                having[*gram]
                    .iter()
                    .for_each(|(mean, other)| cosines[*mean] += value * other);
            }
            let best = (0..means.len()).fold(0, |best, mean| {
                if cosines[mean] > cosines[best] {
                    mean
                } else {
                    best
                }
            });
            changed |= of[at] != best;
            of[at] = best;
        }
        let mut sums: Vec<BTreeMap<usize, f32>> = vec![BTreeMap::new(); means.len()];
        for (at, vector) in vectors.iter().enumerate() {
            vector
                .iter()
                .for_each(|(gram, value)| *sums[of[at]].entry(*gram).or_default() += value);
        }
        means = sums
            .into_iter()
            .map(|sum| unit(sum.into_iter().collect()))
            .collect();
        if !changed {
            break;
        }
    }
    Some(of)
}

fn tf_idf(texts: &[String]) -> Vec<Vec<(usize, f32)>> {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen: Vec<f32> = Vec::new();
    let mut rows: Vec<BTreeMap<usize, f32>> = Vec::new();
    for text in texts {
        let units: Vec<&str> = wenlu_core::text::units::units(text)
            .map(|unit| unit.text)
            .collect();
        let pairs = units.windows(2).map(|pair| pair.join(" "));
        let mut row: BTreeMap<usize, f32> = BTreeMap::new();
        for gram in units.iter().map(|unit| (*unit).to_owned()).chain(pairs) {
            let next = numbers.len();
            *row.entry(*numbers.entry(gram).or_insert(next)).or_default() += 1.0;
        }
        seen.resize(numbers.len(), 0.0);
        row.keys().for_each(|gram| seen[*gram] += 1.0);
        rows.push(row);
    }
    let idf = |gram: usize| ((1.0 + texts.len() as f32) / (1.0 + seen[gram])).ln() + 1.0;
    rows.into_iter()
        .map(|row| {
            unit(
                row.into_iter()
                    .map(|(gram, count)| (gram, count * idf(gram)))
                    .collect(),
            )
        })
        .collect()
}

fn unit(mut values: Vec<(usize, f32)>) -> Vec<(usize, f32)> {
    let length = values
        .iter()
        .map(|(_, value)| value * value)
        .sum::<f32>()
        .sqrt();
    values
        .iter_mut()
        .for_each(|(_, value)| *value /= length.max(f32::MIN_POSITIVE));
    values
}
