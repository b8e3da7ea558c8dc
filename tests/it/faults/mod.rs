//! What a running server stands on fails, for real, not as a mock of it: the disk, the clock, PostgreSQL. Every fault ends
//! by itself in a served message, and readiness tells the truth at each moment. (Those of Telegram are in `talk::faults`.)

mod clock;
mod disk;
mod machine;
mod own_postgres;
mod postgres;
