//! A good edit of the shipped files, from reading them to a engine that may serve: what a running server does before it
//! swaps. Add the 0.2 s for which it waits until an editor is done.

use divan::Bencher;
use std::path::Path;
use wenlu::source::KnowledgeSource;
use wenlu::turn::AnswerEngine;
use wenlu_core::check;
use wenlu_core::knowledge::files;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn shipped_files(bencher: Bencher) {
    let source = KnowledgeSource::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).to_owned());
    bencher.bench_local(|| {
        let loaded = files::validate_files(&source.files()).expect("the shipped files are good");
        let engine = AnswerEngine::build(loaded.knowledge);
        let failed = check::failed_tests(&engine.knowledge, engine.router.as_ref(), &loaded.texts);
        assert!(failed.is_empty());
        engine
    });
}
