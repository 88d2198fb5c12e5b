//! The machine: device, threads, memory, and the processes that train together.

pub mod device;
pub mod device_plan;
pub mod environment;
pub mod memory;
pub mod memory_check;
pub mod missed_steps;
pub mod ranks;
pub mod time_check;
pub mod training_memory;
