//! The first start, signing in, bringing in a card.

use super::go_to;
use crate::{page::id, walk::Walk};

pub(super) async fn first_start(walk: &mut Walk) -> Result<(), String> {
    walk.did("The studio was started with a fresh folder.");
    walk.page.see(&id("library-empty")).await?;
    walk.page.see_count("[data-sample]", 3).await?;
    walk.page
        .drawn(&format!("{} img", id("sample-mirelle")))
        .await?;
    walk.saw("The library is empty and offers three samples with their portraits.");
    walk.picture("first-start").await
}

pub(super) async fn this_computer(walk: &mut Walk) -> Result<(), String> {
    walk.page
        .see(&format!("{}[data-connection=\"online\"]", id("status")))
        .await?;
    let line = walk.page.read(&id("status"), "this computer").await?;
    walk.saw(format!("The status line says “{}”.", one_line(&line)));
    go_to(walk, "settings").await?;
    walk.page
        .see(&format!(
            "{}[data-signed-in=\"true\"][data-keychain=\"ok\"]",
            id("settings-account")
        ))
        .await?;
    walk.saw("Signed in without asking; the token is in the keychain.");
    walk.picture("this-computer").await
}

pub(super) async fn sign_in(walk: &mut Walk) -> Result<(), String> {
    walk.team.up().await?;
    let (url, token) = (walk.team.url.clone(), walk.team.token.clone());
    walk.page.write(&id("device-name"), "tour-laptop").await?;
    walk.page.click(&id("device-save")).await?;
    walk.did("This device was named “tour-laptop”.");
    walk.page.click(&id("inventory-shared")).await?;
    walk.page.write(&id("inventory-url"), &url).await?;
    walk.page.click(&id("inventory-use")).await?;
    walk.page
        .see(&format!(
            "{}[data-kind=\"shared\"]",
            id("settings-inventory")
        ))
        .await?;
    walk.page
        .see(&format!("{}[data-connection=\"signed_out\"]", id("status")))
        .await?;
    walk.did("A shared inventory was chosen by its address.");
    walk.saw("The status line says that nobody is signed in there.");

    let mut wrong = token.clone();
    wrong.replace_range(
        40..44,
        if &token[40..44] == "0000" {
            "1111"
        } else {
            "0000"
        },
    );
    walk.page.type_into(&id("token"), &wrong).await?;
    walk.page.click(&id("sign-in")).await?;
    let refusal = walk.page.see(&id("sign-in-failure")).await?;
    let refusal = refusal.text().await.map_err(|why| why.to_string())?;
    walk.saw(format!(
        "A wrong token is refused: “{}”.",
        one_line(&refusal)
    ));

    walk.page.write(&id("token"), &token).await?;
    walk.page.click(&id("sign-in")).await?;
    walk.page
        .see(&format!(
            "{}[data-signed-in=\"true\"][data-keychain=\"ok\"]",
            id("settings-account")
        ))
        .await?;
    walk.page
        .read(&id("settings-account"), "Ana Ferrer")
        .await?;
    walk.page
        .see(&format!("{}[data-connection=\"online\"]", id("status")))
        .await?;
    walk.saw("Signed in as Ana Ferrer; the token is in the keychain.");
    walk.picture("signed-in").await
}

pub(super) async fn import(walk: &mut Walk) -> Result<(), String> {
    go_to(walk, "library").await?;
    walk.page.click(&id("sample-mirelle")).await?;
    walk.page.see(&id("import-card")).await?;
    let version = walk.page.read(&id("import-version"), "V").await?;
    walk.saw(format!(
        "Before anything is stored: “{}”.",
        one_line(&version)
    ));
    walk.picture("import").await?;
    walk.page.click(&id("import-confirm")).await?;
    walk.page.see(&id("character")).await?;
    walk.page.read(&id("character-name"), "Mirelle").await?;
    walk.page.drawn(&format!("{} img", id("portrait"))).await?;
    walk.did("The sample “Mirelle” was imported.");
    walk.picture("character").await
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
