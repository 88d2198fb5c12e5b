//! Every kernel on the host beside a plain form of it, in both orders of its threads.

mod sizes;
