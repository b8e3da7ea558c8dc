//! Where the time of a message goes, station by station, over the shipped knowledge and tests/held-out.tsv; jieba alone beside
//! it. `cargo bench --bench route`. A figure is one pass over all messages; the counter says how many a second.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::sync::LazyLock;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;
use wenlu_core::router::stages::{
    Classifier, CompiledLexicon, Gram, TrainingExample, extract_grams, min_occurrences,
    split_clauses, training_examples, whole_words,
};
use wenlu_core::text::normalize::normalize;
use wenlu_core::text::segment::Segmenter;

fn main() {
    divan::main();
}

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    load(&KnowledgeSource::Embedded)
        .expect("the shipped files")
        .knowledge
});
static LEXICAL: LazyLock<CompiledLexicon> = LazyLock::new(|| CompiledLexicon::build(&KNOWLEDGE));
static MESSAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rows = include_str!("../tests/held-out.tsv").lines().skip(1);
    rows.filter_map(|row| row.split('\t').next().map(str::to_owned))
        .collect()
});
static NORMAL: LazyLock<Vec<String>> =
    LazyLock::new(|| MESSAGES.iter().map(|text| normalize(text)).collect());

fn each<'a, T>(bencher: Bencher, inputs: &'a [T], work: impl Fn(&'a T)) {
    bencher
        .counter(ItemsCount::new(inputs.len()))
        .bench_local(|| inputs.iter().for_each(|input| work(black_box(input))));
}

fn grams(normal: &str) -> Vec<Gram> {
    let bare = LEXICAL.strip(normal);
    extract_grams(bare, &LEXICAL.find(bare))
}

#[divan::bench]
fn a_normalise(bencher: Bencher) {
    each(bencher, &MESSAGES, |text| drop(black_box(normalize(text))));
}

#[divan::bench]
fn b_clauses(bencher: Bencher) {
    each(bencher, &MESSAGES, |text| {
        drop(black_box(split_clauses(text)))
    });
}

#[divan::bench]
fn c_strip_and_find(bencher: Bencher) {
    each(bencher, &NORMAL, |normal| {
        drop(black_box(LEXICAL.find(LEXICAL.strip(normal))))
    });
}

#[divan::bench]
fn d_features(bencher: Bencher) {
    each(bencher, &NORMAL, |normal| drop(black_box(grams(normal))));
}

#[divan::bench]
fn e_score(bencher: Bencher) {
    let classes = KNOWLEDGE.intents.len() + 1;
    let examples = training_examples(&KNOWLEDGE, &LEXICAL, classes);
    let model = Classifier::train(
        &examples.iter().collect::<Vec<&TrainingExample>>(),
        classes,
        min_occurrences(&examples),
    );
    let messages: Vec<Vec<Gram>> = NORMAL.iter().map(|normal| grams(normal)).collect();
    each(bencher, &messages, |grams| {
        drop(black_box(model.score(grams)))
    });
}

#[divan::bench]
fn f_segment(bencher: Bencher) {
    let segmenter = Segmenter::new(whole_words(&KNOWLEDGE));
    each(bencher, &NORMAL, |normal| {
        black_box(segmenter.words(normal).len());
    });
}

#[divan::bench]
fn g_whole_route(bencher: Bencher) {
    let router = Router::build(&KNOWLEDGE);
    each(bencher, &MESSAGES, |text| {
        drop(black_box(router.route(text)))
    });
}

#[divan::bench]
fn h_jieba_alone(bencher: Bencher) {
    let jieba = jieba_rs::Jieba::new();
    each(bencher, &MESSAGES, |text| {
        drop(black_box(jieba.cut(text, true)))
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn i_build(bencher: Bencher) {
    bencher.bench_local(|| Router::build(&KNOWLEDGE));
}
