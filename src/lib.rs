//! Reads Kubernetes manifests, finds what is unsafe, and mends it in the fewest bytes.
//!
//! Data flows down this list and never up: a module may use those above it and none below.
//!
//! * [`text`]: bytes, spans and edits.
//! * [`yaml`]: a tree that remembers its bytes, and the way back from wishes to edits.
//! * [`manifest`]: objects, workloads, pods and containers, as views of the tree.
//! * [`images`]: what is known of images: who they run as, where they write.
//! * [`network`]: who reaches whom, as NetworkPolicies allow it.
//! * [`generate`]: objects that the input lacks, as typed values.
//! * [`rules`]: what a manifest should be; one rule, one file.
//! * [`plan`]: what becomes of each finding: mended, or held with the reason.
//! * [`review`](mod@review): the whole of the core, in one function.
//! * [`report`]: says it, to people, to `git apply` and to programs.
//! * [`host`]: arguments, files, terminals; the only one that touches the world.
//!
//! The core is one pure function, [`review()`](review()): sources and settings in, [`Review`] out. Nothing
//! above `host` opens a file, prints, reads the clock or the environment; `yaml` knows nothing of
//! Kubernetes' kinds, rules know nothing of bytes, and nothing is skipped in silence: every
//! finding ends as mended or held, every source as one
//! [`Outcome`](review::Outcome).

#![forbid(unsafe_code)]

pub mod text;
pub mod yaml;
pub mod manifest;
pub mod images;
pub mod network;
pub mod generate;
pub mod rules;
pub mod plan;
pub mod review;
pub mod report;
pub mod host;

pub use review::{Review, Settings, Source, review};
