//! The shipped knowledge travels inside the binary: build again when it changes.

fn main() {
    for folder in ["intents", "content"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
