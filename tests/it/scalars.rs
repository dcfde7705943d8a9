//! Scalars of every form that Kubernetes knows, and of forms that are nearly one.

use crate::mutation::Dice;

/// How many scalars are tried, each as a value and as a key.
const SCALARS: usize = 10_000;

/// Scalars of every form that Kubernetes knows, and of forms that are nearly one.
pub fn scalars() -> Vec<String> {
    let mut scalars: Vec<String> = words();
    scalars.extend(numbers());
    let seeds = scalars.clone();
    for tag in TAGS {
        for scalar in TAGGED.split(' ') {
            scalars.push(format!("{tag} {scalar}"));
        }
    }
    let mut dice = Dice::new(1);
    while scalars.len() < SCALARS {
        let scalar = match dice.below(4) {
            0 => random_number(&mut dice),
            1 => format!("{} {}", dice.pick(TAGS), dice.pick(&seeds)),
            _ => edited(&mut dice, &seeds),
        };
        scalars.push(scalar);
    }
    scalars
}

const TAGS: &[&str] = &[
    "!!str",
    "!!int",
    "!!float",
    "!!bool",
    "!!null",
    "!!binary",
    "!!timestamp",
    "!!merge",
    "!!map",
    "!!seq",
    "!!set",
    "!!omap",
    "!!unknown",
    "!",
    "!x",
    "!<tag:yaml.org,2002:int>",
    "!<tag:yaml.org,2002:str>",
    "!<!x>",
    "!<int>",
    "&a",
    "&a !!int",
];

/// What comes behind a tag, nothing at all first; blanks stand between them.
const TAGGED: &str =
    r#" 3 0x1f 1.5 yes null ~ aGk= aGk /9h= 2001-01-01 x .inf '3' "1" << 08 1e3 ''"#;

/// Words that mean something in YAML of some version, or nearly do; blanks stand between them.
const WORDS: &str = r##"
    y n yes no on off true false null ~ nil none t f o inf nan infinity .inf .nan +.inf -.inf
    -.nan +.nan ..inf .infinity << = === NaN Inf -Inf +Inf '' "" '1' "1" 'yes' "on" "\x31" '~'
    'null' 100Mi 500m 1,000 1.2.3 1.2.3.4 10.0.0.0/8 0.5Gi 5s 1h30m 8080:80 1:30 190:20:30
    190:20:30.15 -1:30 2001-01-01 2001-1-1 2001-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00
    20010101 2001-13-01 +2001-01-01 a_b - + -- --- -a . .. ... _ __ -_ +_ ._ 0_ _0 -_1 _.5 é 日本
    😀 "\u0085" "\u2028" "\0" "\x80" % @ ` ! & * ? : , [] {} | > # a#b a:b
"##;

fn words() -> Vec<String> {
    let spaced = [
        "2001-12-14 21:59:43.10 -5",
        "2001-12-15 2:59:43.10",
        "a b",
        "a\u{a0}b",
        "- ",
        "[1, 0x2]",
        "{1: 0x2}",
        "{0x1, yes}",
        "a # b",
    ];
    let mut all = Vec::new();
    for word in WORDS.split_ascii_whitespace().chain(spaced) {
        all.push(word.to_owned());
        all.push(word.to_uppercase());
        let mut chars = word.chars();
        let first = chars.next().map(|char| char.to_uppercase().to_string()).unwrap_or_default();
        all.push(first + chars.as_str());
        // The first letter small, the others large.
        let mut chars = word.chars();
        let first = chars.next().map(String::from).unwrap_or_default();
        all.push(first + &chars.as_str().to_uppercase());
    }
    all
}

fn numbers() -> Vec<String> {
    let edges: [u128; 24] = [
        0,
        1,
        7,
        8,
        9,
        10,
        255,
        420,
        1 << 24,
        (1 << 24) + 1,
        (1 << 31) - 1,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        (1 << 53) - 1,
        1 << 53,
        (1 << 53) + 1,
        (1 << 63) - 1,
        1 << 63,
        (1 << 63) + 1,
        (1 << 64) - 1,
        1 << 64,
        1_000_000_000_000_000_000_000,
        u128::MAX,
    ];
    let mut all = Vec::new();
    for edge in edges {
        let forms = [
            format!("{edge}"),
            format!("{edge:#x}"),
            format!("0X{edge:X}"),
            format!("{edge:#o}"),
            format!("0O{edge:o}"),
            format!("0{edge:o}"),
            format!("00{edge}"),
            format!("{edge:#b}"),
            format!("0B{edge:b}"),
            format!("{edge}."),
            format!("{edge}.0"),
            format!("{edge}.5"),
            format!(".{edge}"),
            format!("{edge}e3"),
            format!("{edge}E+3"),
            format!("{edge}e-3"),
            format!("{edge}_"),
            format!("1_{edge}"),
            format!("{edge}_000.25"),
            format!("0x_{edge:x}"),
        ];
        for form in forms {
            all.extend(["", "-", "+"].map(|sign| format!("{sign}{form}")));
        }
    }
    for exponent in [
        -400, -325, -324, -323, -46, -45, -44, -38, -7, -6, -5, -4, -3, 0, 5, 6, 7, 15, 16, 17, 19,
        20, 21, 22, 37, 38, 39, 308, 309, 400,
    ] {
        for digits in [
            "1",
            "1.5",
            "9.999999999999999",
            "3.4028235",
            "1.7976931348623157",
            "4.9",
            "123456789.125",
            ".1",
            "5.",
        ] {
            all.push(format!("{digits}e{exponent}"));
            all.push(format!("-{digits}E{exponent:+03}"));
        }
    }
    all
}

fn random_number(dice: &mut Dice) -> String {
    let sign = *dice.pick(&["", "", "-", "+"]);
    let size = 1 + dice.below(64);
    let whole = dice.roll() >> (64 - size);
    match dice.below(8) {
        0 => format!("{sign}{whole}"),
        1 => format!("{sign}{whole:#x}"),
        2 => format!("{sign}{whole:#o}"),
        3 => format!("{sign}0{whole:o}"),
        4 => format!("{sign}{whole:#b}"),
        5 => format!("{sign}{whole}.{}", dice.below(100_000)),
        6 => format!("{sign}{}", f64::from_bits(dice.roll())),
        _ => format!("{sign}{:e}", f64::from_bits(dice.roll())),
    }
}

/// One of the scalars with one or two characters more, less or other.
fn edited(dice: &mut Dice, seeds: &[String]) -> String {
    let mut chars: Vec<char> = dice.pick(seeds).chars().collect();
    for _ in 0..=dice.below(2) {
        let at = dice.below(chars.len() + 1);
        let new: Vec<char> = "0123456789abcdefxXoOeE+-._:yYnN~<=' \"".chars().collect();
        match dice.below(3) {
            0 => chars.insert(at, *dice.pick(&new)),
            1 if at < chars.len() => chars[at] = *dice.pick(&new),
            _ if at < chars.len() => drop(chars.remove(at)),
            _ => chars.push(*dice.pick(&new)),
        }
    }
    chars.into_iter().collect()
}
