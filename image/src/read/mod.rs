//! Archives and images into memory.
