//! Routers and engines as the settings say: with the operator's threshold if one is set, and with an
//! encoder if one is. In: knowledge. Out: what routes it. Must not know: who uses it.

use super::config;
use crate::encoder::{Encoder, EncoderError, ServedRouter, command_router};
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
                let router = with_threshold(self.threshold, Router::build(&knowledge));
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
        with_threshold(self.threshold, router)
    }
}

/// The router that commands use, and why it has no vectors although an encoder is set. `messages`:
/// what will be routed, as far as that is known.
pub fn build_router(
    settings: &Settings,
    knowledge: &Knowledge,
    messages: &[String],
) -> (Router, Option<EncoderError>) {
    let (router, failed) = match config::encoder(settings) {
        None => (Router::build(knowledge), None),
        Some(config) => command_router(config, knowledge, messages),
    };
    (with_threshold(settings.knowledge.threshold, router), failed)
}

/// An [`AnswerEngine`] of `knowledge` with the router of [`build_router`].
pub fn build_engine(settings: &Settings, knowledge: Knowledge) -> AnswerEngine {
    let (router, _) = build_router(settings, &knowledge, &[]);
    AnswerEngine::new(knowledge, router)
}

fn with_threshold(threshold: Option<f64>, mut router: Router) -> Router {
    if let Some(threshold) = threshold {
        router.set_threshold(threshold);
    }
    router
}
