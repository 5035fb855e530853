//! Runs libFuzzer on the target that `GREYMATTERS_TEST_FUZZ_TARGET` names. `fuzz/run` starts it.

#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls what the macro makes by a symbol")]

use std::sync::OnceLock;

use greymatters_fuzz::{TARGETS, Target};

static TARGET: OnceLock<&'static Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(init: choose(), |input: &[u8]| {
    if let Some(target) = TARGET.get() {
        (target.run)(input);
    }
});

fn choose() {
    let name = std::env::var("GREYMATTERS_TEST_FUZZ_TARGET").unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("GREYMATTERS_TEST_FUZZ_TARGET is `{name}`; it must be one of {}", names.join(", "));
    };
    let _ = TARGET.set(target);
}
