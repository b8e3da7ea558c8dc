//! Routers and engines as the settings say: with the operator's threshold if one is set, and with an
//! encoder if one is. In: knowledge. Out: what routes it. Must not know: who uses it.

use super::config;
use crate::encoder::{
    CommandEncoder, Encoder, EncoderConfig, EncoderError, ServedRouter, StaticTable, VectorsError,
};
use crate::model_folder::ModelFolder;
use crate::settings::Settings;
use crate::turn::AnswerEngine;
use std::sync::{Arc, Once};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;
use wenlu_core::text::normalize::is_han;

/// Where vectors come from.
#[derive(Clone)]
enum VectorSource<E> {
    Nowhere,
    Endpoint(E),
    Table(Arc<StaticTable>),
}

impl<E> VectorSource<E> {
    fn of(
        settings: &Settings,
        ask: impl FnOnce(EncoderConfig) -> Result<E, EncoderError>,
    ) -> Result<Self, VectorsError> {
        if let Some(folder) = &settings.encoder.table {
            return Ok(VectorSource::Table(StaticTable::load(folder)?));
        }
        Ok(match config::encoder(settings) {
            Some(config) => VectorSource::Endpoint(ask(config)?),
            None => VectorSource::Nowhere,
        })
    }
}

/// What a server builds its routers with. Clones share the encoder.
#[derive(Clone)]
pub(super) struct EngineBuilder {
    threshold: Option<f64>,
    vectors: VectorSource<Arc<Encoder>>,
    models: Option<Arc<ModelFolder>>,
}

impl EngineBuilder {
    /// # Errors
    ///
    /// If an encoder is set to which no request can be made, whether or not it would answer; or a
    /// table that cannot be used.
    pub(super) fn serving(settings: &Settings) -> Result<Self, VectorsError> {
        Ok(Self {
            threshold: settings.knowledge.threshold,
            vectors: VectorSource::of(settings, Encoder::new)?,
            models: config::model_folder(settings).map(|path| Arc::new(ModelFolder::new(path))),
        })
    }

    pub(super) fn encoder(&self) -> Option<Arc<Encoder>> {
        match &self.vectors {
            VectorSource::Endpoint(encoder) => Some(encoder.clone()),
            VectorSource::Nowhere | VectorSource::Table(_) => None,
        }
    }

    /// An engine that may serve. With an encoder its router gets vectors later if they are not
    /// there yet.
    pub(super) fn engine(&self, knowledge: Knowledge) -> AnswerEngine {
        static SAID: Once = Once::new();
        if let VectorSource::Endpoint(encoder) = &self.vectors {
            let router = ServedRouter::new(encoder, &knowledge, self.threshold);
            return AnswerEngine::new(knowledge, router);
        }
        if matches!(self.vectors, VectorSource::Table(_)) && is_mostly_chinese(&knowledge) {
            SAID.call_once(|| tracing::warn!("{}", CHINESE_TABLE));
        }
        let router = self.draft_router(&knowledge);
        AnswerEngine::new(knowledge, router)
    }

    /// The router of a draft, which serves nobody.
    pub(super) fn draft_router(&self, knowledge: &Knowledge) -> Router {
        let router = match &self.vectors {
            VectorSource::Nowhere => match &self.models {
                Some(models) => Router::build_cached(knowledge, models.as_ref()),
                None => Router::build(knowledge),
            },
            VectorSource::Endpoint(encoder) => encoder.draft_router(knowledge),
            VectorSource::Table(table) => Router::build_with(knowledge, table.clone()),
        };
        router.with_threshold(self.threshold)
    }
}

/// What a command builds its routers with: all of them share one encoder.
pub struct CommandRouters {
    threshold: Option<f64>,
    vectors: Result<VectorSource<CommandEncoder>, VectorsError>,
}

impl CommandRouters {
    pub fn new(settings: &Settings) -> Self {
        Self {
            threshold: settings.knowledge.threshold,
            vectors: VectorSource::of(settings, CommandEncoder::new),
        }
    }

    /// For a bot that is used by the person at the terminal.
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        match &self.vectors {
            Ok(VectorSource::Endpoint(encoder)) => Some(encoder.encoder()),
            _ => None,
        }
    }

    /// The router of `knowledge`, and why it has no vectors although an encoder is set.
    pub fn router(&self, knowledge: &Knowledge) -> (Router, Option<VectorsError>) {
        let (router, failed) = match &self.vectors {
            Ok(VectorSource::Nowhere) => (Router::build(knowledge), None),
            Ok(VectorSource::Endpoint(encoder)) => {
                let (router, failed) = encoder.router(knowledge);
                (router, failed.map(VectorsError::from))
            }
            Ok(VectorSource::Table(table)) => (Router::build_with(knowledge, table.clone()), None),
            Err(error) => (Router::build(knowledge), Some(error.clone())),
        };
        (router.with_threshold(self.threshold), failed)
    }

    /// Lets an encoder, if one is set, see the messages that the routers will route.
    ///
    /// # Errors
    ///
    /// If it has not given all their vectors.
    pub fn prepare(&self, messages: &[String]) -> Result<(), VectorsError> {
        match &self.vectors {
            Ok(VectorSource::Endpoint(encoder)) => Ok(encoder.prepare(messages)?),
            Ok(VectorSource::Nowhere | VectorSource::Table(_)) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }
}

/// What is said of a static table beside Chinese knowledge.
pub const CHINESE_TABLE: &str = "静态向量表对中文帮助很小，有时更差：先用 wenlu eval 比一比，或者改用 WENLU_EMBEDDINGS_URL / \
     a static table helps Chinese little, and may harm: measure with wenlu eval, or use an encoder behind an address";

/// Whether more than half of the examples have Chinese characters.
pub fn is_mostly_chinese(knowledge: &Knowledge) -> bool {
    let examples = || knowledge.intents.iter().flat_map(|intent| &intent.examples);
    let chinese = examples().filter(|text| text.chars().any(is_han));
    2 * chinese.count() > examples().count()
}
