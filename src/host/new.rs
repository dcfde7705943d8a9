//! `seaworthy new`: prints what there is no manifest of yet.

use super::{
    Exit, around, check,
    cli::{New, NewArgs, PolicyArgs, nearest},
    config, files, ratchet,
    screen::Screen,
    usage,
};
use crate::{
    generate::{Action, Control, Mutating, Preset, Ratchet, silent},
    report,
    review::{Review, Settings},
    rules::Trust,
    yaml::{self, Value},
};

pub(super) fn new(args: &NewArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    match &args.kind {
        New::AdmissionPolicy(args) => admission_policy(args, screen),
    }
}

fn admission_policy(args: &PolicyArgs, screen: &mut Screen<'_>) -> anyhow::Result<Exit> {
    let inputs = args.inputs();
    let config = config::find(&inputs)?;
    let mut settings = args.choice.settings(Trust::Risky, &config)?;
    is_name(&args.policy)?;
    screen.tell_config(&config);
    let (reviewed, exit) = match args.from.is_empty() {
        true => (Review::default(), Exit::Good),
        false => {
            let files = files::find(&inputs, &config, screen)?;
            let sources = files::read(&files, inputs.max_file_size, screen);
            let reviewed = around::review(&files, sources, &mut settings);
            let exit = check::completeness(&reviewed, &inputs);
            (reviewed, exit)
        }
    };
    let objects = match args.mutating {
        true => Some(mutating(args, &reviewed, &settings, screen)?),
        false => validating(args, &reviewed, &settings, screen)?,
    };
    let Some(objects) = objects else { return Ok(exit.max(Exit::Found)) };
    write!(screen.out(), "{}", yaml::print(&objects))?;
    if args.from.is_empty() {
        screen.tell(|_, out| writeln!(out, "nothing was looked at: `--from` takes what there is"));
    }
    Ok(exit)
}

/// The policy and its binding; none if nothing that was asked for is met.
fn validating(
    args: &PolicyArgs,
    review: &Review,
    settings: &Settings,
    screen: &mut Screen<'_>,
) -> anyhow::Result<Option<[Value; 2]>> {
    let known = Control::ALL.map(|control| (control.rule(), control));
    let mut controls = chosen(&args.control, &known)?.unwrap_or_else(|| Control::ALL.to_vec());
    let registries = ratchet::registries(settings);
    let looked = !args.from.is_empty();
    if !looked && registries.is_empty() {
        // Where images may come from, nobody says.
        controls.retain(|control| *control != Control::Registry);
    }
    let reached = ratchet::state(review, settings, |objects, inventory| {
        Ratchet::of(objects, inventory, &controls, &registries)
    });
    let action = if args.deny { Action::Deny } else { Action::Warn };
    if looked && reached.workloads == 0 {
        // What nobody meets or fails, everybody would be held to.
        screen.tell(|_, out| writeln!(out, "no workload was found that a policy could go by"));
        return Ok(None);
    }
    ratchet::tell(&reached, action, looked, screen);
    Ok(reached.policy(&args.policy, action).map(|policy| policy.objects()))
}

fn mutating(
    args: &PolicyArgs,
    review: &Review,
    settings: &Settings,
    screen: &mut Screen<'_>,
) -> anyhow::Result<[Value; 2]> {
    let known = Preset::ALL.map(|preset| (preset.rule(), preset));
    // What writes to its root file system would stop: who wants that asks for it.
    let unasked = || Preset::ALL.into_iter().filter(|it| *it != Preset::ReadOnlyRoot).collect();
    let presets = chosen(&args.control, &known)?.unwrap_or_else(unasked);
    ratchet::state(review, settings, |objects, inventory| {
        for &preset in &presets {
            let workloads = silent(objects, inventory, preset);
            if !workloads.is_empty() {
                let (count, names) = (report::count(workloads.len(), "workload"), &workloads);
                let named = ratchet::some(names);
                let rule = preset.rule();
                screen.tell(|_, out| writeln!(out, "`{rule}` is written into {count}: {named}"));
            }
        }
    });
    Ok(Mutating { name: args.policy.clone(), presets, namespaces: Vec::new() }.objects())
}

/// What was asked for by name, in the order that is known; none if nothing was.
///
/// Errors: names of something else.
fn chosen<T: Copy>(named: &[String], known: &[(&str, T)]) -> anyhow::Result<Option<Vec<T>>> {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    if let Some(other) = named.iter().find(|name| !names.contains(&name.as_str())) {
        let hint = match nearest(other, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("it takes {}", names.join(", ")),
        };
        return Err(usage(format!("--control {other}: no such policy asks for it; {hint}")));
    }
    let chosen = known.iter().filter(|(name, _)| named.iter().any(|its| its == name));
    Ok((!named.is_empty()).then(|| chosen.map(|(_, it)| *it).collect()))
}

/// Errors: the API server takes no such name.
fn is_name(name: &str) -> anyhow::Result<()> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let ends = [label.bytes().next(), label.bytes().next_back()];
        ends.into_iter().all(|end| end.is_some_and(is_word))
            && label.bytes().all(|byte| is_word(byte) || byte == b'-')
    };
    match name.len() <= 253 && name.split('.').all(label) {
        true => Ok(()),
        false => Err(usage(format!(
            "`{name}` is no name: it takes lower case letters, digits, `-` and `.`"
        ))),
    }
}
