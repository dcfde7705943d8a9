//! `fix --ratchet`: a policy in a file, which is written once, and never over another one.

use std::fs;

use seaworthy::yaml::{Tree, Value};

use crate::{cli, policies::are_sound};

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'ghcr.io/shop/web:1.4.2'}
";

fn run(dir: &tempfile::TempDir, args: &[&str]) -> cli::Run {
    cli::pipe(dir.path(), args, b"")
}

fn objects(text: &str) -> Vec<Value> {
    let tree = Tree::parse(text).unwrap();
    tree.roots().map(|root| root.value().unwrap()).collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (web, policy) = (dir.path().join("web.yaml"), dir.path().join("policy.yaml"));
    fs::write(&web, WEB).unwrap();
    let dry = run(&dir, &["fix", "--check", "web.yaml", "--ratchet", "policy.yaml"]);
    assert_eq!((dry.code, policy.exists()), (1, false), "{}", dry.err);
    let first = run(&dir, &["fix", "web.yaml", "--ratchet", "policy.yaml"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let written = fs::read_to_string(&policy).unwrap();
    are_sound(&objects(&written));
    let fixed = fs::read_to_string(&web).unwrap();
    let printed = run(&dir, &["new", "admission-policy", "--from", "web.yaml"]);
    assert_eq!(printed.out, written, "it is what `new` prints");
    // The policy is among what is fixed, now.
    let second = run(&dir, &["fix", ".", "--ratchet", "policy.yaml"]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert_eq!(fs::read_to_string(&policy).unwrap(), written);
    assert_eq!(fs::read_to_string(&web).unwrap(), fixed);
    let check = run(&dir, &["fix", "--check", ".", "--ratchet", "policy.yaml"]);
    assert_eq!(check.code, 0, "{}", check.err);
}

#[test]
fn another_policy_of_the_name_stays_and_others_are_joined() {
    let dir = tempfile::tempdir().unwrap();
    let policy = dir.path().join("policy.yaml");
    fs::write(dir.path().join("web.yaml"), WEB).unwrap();
    let account = "# Ours.\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: own}\n";
    fs::write(&policy, account).unwrap();
    let joined = run(&dir, &["fix", "web.yaml", "--ratchet", "policy.yaml"]);
    assert_eq!(joined.code, 0, "{}", joined.err);
    let written = fs::read_to_string(&policy).unwrap();
    assert!(written.starts_with(account), "{written}");
    assert_eq!(objects(&written).len(), 3);
    let loose = written.replace("failurePolicy: Fail", "failurePolicy: Ignore");
    fs::write(&policy, &loose).unwrap();
    let refused = run(&dir, &["fix", "web.yaml", "--ratchet", "policy.yaml"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(
        refused.err.contains("another ValidatingAdmissionPolicy `seaworthy`"),
        "{}",
        refused.err
    );
    assert_eq!(fs::read_to_string(&policy).unwrap(), loose);
    let piped = cli::pipe(dir.path(), &["fix", "-", "--ratchet", "policy.yaml"], WEB.as_bytes());
    assert_eq!(piped.code, 2, "{}", piped.err);
}
