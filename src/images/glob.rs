//! The patterns of tags and repositories.
//!
//! In: a glob and a text. Out: whether the glob is the whole text.

/// `*` is anything, `#` a run of digits and dots, `@` one of digits, `[1-9]` one character of a
/// range; all else is itself.
///
/// Runs are taken whole, so that only the last `*` is ever tried again: however a user writes it,
/// it takes no longer than the one times the other.
pub(super) fn matches(glob: &str, text: &str) -> bool {
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut glob_at, mut text_at) = (0, 0);
    let mut star = None;
    loop {
        if glob.get(glob_at) == Some(&b'*') {
            glob_at += 1;
            star = Some((glob_at, text_at));
            continue;
        }
        if glob_at == glob.len() && text_at == text.len() {
            return true;
        }
        match (step(&glob[glob_at..], &text[text_at..]), star) {
            (Some((in_glob, in_text)), _) => {
                glob_at += in_glob;
                text_at += in_text;
            }
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                (glob_at, text_at) = (after, from + 1);
            }
            (None, _) => return false,
        }
    }
}

/// How much of each belongs together, if both go on and their beginnings fit.
fn step(glob: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    let run = |is: fn(&u8) -> bool| Some(text.iter().take_while(|byte| is(byte)).count());
    let longest = |run: Option<usize>| run.filter(|length| *length > 0).map(|length| (1, length));
    match *glob {
        [b'#', ..] => longest(run(|byte| byte.is_ascii_digit() || *byte == b'.')),
        [b'@', ..] => longest(run(u8::is_ascii_digit)),
        [b'[', first, b'-', last, b']', ..] => {
            (first..=last).contains(text.first()?).then_some((5, 1))
        }
        [byte, ..] => (*text.first()? == byte).then_some((1, 1)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_glob_is_the_whole_text() {
        for (glob, yes, no) in [
            ("", &[""][..], &["a"][..]),
            ("*", &["", "a", "a-b"], &[]),
            ("alpine*", &["alpine", "alpine3.20"], &["3-alpine", "alpin", ""]),
            ("*-alpine*", &["7-alpine", "7-alpine3.20", "a-alpin-alpine"], &["alpine", "7.alpine"]),
            ("alpine#", &["alpine3.20", "alpine3"], &["alpine", "alpine3.20-fpm", "alpinea"]),
            ("scala_#-java@", &["scala_2.12-java11"], &["scala_-java11", "scala_2.12-java"]),
            ("java@", &["java11"], &["java1.1", "java"]),
            ("1[8-9].*", &["18.1", "19."], &["17.1", "18", "1[8-9].1"]),
            ("*fpm*alpine*", &["8-fpm-alpine", "fpmalpine"], &["alpine-fpm", "fpm-alpin"]),
            ("[", &["["], &["", "a"]),
            ("[a-", &["[a-"], &["a"]),
        ] {
            assert!(yes.iter().all(|text| matches(glob, text)), "{glob} is all of {yes:?}");
            assert!(!no.iter().any(|text| matches(glob, text)), "{glob} is none of {no:?}");
        }
    }

    #[test]
    fn many_stars_take_no_long_time() {
        assert!(!matches(&"*a".repeat(2000), &"a".repeat(1999)));
        assert!(matches(&"*a".repeat(2000), &"a".repeat(2000)));
    }
}
