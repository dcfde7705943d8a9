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
    pub(super) fn lets(&self, object: Object<'_>, default_namespace: Option<&str>) -> bool {
        let among = |list: &[String], it: &str| list.is_empty() || list.iter().any(|its| its == it);
        if !self.namespaces.is_empty() {
            let named = object.namespace();
            let namespace = named.as_deref().or(default_namespace).unwrap_or_default();
            if !among(&self.namespaces, namespace) {
                return false;
            }
        }
        let kind = object.kind();
        let kinds =
            self.kinds.is_empty() || self.kinds.iter().any(|it| it.eq_ignore_ascii_case(&kind));
        kinds && (self.names.is_empty() || among(&self.names, &object.name()))
    }
}
