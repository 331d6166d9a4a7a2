//! Each operation by a name of its own, `TAG_FUNCTION`: what generated clients
//! call it.

use utoipa::{Modify, openapi::OpenApi};

/// Puts the tag in front of each operation's name.
pub(super) struct Names;

impl Modify for Names {
    fn modify(&self, api: &mut OpenApi) {
        for item in api.paths.paths.values_mut() {
            for operation in super::operations(item) {
                let tag = operation.tags.iter().flatten().next();
                let (Some(tag), Some(name)) = (tag, &operation.operation_id) else {
                    continue;
                };
                operation.operation_id = Some(format!("{}_{name}", tag.replace(' ', "_")));
            }
        }
    }
}
