//! Where the time of a message goes, station by station, over the shipped knowledge and tests/held-out.tsv; jieba alone beside
//! it. `cargo bench --bench route`. A figure is one pass over all messages; the counter says how many a second.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::sync::LazyLock;
use wenlu::knowledge::Knowledge;
use wenlu::knowledge::files::{Source, load};
use wenlu::router::calibrate::{Example, Model, rarest};
use wenlu::router::clauses::clauses;
use wenlu::router::features::{Gram, grams_with};
use wenlu::router::lexical::{Lexical, whole_words};
use wenlu::router::{Router, training_examples};
use wenlu::text::normalize::normalize;
use wenlu::text::segment::Segmenter;

fn main() {
    divan::main();
}

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| load(&Source::Embedded).expect("the shipped files").knowledge);
static LEXICAL: LazyLock<Lexical> = LazyLock::new(|| Lexical::build(&KNOWLEDGE));
static MESSAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rows = include_str!("../tests/held-out.tsv").lines().skip(1);
    rows.filter_map(|row| row.split('\t').next().map(str::to_owned)).collect()
});
static NORMAL: LazyLock<Vec<String>> = LazyLock::new(|| MESSAGES.iter().map(|text| normalize(text)).collect());

fn each<'a, T>(bencher: Bencher, inputs: &'a [T], work: impl Fn(&'a T)) {
    bencher
        .counter(ItemsCount::new(inputs.len()))
        .bench_local(|| inputs.iter().for_each(|input| work(black_box(input))));
}

fn grams(normal: &str) -> Vec<Gram> {
    let bare = LEXICAL.strip(normal);
    grams_with(bare, &LEXICAL.find(bare))
}

#[divan::bench]
fn a_normalise(bencher: Bencher) {
    each(bencher, &MESSAGES, |text| drop(black_box(normalize(text))));
}

#[divan::bench]
fn b_clauses(bencher: Bencher) {
    each(bencher, &MESSAGES, |text| drop(black_box(clauses(text))));
}

#[divan::bench]
fn c_strip_and_find(bencher: Bencher) {
    each(bencher, &NORMAL, |normal| drop(black_box(LEXICAL.find(LEXICAL.strip(normal)))));
}

#[divan::bench]
fn d_features(bencher: Bencher) {
    each(bencher, &NORMAL, |normal| drop(black_box(grams(normal))));
}

#[divan::bench]
fn e_score(bencher: Bencher) {
    let classes = KNOWLEDGE.intents.len() + 1;
    let examples = training_examples(&KNOWLEDGE, &LEXICAL, classes);
    let model = Model::train(&examples.iter().collect::<Vec<&Example>>(), classes, rarest(&examples));
    let messages: Vec<Vec<Gram>> = NORMAL.iter().map(|normal| grams(normal)).collect();
    each(bencher, &messages, |grams| drop(black_box(model.score(grams))));
}

#[divan::bench]
fn f_segment(bencher: Bencher) {
    let segmenter = Segmenter::new(whole_words(&KNOWLEDGE));
    each(bencher, &NORMAL, |normal| drop(black_box(segmenter.words(normal))));
}

#[divan::bench]
fn g_whole_route(bencher: Bencher) {
    let router = Router::build(&KNOWLEDGE);
    each(bencher, &MESSAGES, |text| drop(black_box(router.route(text))));
}

#[divan::bench]
fn h_jieba_alone(bencher: Bencher) {
    let jieba = jieba_rs::Jieba::new();
    each(bencher, &MESSAGES, |text| drop(black_box(jieba.cut(text, true))));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn i_build(bencher: Bencher) {
    bencher.bench_local(|| Router::build(&KNOWLEDGE));
}
