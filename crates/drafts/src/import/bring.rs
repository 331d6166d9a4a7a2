//! A file that is brought in, read and taken apart: everything about it that
//! needs no store.

use crate::{
    StudioError,
    draft::facts::Facts,
    show,
    table::blob,
    view::{Duplicate, ImportPreview},
};
use dramatis_cards::{CardDocument, read, strip_card};
use dramatis_domain::Digest;
use uuid::Uuid;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(super) id: String,
    pub(super) file_name: String,
    pub(super) container: String,
    /// The digest of the file, and its bytes.
    pub(super) file: (String, Vec<u8>),
    pub(super) card: CardDocument,
    /// The digest of the card's document.
    pub(super) document: String,
    /// The picture without its card, and its digest.
    pub(super) portrait: Option<(String, Vec<u8>)>,
    /// How the file is made of the picture, where it is.
    pub(super) piece: Option<Piece>,
}

/// What has to be put into a picture to get a file back: `len` bytes of the
/// file, at the same place in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) at: usize,
    pub(super) len: usize,
}

impl Piece {
    /// The one piece in which a file differs from its picture; none where it
    /// takes more than one.
    fn between(picture: &[u8], file: &[u8]) -> Option<Self> {
        let len = file.len().checked_sub(picture.len())?;
        let at = picture.iter().zip(file).take_while(|(a, b)| a == b).count();
        (file[at + len..] == picture[at..]).then_some(Self { at, len })
    }
}

/// Puts a piece back into its picture.
pub(super) fn put_together(picture: &[u8], at: usize, piece: &[u8]) -> Option<Vec<u8>> {
    let (head, tail) = picture.split_at_checked(at)?;
    Some([head, piece, tail].concat())
}

/// A picture without a card in it, and its digest.
pub(crate) fn bare_picture(bytes: &[u8]) -> Result<(String, Vec<u8>), StudioError> {
    let picture = strip_card(bytes)?;
    Ok((Digest::of(&picture).hex(), picture))
}

/// Reads a file.
pub(super) fn bring(file_name: String, file: Vec<u8>) -> Result<Brought, StudioError> {
    let carried = read(&file)?;
    let portrait = match carried.chunk {
        Some(_) => Some(bare_picture(&file)?),
        None => None,
    };
    let piece = portrait
        .as_ref()
        .and_then(|(_, picture)| Piece::between(picture, &file));
    Ok(Brought {
        id: Uuid::now_v7().to_string(),
        file_name,
        container: carried.container.label().to_owned(),
        document: Digest::of(carried.document.text().as_bytes()).hex(),
        card: carried.document,
        portrait,
        piece,
        file: (Digest::of(&file).hex(), file),
    })
}

impl Brought {
    /// How many bytes of files it holds on to.
    pub(super) fn weight(&self) -> usize {
        let picture = self.portrait.as_ref().map_or(0, |(_, bytes)| bytes.len());
        self.file.1.len() + picture
    }

    /// What the file is, as tables say it.
    pub(super) fn media_type(&self) -> &'static str {
        if self.portrait.is_some() {
            blob::PNG
        } else {
            blob::JSON
        }
    }

    /// What importing it would bring.
    pub(super) fn preview(&self, duplicates: Vec<Duplicate>) -> ImportPreview {
        let view = self.card.view();
        ImportPreview {
            id: self.id.clone(),
            file_name: self.file_name.clone(),
            container: self.container.clone(),
            version: dramatis_cards::format::label(view.format()).to_owned(),
            name: view.name().into_owned(),
            excerpt: Facts::of(&self.card).excerpt,
            document: self.document.clone(),
            portrait: self.portrait.as_ref().map(|(digest, _)| digest.clone()),
            lorebook_entries: count(view.lorebook().map_or(0, |book| book.entries().len())),
            greetings: count(
                usize::from(!view.text("first_mes").is_empty())
                    + view.list("alternate_greetings").len(),
            ),
            repairs: self.card.repairs().iter().map(show::repair).collect(),
            duplicates,
        }
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Piece, put_together};

    #[test]
    fn a_file_is_its_picture_with_one_piece() {
        for (picture, file) in [
            (&b"headtail"[..], &b"headCARDtail"[..]),
            (b"aaa", b"aaaaa"),
            (b"same", b"same"),
            (b"end", b"endCARD"),
            (b"front", b"CARDfront"),
        ] {
            let piece = Piece::between(picture, file).unwrap();
            let bytes = &file[piece.at..piece.at + piece.len];
            assert_eq!(put_together(picture, piece.at, bytes).unwrap(), file);
        }
        for (picture, file) in [
            (&b"headtail"[..], &b"heAdCARDtail"[..]),
            (b"abc", b"aXbYc"),
            (b"longer", b"long"),
        ] {
            assert_eq!(Piece::between(picture, file), None);
        }
        assert_eq!(put_together(b"ab", 3, b"x"), None);
    }
}
