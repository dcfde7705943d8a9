use super::{
    Check, Finding, Fix, Level, Profile, Rule, Version, World,
    exposure::{self, Opening},
};
use crate::manifest::Object;

pub(super) const RULE: Rule = Rule {
    id: "dashboard-exposure",
    title: "The Dashboard must not be reached from outside of the cluster",
    why: "It works on the whole cluster for whoever gets in, and has been the way in before: what is open \
          to all is found within hours.",
    level: Level::Error,
    profile: Profile::Hardened,
    since: Version::FIRST,
    references: &[
        "https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/#accessing-the-dashboard-ui",
        "https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",
    ],
    linux: false,
    check: Check::Object(
        &[
            "GRPCRoute",
            "HTTPRoute",
            "Ingress",
            "IngressRoute",
            "IngressRouteTCP",
            "Route",
            "Service",
            "TCPRoute",
            "TLSRoute",
            "VirtualService",
        ],
        check,
    ),
};

fn check(object: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    match &*object.kind() {
        "Service" => service(object, world).into_iter().collect(),
        _ => routes(object, world),
    }
}

fn service(service: Object<'_>, world: &World<'_>) -> Option<Finding> {
    let opening = Opening::of(service).filter(|_| world.serves_dashboard(service))?;
    let message = format!("the Dashboard is open to those outside, by {}", opening.how);
    let fix = match &opening.guard {
        Some(guard) => exposure::advise(&format!("Say `type: ClusterIP`, although {guard}")),
        None => match world.route_to(service) {
            Some(route) => Fix::manual(format!(
                "{} `{}` leads to it, and those of some clouds take no other type: take that away \
                 first, then say `type: ClusterIP`.",
                route.kind(),
                route.name()
            )),
            None => Fix::risky(
                opening.close(),
                "Check that those who need it can come through `kubectl port-forward`.",
            ),
        },
    };
    let finding = Finding::about(service, opening.node, message, fix);
    Some(if opening.guard.is_some() { finding.warning() } else { finding })
}

fn routes(route: Object<'_>, world: &World<'_>) -> Vec<Finding> {
    if !exposure::is_public(route) {
        return Vec::new();
    }
    let Some(backend) = world.dashboard_backends(route).into_iter().next() else {
        return Vec::new();
    };
    let message = format!("it leads to the Dashboard, through Service `{}`", backend.name);
    let guard = exposure::guard(route);
    let what = match guard {
        Some(key) => format!("Take it away although `{key}` lets in only some"),
        None => "Take it away".to_owned(),
    };
    let finding = Finding::about(route, backend.node, message, exposure::advise(&what));
    vec![if guard.is_some() { finding.note() } else { finding }]
}
