//! Whatever the manifest: no panic, and the laws of a review hold.
#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/deviation.rs"]
mod deviation;
#[allow(dead_code)]
#[path = "../../tests/it/law.rs"]
mod law;
#[allow(dead_code)]
#[path = "../../tests/it/libyaml.rs"]
mod libyaml;
#[path = "../../tests/it/neighbors.rs"]
mod neighbors;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use seaworthy::{Settings, Source, host, review};

static SETTINGS: LazyLock<Settings> =
    LazyLock::new(|| host::settings(&["fix"], "").expect("these arguments make sense"));

fuzz_target!(|text: &str| {
    let sources = vec![Source::new("fuzz.yaml", text.to_owned().into())];
    let review = review(sources.clone(), &SETTINGS);
    let broken = law::hold(&sources, &SETTINGS, &review);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    for reviewed in &review.sources {
        let Some(change) = &reviewed.plan.change else { continue };
        if let Some(deviation) = deviation::deviation(&change.text) {
            panic!("after the fix: {}: {}", deviation.kind, deviation.detail);
        }
    }
});
