//! The API server against Services that `fix` closes: it takes each that it took before, and nobody
//! outside reaches it any more.

use seaworthy::{
    host,
    review::{Source, review},
    yaml::Tree,
};
use serde_json::{Map, Value, json};

use crate::{
    mutation::{self, Dice},
    referee::{self, As},
};

/// A Service before the Dashboard, with some of the fields that open it or go with that.
fn invent(dice: &mut Dice) -> Value {
    let mut spec = Map::new();
    let mut maybe = |dice: &mut Dice, chances: usize, key: &str, value: Value| {
        if dice.one_in(chances) {
            spec.insert(key.to_owned(), value);
        }
    };
    let kind = *dice.pick(&["NodePort", "LoadBalancer", "ClusterIP", "LoadBalancer"]);
    maybe(dice, 8, "sessionAffinity", json!("ClientIP"));
    maybe(dice, 1, "type", json!(kind));
    let balances = if kind == "LoadBalancer" { 3 } else { 24 };
    maybe(dice, balances, "allocateLoadBalancerNodePorts", json!(false));
    maybe(dice, balances, "loadBalancerClass", json!("example.com/inner"));
    maybe(dice, balances, "loadBalancerIP", json!("203.0.113.7"));
    let policy = *dice.pick(&["Local", "Cluster"]);
    maybe(dice, if kind == "ClusterIP" { 8 } else { 2 }, "externalTrafficPolicy", json!(policy));
    maybe(dice, balances, "healthCheckNodePort", json!(31000));
    maybe(dice, if kind == "ClusterIP" { 1 } else { 3 }, "externalIPs", json!(["203.0.113.8"]));
    maybe(dice, 4, "internalTrafficPolicy", json!("Local"));
    let port = |index: usize, dice: &mut Dice| {
        let mut port = json!({ "name": format!("p{index}"), "port": 443 + index });
        if dice.one_in(2) && kind != "ClusterIP" {
            port["nodePort"] = json!(30443 + index);
        }
        port
    };
    let ports: Vec<Value> = (0..=dice.below(2)).map(|index| port(index, dice)).collect();
    spec.insert("ports".to_owned(), json!(ports));
    spec.insert("selector".to_owned(), json!({ "k8s-app": "kubernetes-dashboard" }));
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": { "name": "kubernetes-dashboard", "namespace": "kubernetes-dashboard" },
        "spec": spec,
    })
}

/// What the text is once it is fixed.
fn closed(service: &Value) -> Value {
    let settings = host::settings(&["fix"], "").unwrap();
    let source = Source::new("service.json", service.to_string().into());
    let change = review(vec![source], &settings).sources.remove(0).plan.change;
    let text = change.unwrap_or_else(|| panic!("it stays open: {service}")).text;
    let tree = Tree::parse(text.as_str()).unwrap();
    tree.root(0).unwrap().value().unwrap()
}

#[test]
fn the_api_server_takes_services_that_are_closed() {
    let Some(program) = referee::server() else {
        return eprintln!("the_api_server_takes_services_that_are_closed did not run");
    };
    let before: Vec<Value> =
        (0..mutation::count() as u64).map(|seed| invent(&mut Dice::new(seed))).collect();
    let verdicts = |services: &[Value]| {
        let texts: Vec<String> = services.iter().map(Value::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        referee::theirs(program, As::Service, &texts)
    };
    let taken: Vec<Value> = before
        .iter()
        .zip(verdicts(&before))
        .filter(|(_, said)| said.values.is_empty() && said.error.is_none())
        .map(|(service, _)| service.clone())
        .collect();
    let open = |service: &&Value| {
        service["spec"]["type"] != "ClusterIP" || service["spec"].get("externalIPs").is_some()
    };
    let open: Vec<Value> = taken.iter().filter(open).cloned().collect();
    let after: Vec<Value> = open.iter().map(closed).collect();
    for ((service, closed), said) in open.iter().zip(&after).zip(verdicts(&after)) {
        assert!(said.error.is_none(), "{:?}: {closed}", said.error);
        assert!(said.values.is_empty(), "{:?}: {service}\n{closed}", said.values);
        assert_eq!(closed["spec"]["type"], "ClusterIP");
        assert!(closed["spec"].get("externalIPs").is_none(), "{closed}");
        assert_eq!(closed["spec"]["selector"], service["spec"]["selector"]);
    }
    eprintln!(
        "of {} Services it takes {}, of which {} are open",
        before.len(),
        taken.len(),
        open.len()
    );
    assert!(open.len() > before.len() / 10, "most of them are worth a look");
}
