//! Whether a container is in the case in which a path of its image has to be writable.
//!
//! In: the condition of the path, as the catalogue has it. Out: yes, no, or that nothing shows it.

use crate::manifest::{Container, Part as _, clean};

/// What of a condition can be seen in a container.
enum Sign<'c> {
    /// A variable, and the value that it must have, if any will not do.
    Variable(&'c str, Option<&'c str>),
    /// An option of a command line, likewise.
    Option(&'c str, Option<&'c str>),
    /// A path that something is mounted at.
    Path(&'c str),
}

/// None where nothing of the condition can be seen in a manifest.
pub(super) fn holds(condition: &str, container: Container<'_>) -> Option<bool> {
    let signs = signs(condition);
    if condition.starts_with("unless ") || condition.contains("without ") {
        let excepted = !signs.is_empty() && signs.iter().all(|sign| sign.shows_in(container));
        return Some(!excepted);
    }
    if names(condition, container) || signs.iter().any(|sign| sign.shows_in(container)) {
        return Some(true);
    }
    // What `envFrom` brings stands elsewhere.
    let is_hidden = |sign: &Sign<'_>| {
        matches!(sign, Sign::Variable(..)) && container.list("envFrom").count() > 0
    };
    (!signs.is_empty() && !signs.iter().any(is_hidden)).then_some(false)
}

fn signs(condition: &str) -> Vec<Sign<'_>> {
    let words: Vec<&str> = words(condition).collect();
    let value = |index: usize| words.get(index + 1).copied().filter(|it| !it.starts_with('-'));
    (0..words.len()).filter_map(|index| sign(words[index], value(index))).collect()
}

fn sign<'c>(word: &'c str, next: Option<&'c str>) -> Option<Sign<'c>> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let is_variable = name.contains('_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    match word {
        _ if is_variable => Some(Sign::Variable(name, value)),
        _ if word.starts_with('-') && word.len() > 1 => Some(Sign::Option(name, value.or(next))),
        _ if word.starts_with('/') => Some(Sign::Path(word)),
        _ => None,
    }
}

fn words(condition: &str) -> impl Iterator<Item = &str> {
    condition.split_whitespace().map(|word| word.trim_matches(['(', ')', ',', ';']))
}

/// Whether the condition names the container, or its image: those of several that it is about.
fn names(condition: &str, container: Container<'_>) -> bool {
    let image = container.image();
    let image = image.rsplit('/').next().and_then(|name| name.split([':', '@']).next());
    let own = [image.unwrap_or_default().to_owned(), container.name().into_owned()];
    let is_own =
        |word: &str| own.iter().any(|name| format!("-{name}-").contains(&format!("-{word}-")));
    words(condition).any(|word| !word.is_empty() && is_own(word))
}

impl Sign<'_> {
    fn shows_in(&self, container: Container<'_>) -> bool {
        match *self {
            Sign::Variable(name, value) => container.list("env").any(|variable| {
                let is =
                    |key: &str, wanted| variable.get(key).is_some_and(|it| it.text() == wanted);
                is("name", name) && value.is_none_or(|value| is("value", value))
            }),
            Sign::Option(name, value) => {
                let line = line(container);
                line.iter().zip(line.iter().skip(1).map(Some).chain([None])).any(|(word, next)| {
                    let its = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
                    let its = its.or(next.map(|next| &**next).filter(|_| word == name));
                    match value {
                        Some(value) => its == Some(value),
                        None => word == name || its.is_some(),
                    }
                })
            }
            Sign::Path(path) => container.mounts().any(|mount| {
                mount.path == clean(path) || mount.path.starts_with(&format!("{}/", clean(path)))
            }),
        }
    }
}

/// The words of what is started; `""` is an empty one.
fn line(container: Container<'_>) -> Vec<String> {
    let words = |text: &str| match text {
        "" => vec!["\"\"".to_owned()],
        text => text.split_whitespace().map(|word| word.replace("''", "\"\"")).collect(),
    };
    container.run().flat_map(|text| words(&text)).collect()
}
