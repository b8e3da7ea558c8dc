//! Masking of what people write in sentences: as much as the README promises, and little that is nobody's.

#[path = "../../benches/masking/sentences.rs"]
pub(crate) mod sentences;

use sentences::{Half, sentences};
use wenlu_core::privacy::redact;

#[test]
fn what_people_write_is_masked() {
    for half in [Half::Developed, Half::HeldOut] {
        let (mut found, mut all, mut missed) = (0, 0, Vec::new());
        for sentence in sentences(half, 2_000, 0x5eed_0019) {
            let redacted = redact(&sentence.text);
            assert_eq!(redact(&redacted.text).text, redacted.text, "twice");
            for (kind, place) in &sentence.personal {
                let mut masked = redacted.masked.iter().map(|masked| &masked.span);
                let hit = masked.any(|span| span.start <= place.start && place.end <= span.end);
                all += 1;
                found += usize::from(hit);
                if !hit {
                    missed.push((*kind, sentence.text.clone()));
                }
            }
        }
        let recall = found as f64 / all as f64;
        missed.truncate(20);
        assert!(recall >= 0.97, "{half:?}: {recall}: {missed:#?}");
    }
}

#[test]
fn public_sentences_stay() {
    for file in ["massive_zh/test.tsv", "clinc150/test.tsv"] {
        let path = format!("{}/benches/data/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<&str> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').next())
            .collect();
        let masked: Vec<&&str> = rows
            .iter()
            .filter(|row| !redact(row).masked.is_empty())
            .collect();
        let share = masked.len() as f64 / rows.len() as f64;
        assert!(share <= 0.01, "{file}: {share}: {masked:#?}");
    }
}
