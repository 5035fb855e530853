//! Errors name the field and say how to correct the input.

mod reads;
mod writes;
