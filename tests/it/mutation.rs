//! Real files, broken in the ways in which YAML breaks: the same ones for the same seed.

use std::env;

use crate::corpus::File;

/// SplitMix64, by Sebastiano Vigna: small, and good enough to roll dice.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What means something to YAML, or nearly does.
pub const SNIPPETS: &[&str] = &[
    ": ",
    ":",
    ":\n",
    "- ",
    "-",
    "-\n",
    "? ",
    "?",
    "?\n",
    "#",
    " # c\n",
    "# c\n",
    "|",
    "|\n",
    "|-\n",
    "|+2\n",
    ">",
    ">\n",
    ">-\n",
    ">1\n",
    "&a ",
    "&a",
    "*a",
    "*a ",
    "*a : ",
    "!!str ",
    "!!int ",
    "!x ",
    "!",
    "! ",
    "!<!x> ",
    "!<tag:yaml.org,2002:str> ",
    "!e!x ",
    "!x%41 ",
    "%YAML 1.1\n",
    "%YAML 1.2\n",
    "%TAG !e! tag:e,2000:\n",
    "%X y\n",
    "%",
    "---",
    "---\n",
    "--- ",
    "\n---\n",
    "...",
    "...\n",
    "\n...\n",
    "\t",
    "\t\n",
    " \t",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{a0}",
    "'",
    "''",
    "\"",
    "\"\"",
    "\\",
    "\\n",
    "\\x41",
    "\\u263a",
    "\\\n",
    "{",
    "}",
    "{}",
    "[",
    "]",
    "[]",
    ",",
    ", ",
    "\0",
    "\u{1}",
    "\u{7f}",
    "<<: ",
    "<<: *a\n",
    "@",
    "`",
    " ",
    "  ",
    "    ",
    "a",
    "a: b\n",
    "- a\n",
    "x: ",
    "~",
    "null",
    "{a: b, c}",
    "[a, b: c]",
    "é",
    "😀",
    "\u{fffe}",
    "=",
    "0",
];

/// How many broken texts are tried: `SEAWORTHY_MUTATIONS`.
pub fn count() -> usize {
    let count = env::var("SEAWORTHY_MUTATIONS").ok().and_then(|count| count.parse().ok());
    count.unwrap_or(if cfg!(debug_assertions) { 5_000 } else { 20_000 })
}

/// A part of one of the files with one to four things wrong.
pub fn mutate(dice: &mut Dice, files: &[File]) -> String {
    let text = &dice.pick(files).text;
    let mut text = match text.len() > 1 << 15 || dice.one_in(2) {
        true => excerpt(dice, text).to_owned(),
        false => text.clone(),
    };
    for _ in 0..=dice.below(4) {
        text = broken(dice, text, files);
    }
    text
}

/// A text made of nothing but snippets.
pub fn soup(dice: &mut Dice) -> String {
    (0..=dice.below(12)).map(|_| *dice.pick(SNIPPETS)).collect()
}

fn excerpt<'t>(dice: &mut Dice, text: &'t str) -> &'t str {
    let lines = starts(text);
    let first = dice.below(lines.len());
    let last = (first + 1 + dice.below(60)).min(lines.len() - 1);
    let end = if last + 1 == lines.len() { text.len() } else { lines[last] };
    &text[lines[first]..end]
}

fn broken(dice: &mut Dice, mut text: String, files: &[File]) -> String {
    match dice.below(14) {
        0 | 1 => {
            let at = place(dice, &text);
            if at < text.len() {
                text.remove(at);
            }
        }
        2 => {
            let (one, other) = (place(dice, &text), place(dice, &text));
            let (start, end) = (one.min(other), one.max(other));
            let end = (start..=end.min(start + 40)).rev().find(|&at| text.is_char_boundary(at));
            text.replace_range(start..end.unwrap_or(start), "");
        }
        3..=6 => text.insert_str(place(dice, &text), dice.pick::<&str>(SNIPPETS)),
        7 => {
            // In front of a line, or of what stands on it.
            let start = *dice.pick(&starts(&text));
            let blanks = text[start..].bytes().take_while(|&byte| byte == b' ').count();
            let at = if dice.one_in(2) { start } else { start + blanks };
            text.insert_str(at, dice.pick::<&str>(SNIPPETS));
        }
        8 => {
            let (start, end) = line(dice, &text);
            let again = text[start..end].to_owned();
            text.insert_str(start, &again);
        }
        9 => {
            let (start, end) = line(dice, &text);
            let join = text[..end].trim_end_matches(['\n', '\r']).len().max(start);
            text.replace_range(join..end, if dice.one_in(2) { "" } else { " " });
        }
        10 => {
            let (start, _) = line(dice, &text);
            let blanks = text[start..].bytes().take_while(|&byte| byte == b' ').count();
            match blanks {
                0 => text.insert_str(start, &" ".repeat(1 + dice.below(4))),
                _ => text.replace_range(start..start + 1 + dice.below(blanks), ""),
            }
        }
        11 => {
            let (start, _) = line(dice, &text);
            text.insert_str(start, &" ".repeat(1 + dice.below(4)));
        }
        12 => {
            let other = &dice.pick(files).text;
            let (start, end) = line(dice, other);
            let (at, _) = line(dice, &text);
            text.insert_str(at, &other[start..end]);
        }
        _ => {
            let ends = ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\n\n", "\n \n"];
            let ending = *dice.pick(&ends);
            if dice.one_in(2) {
                return text.replace('\n', ending);
            }
            let (_, end) = line(dice, &text);
            if text[..end].ends_with('\n') {
                text.replace_range(end - 1..end, ending);
            }
        }
    }
    text
}

/// Any place between two characters.
fn place(dice: &mut Dice, text: &str) -> usize {
    let mut at = dice.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The bytes of any line, with its end.
fn line(dice: &mut Dice, text: &str) -> (usize, usize) {
    let lines = starts(text);
    let index = dice.below(lines.len());
    (lines[index], lines.get(index + 1).copied().unwrap_or(text.len()))
}

fn starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    starts
}
