//! In which format a report is written, and where to.
//!
//! In: what was typed behind `--output`. Out: the report, on standard output or in a file.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::Context as _;

use super::{
    disk,
    files::File,
    place,
    screen::{PAGE, Screen},
    usage,
};
use crate::{
    report::{self, Done, Look},
    review::{Review, Settings},
};

/// A format, and where a report in it goes.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    /// None for standard output, which otherwise says what it says without the option.
    pub(super) file: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people: findings, a diff or names, as the command has it.
    Human,
    /// For programs: everything.
    Json,
}

/// Every format, by its name.
const FORMATS: &[(&str, Format)] = &[("human", Format::Human), ("json", Format::Json)];

/// What there is to write.
pub(super) struct Told<'r> {
    pub(super) review: &'r Review,
    pub(super) settings: &'r Settings,
    pub(super) done: &'r Done,
    /// Writes what people want to see.
    pub(super) human: &'r dyn Fn(Look, &mut dyn Write) -> io::Result<()>,
}

/// Writes something in a format.
type Tell<'t> = dyn Fn(Format, Look, &mut dyn Write) -> io::Result<()> + 't;

impl Output {
    /// Whether standard output is for people.
    pub(super) fn shows_human(&self) -> bool {
        self.file.is_some() || self.format == Format::Human
    }

    /// Errors: there is a file to write.
    pub(super) fn writes_no_file(&self) -> anyhow::Result<()> {
        match self.file {
            Some(_) => Err(usage("--output: what is only rehearsed writes no file")),
            None => Ok(()),
        }
    }

    /// Errors: the file to write is one of those that are read.
    pub(super) fn spares(&self, inputs: &[File]) -> anyhow::Result<()> {
        let real = |path: &Path| path.canonicalize().ok();
        let Some(report) = self.file.as_deref().and_then(real) else { return Ok(()) };
        let same = |file: &&File| file.path.as_deref().and_then(real).as_ref() == Some(&report);
        match inputs.iter().find(same) {
            Some(file) => Err(usage(format!("--output: `{}` is one of the inputs", file.name))),
            None => Ok(()),
        }
    }

    /// Errors: the file to write is one that is made, too.
    pub(super) fn spares_new(&self, path: &Path) -> anyhow::Result<()> {
        let Some(report) = &self.file else { return Ok(()) };
        let real =
            |path: &Path| Some((place::real(disk::directory(path)), path.file_name()?.to_owned()));
        match real(report) == real(path) {
            true => Err(usage("--output: a new file goes there; name another for the report")),
            false => Ok(()),
        }
    }

    /// Writes to standard output, and to the file if there is one.
    ///
    /// Errors: what they give.
    pub(super) fn write(&self, told: &Told<'_>, screen: &mut Screen<'_>) -> anyhow::Result<()> {
        self.write_as(screen, &|format, look, out| told.write(format, look, out))
    }

    /// The same of what is no review.
    ///
    /// Errors: what they give.
    pub(super) fn write_as(&self, screen: &mut Screen<'_>, told: &Tell<'_>) -> anyhow::Result<()> {
        let look = screen.look;
        let format = if self.shows_human() { Format::Human } else { self.format };
        told(format, look, screen.out())?;
        self.write_file_as(told)
    }

    /// Writes the file, if there is one.
    ///
    /// Errors: what it gives.
    pub(super) fn write_file(&self, told: &Told<'_>) -> anyhow::Result<()> {
        self.write_file_as(&|format, look, out| told.write(format, look, out))
    }

    fn write_file_as(&self, told: &Tell<'_>) -> anyhow::Result<()> {
        let Some(path) = &self.file else { return Ok(()) };
        let write = || {
            let mut out = BufWriter::new(fs::File::create(path)?);
            told(self.format, Look { color: false, width: PAGE }, &mut out)?;
            out.flush()
        };
        write().with_context(|| report::path(path.as_os_str().as_encoded_bytes()))
    }
}

impl Told<'_> {
    fn write(&self, format: Format, look: Look, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Human => (self.human)(look, out),
            Format::Json => report::json(self.review, self.settings, self.done, out),
        }
    }
}

/// `json`, `json=report.json`
impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Output, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "")) => return Err("the name of a file is wanted behind `=`".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let known = FORMATS.iter().find(|(known, _)| *known == name);
        match known {
            Some(&(_, format)) => Ok(Output { format, file }),
            None => {
                let names: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
                Err(format!("the formats are: {}", names.join(", ")))
            }
        }
    }
}
