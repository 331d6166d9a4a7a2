//! The window's page: what a person sees and touches. Every look waits until it
//! sees what it looks for.

use fantoccini::{Client, Locator, elements::Element, error::CmdError};
use serde_json::Value;

use crate::walk::{PATIENCE, until};

pub(crate) struct Page {
    client: Client,
}

/// The selector of a `data-testid`.
pub(crate) fn id(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

impl Page {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Waits until something stands on the page.
    pub(crate) async fn see(&self, css: &str) -> Result<Element, String> {
        let found = until(css, PATIENCE, async || {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        });
        match found.await {
            Ok(element) => Ok(element),
            Err(why) => Err(format!("{why}; the page reads: {}", self.words().await)),
        }
    }

    /// Waits until something is gone.
    pub(crate) async fn see_no(&self, css: &str) -> Result<(), String> {
        until(&format!("gone: {css}"), PATIENCE, async || {
            matches!(self.client.find(Locator::Css(css)).await, Err(why) if why.is_no_such_element()).then_some(())
        })
        .await
    }

    /// Waits until exactly so many stand on the page.
    pub(crate) async fn see_count(&self, css: &str, count: usize) -> Result<(), String> {
        until(&format!("{count} × {css}"), PATIENCE, async || {
            (self.count(css).await.ok()? == count).then_some(())
        })
        .await
    }

    pub(crate) async fn count(&self, css: &str) -> Result<usize, String> {
        self.client
            .find_all(Locator::Css(css))
            .await
            .map(|all| all.len())
            .map_err(words)
    }

    /// Waits until its text holds some words; gives the text.
    pub(crate) async fn read(&self, css: &str, wanted: &str) -> Result<String, String> {
        let what = format!("“{wanted}” in {css}");
        let read = until(&what, PATIENCE, async || {
            let text = self
                .client
                .find(Locator::Css(css))
                .await
                .ok()?
                .text()
                .await
                .ok()?;
            text.contains(wanted).then_some(text)
        });
        match read.await {
            Ok(text) => Ok(text),
            Err(why) => Err(format!("{why}; the page reads: {}", self.words().await)),
        }
    }

    /// Every text of those that match.
    pub(crate) async fn texts(&self, css: &str) -> Result<Vec<String>, String> {
        let mut texts = Vec::new();
        for element in self
            .client
            .find_all(Locator::Css(css))
            .await
            .map_err(words)?
        {
            texts.push(element.text().await.map_err(words)?);
        }
        Ok(texts)
    }

    /// An attribute of every one that matches.
    pub(crate) async fn attributes(&self, css: &str, name: &str) -> Result<Vec<String>, String> {
        let mut all = Vec::new();
        for element in self
            .client
            .find_all(Locator::Css(css))
            .await
            .map_err(words)?
        {
            all.push(element.attr(name).await.map_err(words)?.unwrap_or_default());
        }
        Ok(all)
    }

    /// A property of one, for example a text field's value.
    pub(crate) async fn value(&self, css: &str) -> Result<String, String> {
        let value = self.see(css).await?.prop("value").await.map_err(words)?;
        Ok(value.unwrap_or_default())
    }

    /// Clicks as a hand does: what is covered, or moves, is tried again.
    pub(crate) async fn click(&self, css: &str) -> Result<(), String> {
        self.see(css).await?;
        until(&format!("a click on {css}"), PATIENCE, async || {
            self.client
                .find(Locator::Css(css))
                .await
                .ok()?
                .click()
                .await
                .ok()
        })
        .await
    }

    /// Types at the end of a field.
    pub(crate) async fn type_into(&self, css: &str, text: &str) -> Result<(), String> {
        self.see(css).await?.send_keys(text).await.map_err(words)
    }

    /// Types in place of what stands in a field.
    pub(crate) async fn write(&self, css: &str, text: &str) -> Result<(), String> {
        let field = self.see(css).await?;
        field.clear().await.map_err(words)?;
        field.send_keys(text).await.map_err(words)
    }

    /// Waits until fonts and pictures are there and the page has been drawn.
    pub(crate) async fn settled(&self) -> Result<(), String> {
        let drawn = "const done = arguments[arguments.length - 1];
            const pictures = [...document.images].map((one) => one.decode().catch(() => null));
            Promise.all([document.fonts.ready, ...pictures]).then(() =>
                requestAnimationFrame(() => requestAnimationFrame(() => {
                    const moving = document.getAnimations()
                        .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
                        .map((one) => one.finished.catch(() => null));
                    Promise.all(moving).then(() => requestAnimationFrame(() => done(true)));
                })));";
        self.client
            .execute_async(drawn, Vec::new())
            .await
            .map(drop)
            .map_err(words)
    }

    /// Whether a picture was really drawn: it has an own width.
    pub(crate) async fn drawn(&self, css: &str) -> Result<(), String> {
        let width = "const picture = document.querySelector(arguments[0]);
            return picture ? picture.naturalWidth : 0;";
        until(&format!("the picture {css}"), PATIENCE, async || {
            let asked = self
                .client
                .execute(width, vec![Value::from(css)])
                .await
                .ok()?;
            (asked.as_u64()? > 0).then_some(())
        })
        .await
    }

    /// Lets a window go whose process may have ended already.
    pub(crate) async fn abandon(&self) {
        let _ = self.client.clone().close().await;
    }

    async fn words(&self) -> String {
        let read = self
            .client
            .execute("return document.body.innerText", Vec::new())
            .await;
        match read {
            Ok(Value::String(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            other => format!("{other:?}"),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn words(why: CmdError) -> String {
    why.to_string()
}
