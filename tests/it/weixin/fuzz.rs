//! Changed at random: the readers and the seal stop at nothing, and nothing is taken that was not sealed
//! and signed with the secrets. A bounded number here; ten million by `cargo bench --bench weixin_fuzz`.

#[path = "../../../benches/weixin_fuzz/mutate.rs"]
mod mutate;

const COUNT: u64 = 20_000;

#[test]
fn the_reader_takes_every_text() {
    let read = mutate::fields(1, COUNT);
    assert!(read > COUNT / 200 && read < COUNT, "{read} were messages");
}

#[test]
fn the_reader_of_wecom_takes_every_text() {
    let read = mutate::pulled(1, COUNT);
    assert!(read > COUNT / 100 && read < COUNT, "{read} were messages");
}

#[test]
fn nothing_is_taken_that_was_not_sealed_and_signed() {
    let opened = mutate::seals(1, COUNT);
    assert!(opened < COUNT / 2, "{opened} were opened");
}
