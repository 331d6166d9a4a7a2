//! Tells Tauri where this house keeps its capabilities, and what to embed
//! where the window has not been built yet.
use std::{env, fs, path::Path, process::exit};

/// What `generate_context!` embeds in place of the window when `ui/build` is
/// missing, so that checking and testing the shell needs no Node.
const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Dramatis</title>\
    <p>The window was not built into this program. \
    Run <code>cargo xtask run</code>, or <code>npm ci && npm run build</code> in <code>ui</code>, and build again.";

fn main() {
    println!("cargo::rerun-if-changed=ui/build");
    println!("cargo::rerun-if-changed=tauri.conf.json");
    if !Path::new("ui/build/index.html").exists() {
        embed_a_notice();
    }
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(why) = tauri_build::try_build(attributes) {
        println!("cargo::error=tauri-build: {why:#}");
        exit(1);
    }
}

fn embed_a_notice() {
    let Ok(out) = env::var("OUT_DIR") else { return };
    let dist = Path::new(&out).join("window-not-built");
    let written =
        fs::create_dir_all(&dist).and_then(|()| fs::write(dist.join("index.html"), NOT_BUILT));
    if let Err(why) = written {
        println!("cargo::error=cannot write to {}: {why}", dist.display());
        exit(1);
    }
    println!("cargo::warning=ui/build is missing: this program will say so in its window");
    let config = format!(r#"{{"build":{{"frontendDist":{:?}}}}}"#, dist);
    println!("cargo::rustc-env=TAURI_CONFIG={config}");
}
