//! Programs of Debian, each under the very context that `fix` gives to the image of that program:
//! they serve, and do not without what it mounts and sets for them.
//!
//! It takes root, `bubblewrap` and the programs. Where one is not there it does not run, unless
//! `SEAWORTHY_PROCESSES=required` says that it must.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use rayon::{ThreadPoolBuilder, prelude::*};
use seaworthy::{
    host,
    review::{Source, review},
    yaml::{Tree, Value},
};

use crate::programs::{PROGRAMS, Program};

/// For how many seconds a program may take to serve, and for how many one that must not is watched.
const PATIENCE: [u32; 2] = [120, 20];

/// Tells what a container may do.
static LOOK: Program = Program {
    image: "nginx:1.27",
    binary: "",
    user: "nginx",
    env: &[],
    volumes: &[],
    files: &[],
    run: "id -u; id -g; id -G
        grep -E '^(Cap(Prm|Eff|Bnd)|NoNewPrivs)' /proc/self/status
        for path in / /etc /tmp /usr /usr/local /var /run /var/cache/nginx
            do touch $path/file 2>/dev/null && echo $path
        done
        cat /proc/sys/net/ipv4/ip_unprivileged_port_start
        sleep 60",
    ask: "cat $LOG",
    answer: "101\n101\n101\n\
        CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n\
        NoNewPrivs:\t1\n\
        /run\n/var/cache/nginx\n0",
    spare: &[],
};

/// What the kubelet would make of a container of a manifest.
#[derive(Clone, Debug)]
struct Context {
    user: u32,
    group: u32,
    /// The group of its volumes.
    volumes: Option<u32>,
    /// The capabilities that it keeps, as `setpriv` writes them.
    keeps: String,
    read_only: bool,
    mounts: Vec<Mount>,
    /// `NAME=VALUE` each.
    sysctls: Vec<String>,
    environment: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Mount {
    path: String,
    /// Whether it is an `emptyDir`, and no claim.
    is_empty: bool,
}

impl Context {
    /// The context of the only container of the last object of a text, which its account precedes.
    fn of(text: &str) -> Context {
        let object = Tree::parse(text).unwrap().roots().last().unwrap().value().unwrap();
        let pod = &object["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        let own = &container["securityContext"];
        let said = |key: &str| match &own[key] {
            Value::Null => pod["securityContext"][key].clone(),
            value => value.clone(),
        };
        let number = |key: &str| said(key).as_u64().map(|number| number as u32);
        assert_eq!(said("runAsNonRoot"), true, "{text}");
        assert_eq!(own["allowPrivilegeEscalation"], false, "{text}");
        assert_eq!(own["capabilities"]["drop"][0], "ALL", "{text}");
        let mount = |mount: &Value| {
            let volume = list(&pod["volumes"]).find(|volume| volume["name"] == mount["name"]);
            Mount {
                path: word(&mount["mountPath"]),
                is_empty: volume.unwrap()["emptyDir"].is_object(),
            }
        };
        let keeps = list(&own["capabilities"]["add"]);
        let keeps = keeps.map(|name| format!(",+{}", word(name).to_lowercase()));
        let sysctl = |it: &Value| format!("{}={}", word(&it["name"]), word(&it["value"]));
        let variable = |it: &Value| (word(&it["name"]), word(&it["value"]));
        Context {
            user: number("runAsUser").unwrap_or_else(|| panic!("it names no user:\n{text}")),
            group: number("runAsGroup").unwrap_or_else(|| panic!("it names no group:\n{text}")),
            volumes: number("fsGroup"),
            keeps: keeps.collect(),
            read_only: own["readOnlyRootFilesystem"] == true,
            mounts: list(&container["volumeMounts"]).map(mount).collect(),
            sysctls: list(&pod["securityContext"]["sysctls"]).map(sysctl).collect(),
            environment: list(&container["env"]).map(variable).collect(),
        }
    }

    /// The context with one thing less, for each that there is; with what that is.
    fn less(&self) -> Vec<(String, Context)> {
        let mut less = Vec::new();
        for (place, mount) in self.mounts.iter().enumerate() {
            let mut context = self.clone();
            context.mounts.remove(place);
            less.push((mount.path.clone(), context));
        }
        for (place, sysctl) in self.sysctls.iter().enumerate() {
            let mut context = self.clone();
            context.sysctls.remove(place);
            less.push((sysctl.clone(), context));
        }
        if self.volumes.is_some() {
            less.push(("fsGroup".to_owned(), Context { volumes: None, ..self.clone() }));
        }
        less
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn word(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl Program {
    /// What `fix` makes of a Deployment of the image.
    fn fixed(&self) -> String {
        let mut text = format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: program}}
spec:
  selector: {{matchLabels: {{app: program}}}}
  template:
    metadata: {{labels: {{app: program}}}}
    spec:
      containers:
      - name: program
        image: {}
",
            self.image
        );
        if !self.env.is_empty() {
            text.push_str("        env:\n");
            let variable = |(name, value): &(&str, &str)| {
                format!("        - {{name: {name}, value: {value}}}\n")
            };
            text.extend(self.env.iter().map(variable));
        }
        if !self.volumes.is_empty() {
            let mounts = self.volumes.iter().map(|(path, _)| path).enumerate();
            let mounts = mounts.map(|(place, path)| {
                format!("        - {{name: volume-{place}, mountPath: {path}}}\n")
            });
            let volumes = self.volumes.iter().map(|(_, source)| source).enumerate();
            let volumes = volumes
                .map(|(place, source)| format!("      - name: volume-{place}\n        {source}\n"));
            text.push_str("        volumeMounts:\n");
            text.extend(mounts);
            text.push_str("      volumes:\n");
            text.extend(volumes);
        }
        let settings = host::settings(&["fix"], "").unwrap();
        let source = Source::new("program.yaml", text.into());
        review(vec![source], &settings).sources.remove(0).plan.change.unwrap().text
    }

    /// Starts it in a context and asks it, for some seconds at most. Errors: what it said when it
    /// did not answer as it should.
    fn serve(&self, context: &Context, seconds: u32) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        self.lay(&root, context);
        let log = folder.path().join("log");
        fs::write(&log, "").unwrap();
        // What stands for the two ends of a pipe belongs to whoever writes there.
        chown(&log, Some(context.user), None).unwrap();
        let stage = Command::new("bwrap")
            // A network of its own: the ports are free, and the sysctls are not the machine's.
            .args(["--unshare-net", "--die-with-parent", "--dev-bind", "/", "/", "--"])
            .args(["bash", "-c", STAGE, "stage"])
            .args(container(folder.path(), &root, context))
            .args(["sh", "-c", self.run])
            .env("SYSCTLS", context.sysctls.join(" "))
            .env("SECONDS_TO_GO", seconds.to_string())
            .env("LOG", &log)
            .env("ASK", self.ask)
            .env("ANSWER", self.answer)
            .output()
            .unwrap();
        match stage.status.success() {
            true => Ok(()),
            false => Err(format!(
                "{}{}",
                String::from_utf8_lossy(&stage.stderr),
                String::from_utf8_lossy(&fs::read(&log).unwrap())
            )),
        }
    }

    /// Lays out what the image has besides Debian's programs.
    fn lay(&self, root: &Path, context: &Context) {
        for folder in ["usr/local", "etc/alternatives", "proc", "dev", "run", "tmp", "var"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for folder in ["bin", "sbin", "lib", "lib64"] {
            symlink(Path::new("usr").join(folder), root.join(folder)).unwrap();
        }
        symlink("../run", root.join("var/run")).unwrap();
        let Context { user, group, .. } = context;
        let name = self.user;
        let passwd = format!("{name}:x:{user}:{group}::/:/bin/sh\n");
        let groups = format!("{name}:x:{group}:\n");
        let base = [
            ("/etc/passwd", &*passwd),
            ("/etc/group", &*groups),
            ("/etc/hosts", "127.0.0.1 localhost pod\n"),
        ];
        for (path, text) in base.iter().chain(self.files) {
            let path = within(root, path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text.strip_prefix("-> ") {
                Some(target) => symlink(target, path).unwrap(),
                None => fs::write(path, text).unwrap(),
            }
        }
        // That they are not mounted is all that is wrong with the folders of the image.
        let fixed = Context::of(&self.fixed());
        for mount in fixed.mounts {
            let path = within(root, &mount.path);
            fs::create_dir_all(&path).unwrap();
            chown(&path, Some(*user), Some(*group)).unwrap();
        }
    }
}

fn within(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

/// The command that another one is given to, to run in a context as containers do.
fn container(folder: &Path, root: &Path, context: &Context) -> Vec<String> {
    let mut args: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    add(&["bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", "pod"]);
    add(&["--die-with-parent"]);
    add(&[if context.read_only { "--ro-bind" } else { "--bind" }, &shown(root), "/"]);
    add(&["--ro-bind", "/usr", "/usr"]);
    add(&["--ro-bind", &shown(&root.join("usr/local")), "/usr/local"]);
    add(&["--ro-bind", "/etc/alternatives", "/etc/alternatives"]);
    add(&["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"]);
    for (place, mount) in context.mounts.iter().enumerate() {
        let volume = folder.join(format!("volume-{place}"));
        fs::create_dir(&volume).unwrap();
        // As the kubelet makes one, and as a file system of its own is when it is new.
        let mut mode = if mount.is_empty { 0o777 } else { 0o755 };
        if let Some(group) = context.volumes {
            chown(&volume, None, Some(group)).unwrap();
            mode |= 0o2070;
        }
        fs::set_permissions(&volume, fs::Permissions::from_mode(mode)).unwrap();
        add(&["--bind", &shown(&volume), &mount.path]);
    }
    add(&["--clearenv", "--setenv", "PATH", "/usr/sbin:/usr/bin"]);
    for (name, value) in &context.environment {
        add(&["--setenv", name, value]);
    }
    let groups = context.volumes.unwrap_or(context.group);
    add(&["--", "setpriv", "--no-new-privs", "--inh-caps=-all"]);
    add(&[&format!("--bounding-set=-all{}", context.keeps)]);
    add(&[&format!("--reuid={}", context.user), &format!("--regid={}", context.group)]);
    add(&[&format!("--groups={groups}"), "--"]);
    args
}

/// In: the command of a container. Out: exit code 0 once it answered as it should.
const STAGE: &str = r#"
tell() {
    exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "$2" >&3 && timeout 2 cat <&3
}
for sysctl in $SYSCTLS; do
    name=${sysctl%%=*}
    echo "${sysctl#*=}" >"/proc/sys/${name//.//}" || exit 2
done
"$@" </dev/null >"$LOG" 2>&1 &
while [ "$SECONDS" -lt "$SECONDS_TO_GO" ] && kill -0 $!; do
    answer=$(eval "$ASK" 2>/dev/null | tr -d '\0')
    case $answer in *"$ANSWER"*) exit 0 ;; esac
    sleep 0.2
done 2>/dev/null
echo "it answered: $answer" >&2
exit 1
"#;

/// Has a program keep its data where a volume is mounted, and not below: the reason that the fix of
/// `postgres` gives for being risky.
const AT_THE_MOUNT: &str = "export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
    initdb --auth=trust --pgdata=/var/lib/postgresql/data";

#[test]
fn programs_serve_as_their_images_are_fixed() {
    let required = env::var("SEAWORTHY_PROCESSES").is_ok_and(|value| value == "required");
    if let Err(why) = able() {
        assert!(!required, "programs must be run: {why}");
        return eprintln!("programs_serve_as_their_images_are_fixed did not run: {why}");
    }
    LOOK.serve(&Context::of(&LOOK.fixed()), PATIENCE[0]).expect("it can do what it is to do");
    // They mostly wait.
    let threads = ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let verdict = |program: &Program| match Path::new(program.binary).exists() {
        true => judge(program),
        false if required => Err(format!("{} must be there", program.binary)),
        false => Ok(format!("{} did not run: there is no {}", program.image, program.binary)),
    };
    let verdicts: Vec<Result<String, String>> =
        threads.install(|| PROGRAMS.par_iter().map(verdict).collect());
    verdicts.iter().flatten().for_each(|told| eprintln!("{told}"));
    let wrong: Vec<String> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    let postgres = PROGRAMS.iter().find(|it| it.user == "postgres").unwrap();
    if Path::new(postgres.binary).exists() {
        let trapped = Program { run: AT_THE_MOUNT, ..*postgres };
        let said = trapped.serve(&Context::of(&trapped.fixed()), PATIENCE[0]).unwrap_err();
        assert!(said.contains("could not change permissions"), "{said}");
    }
}

/// Whether programs can be run in a context here; if not, why.
fn able() -> Result<(), String> {
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() != 0) {
        return Err("only root starts processes as other users".to_owned());
    }
    let trial = Command::new("bwrap")
        .args(["--unshare-net", "--unshare-pid", "--dev-bind", "/", "/", "setpriv", "--version"])
        .output()
        .map_err(|error| format!("no bubblewrap: {error}"))?;
    let said = String::from_utf8_lossy(&trial.stderr).trim().to_owned();
    if trial.status.success() { Ok(()) } else { Err(said) }
}

/// Holds a program to its context, and tells what came of it. Errors: what is wrong.
fn judge(program: &Program) -> Result<String, String> {
    let image = program.image;
    let fixed = program.fixed();
    let context = Context::of(&fixed);
    if !context.read_only {
        return Err(format!("{image} is not read-only:\n{fixed}"));
    }
    if let Err(said) = program.serve(&context, PATIENCE[0]) {
        return Err(format!("{image} does not serve as it is fixed:\n{fixed}\n{said}"));
    }
    let mut needed = Vec::new();
    for (thing, context) in context.less() {
        let spare = program.spare.iter().any(|(spare, _)| *spare == thing);
        let serves = program.serve(&context, PATIENCE[usize::from(!spare)]);
        match (serves, spare) {
            (Err(_), false) => needed.push(thing),
            (Ok(()), true) => {}
            (Ok(()), false) => return Err(format!("{image} serves without `{thing}`:\n{fixed}")),
            (Err(said), true) => return Err(format!("{image} needs `{thing}`, after all: {said}")),
        }
    }
    let Context { user, group, .. } = context;
    let needed = if needed.is_empty() { "nothing".to_owned() } else { needed.join(", ") };
    Ok(format!("{image} serves as {user}:{group}, and needs {needed}"))
}
