//! The characters that come with the studio.

use crate::{StudioError, import, view};
use dramatis_cards::read;
use std::sync::OnceLock;

/// A sample's file.
pub(crate) struct Sample {
    pub(crate) id: &'static str,
    pub(crate) file_name: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// In the order they are offered.
pub(crate) const SAMPLES: &[Sample] = &[
    Sample {
        id: "mirelle",
        file_name: "mirelle.png",
        bytes: include_bytes!("../../../samples/mirelle.png"),
    },
    Sample {
        id: "anselm",
        file_name: "anselm.png",
        bytes: include_bytes!("../../../samples/anselm.png"),
    },
    Sample {
        id: "lighthouse",
        file_name: "lighthouse.png",
        bytes: include_bytes!("../../../samples/lighthouse.png"),
    },
];

/// What a list shows, and each sample's picture.
pub(crate) fn shown() -> Result<&'static [(view::Sample, Vec<u8>)], StudioError> {
    static SHOWN: OnceLock<Vec<(view::Sample, Vec<u8>)>> = OnceLock::new();
    if let Some(shown) = SHOWN.get() {
        return Ok(shown);
    }
    let mut list = Vec::new();
    for sample in SAMPLES {
        let card = read(sample.bytes)?.document;
        let (portrait, picture) = import::bare_picture(sample.bytes)?;
        let view = view::Sample {
            id: sample.id.to_owned(),
            name: card.view().name().into_owned(),
            excerpt: import::excerpt_of(&card),
            portrait,
        };
        list.push((view, picture));
    }
    Ok(SHOWN.get_or_init(|| list))
}
