use std::io::{self, Write};

use super::{Look, paint, words};
use crate::rules::{Profile, RULES, Rule, Version};

/// What a rule wants, why, and where that is written down.
///
/// Errors: what `out` gives.
pub fn explain(rule: &Rule, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let (level, style) = words::level(rule.level);
    let profile = rule.profile.name();
    writeln!(out, "{}", look.paint(paint::STRONG, rule.id))?;
    let since = match rule.since {
        Version::FIRST => String::new(),
        since => format!(", since v1.{}", since.minor()),
    };
    let level = look.paint(style, level);
    writeln!(out, "{} ({level}, from profile {profile} on{since})", rule.title)?;
    writeln!(out)?;
    for line in words::wrap(rule.why, look.width.min(100)) {
        writeln!(out, "{line}")?;
    }
    if !rule.references.is_empty() {
        writeln!(out)?;
    }
    for reference in rule.references {
        writeln!(out, "  {}", look.paint(paint::FAINT, reference))?;
    }
    Ok(())
}

/// All rules, as a table in Markdown.
pub fn table() -> String {
    let rows = RULES.iter().map(|rule| {
        let (level, _) = words::level(rule.level);
        [format!("`{}`", rule.id), rule.title.to_owned(), level.into(), rule.profile.name().into()]
    });
    let mut rows: Vec<[String; 4]> = rows.collect();
    rows.insert(0, ["Rule", "What it wants", "Level", "Profile"].map(str::to_owned));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; 4] = std::array::from_fn(|column| width(column).unwrap_or_default());
    rows.insert(1, widths.map(|width| "-".repeat(width)));
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!(" {cell:<width$} |"));
        out.push('|');
        out.extend(cells);
        out.push('\n');
    }
    out
}

impl Profile {
    /// The profile's name, as flags and reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Baseline => "baseline",
            Profile::Restricted => "restricted",
            Profile::Hardened => "hardened",
        }
    }
}
