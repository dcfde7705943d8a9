//! A reference to an image, as manifests write it.
//!
//! In: the text of `image`. Out: a [`Reference`], or nothing where the text does not say which
//! repository it is.
//!
//! Source: `github.com/distribution/reference`, which the kubelet reads references with.

use std::{borrow::Cow, fmt};

/// The registry of references that name none.
const HUB: &str = "docker.io";
/// Other names of registries, and what they are names of. A registry may stand for a folder of
/// another one, and a folder for a registry.
const MIRRORS: &[(&str, &str)] = &[
    ("index.docker.io/", "docker.io/"),
    ("registry-1.docker.io/", "docker.io/"),
    ("registry.hub.docker.com/", "docker.io/"),
    ("mirror.gcr.io/", "docker.io/"),
    ("public.ecr.aws/docker/", "docker.io/"),
    ("k8s.gcr.io/", "registry.k8s.io/"),
];

/// A reference to an image, taken apart.
///
/// The parts are those of the text: `nginx` has the registry `docker.io`, since it names none, and
/// the repository `nginx`. [`name`](Reference::name) says what it is called in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    registry: &'t str,
    repository: &'t str,
    tag: Tag<'t>,
    digest: Option<&'t str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag<'t> {
    Said(&'t str),
    Missing,
    /// It says one, but not which.
    Hidden,
}

/// A registry, or a folder of one, that holds what another one holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// How its references begin: `registry.example.com/hub`; a slash at the end makes no
    /// difference.
    pub prefix: String,
    /// What this beginning stands for: `docker.io`.
    pub of: String,
}

impl<'t> Reference<'t> {
    /// Takes a text apart.
    ///
    /// Nothing comes out where it is not said which repository it is: of an empty text, of
    /// `${REGISTRY}/web`, of `{{ .Values.image }}`, and of what no kubelet would take, such as
    /// `Nginx`. Where only the tag or the digest is such a text, they are not known, and the rest
    /// is: `nginx:${VERSION}`.
    pub fn parse(text: &'t str) -> Option<Reference<'t>> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        let (registry, path) = match rest.split_once('/') {
            Some((host, path)) if is_host(host) => (host, path),
            _ => (HUB, rest),
        };
        let (repository, tag) = match path.split_once(':') {
            Some((repository, tag)) if is_tag(tag) => (repository, Tag::Said(tag)),
            Some((repository, _)) => (repository, Tag::Hidden),
            None => (path, Tag::Missing),
        };
        let whole = is_registry(registry) && repository.split('/').all(is_component);
        let tag = match (tag, digest) {
            (Tag::Missing, Some(_)) => Tag::Hidden,
            (tag, _) => tag,
        };
        let digest = digest.filter(|digest| is_digest(digest));
        whole.then_some(Reference { registry, repository, tag, digest })
    }

    /// The registry, as it is written: `registry.example.com:5000`; `docker.io` if none is.
    pub fn registry(self) -> &'t str {
        self.registry
    }

    /// What is between registry and tag, as it is written: `library/nginx`, `nginx`.
    pub fn repository(self) -> &'t str {
        self.repository
    }

    /// The tag: `latest` if there is neither tag nor digest; none if it is not known.
    ///
    /// Beside a digest it is what the author says: the kubelet goes by the digest.
    pub fn tag(self) -> Option<&'t str> {
        match self.tag {
            Tag::Said(tag) => Some(tag),
            Tag::Missing => Some("latest"),
            Tag::Hidden => None,
        }
    }

    /// The digest: `sha256:…`.
    pub fn digest(self) -> Option<&'t str> {
        self.digest
    }

    /// What the repository is called in full, wherever it is pulled from:
    /// `docker.io/library/nginx` for `nginx`, `mirror.gcr.io/library/nginx` and the user's own
    /// mirrors. Of mirrors that fit, the one with the longest prefix counts, and a user's own one
    /// before those that everyone knows.
    pub fn name(self, mirrors: &[Mirror]) -> String {
        full(self.registry, self.repository, mirrors)
    }
}

/// A repository, or a pattern of some, as names in full are compared with it: `docker.io/shop/*`
/// for `shop/*`. One that begins with `*` stands as it is.
pub(super) fn pattern(text: &str, mirrors: &[Mirror]) -> String {
    match text.split_once('/') {
        _ if text.starts_with('*') => text.to_owned(),
        Some((host, path)) if is_host(host) => full(host, path, mirrors),
        Some(_) => full(HUB, text, mirrors),
        None => full(HUB, &format!("library/{text}"), mirrors),
    }
}

/// The name in full of a repository of a registry; of the hub, `*` is more than what is official.
fn full(registry: &str, repository: &str, mirrors: &[Mirror]) -> String {
    let written = match registry.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(registry.to_ascii_lowercase()),
        false => Cow::Borrowed(registry),
    };
    let mut name = format!("{written}/{repository}");
    let own = mirrors.iter().filter_map(|mirror| {
        let rest = name.strip_prefix(mirror.prefix.trim_end_matches('/'))?;
        Some((mirror, rest.strip_prefix('/')?))
    });
    if let Some((mirror, rest)) = own.min_by_key(|(_, rest)| rest.len()) {
        name = format!("{}/{rest}", mirror.of.trim_end_matches('/'));
    }
    if let Some((prefix, of)) = MIRRORS.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        name.replace_range(..prefix.len(), of);
    }
    if name.strip_prefix("docker.io/").is_some_and(|path| !path.contains(['/', '*'])) {
        name.insert_str("docker.io/".len(), "library/");
    }
    name
}

impl fmt::Display for Reference<'_> {
    /// With everything that is known, and nothing that is not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Tag::Said(tag) = self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

/// Whether the first component names a registry, and no folder of the hub.
fn is_host(component: &str) -> bool {
    component.contains(['.', ':'])
        || component == "localhost"
        || component.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if !port.is_none_or(is_port) {
        return false;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return !address.is_empty()
            && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_label)
}

/// `[a-z0-9]+`, joined by one dot, one or two underscores, or any number of hyphens.
fn is_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().next_back()];
    let mut joints = text.split(|letter: char| letter.is_ascii() && is_word(letter as u8));
    ends.into_iter().all(|end| end.is_some_and(is_word))
        && joints.all(|joint| {
            matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty()
            && hex.len() >= 32
            && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+._-".contains(&byte))
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::{Mirror, Reference};

    /// The name in full, the tag and the digest.
    fn parts<'t>(
        text: &'t str,
        mirrors: &[Mirror],
    ) -> Option<(String, Option<&'t str>, Option<&'t str>)> {
        let reference = Reference::parse(text)?;
        Some((reference.name(mirrors), reference.tag(), reference.digest()))
    }

    #[test]
    fn a_reference_is_taken_apart() {
        const DIGEST: &str =
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for (text, name, tag) in [
            ("nginx", "docker.io/library/nginx", Some("latest")),
            ("nginx:1.27", "docker.io/library/nginx", Some("1.27")),
            ("docker.io/nginx", "docker.io/library/nginx", Some("latest")),
            ("library/nginx", "docker.io/library/nginx", Some("latest")),
            ("Docker.IO/library/nginx", "docker.io/library/nginx", Some("latest")),
            ("index.docker.io/nginx:a", "docker.io/library/nginx", Some("a")),
            ("registry-1.docker.io/grafana/grafana", "docker.io/grafana/grafana", Some("latest")),
            ("mirror.gcr.io/library/nginx", "docker.io/library/nginx", Some("latest")),
            ("public.ecr.aws/docker/library/nginx:1", "docker.io/library/nginx", Some("1")),
            ("k8s.gcr.io/pause:3.1", "registry.k8s.io/pause", Some("3.1")),
            ("grafana/grafana", "docker.io/grafana/grafana", Some("latest")),
            ("localhost/web", "localhost/web", Some("latest")),
            ("localhost:5000/web:2", "localhost:5000/web", Some("2")),
            ("registry.example.com:5000/a/b", "registry.example.com:5000/a/b", Some("latest")),
            ("[::1]:5000/web:2", "[::1]:5000/web", Some("2")),
            ("nginx:${VERSION}", "docker.io/library/nginx", None),
            ("nginx:", "docker.io/library/nginx", None),
            ("nginx:{{ .Values.tag }}", "docker.io/library/nginx", None),
            ("nginx@${DIGEST}", "docker.io/library/nginx", None),
            ("mirror.gcr.io.example.com/nginx", "mirror.gcr.io.example.com/nginx", Some("latest")),
        ] {
            assert_eq!(parts(text, &[]), Some((name.to_owned(), tag, None)), "{text}");
        }
        let both = format!("nginx:1@{DIGEST}");
        let name = "docker.io/library/nginx".to_owned();
        assert_eq!(parts(&both, &[]), Some((name.clone(), Some("1"), Some(DIGEST))));
        let said = Reference::parse(&both).map(|reference| reference.to_string());
        assert_eq!(said, Some(format!("docker.io/{both}")));
        assert_eq!(
            parts(&format!("nginx@{DIGEST}"), &[]),
            Some((name, None, Some(DIGEST))),
            "a digest alone says nothing of the tag"
        );
    }

    #[test]
    fn what_says_no_repository_is_none() {
        for text in [
            "",
            " ",
            "/",
            "/nginx",
            "nginx/",
            "a//b",
            ":1",
            "@",
            "Nginx",
            "nginx ",
            "-nginx",
            "a___b",
            "a..b",
            "a.-b",
            "${IMAGE}",
            "$(IMAGE)",
            "${REGISTRY}/nginx",
            "{{ .Values.image }}",
            "%IMAGE%",
            "<image>",
            "REGISTRY:PORT/nginx",
            "nginx:$(params.a/b)",
            "registry.example.com:/nginx",
            "ä/nginx",
            "nginx${SUFFIX}:1",
            "docker.io/",
            "-a.b/c",
            "http://docker.io/nginx",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }

    #[test]
    fn mirrors_of_the_user_are_resolved_before_those_of_everyone() {
        let mirror =
            |prefix: &str, of: &str| Mirror { prefix: prefix.to_owned(), of: of.to_owned() };
        let mirrors = [
            mirror("registry.example.com", "ghcr.io"),
            mirror("registry.example.com/hub/", "index.docker.io/"),
        ];
        let name = |text| Reference::parse(text).map(|reference| reference.name(&mirrors));
        for (text, expected) in [
            ("registry.example.com/hub/nginx", "docker.io/library/nginx"),
            ("registry.example.com/hub/grafana/grafana", "docker.io/grafana/grafana"),
            ("registry.example.com/hubs/nginx", "ghcr.io/hubs/nginx"),
            ("registry.example.com:5000/hub/nginx", "registry.example.com:5000/hub/nginx"),
        ] {
            assert_eq!(name(text).as_deref(), Some(expected), "{text}");
        }
    }
}
