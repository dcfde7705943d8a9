//! What is known of images that bears on the API token.

use super::{Context, identity::noted};
use crate::{
    images::{Grade, Image, Token},
    manifest::Pod,
};

/// What is known of its images that speaks for the token.
pub(super) fn told(pod: Pod<'_>, context: &Context<'_>) -> Option<String> {
    pod.containers().find_map(|container| {
        let image = context.image(container).filter(|image| image.token == Token::Yes)?;
        let why = noted(image.token_why);
        Some(format!("`{}` speaks to the API server{why}", image.family))
    })
}

/// Whether all its images are known not to speak to the API server.
pub(super) fn is_known_silent(pod: Pod<'_>, context: &Context<'_>) -> bool {
    pod.containers().all(|container| {
        let silent = |image: Image<'_>| {
            let grade = image.token_grade();
            let own = container.has_command() && grade != Grade::Declared;
            image.token == Token::No && grade.is_proof() && !own
        };
        context.image(container).is_some_and(silent)
    })
}
