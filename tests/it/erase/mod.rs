//! Erasing on real file systems in loop-mounted images, looked at from below. What needs root or a file
//! system that this machine does not have says *skipped, not passed*.

mod crash;
mod freespace;
mod going_on;
mod grades;
mod held;
mod lab;
mod matrix;
mod refused;
mod residue;
mod swaps;
mod systems;
