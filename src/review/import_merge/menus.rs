//! The menus that an import makes of categories. In: the menus that were made, the rows that were put
//! under one. Out: each of them with questions below it, or left out. Must not know: tables.

use super::{ImportMerger, named};
use crate::review::edit::{EditError, set_text};
use std::collections::{BTreeMap, BTreeSet};

impl ImportMerger {
    /// Puts the rows of our own table that named a new category into its menu.
    pub(super) fn move_to_new_menus(
        &mut self,
        made: &BTreeMap<String, String>,
    ) -> Result<(), EditError> {
        for (path, title) in std::mem::take(&mut self.moved) {
            match made.get(&title) {
                Some(menu) => {
                    self.edit(&path, |before| {
                        set_text(&path, before, "parent", Some(menu))
                    })?;
                }
                None => {
                    let what = format!("{path} 的“分类”没有改：没有叫“{title}”的菜单");
                    self.result.collisions.push(what);
                }
            }
        }
        Ok(())
    }

    /// A menu is made for its questions: where all of them stand elsewhere already, it is left out.
    pub(super) fn leave_empty_menus(&mut self, made: &BTreeMap<String, String>) {
        if made.is_empty() {
            return;
        }
        let parents: BTreeSet<String> = self
            .texts
            .iter()
            .filter(|(path, _)| path.starts_with("intents/"))
            .filter_map(|(_, text)| text.parse::<toml_edit::DocumentMut>().ok())
            .filter_map(|document| Some(document.get("parent")?.as_str()?.to_owned()))
            .collect();
        for (title, id) in made.iter().filter(|(_, id)| !parents.contains(*id)) {
            self.texts.remove(&format!("intents/{id}.toml"));
            self.result.new.retain(|new| *new != named(title, id));
            let what = format!("分类“{title}”没有建立菜单：它的问题都已经在别处");
            self.result.collisions.push(what);
        }
    }
}
