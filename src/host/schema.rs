//! `seaworthy schema`: prints the JSON Schema of what programs read.

use super::{
    Exit,
    cli::{SchemaArgs, SchemaName},
    config,
    screen::Screen,
};
use crate::report;

pub(super) fn schema(args: &SchemaArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let schema = match args.of {
        SchemaName::Report => report::SCHEMA,
        SchemaName::Rights => report::RIGHTS_SCHEMA,
        SchemaName::Config => config::SCHEMA,
    };
    write!(screen.out(), "{schema}")?;
    Ok(Exit::Good)
}
