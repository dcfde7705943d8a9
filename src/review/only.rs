use crate::manifest::Object;

/// Which objects are looked at; an empty list lets all pass.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// In one of these namespaces.
    pub namespaces: Vec<String>,
    /// Of one of these kinds, in any case.
    pub kinds: Vec<String>,
    /// With one of these names.
    pub names: Vec<String>,
}

impl Only {
    /// Whether nothing is left out.
    pub fn is_all(&self) -> bool {
        self.namespaces.is_empty() && self.kinds.is_empty() && self.names.is_empty()
    }

    pub(crate) fn lets(&self, object: Object<'_>, default_namespace: Option<&str>) -> bool {
        if self.is_all() {
            return true;
        }
        let named = object.namespace();
        let namespace = named.as_deref().or(default_namespace);
        self.lets_named(&object.kind(), namespace, &object.name())
    }

    /// The same of what need not be an object.
    pub(super) fn lets_named(&self, kind: &str, namespace: Option<&str>, name: &str) -> bool {
        let among = |list: &[String], it: &str| list.is_empty() || list.iter().any(|its| its == it);
        let kinds =
            self.kinds.is_empty() || self.kinds.iter().any(|it| it.eq_ignore_ascii_case(kind));
        kinds && among(&self.namespaces, namespace.unwrap_or_default()) && among(&self.names, name)
    }
}
