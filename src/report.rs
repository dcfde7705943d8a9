//! Says what a review found: to people, as a report; to `git apply`, as a diff; to programs, as
//! JSON.
//!
//! In: a [`Review`](crate::Review). Out: text, written to whoever is to read it.

mod diff;
mod explain;
mod human;
mod json;
mod path;
mod rights;
mod summary;
mod words;

pub use diff::{created, diff, unified};
pub use explain::{explain, table};
pub use human::human;
pub use json::{SCHEMA, json};
pub use path::path;
pub use rights::{RIGHTS_SCHEMA, rights, rights_json, rights_summary};
pub use summary::{Done, problems, summary};
pub(crate) use words::count;

use std::{
    fmt,
    io::{self, Write},
};

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether it shows colors.
    pub color: bool,
    /// How many characters fit in a line.
    pub width: usize,
}

/// What is done with what is found, for the words that tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing: findings are told.
    Check,
    /// Nothing yet: changes are shown.
    Preview,
    /// Changes are written.
    Fix,
}

/// The colors of the parts of a report.
mod paint {
    use anstyle::{AnsiColor, Style};

    const fn fg(color: AnsiColor) -> Style {
        Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
    }

    pub(super) const STRONG: Style = Style::new().bold();
    pub(super) const FAINT: Style = Style::new().dimmed();
    pub(super) const ERROR: Style = fg(AnsiColor::Red).bold();
    pub(super) const WARNING: Style = fg(AnsiColor::Yellow).bold();
    pub(super) const NOTE: Style = fg(AnsiColor::Cyan).bold();
    pub(super) const GOOD: Style = fg(AnsiColor::Green);
    pub(super) const BAD: Style = fg(AnsiColor::Red);
    pub(super) const CARE: Style = fg(AnsiColor::Yellow);
    pub(super) const HUNK: Style = fg(AnsiColor::Cyan);
    pub(super) const HELD: Style = fg(AnsiColor::Magenta);
}

/// A text in a color, if the reader sees colors.
struct Painted<'a> {
    style: anstyle::Style,
    text: &'a str,
    color: bool,
}

impl Look {
    fn paint<'a>(&self, style: anstyle::Style, text: &'a str) -> Painted<'a> {
        Painted { style, text, color: self.color }
    }

    /// Writes a line; there are so many that to format them would take most of the time.
    fn line(
        &self,
        style: anstyle::Style,
        line: &str,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        match self.color {
            true => writeln!(out, "{}", self.paint(style, line)),
            false => out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")),
        }
    }
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.color {
            true => write!(f, "{}{}{}", self.style.render(), self.text, self.style.render_reset()),
            false => f.write_str(self.text),
        }
    }
}
