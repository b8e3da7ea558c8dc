//! Argon2id in memory that is used again. In: a password, a salt, parameters. Out: a hash. Each hash
//! works in 19 MiB; allocated anew each time, on whichever thread, they break the heap into pieces
//! that are never given back. Must not know: whose password it is.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, CustomizedPasswordHasher, PasswordHasher};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// KiB, rounds and lanes of OWASP's Password Storage Cheat Sheet for Argon2id.
const MEMORY: u32 = 19_456;
const ROUNDS: u32 = 2;
const LANES: u32 = 1;

/// How much memory is kept: for as many hashes as [`crate::admin::AdminState`] lets run at a time.
const KEPT_BUFFERS: usize = 2;
static BUFFERS: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());

/// Hashes and verifies passwords.
pub(super) struct PooledArgon2;

impl PooledArgon2 {
    fn hash_with(
        algorithm: Algorithm,
        version: Version,
        params: Params,
        password: &[u8],
        salt: &[u8],
    ) -> password_hash::Result<PasswordHash> {
        let salt = Salt::new(salt)?;
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer
            .get_mut(..length)
            .ok_or(password_hash::Error::OutputSize)?;
        let hasher = Argon2::new(algorithm, version, params.clone());
        let mut memory = buffers().pop().unwrap_or_default();
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let hashed = hasher.hash_password_into_with_memory(password, &salt, out, &mut memory);
        let mut kept = buffers();
        if kept.len() < KEPT_BUFFERS {
            kept.push(memory);
        }
        drop(kept);
        hashed?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(Output::new(out)?),
        })
    }
}

impl PasswordHasher<PasswordHash> for PooledArgon2 {
    fn hash_password_with_salt(
        &self,
        password: &[u8],
        salt: &[u8],
    ) -> password_hash::Result<PasswordHash> {
        // the constants are within the allowed ranges, so the default is never used
        let params = Params::new(MEMORY, ROUNDS, LANES, None).unwrap_or_default();
        Self::hash_with(Algorithm::Argon2id, Version::V0x13, params, password, salt)
    }
}

impl CustomizedPasswordHasher<PasswordHash> for PooledArgon2 {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> password_hash::Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?;
        let version = version.map(Version::try_from).transpose()?;
        Self::hash_with(
            algorithm.unwrap_or_default(),
            version.unwrap_or_default(),
            params,
            password,
            salt,
        )
    }
}

fn buffers() -> MutexGuard<'static, Vec<Vec<Block>>> {
    BUFFERS.lock().unwrap_or_else(PoisonError::into_inner)
}
