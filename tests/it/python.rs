//! Judges that are written in Python.
//!
//! Where there is no Python, or not the library that a judge asks, it does not sit, unless
//! `SEAWORTHY_REFEREE=required` says that it must.

use std::{
    env,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

/// What the judge of that name in `tests/referee` says of some lines; none if it does not sit.
pub fn judge(name: &str, lines: &str) -> Option<String> {
    let verdict = ask(name, lines);
    if let Err(why) = &verdict {
        let required = env::var("SEAWORTHY_REFEREE").is_ok_and(|value| value == "required");
        assert!(!required, "the judge `{name}` must sit: {why}");
        eprintln!("the judge `{name}` did not sit: {why}");
    }
    verdict.ok()
}

fn ask(name: &str, lines: &str) -> Result<String, String> {
    let mut judge = Command::new("python3")
        .arg(Path::new("tests/referee").join(name).with_extension("py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut stdin = judge.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        // One that has no library hangs up.
        scope.spawn(move || stdin.write_all(lines.as_bytes()));
        judge.wait_with_output().unwrap()
    });
    match output.status.code() {
        Some(0) => Ok(String::from_utf8(output.stdout).unwrap()),
        Some(3) => Err("Python lacks the library that it asks".to_owned()),
        code => panic!("the judge `{name}` failed: {code:?}"),
    }
}
