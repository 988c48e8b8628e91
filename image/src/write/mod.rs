//! Trees and changes out as archives.
