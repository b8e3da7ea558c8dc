//! The fake refuses what the platform refuses, and its seal is the platform's.

mod refusals;
mod vectors;
