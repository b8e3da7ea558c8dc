//! Routers and engines as the settings say: with the operator's threshold if one is set, and with an
//! encoder if one is. In: knowledge. Out: what routes it. Must not know: who uses it.

use super::config;
use crate::encoder::{CommandEncoder, Encoder, EncoderError, ServedRouter};
use crate::settings::Settings;
use crate::turn::AnswerEngine;
use std::sync::Arc;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

/// What a server builds its routers with. Clones share the encoder.
#[derive(Clone)]
pub(super) struct EngineBuilder {
    threshold: Option<f64>,
    encoder: Option<Arc<Encoder>>,
}

impl EngineBuilder {
    /// # Errors
    ///
    /// If an encoder is set to which no request can be made; whether it answers does not matter.
    pub(super) fn serving(settings: &Settings) -> Result<Self, EncoderError> {
        Ok(Self {
            threshold: settings.knowledge.threshold,
            encoder: config::encoder(settings).map(Encoder::new).transpose()?,
        })
    }

    pub(super) fn encoder(&self) -> Option<Arc<Encoder>> {
        self.encoder.clone()
    }

    /// An engine that may serve. With an encoder its router gets vectors later if they are not
    /// there yet.
    pub(super) fn engine(&self, knowledge: Knowledge) -> AnswerEngine {
        match &self.encoder {
            None => {
                let router = Router::build(&knowledge).with_threshold(self.threshold);
                AnswerEngine::new(knowledge, router)
            }
            Some(encoder) => {
                let router = ServedRouter::new(encoder, &knowledge, self.threshold);
                AnswerEngine::new(knowledge, router)
            }
        }
    }

    /// The router of a draft, which serves nobody.
    pub(super) fn draft_router(&self, knowledge: &Knowledge) -> Router {
        let router = match &self.encoder {
            None => Router::build(knowledge),
            Some(encoder) => encoder.draft_router(knowledge),
        };
        router.with_threshold(self.threshold)
    }
}

/// What a command builds its routers with: all of them share one encoder.
pub struct CommandRouters {
    threshold: Option<f64>,
    encoder: Result<Option<CommandEncoder>, EncoderError>,
}

impl CommandRouters {
    pub fn new(settings: &Settings) -> Self {
        let encoder = config::encoder(settings).map(CommandEncoder::new);
        Self {
            threshold: settings.knowledge.threshold,
            encoder: encoder.transpose(),
        }
    }

    /// For a bot that is used by the person at the terminal.
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        let encoder = self.encoder.as_ref().ok()?.as_ref();
        encoder.map(CommandEncoder::encoder)
    }

    /// The router of `knowledge`, and why it has no vectors although an encoder is set.
    pub fn router(&self, knowledge: &Knowledge) -> (Router, Option<EncoderError>) {
        let (router, failed) = match &self.encoder {
            Ok(None) => (Router::build(knowledge), None),
            Ok(Some(encoder)) => encoder.router(knowledge),
            Err(error) => (Router::build(knowledge), Some(*error)),
        };
        (router.with_threshold(self.threshold), failed)
    }

    /// Lets an encoder, if one is set, see the messages that the routers will route.
    ///
    /// # Errors
    ///
    /// If it has not given all their vectors.
    pub fn prepare(&self, messages: &[String]) -> Result<(), EncoderError> {
        match &self.encoder {
            Ok(None) => Ok(()),
            Ok(Some(encoder)) => encoder.prepare(messages),
            Err(error) => Err(*error),
        }
    }
}
