//! Small texts that are hard to edit, each with a patch and the exact bytes wanted.

use std::fs;

use seaworthy::yaml::{PatchFile, Value, patch};

use crate::corpus;

#[test]
fn each_case_ends_as_it_says() {
    let Some(shared) = corpus::shared("nasty") else { return };
    let folder = shared.join("suites/yaml-nasty");
    let cases = fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    assert_eq!(cases.len(), 81);
    let mut wrong = Vec::new();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let text = fs::read_to_string(folder.join(format!("{id}.yaml"))).unwrap();
        let ended = run(&text, case["ops"].as_array().unwrap());
        let wanted = match case["outcome"].as_str().unwrap() {
            "ok" => Some(fs::read_to_string(folder.join(format!("expected/{id}.yaml"))).unwrap()),
            "noop" => Some(text),
            _ => None,
        };
        if ended.as_ref().ok().map(|(text, _)| text) != wanted.as_ref() {
            wrong.push(format!("{id}\n wanted {wanted:?}\n got    {ended:?}"));
        }
        let warned = ended.is_ok_and(|(_, warned)| warned);
        let note = case["note"].as_str().unwrap_or_default();
        let odd = matches!(note, "kubectl-rejects" | "dup-warn");
        assert_eq!(warned, odd, "{id}: whether it warns");
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// Applies the operations, which each name a document; and tells whether there was a warning.
fn run(text: &str, operations: &[Value]) -> Result<(String, bool), String> {
    let mut text = text.to_owned();
    let mut warned = false;
    for operation in operations {
        let document = operation["doc"].as_u64().unwrap() as usize;
        let mut operation = operation.clone();
        operation.as_object_mut().unwrap().remove("doc");
        let operations = serde_json::from_value(Value::Array(vec![operation])).unwrap();
        let patched = patch(&text, Some(document), &PatchFile::Operations(operations))
            .map_err(|error| error.to_string())?;
        warned |= !patched.warnings.is_empty();
        text = patched.text;
    }
    Ok((text, warned))
}
