//! The pods that run as a ServiceAccount.
//!
//! In: an [`Inventory`], and a ServiceAccount of it. Out: its [`Pod`]s.

use std::{collections::HashMap, sync::OnceLock};

use super::{Inventory, Object, Pod};

/// The workloads of all sources by the names of their accounts, once someone asks: each by its
/// place among all objects.
#[derive(Default)]
pub(super) struct Users(OnceLock<HashMap<String, Vec<usize>>>);

impl Users {
    fn of(&self, account: &str, inventory: &Inventory<'_>) -> &[usize] {
        let by_account = self.0.get_or_init(|| {
            let mut users = HashMap::<String, Vec<usize>>::new();
            let objects = inventory.objects().iter().enumerate();
            let whole = objects.filter(|(_, object)| inventory.gap(**object).is_none());
            for (index, pod) in
                whole.flat_map(|(it, object)| object.pods().into_iter().map(move |pod| (it, pod)))
            {
                let users = users.entry(pod.account().into_owned()).or_default();
                if users.last() != Some(&index) {
                    users.push(index);
                }
            }
            users
        });
        by_account.get(account).map_or(&[], Vec::as_slice)
    }
}

impl<'t> Inventory<'t> {
    /// The pods that name a ServiceAccount, as far as namespaces are known; those that name none are
    /// of `default`.
    ///
    /// Where only one of the two says its namespace they may be of one, unless the name is `default`,
    /// which exists in every namespace and so tells nothing.
    pub fn users(&self, account: Object<'_>) -> Vec<Pod<'t>> {
        let (name, namespace) = (account.name(), self.namespace_of(account));
        let users = self.users_by_account().of(&name, self).iter();
        let near = |object: &Object<'_>| {
            let its = self.namespace_of(*object);
            its == namespace || name != "default" && (its.is_none() || namespace.is_none())
        };
        let objects = users.map(|index| self.objects()[*index]).filter(near);
        objects.flat_map(Object::pods).filter(|pod| pod.account() == name).collect()
    }
}
