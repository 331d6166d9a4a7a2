//! V3's `assets` (cards.md, Assets). No address in a card is ever fetched.

use dramatis_domain::json::Tree;

use super::RepairCode as Code;
use super::fields::{Members, Need};

/// Mends the list of assets in `body`, where there is one.
pub(super) fn mend(body: &mut Members<'_>) {
    body.each("assets", Need::Optional, |value, path, log| {
        let Tree::Array(mut assets) = value else {
            log.note(Code::NotAList, path, "“assets” is no list; it was left as it is.");
            return Some(value);
        };
        for (index, asset) in assets.iter_mut().enumerate() {
            let path = format!("{path}/{index}");
            if let Tree::Object(list) = asset {
                mend_asset(&mut Members { list, path: &path, log });
            } else {
                log.note(Code::OddElement, &path, "An asset is no object; it was left as it is.");
            }
        }
        let main = mend_main_icon(&mut assets);
        if main {
            log.note(Code::MainIcon, path, "Of several icons not exactly one is called “main”; the first such or the first icon was read as it.");
        }
        Some(Tree::Array(assets))
    });
}

fn mend_asset(asset: &mut Members<'_>) {
    for key in ["type", "uri", "name", "ext"] {
        asset.text(key, Need::Required(Tree::String(String::new())));
    }
    asset.each("type", Need::Optional, |value, path, log| {
        let kind = value.as_str().unwrap_or_default();
        if matches!(kind, "icon" | "background" | "user_icon" | "emotion" | "")
            || kind.starts_with("x_")
        {
            return Some(value);
        }
        let own = kind.strip_prefix("x-").unwrap_or(kind).replace('-', "_");
        log.note(
            Code::AssetType,
            path,
            format!("“{kind}” is no asset type of the format; it was read as “x_{own}”."),
        );
        Some(Tree::String(format!("x_{own}")))
    });
    asset.each("uri", Need::Optional, |value, path, log| {
        const KNOWN: [&str; 6] = ["embeded://", "ccdefault:", "https://", "http://", "data:", "__asset:"];
        let uri = value.as_str().unwrap_or_default();
        if let Some(rest) = uri.strip_prefix("embedded://") {
            log.note(Code::AssetUri, path, "“embedded://” is spelled “embeded://” in the format; it was read so.");
            return Some(Tree::String(format!("embeded://{rest}")));
        }
        if !uri.is_empty() && !KNOWN.iter().any(|known| uri.starts_with(known)) {
            log.note(Code::AssetUri, path, "An asset's address is of no kind the format knows; it was left as it is and is not fetched.");
        }
        Some(value)
    });
    asset.each("ext", Need::Optional, |value, path, log| {
        let ext = value.as_str().unwrap_or_default();
        let tidy = ext.trim_start_matches('.').to_lowercase();
        if tidy == ext {
            return Some(value);
        }
        log.note(
            Code::AssetExt,
            path,
            format!(
                "“ext” is lower case without a dot in the format; “{ext}” was read as “{tidy}”."
            ),
        );
        Some(Tree::String(tidy))
    });
}

/// Makes exactly one of several icons the main one; whether that was needed.
fn mend_main_icon(assets: &mut [Tree]) -> bool {
    let is =
        |asset: &Tree, key: &str, text: &str| asset.get(key).and_then(Tree::as_str) == Some(text);
    let icons: Vec<usize> = (0..assets.len())
        .filter(|at| is(&assets[*at], "type", "icon"))
        .collect();
    let mains: Vec<usize> = icons
        .iter()
        .copied()
        .filter(|at| is(&assets[*at], "name", "main"))
        .collect();
    if icons.len() < 2 || mains.len() == 1 {
        return false;
    }
    let chosen = mains.first().or(icons.first()).copied();
    for at in icons {
        let name = if Some(at) == chosen {
            "main".to_owned()
        } else {
            format!("main_{}", at + 1)
        };
        if (Some(at) == chosen || mains.contains(&at))
            && let Tree::Object(list) = &mut assets[at]
            && let Some((_, value)) = list.iter_mut().find(|(key, _)| key == "name")
        {
            *value = Tree::String(name);
        }
    }
    true
}
