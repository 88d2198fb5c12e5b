//! Every kernel on the host beside a plain form of it, in both orders of its threads.

mod canary;
mod check;
mod compiled;
mod dense;
mod device;
mod draw;
mod embed;
mod fixture;
mod loss;
mod optimizer;
mod product;
mod races;
mod route;
mod scores;
mod short;
mod sizes;
mod table;
mod touched;
