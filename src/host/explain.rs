//! `seaworthy explain`: tells what a rule wants, and why.

use super::{
    Exit,
    cli::{self, ExplainArgs},
    screen::Screen,
};
use crate::report;

pub(super) fn explain(args: &ExplainArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let look = screen.look;
    match &args.rule {
        Some(id) => report::explain(cli::rule(id)?, look, screen.out())?,
        None => write!(screen.out(), "{}", report::table())?,
    }
    Ok(Exit::Good)
}
