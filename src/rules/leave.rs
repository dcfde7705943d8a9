//! How a pod leaves the account `default` for one of its own.
//!
//! In: a [`Pod`] that runs as `default`, and what else there is. Out: a [`Leave`], or why it has to
//! stay.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::OnceLock,
};

use super::{Context, World, admitted::Admitted, token};
use crate::{
    generate::Account,
    manifest::{Inventory, Object, Pod},
    yaml::{Node, Pointer},
};

/// The account that a pod gets, and who gave rights to the one that it leaves.
pub(super) struct Leave<'t> {
    pub(super) account: Account,
    /// The bindings that name `default`.
    pub(super) bindings: Vec<Object<'t>>,
}

/// Annotations of hooks, which are there before or after other objects of their release.
const HOOKS: &[&str] = &["helm.sh/hook", "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"];
/// Names that OpenShift gives to accounts of its own, and the one that is to be left.
const TAKEN: &[&str] = &["builder", "deployer", "pipeline", "default"];
/// How annotations and labels begin by which a cloud or a vault knows an account.
const IDENTITIES: &[&str] = &[
    "azure.workload.identity/",
    "eks.amazonaws.com/",
    "iam.cloud.ibm.com/",
    "iam.gke.io/",
    "vault.hashicorp.com/",
];
/// The volumes for which something outside is asked in the name of the account.
const DRIVERS: &[&str] = &[
    "csi.spiffe.io",
    "gcsfuse.csi.storage.gke.io",
    "secrets-store-gke.csi.k8s.io",
    "secrets-store.csi.k8s.io",
    "spiffe.csi.cert-manager.io",
];
/// The labels that may be copied: by others, Argo CD, Helm and the addon manager keep track of what
/// is theirs.
const LABELS: &[&str] =
    &["app", "app.kubernetes.io/name", "app.kubernetes.io/component", "app.kubernetes.io/part-of"];
/// The workloads, and those of them with pods that run as `default`.
#[derive(Default)]
pub(super) struct Sharers {
    /// The places in the inventory of those that run as `default`.
    objects: Vec<usize>,
    /// The kinds and names of all whose accounts may be called so, by namespace and account: of those
    /// that left it, too, so that what one of them is to be called does not depend on the others.
    namesakes: HashMap<(Option<String>, String), BTreeSet<Named>>,
    /// The places of those that leave it although a binding gives rights to it, with the accounts
    /// that they get, by binding; once someone asks.
    leavers: OnceLock<HashMap<Place, Vec<(usize, String)>>>,
    admitted: Admitted,
}

/// The kind and the name of an object.
type Named = (String, String);
/// Where an object is: its source, its document, its address there.
type Place = (usize, usize, Pointer);

impl Sharers {
    pub(super) fn of(inventory: &Inventory<'_>) -> Sharers {
        let mut sharers = Sharers::default();
        for (index, &object) in inventory.objects().iter().enumerate() {
            let pods = object.pods();
            if pods.is_empty() || inventory.gap(object).is_some() {
                continue;
            }
            for namespace in namespaces(inventory, object) {
                let key = (namespace, own_name(object).into_owned());
                let one = (object.kind().into_owned(), object.name().into_owned());
                sharers.namesakes.entry(key).or_default().insert(one);
            }
            let shares = |pod: &Pod<'_>| pod.account() == "default" && !pod.is_static();
            sharers.objects.extend(pods.iter().any(shares).then_some(index));
        }
        sharers.admitted = Admitted::of(inventory);
        sharers
    }

    /// The workloads that leave the `default` to which a binding gives rights, and the accounts that
    /// they get.
    pub(super) fn leavers<'t>(
        &self,
        binding: Object<'_>,
        world: &World<'t>,
    ) -> impl Iterator<Item = (Object<'t>, &str)> {
        let leavers = self.leavers.get_or_init(|| {
            let mut leavers = HashMap::<Place, Vec<(usize, String)>>::new();
            for &index in &self.objects {
                let Ok(leave) = leave(world.inventory.objects()[index], world) else { continue };
                for binding in leave.bindings {
                    let its = leavers.entry(place(binding)).or_default();
                    its.push((index, leave.account.name.clone()));
                }
            }
            leavers
        });
        let its = leavers.get(&place(binding)).into_iter().flatten();
        its.map(|(index, account)| (world.inventory.objects()[*index], account.as_str()))
    }
}

fn place(object: Object<'_>) -> Place {
    (object.source(), object.document(), object.pointer())
}

/// The namespaces that it may be in; none is one, too.
fn namespaces(
    inventory: &Inventory<'_>,
    object: Object<'_>,
) -> impl Iterator<Item = Option<String>> {
    let unnamed = inventory.namespace_of(object).is_none().then_some(None);
    unnamed.into_iter().chain(inventory.namespaces_of(object).into_iter().map(Some))
}

/// How a workload leaves `default`, or why it stays: a sentence or two.
pub(super) fn leave<'t>(
    object: Object<'_>,
    world: &World<'t>,
) -> Result<Leave<'t>, Cow<'static, str>> {
    if let Some(hook) = HOOKS.iter().find(|hook| annotated(object, hook)) {
        return Err(format!(
            "`{hook}` says when it is created, and its account would have to be there before: make \
             one that is, and name it here."
        )
        .into());
    }
    if let Some(identity) = identity(object, world.inventory) {
        return Err(format!(
            "{identity} ties an identity to `default`: give that to an account of its own first, \
             and name it here."
        )
        .into());
    }
    if let Some(name) = world.sharers().admitted.by(object, world.inventory) {
        return Err(format!(
            "`{name}` lets it in as `default`: name an account of its own there first, and then \
             here."
        )
        .into());
    }
    if let Some(by) = world.inventory.loses_account(object) {
        return Err(format!(
            "`{by}` would call its account otherwise, and not know that a {} names it: give it one \
             that is not renamed, and name that here.",
            object.kind()
        )
        .into());
    }
    if let Some(file) = world.hidden_binding(object) {
        return Err(format!(
            "`{file}` could not be read, and seems to give rights to `default`: see what it gives, and \
             to whom, before it gets an account of its own."
        )
        .into());
    }
    let name = name(object, world)?;
    let bindings = bindings(object, world.inventory)?;
    let labels = object.node().at("metadata/labels");
    let label = |key: &&str| Some(((*key).to_owned(), labels?.get(key)?.as_str()?.into_owned()));
    let account = Account {
        name,
        namespace: object.namespace().map(Cow::into_owned),
        labels: LABELS.iter().filter_map(label).collect(),
        pull_secrets: pull_secrets(object, world.inventory)?,
        mounts_no_token: true,
    };
    Ok(Leave { account, bindings })
}

/// Whether the object or one of its pods has an annotation.
fn annotated(object: Object<'_>, key: &str) -> bool {
    let own = object.node().at("metadata/annotations");
    let pods = object.pods().into_iter().filter_map(Pod::annotations);
    own.into_iter().chain(pods).any(|annotations| annotations.get(key).is_some())
}

/// What ties an identity outside of Kubernetes to the account that a workload has; a fragment.
fn identity(object: Object<'_>, inventory: &Inventory<'_>) -> Option<String> {
    let named = |map: Node<'_>| {
        let mut keys = map.entries().filter_map(|(key, _)| key.as_str());
        let key = keys.find(|key| IDENTITIES.iter().any(|begin| key.starts_with(begin)))?;
        Some(format!("`{key}`"))
    };
    let both = ["metadata/annotations", "metadata/labels"];
    let said = |node: Node<'_>| both.iter().filter_map(|it| node.at(it)).find_map(named);
    let namespace = inventory.namespace_of(object);
    let mut accounts = inventory.accounts(namespace.as_deref(), "default");
    let of_account = accounts.find_map(|account| said(account.node()));
    let of_pod = |pod: Pod<'_>| said(pod.template()).or_else(|| pod.volumes().find_map(shown));
    of_account.or_else(|| object.pods().into_iter().find_map(of_pod))
}

/// What a volume shows of it that speaks for the account to someone else; a fragment.
fn shown(volume: Node<'_>) -> Option<String> {
    let driver = volume.at("csi/driver").and_then(Node::as_str);
    if let Some(driver) = driver.filter(|driver| DRIVERS.contains(&&**driver)) {
        return Some(format!("`{driver}`"));
    }
    let mut sources = volume.at("projected/sources")?.items();
    let audience = sources.find_map(|it| it.at("serviceAccountToken/audience")?.as_str())?;
    let is_other = !audience.is_empty() && !audience.contains("kubernetes.default");
    is_other.then(|| format!("The token for `{audience}`"))
}

/// The name of its account: its own, with its kind behind it where another one has that too.
fn name(object: Object<'_>, world: &World<'_>) -> Result<String, Cow<'static, str>> {
    let inventory = world.inventory;
    let own = own_name(object);
    let namesakes = |name: &str| {
        let its = namespaces(inventory, object).map(|namespace| (namespace, name.to_owned()));
        let its = its.filter_map(|key| world.sharers().namesakes.get(&key));
        its.flatten().collect::<BTreeSet<_>>()
    };
    let of_own_name = namesakes(&own);
    let name = match of_own_name.len() > 1 || TAKEN.contains(&&*own) {
        true => format!("{own}-{}", object.kind().to_lowercase()),
        false => own.clone().into_owned(),
    };
    if !is_name(&name) {
        return Err("It has no name that an account can have: make one, and name it here.".into());
    }
    if inventory.accounts_named(&name).any(|it| inventory.may_share_namespace(object, it)) {
        return Err(format!(
            "ServiceAccount `{name}` is there already: name it here, if it is for this one."
        )
        .into());
    }
    // With its kind behind it, the name is another's own, or that of two which are generated.
    let same = |(kind, name): &&(String, String)| *kind == object.kind() && *name != object.name();
    if name != own && !namesakes(&name).is_empty() || of_own_name.into_iter().any(|it| same(&it)) {
        return Err(format!(
            "Another workload would have an account `{name}`, too: make one, and name it here."
        )
        .into());
    }
    match inventory.is_granted(&name) {
        true => Err(format!(
            "A binding gives rights to an account `{name}` already: name it here, if it is for this \
             one."
        )
        .into()),
        false => Ok(name),
    }
}

/// What a workload is called; one whose name is generated, without the dash before what is added.
fn own_name(object: Object<'_>) -> Cow<'_, str> {
    match object.name() {
        Cow::Borrowed(name) => Cow::Borrowed(name.trim_end_matches('-')),
        Cow::Owned(name) => Cow::Owned(name.trim_end_matches('-').to_owned()),
    }
}

/// Whether an account can be called so.
///
/// Source: `NameIsDNSSubdomain` of `k8s.io/apimachinery/pkg/api/validation`.
fn is_name(name: &str) -> bool {
    let is_char = |char: u8| char.is_ascii_lowercase() || char.is_ascii_digit() || char == b'-';
    let is_label = |label: &str| {
        let dash = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !dash && label.bytes().all(is_char)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// The bindings that name the account that it leaves.
fn bindings<'t>(
    object: Object<'_>,
    inventory: &Inventory<'t>,
) -> Result<Vec<Object<'t>>, Cow<'static, str>> {
    let mut bindings = Vec::new();
    for binding in inventory.bindings_of(object, "default") {
        if !binding.certain {
            return Err(format!(
                "{} `{}` seems to give rights to `default`: make an account for it, name that here \
                 and there, if it needs them.",
                binding.kind, binding.name
            )
            .into());
        }
        let object = inventory.object_of(&binding);
        let subject = binding.at.below(&object.pointer()).map(|at| object.node().walk(&at).0);
        // The accounts of a group are all those of a namespace: the new one is a member, too.
        let by_name = |subject: Node<'_>| {
            subject.get("kind").and_then(Node::as_str).as_deref() != Some("Group")
        };
        bindings.extend(subject.filter(|subject| by_name(*subject)).map(|_| object));
    }
    bindings.dedup_by_key(|it| place(*it));
    match inventory.perhaps_bound(object) {
        Some((binding, true)) => Err(format!(
            "{} `{}` gives rights to `default` in a namespace that may be its own: say in both \
             which namespace they are for.",
            binding.kind(),
            binding.name()
        )
        .into()),
        _ => Ok(bindings),
    }
}

/// Whether the account that it leaves is known to have rights.
fn is_bound(object: Object<'_>, inventory: &Inventory<'_>) -> bool {
    !inventory.bindings_of(object, "default").is_empty()
}

/// Why a pod has to stay that could leave: it has rights that nobody sees here.
pub(super) fn stays(pod: Pod<'_>, context: &Context<'_>) -> Option<String> {
    let proven = token::proven(pod, context)?;
    let is_bound = is_bound(pod.object(), context.inventory);
    (!is_bound).then(|| {
        format!(
            "{}, and no binding here gives it rights for that: if `default` has them, give them to \
             an account of its own, and name it here.",
            proven.shown
        )
    })
}

/// The pull secrets of the account that it leaves.
fn pull_secrets(
    object: Object<'_>,
    inventory: &Inventory<'_>,
) -> Result<Vec<String>, Cow<'static, str>> {
    let namespace = inventory.namespace_of(object);
    let secrets = |account: Object<'_>| {
        let secrets = account.node().get("imagePullSecrets").into_iter().flat_map(Node::items);
        let names = secrets.filter_map(|secret| secret.get("name")?.as_str());
        names.map(Cow::into_owned).collect::<Vec<String>>()
    };
    let mut all = inventory.accounts(namespace.as_deref(), "default").map(secrets);
    let first = all.next().unwrap_or_default();
    match all.all(|other| other == first) {
        true => Ok(first),
        false => {
            Err("Several accounts `default` are here, with different pull secrets: make one for \
                      it, and name that here."
                .into())
        }
    }
}

/// What else may depend on the account, and stands in no manifest.
pub(super) fn reason(
    Leave { account, bindings }: &Leave<'_>,
    pod: Pod<'_>,
    context: &Context<'_>,
) -> String {
    let mut parts = vec![match is_bound(pod.object(), context.inventory) {
        true if bindings.is_empty() => {
            "The groups that give rights to `default` hold its new account, too."
        }
        true => "Its new account is bound like the old one.",
        false => "Its new account has no rights, as `default` has none here.",
    }];
    let perhaps = context.inventory.perhaps_bound(pod.object()).map(|(binding, _)| {
        let (kind, name) = (binding.kind(), binding.name());
        format!("Check that it is not the `default` to which {kind} `{name}` gives rights.")
    });
    parts.extend(perhaps.as_deref());
    if !account.pull_secrets.is_empty() {
        parts.push("It has the pull secrets of `default`.");
    }
    parts.push(match context.is_openshift(pod) {
        true => {
            "Check that nothing outside of these files knows it as `default`: another binding, an SCC, \
             pull secrets, a vault."
        }
        false => {
            "Check that nothing outside of these files knows it as `default`: another binding, pull \
             secrets, a cloud or a vault."
        }
    });
    parts.join(" ")
}
