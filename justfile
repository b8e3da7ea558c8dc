# What there is to do in a clone, each line of which can be typed without `just` too. `just` lists it; to get it:
# cargo install just, or pip install rust-just.

# lists the recipes
_default:
    @just --list --unsorted

# form, lints and unit tests: a minute, needs nothing installed
check:
    tests/check.sh

# every test that needs no PostgreSQL and no browser; NAMES: only those whose name has one of them in it
test *NAMES:
    tests/bare.sh {{ NAMES }}

# all that must hold before a change lands; installs what is missing (Debian)
test-all:
    tests/run.sh

# serves the files of this folder on http://127.0.0.1:8080; an edit of them is live within two seconds
dev:
    DATABASE_URL=sqlite://target/dev.db WENLU_RATE_PER_MINUTE=0 WENLU_LOG=warn,wenlu=debug cargo run -- --root . serve

# a bench of benches/, such as `just bench locality` or `just bench review_loop TRAIN.tsv TEST.tsv`
bench NAME *ARGS:
    cargo bench --bench {{ NAME }} -- {{ ARGS }}

# licences, banned crates and sources of the dependencies; `just deny advisories`: known vulnerabilities (needs the network)
deny *WHAT="licenses bans sources":
    .github/scripts/cargo-deny.sh check {{ WHAT }}

# workflows, shell scripts, versions
gate:
    tests/gate.sh
