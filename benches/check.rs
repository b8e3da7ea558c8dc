//! How long `wenlu check` takes: 1,000 intents of 20 examples are to be through in under a minute on two cores.
//! `cargo bench --bench check`

mod synthetic;

use divan::Bencher;
use wenlu::source::KnowledgeSource;
use wenlu_core::check::check;
use wenlu_core::router::Router;

fn main() {
    divan::main();
}

#[divan::bench(args = [100, 1_000], sample_count = 1, sample_size = 1)]
fn everything(bencher: Bencher, intents: usize) {
    let root = tempfile::tempdir().expect("a folder");
    synthetic::write_folder(root.path(), intents, 20).expect("files");
    let source = KnowledgeSource::Folder(root.path().to_owned());
    bencher.bench(|| {
        let report = check(|| source.files(), None, Router::build, &|_, _, _| {});
        assert!(
            report
                .counted
                .is_some_and(|c| c.intents == intents && c.examples == 20 * intents)
        );
        report.findings.len()
    });
}
