//! Sizes of files, as they are typed.

/// What `--max-file-size` says by itself.
pub(super) const MAX_FILE_SIZE: u64 = 64 << 20;

/// `65536`, `64K`, `64M`, `1G`: binary multiples.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let shift = match &*text[digits.len()..].to_ascii_lowercase() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        unit => return Err(format!("`{unit}` is none of K, M and G")),
    };
    let number: u64 = digits.parse().map_err(|_| "a number is wanted".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}
