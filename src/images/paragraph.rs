//! Reads what the catalogue says of one family.
//!
//! In: a paragraph of the catalogue, the name of the repository and the tag. Out: an [`Image`].

use super::{
    fact::{AnyUid, Grade, Manner, Token, User, Works},
    glob,
    image::{Host, Image, Port, PrivilegeDrop, ReadOnly, RunAs, Setting, Writable},
};

/// Some lines of a paragraph, and what they hold for.
struct Block<'a> {
    /// Nothing for what holds for the whole family; else `tag GLOBS | WHEN`, `part GLOBS`.
    condition: Option<&'a str>,
    lines: Vec<&'a str>,
}

/// The whole of a line: the words before the first bar, and the prose between bars.
struct Line<'a> {
    text: &'a str,
    words: Vec<&'a str>,
    prose: [&'a str; 3],
}

/// What a paragraph says of an image; where the tag is not known, what it says of all tags.
pub(super) fn read<'a>(paragraph: &'a str, name: &str, tag: Option<&str>) -> Image<'a> {
    let (head, body) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
    let (family, roles) = head.split_once(']').unwrap_or((head, ""));
    let mut image = Image {
        family: family.trim_start_matches('['),
        roles: roles.split_ascii_whitespace().collect(),
        low_port: Some(false),
        ..Image::default()
    };
    let (mut grade, mut open) = (Grade::Read, Vec::new());
    for block in blocks(body) {
        match block.holds(name, tag) {
            Some(true) => block.apply(&mut image, &mut grade),
            Some(false) => {}
            None => open.push(block),
        }
    }
    let common = if open.is_empty() { Image::default() } else { image.clone() };
    image.cap(grade);
    for block in open {
        let (mut other, mut grade) = (common.clone(), grade);
        block.apply(&mut other, &mut grade);
        other.cap(grade);
        image.agree(other, block.title());
    }
    image
}

fn blocks(body: &str) -> Vec<Block<'_>> {
    let mut blocks = vec![Block { condition: None, lines: Vec::new() }];
    for line in body.lines() {
        match (line.strip_prefix("  "), blocks.last_mut()) {
            (Some(line), Some(block)) => block.lines.push(line),
            (None, _) if line.starts_with("tag ") || line.starts_with("part ") => {
                blocks.push(Block { condition: Some(line), lines: Vec::new() });
            }
            // Only a condition is followed by lines of its own, and all of them stand last.
            (_, Some(block)) => block.lines.push(line),
            (_, None) => {}
        }
    }
    blocks
}

impl<'a> Block<'a> {
    /// Whether it holds for a repository and its tag, if that can be known.
    fn holds(&self, name: &str, tag: Option<&str>) -> Option<bool> {
        let Some(condition) = self.condition else { return Some(true) };
        let (globs, _) = condition.split_once(" | ").unwrap_or((condition, ""));
        let mut globs = globs.split_ascii_whitespace();
        let text = if globs.next() == Some("part") { name } else { tag? };
        Some(globs.any(|glob| glob::matches(glob, text)))
    }

    /// What to call it: the prose of its condition, or the globs.
    fn title(&self) -> &'a str {
        let condition = self.condition.unwrap_or_default();
        let (_, rest) = condition.split_once(' ').unwrap_or_default();
        rest.split_once(" | ").map_or(rest, |(_, when)| when)
    }

    /// Says it of an image, and lowers the grade where it doubts.
    fn apply(&self, image: &mut Image<'a>, grade: &mut Grade) {
        // What may be said many times is replaced as a whole.
        let says = |key: &str| self.lines.iter().any(|line| line.starts_with(key));
        if says("port ") {
            image.ports.clear();
        }
        if says("volume ") {
            image.volumes.clear();
        }
        for line in &self.lines {
            let said = Line::read(line, image, grade);
            debug_assert!(said.is_some(), "`{line}` is no line of the catalogue");
        }
    }
}

impl<'a> Line<'a> {
    /// Says a line of an image; none if it makes no sense.
    fn read(text: &'a str, image: &mut Image<'a>, grade: &mut Grade) -> Option<()> {
        let (key, all) = text.split_once(' ').unwrap_or((text, ""));
        match key {
            "name" | "prefix" | "only" => {}
            "status" => image.status = Some(all),
            "host-path" => image.host.as_mut()?.paths.push(all),
            "trap" => image.traps.push(all),
            "unverified" => image.unverified.push(all),
            "from" => image.sources.push(all),
            // Only these are taken apart.
            _ => return Line::new(text).apply(image, grade),
        }
        Some(())
    }

    fn new(text: &'a str) -> Line<'a> {
        let mut parts = text.split('|').map(str::trim);
        let words = parts.next().unwrap_or_default().split_ascii_whitespace().collect();
        let mut part = || parts.next().unwrap_or_default();
        Line { text, words, prose: [part(), part(), part()] }
    }

    fn apply(&self, image: &mut Image<'a>, grade: &mut Grade) -> Option<()> {
        let (key, words) = self.words.split_first()?;
        let [first, second, third] = self.prose;
        match (*key, words) {
            ("grade", [word]) => image.grade = Grade::parse(word)?,
            ("doubt", [word]) => {
                *grade = Grade::parse(word)?.min(*grade);
                image.doubts.push(first);
            }
            ("user", [user]) => image.user = User::parse(user),
            ("run", [ids, grade]) => image.run_as = run_as(ids, Grade::parse(grade)?, first)?,
            ("non-root", [works, grade, more @ ..]) => {
                image.non_root.works = Works::parse(works)?;
                image.non_root.grade = Grade::parse(grade)?;
                image.non_root.note = first;
                if let [more] = more {
                    image.non_root.any_uid = AnyUid::parse(more.strip_prefix("any-uid=")?)?;
                }
            }
            ("env", [setting]) => image.non_root.env.push(self.setting(setting)?),
            ("sysctl", ["-"]) => image.non_root.sysctls.clear(),
            ("sysctl", [name, more @ ..]) if more.len() < 2 => {
                image.non_root.sysctls.push(self.setting(name)?);
            }
            ("drop", ["-"]) => image.drop = None,
            ("drop", [grade, capabilities @ ..]) => {
                let (grade, capabilities) = (Grade::parse(grade)?, capabilities.to_vec());
                image.drop = Some(PrivilegeDrop {
                    grade,
                    capabilities,
                    tool: first,
                    to: second,
                    when: third,
                });
            }
            ("volume", [path]) => image.volumes.push(path),
            ("data", [path]) => image.data.push(path),
            ("read-only", [works, grade]) => {
                image.read_only = ReadOnly {
                    works: Works::parse(works)?,
                    grade: Grade::parse(grade)?,
                    note: first,
                    paths: std::mem::take(&mut image.read_only.paths),
                };
            }
            ("write", [path, manners @ ..]) => {
                image.read_only.paths.push(self.writable(path, manners)?);
            }
            ("moved", [from, to]) => {
                let paths = image.read_only.paths.iter_mut().map(|path| &mut path.path);
                paths.chain(&mut image.data).filter(|path| *path == from).for_each(|it| *it = to);
            }
            ("keep", [capability]) => image.capabilities.keep.push(capability),
            ("root-keeps", [capability]) => image.capabilities.as_root.push(capability),
            ("may-add", [capability]) => image.capabilities.optional.push(capability),
            ("exec", [has]) => image.capabilities.programs.push([has, first, second]),
            ("caps", []) => image.capabilities.note = first,
            ("port", ["-"]) => {}
            ("port", [port, exposed @ ..]) => image.ports.push(self.port(port, exposed)?),
            ("low-port", []) => image.low_port = Some(true),
            ("low-port", ["no"]) => image.low_port = Some(false),
            ("token", [word]) => (image.token, image.token_why) = (Token::parse(word)?, first),
            ("host", needs) => {
                let has = |need| needs.contains(&need);
                image.host = Some(Host {
                    network: has("hostNetwork"),
                    pid: has("hostPID"),
                    privileged: has("privileged"),
                    paths: Vec::new(),
                    note: first,
                });
            }
            _ => return None,
        }
        Some(())
    }

    /// `NAME=VALUE`; the value may have blanks.
    fn setting(&self, word: &'a str) -> Option<Setting<'a>> {
        let (name, _) = word.split_once('=')?;
        let (before, _) = self.text.split_once('|').unwrap_or((self.text, ""));
        let (_, value) = before.split_once('=')?;
        Some(Setting { name, value: value.trim(), note: self.prose[0] })
    }

    fn writable(&self, path: &'a str, manners: &[&str]) -> Option<Writable<'a>> {
        let [purpose, condition, note] = self.prose;
        let mut writable = Writable { path, purpose, condition, note, ..Writable::default() };
        for manner in manners {
            match Manner::parse(manner)? {
                Manner::Backing(backing) => writable.backing = backing,
                Manner::Need(need) => writable.need = need,
                Manner::Seeded => writable.seeded = true,
            }
        }
        Some(writable)
    }

    fn port(&self, port: &str, exposed: &[&str]) -> Option<Port<'a>> {
        let (number, udp) = match port.strip_suffix("/udp") {
            Some(number) => (number, true),
            None => (port, false),
        };
        let exposed = match exposed {
            ["exposed"] => Some(true),
            ["unexposed"] => Some(false),
            [] => None,
            _ => return None,
        };
        let [purpose, note, _] = self.prose;
        Some(Port { number: number.parse().ok()?, udp, exposed, purpose, note })
    }
}

/// `UID:GID:FSGROUP`, each a number or `-`.
fn run_as<'a>(ids: &str, grade: Grade, note: &'a str) -> Option<RunAs<'a>> {
    let mut ids = ids.split(':').map(|id| match id {
        "-" => Some(None),
        id => id.parse().ok().map(Some),
    });
    let mut id = || ids.next().flatten();
    Some(RunAs { uid: id()?, gid: id()?, fs_group: id()?, grade, note })
}

#[cfg(test)]
mod tests {
    use super::{super::catalogue, Line, blocks, read};
    use crate::images::{Grade, Image};

    #[test]
    fn every_line_of_the_catalogue_says_something() {
        for paragraph in catalogue::paragraphs() {
            let (head, body) = paragraph.split_once('\n').unwrap_or_default();
            let image = read(paragraph, "", Some(""));
            assert_eq!(head, format!("[{}] {}", image.family, image.roles.join(" ")));
            assert!(!image.sources.is_empty(), "{head} comes from somewhere");
            assert!(image.grade != Grade::Unknown, "{head} is known somehow");
            for block in blocks(body) {
                let globs = block.condition.and_then(|its| its.split(" | ").next());
                let globs = globs.unwrap_or_default().split(' ').skip(1);
                let only = block.lines.iter().filter_map(|line| line.strip_prefix("only "));
                for glob in globs.chain(only.flat_map(|globs| globs.split(' '))) {
                    for range in glob.split('[').skip(1) {
                        let range = range.as_bytes();
                        assert!(matches!(range, [_, b'-', _, b']', ..]), "{head}: {glob}");
                    }
                }
                let mut image = Image { host: Some(Default::default()), ..Image::default() };
                for line in &block.lines {
                    let said = Line::read(line, &mut image, &mut Grade::Read.clone());
                    assert!(said.is_some(), "{head}: `{line}`");
                }
            }
        }
    }

    #[test]
    fn a_line_that_makes_no_sense_says_nothing() {
        for line in [
            "",
            "x",
            "run 1:1:1",
            "run 1:1 read",
            "run a:1:1 read",
            "run 1:1:1 certain",
            "port x",
            "port 1/sctp",
            "port 1 open",
            "write /a often",
            "grade",
            "doubt | why",
            "token maybe",
            "non-root yes",
            "non-root yes read any",
            "moved /a",
            "user a b",
            "env A",
            "host-path /",
        ] {
            let said = Line::read(line, &mut Image::default(), &mut Grade::Read.clone());
            assert_eq!(said, None, "{line}");
        }
    }
}
