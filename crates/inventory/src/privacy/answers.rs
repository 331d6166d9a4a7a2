//! Kept answers hold notes and reasons in clear, so that a replay is the same
//! byte for byte. What an order takes goes from them too; from then on the
//! replay is the answer without those texts.

use super::PrivacyFault;
use crate::table::personal::Text;
use serde_json::Value;

/// What an answer that holds one of the texts has in its bytes: the text's salt,
/// where it is shown with it, or the message of a notice.
pub(super) fn marks(texts: &[Text]) -> Vec<String> {
    let salts = texts.iter().map(|text| hex::encode(&text.salt));
    let messages = texts
        .iter()
        .map(|text| format!(r#""message":{}"#, Value::from(text.value.as_str())));
    salts.chain(messages).collect()
}

/// The answer with nothing in the place of each of the texts.
pub(super) fn without(body: &[u8], texts: &[Text]) -> Result<Vec<u8>, PrivacyFault> {
    let unreadable = |fault: serde_json::Error| {
        PrivacyFault::Refused(format!(
            "a kept answer cannot be read: {fault}. Nothing was changed"
        ))
    };
    let mut answer: Value = serde_json::from_slice(body).map_err(unreadable)?;
    clear(&mut answer, texts);
    serde_json::to_vec(&answer).map_err(unreadable)
}

fn clear(value: &mut Value, texts: &[Text]) {
    match value {
        Value::Object(fields) => {
            let salt = fields.get("salt").and_then(Value::as_str);
            if salt.is_some_and(|salt| texts.iter().any(|text| hex::encode(&text.salt) == salt)) {
                *value = Value::Null;
                return;
            }
            for (name, value) in fields {
                let said = value.as_str().filter(|_| name == "message");
                if said.is_some_and(|said| texts.iter().any(|text| text.value == said)) {
                    *value = Value::Null;
                } else {
                    clear(value, texts);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| clear(value, texts)),
        _ => {}
    }
}
