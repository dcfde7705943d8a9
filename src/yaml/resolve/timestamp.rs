//! What `!!timestamp` may hold. Kubernetes keeps its text, and refuses anything else.
//!
//! Source: `parseTimestamp` of go-yaml v2, which leaves the rest to Go's `time.Parse`.

/// `2001-1-2`, `2001-01-02 15:04:05.5`, or `2001-01-02T15:04:05Z`, where `t` is as good as `T` and
/// `+01:00` as `Z`.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some(at) = text.find(['T', 't', ' ']) else {
        return is_date(text);
    };
    let (date, time) = (&text[..at], &text[at + 1..]);
    match text.as_bytes()[at] {
        b' ' => is_date(date) && is_time(time),
        _ => is_date(date) && without_zone(time).is_some_and(is_time),
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4).and_then(|year| number(year, 4));
    let month = parts.next().and_then(|month| number(month, 2));
    let day = parts.next().and_then(|day| number(day, 2));
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let hour = parts.next().and_then(|hour| number(hour, 2));
    let minute = parts.next().and_then(|minute| number(minute, 2));
    let second = parts.next().map(|second| second.split_once(['.', ',']).unwrap_or((second, "0")));
    let Some((second, fraction)) = second else {
        return false;
    };
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    hour.is_some_and(|hour| hour < 24)
        && minute.is_some_and(|minute| minute < 60)
        && number(second, 2).is_some_and(|second| second < 60)
        && is_fraction
}

fn without_zone(text: &str) -> Option<&str> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some(time);
    }
    let at = text.rfind(['+', '-'])?;
    let (hour, minute) = text[at + 1..].split_once(':')?;
    let two = |text: &str, most| text.len() == 2 && number(text, 2).is_some_and(|it| it <= most);
    (two(hour, 24) && two(minute, 60)).then_some(&text[..at])
}

fn number(text: &str, most: usize) -> Option<u32> {
    let digits = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
