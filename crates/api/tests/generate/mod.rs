//! The generator: one function for each operation of an OpenAPI document.
//! Schemas are not generated; they are the types of `dramatis-api` by the same
//! names. What it does not know, it refuses.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The module of each public type of `dramatis-api`.
pub(crate) fn homes(api: &Path) -> BTreeMap<String, String> {
    let mut homes = BTreeMap::new();
    for entry in fs::read_dir(api).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let name = line
                .strip_prefix("pub struct ")
                .or_else(|| line.strip_prefix("pub enum "))
                .and_then(|rest| rest.split([' ', '<', '(', ';']).next());
            if let Some(name) = name {
                homes.insert(name.to_owned(), module.clone());
            }
        }
    }
    homes
}

/// The whole file.
pub(crate) fn client(api: &Value, homes: &BTreeMap<String, String>) -> String {
    let mut imports = BTreeSet::new();
    let mut items = String::new();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            items.push_str(&Operation::read(path, method, operation).write(&mut imports));
        }
    }
    let imports: String = imports
        .iter()
        .map(|name| {
            let module = homes
                .get(name)
                .unwrap_or_else(|| panic!("dramatis-api has no type {name}"));
            format!("use dramatis_api::{module}::{name};\n")
        })
        .collect();
    format!(
        "// Generated from docs/openapi.json by `cargo xtask generate client`; not to be edited.\n\n\
         use crate::{{\n    answer::Bytes,\n    request::{{Frozen, Request, segment}},\n}};\n{imports}\
         use dramatis_domain::IdempotencyKey;\nuse reqwest::Method;\nuse uuid::Uuid;\n{items}"
    )
}

struct Parameter<'a> {
    name: &'a str,
    docs: &'a str,
    kind: &'static str,
}

enum Sent<'a> {
    Nothing,
    Json(&'a str),
    Bytes(&'a str),
}

struct Operation<'a> {
    name: &'a str,
    docs: Vec<&'a str>,
    method: String,
    path: &'a str,
    segments: Vec<Parameter<'a>>,
    query: Vec<Parameter<'a>>,
    keyed: bool,
    sent: Sent<'a>,
    answer: Option<&'a str>,
}

impl<'a> Operation<'a> {
    fn read(path: &'a str, method: &str, operation: &'a Value) -> Self {
        let (mut segments, mut query, mut keyed) = (Vec::new(), Vec::new(), false);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            match parameter["in"].as_str().unwrap() {
                "path" => segments.push(read_parameter(parameter)),
                "query" => query.push(read_parameter(parameter)),
                "header" if name == "Idempotency-Key" => keyed = true,
                // What a cache asks with, and how far it has come, is the transport's.
                "header" if matches!(name, "If-None-Match" | "Dramatis-Position") => {}
                other => panic!("{path}: {name} in {other}"),
            }
        }
        let docs = ["summary", "description"]
            .iter()
            .filter_map(|part| operation[part].as_str())
            .flat_map(str::lines)
            .collect();
        Self {
            name: operation["operationId"].as_str().unwrap(),
            docs,
            method: method.to_uppercase(),
            path,
            segments,
            query,
            keyed,
            sent: sent(path, operation),
            answer: answer(operation),
        }
    }

    fn write(&self, imports: &mut BTreeSet<String>) -> String {
        let Self {
            name, method, path, ..
        } = self;
        let mut out = String::new();
        let lives = self.query.iter().any(|one| one.kind == "&'a str");
        let asks = format!("{}Query", camel(name));
        if !self.query.is_empty() {
            let life = if lives { "<'a>" } else { "" };
            out.push_str(&format!(
                "\n/// What [`{name}`] asks for.\n#[derive(Clone, Copy, Debug, Default)]\npub struct {asks}{life} {{\n"
            ));
            for one in &self.query {
                out.push_str(&format!(
                    "    /// {}\n    pub {}: Option<{}>,\n",
                    one.docs.replace('\n', "\n    /// "),
                    field(one.name),
                    one.kind
                ));
            }
            out.push_str("}\n");
        }
        let mut arguments: Vec<String> = self
            .segments
            .iter()
            .map(|one| format!("{}: {}", field(one.name), one.kind.replace("'a ", "")))
            .collect();
        if self.keyed {
            arguments.push("idempotency_key: IdempotencyKey".to_owned());
        }
        if !self.query.is_empty() {
            let life = if lives { "<'_>" } else { "" };
            arguments.push(format!("asked: {asks}{life}"));
        }
        match self.sent {
            Sent::Nothing => {}
            Sent::Json(schema) => {
                imports.insert(schema.to_owned());
                arguments.push(format!("body: Frozen<{schema}>"));
            }
            Sent::Bytes(_) => arguments.push("body: Vec<u8>".to_owned()),
        }
        let answer = self.answer.unwrap_or("Bytes");
        if self.answer.is_some() {
            imports.insert(answer.to_owned());
        }
        out.push_str(&format!("\n/// `{method} {path}`\n"));
        if !self.docs.is_empty() {
            out.push_str("///\n");
        }
        for line in &self.docs {
            out.push_str(format!("/// {line}").trim_end());
            out.push('\n');
        }
        out.push_str(&format!(
            "pub fn {name}({}) -> Request<{answer}> {{\n    Request::new(Method::{method}, {})",
            arguments.join(", "),
            self.address()
        ));
        if self.keyed {
            out.push_str("\n        .keyed(idempotency_key)");
        }
        for one in &self.query {
            out.push_str(&format!(
                "\n        .asking(\"{}\", asked.{})",
                one.name,
                field(one.name)
            ));
        }
        match self.sent {
            Sent::Nothing => {}
            Sent::Json(_) => out.push_str("\n        .json(body)"),
            Sent::Bytes(media_type) => {
                out.push_str(&format!("\n        .bytes(\"{media_type}\", body)"));
            }
        }
        out.push_str("\n}\n");
        out
    }

    /// The expression of the path.
    fn address(&self) -> String {
        let path = self.path;
        if self.segments.is_empty() {
            return format!("\"{path}\".to_owned()");
        }
        let mut form = path.to_owned();
        let mut values = Vec::new();
        for one in &self.segments {
            let hole = format!("{{{}}}", one.name);
            assert!(form.contains(&hole), "{path} has no {hole}");
            form = form.replace(&hole, "{}");
            values.push(match one.kind {
                "&'a str" => format!("segment({})", field(one.name)),
                _ => field(one.name),
            });
        }
        assert!(
            !form.contains("{{") && form.matches("{}").count() == values.len(),
            "{path}"
        );
        // The holes are filled in the order of the path.
        let mut order: Vec<_> = self.segments.iter().zip(values).collect();
        order.sort_by_key(|(one, _)| path.find(&format!("{{{}}}", one.name)));
        let values: Vec<_> = order.into_iter().map(|(_, value)| value).collect();
        format!("format!(\"{form}\", {})", values.join(", "))
    }
}

fn read_parameter(parameter: &Value) -> Parameter<'_> {
    let schema = &parameter["schema"];
    let name = parameter["name"].as_str().unwrap();
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        // `null` beside the type of what may be left out.
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap(),
        other => panic!("{name}: {other}"),
    };
    Parameter {
        name,
        docs: parameter["description"]
            .as_str()
            .unwrap_or("As it is called."),
        kind: match (kind, schema["format"].as_str()) {
            ("string", Some("uuid")) => "Uuid",
            ("string", _) => "&'a str",
            ("integer", _) if schema["minimum"].as_i64() == Some(0) => "u64",
            ("integer", _) => "i64",
            ("boolean", _) => "bool",
            other => panic!("{name}: {other:?}"),
        },
    }
}

fn sent<'a>(path: &str, operation: &'a Value) -> Sent<'a> {
    let Some(content) = operation["requestBody"]["content"].as_object() else {
        return Sent::Nothing;
    };
    let (media_type, body) = content.iter().next().unwrap();
    match reference(&body["schema"]) {
        Some(schema) if media_type == "application/json" => Sent::Json(schema),
        None if media_type != "application/json" => Sent::Bytes(media_type),
        _ => panic!("{path}: a body of {media_type}"),
    }
}

/// The schema of the successes; none where they are bytes.
fn answer(operation: &Value) -> Option<&str> {
    let mut all: Vec<_> = operation["responses"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| reference(&response["content"]["application/json"]["schema"]))
        .collect();
    all.dedup();
    assert!(all.len() < 2, "successes of several forms: {all:?}");
    all.pop()
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"]
        .as_str()?
        .strip_prefix("#/components/schemas/")
}

/// A name as a field or argument of Rust.
fn field(name: &str) -> String {
    match name {
        "as" | "type" | "ref" | "in" => format!("{name}_"),
        name => name.replace('-', "_").to_lowercase(),
    }
}

fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}
