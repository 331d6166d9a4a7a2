//! What was done and what was seen, for people and for programs.

use std::{fmt::Write, fs, path::Path};

use serde::Serialize;

#[derive(Default, Serialize)]
pub(crate) struct Transcript {
    scenes: Vec<Scene>,
}

#[derive(Serialize)]
struct Scene {
    number: usize,
    title: String,
    did: Vec<String>,
    saw: Vec<String>,
    pictures: Vec<String>,
    failed: Option<String>,
}

impl Transcript {
    pub(crate) fn begin(&mut self, title: &str) {
        println!("tour: {:2}. {title}", self.scenes.len() + 1);
        self.scenes.push(Scene {
            number: self.scenes.len() + 1,
            title: title.to_owned(),
            did: Vec::new(),
            saw: Vec::new(),
            pictures: Vec::new(),
            failed: None,
        });
    }

    pub(crate) fn did(&mut self, what: String) {
        self.scene().did.push(what);
    }

    pub(crate) fn saw(&mut self, what: String) {
        self.scene().saw.push(what);
    }

    pub(crate) fn picture(&mut self, file: String) {
        self.scene().pictures.push(file);
    }

    pub(crate) fn failed(&mut self, why: &str) {
        self.scene().failed = Some(why.to_owned());
    }

    /// Writes `transcript.md` and `transcript.json`.
    pub(crate) fn write(&self, folder: &Path) {
        let json = serde_json::to_string_pretty(self).expect("plain words");
        fs::write(folder.join("transcript.json"), json).expect("the folder is ours");
        fs::write(folder.join("transcript.md"), self.markdown()).expect("the folder is ours");
    }

    fn scene(&mut self) -> &mut Scene {
        self.scenes.last_mut().expect("a scene has begun")
    }

    fn markdown(&self) -> String {
        let mut text = String::from("# The tour\n");
        for scene in &self.scenes {
            let _ = write!(text, "\n## {}. {}\n\n", scene.number, scene.title);
            for did in &scene.did {
                let _ = writeln!(text, "- {did}");
            }
            for saw in &scene.saw {
                let _ = writeln!(text, "- seen: {saw}");
            }
            if let Some(why) = &scene.failed {
                let _ = writeln!(text, "- **FAILED: {why}**");
            }
            for picture in &scene.pictures {
                let _ = writeln!(text, "\n![{picture}]({picture})");
            }
        }
        text
    }
}
