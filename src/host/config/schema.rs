//! The schema that editors know the configuration by: it is stored, so that the program need not
//! make it, and a test holds it to the types.

use std::{borrow::Cow, env, fs};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{
    Config, SCHEMA,
    scalar::{
        ApiGroup, Capability, FileName, FilePath, Group, ImageName, KnownImage, Place, PodSpec,
        RuleName, User, UserOrRoot, VersionName,
    },
};
use crate::rules::RULES;

#[test]
fn the_stored_schema_is_that_of_the_types() {
    let mut schema = schemars::schema_for!(Config);
    schema.insert("title".to_owned(), "The configuration of seaworthy".into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    if env::var_os("UPDATE").is_some() && env::var_os("CI").is_none() {
        fs::write("src/host/config/schema.json", text).expect("the schema can be written");
        return;
    }
    assert!(text == SCHEMA, "`UPDATE=1 cargo test schema` writes what the types say:\n{text}");
}

fn rule_ids() -> Value {
    RULES.iter().map(|rule| rule.id).collect()
}

/// Gives a type the schema of what it reads.
macro_rules! schema {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

schema!(RuleName, "Rule", { "type": "string", "enum": rule_ids() });
schema!(VersionName, "Version", { "type": "string", "pattern": "^(latest|v?1\\.[0-9]+)$" });
schema!(User, "User", { "type": "integer", "minimum": 1, "maximum": i32::MAX });
schema!(UserOrRoot, "UserOrRoot", { "type": "integer", "minimum": 0, "maximum": i32::MAX });
schema!(Group, "Group", { "type": "integer", "minimum": 0, "maximum": i32::MAX });
schema!(ApiGroup, "ApiGroup", { "type": "string", "pattern": "^[A-Za-z0-9.-]*$" });
schema!(Place, "Place", { "type": "string", "pattern": "^[A-Za-z0-9._:\\[\\]-]+(/[A-Za-z0-9._:\\[\\]-]+)*/?$" });
schema!(PodSpec, "PodSpec", {
    "type": "string",
    "pattern": "^\\.?[A-Za-z0-9]+((\\[\\*\\])?\\.[A-Za-z0-9]+)*$"
});
schema!(ImageName, "ImageName", {
    "type": "string",
    "pattern": "^([A-Za-z0-9._:*\\[\\]-]+/)*[a-z0-9._*-]+(:[A-Za-z0-9._*-]+)?$"
});
schema!(KnownImage, "KnownImage", { "type": "string", "minLength": 1 });
schema!(FileName, "FileName", { "type": "string", "pattern": "^[^/\\\\]+\\.ya?ml$" });
schema!(FilePath, "FilePath", { "type": "string", "pattern": "^/[^:<\n]+$" });
schema!(Capability, "Capability", { "type": "string", "pattern": "^(?!ALL$|CAP_)[A-Z0-9_]+$" });
