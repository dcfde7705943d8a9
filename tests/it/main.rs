//! Every test of the whole: one crate, one module a theme.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::print_stderr)]

mod admission;
mod cli;
mod config;
mod corpus;
mod deviation;
mod differential;
mod facts;
mod golden;
mod house;
mod image_lookups;
mod images;
mod json;
mod law;
mod laws;
mod libyaml;
mod limits;
mod mutation;
mod naive;
mod nasty;
mod overlays;
mod patches;
mod pods;
mod processes;
mod programs;
mod pss;
mod reach;
mod python;
mod referee;
mod refusal;
mod scalars;
mod schemas;
mod verdict;
mod walk;
mod wish;
mod wishes;
