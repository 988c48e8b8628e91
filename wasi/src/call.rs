use crate::abi::Errno;
use crate::{Call, GuestMemory, Stop, WasiCtx, preview1, unstable};

/// Makes a call whose function is only known at run time: for adapters to engines without typed host functions.
///
/// # Errors
/// The function's; [`Errno::Nosys`] for `sock_accept` in `wasi_unstable`; [`Errno::Inval`] for too few or too many arguments.
pub fn call<M: GuestMemory + ?Sized>(
    ctx: &mut WasiCtx,
    mem: &mut M,
    call: Call<'_>,
) -> Result<(), Stop> {
    if call.function().values().count() != call.args.len() {
        return Err(Errno::Inval.into());
    }
    let mut args = Arguments(call.args);
    if call.unstable {
        call_unstable(ctx, mem, call.function().name, &mut args)
    } else {
        call_preview1(ctx, mem, call.function().name, &mut args)
    }
}

/// The arguments that are left.
struct Arguments<'a>(&'a [u64]);

impl Arguments<'_> {
    fn i64(&mut self) -> u64 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// The upper half of a 32-bit argument is nobody's business.
    fn i32(&mut self) -> u32 {
        (self.i64() & u64::from(u32::MAX)) as u32
    }
}

/// Has a function of `$module` called with its arguments: `name i32 i64;` for each.
macro_rules! functions {
    ($call:ident, $types:ident, $module:ident, $($name:ident $($value:ident)*;)+) => {
        fn $call<M: GuestMemory + ?Sized>(
            ctx: &mut WasiCtx,
            mem: &mut M,
            name: &str,
            args: &mut Arguments<'_>,
        ) -> Result<(), Stop> {
            match name {
                $(stringify!($name) => $module::$name(ctx, mem $(, args.$value())*),)+
                _ => Err(Errno::Nosys.into()),
            }
        }

        /// Each function with the types of its arguments, in WebAssembly's words.
        #[cfg(test)]
        const $types: &[(&str, &[&str])] =
            &[$((stringify!($name), &[$(stringify!($value)),*])),+];
    };
}

/// The functions that both ABIs have, in `$module`, and more of them.
macro_rules! functions_of_both {
    ($call:ident, $types:ident, $module:ident, $($more:tt)*) => {
        functions! { $call, $types, $module,
            args_get i32 i32;
            args_sizes_get i32 i32;
            clock_res_get i32 i32;
            clock_time_get i32 i64 i32;
            environ_get i32 i32;
            environ_sizes_get i32 i32;
            fd_advise i32 i64 i64 i32;
            fd_allocate i32 i64 i64;
            fd_close i32;
            fd_datasync i32;
            fd_fdstat_get i32 i32;
            fd_fdstat_set_flags i32 i32;
            fd_fdstat_set_rights i32 i64 i64;
            fd_filestat_get i32 i32;
            fd_filestat_set_size i32 i64;
            fd_filestat_set_times i32 i64 i64 i32;
            fd_pread i32 i32 i32 i64 i32;
            fd_prestat_dir_name i32 i32 i32;
            fd_prestat_get i32 i32;
            fd_pwrite i32 i32 i32 i64 i32;
            fd_read i32 i32 i32 i32;
            fd_readdir i32 i32 i32 i64 i32;
            fd_renumber i32 i32;
            fd_seek i32 i64 i32 i32;
            fd_sync i32;
            fd_tell i32 i32;
            fd_write i32 i32 i32 i32;
            path_create_directory i32 i32 i32;
            path_filestat_get i32 i32 i32 i32 i32;
            path_filestat_set_times i32 i32 i32 i32 i64 i64 i32;
            path_link i32 i32 i32 i32 i32 i32 i32;
            path_open i32 i32 i32 i32 i32 i64 i64 i32 i32;
            path_readlink i32 i32 i32 i32 i32 i32;
            path_remove_directory i32 i32 i32;
            path_rename i32 i32 i32 i32 i32 i32;
            path_symlink i32 i32 i32 i32 i32;
            path_unlink_file i32 i32 i32;
            poll_oneoff i32 i32 i32 i32;
            proc_exit i32;
            proc_raise i32;
            random_get i32 i32;
            sched_yield;
            sock_recv i32 i32 i32 i32 i32 i32;
            sock_send i32 i32 i32 i32 i32;
            sock_shutdown i32 i32;
            $($more)*
        }
    };
}

functions_of_both! { call_preview1, PREVIEW1, preview1, sock_accept i32 i32 i32; }
functions_of_both! { call_unstable, UNSTABLE, unstable, }

#[cfg(test)]
mod tests {
    use super::{PREVIEW1, UNSTABLE};
    use crate::abi::functions::{FUNCTIONS, Function, ValueType, is_unstable};

    /// Compares what the dispatcher takes from the arguments with the table, which is compared with the specification.
    fn same_types(functions: Vec<&Function>, types: &[(&str, &[&str])]) {
        for function in &functions {
            let found = types.iter().find(|(name, _)| *name == function.name);
            let (name, types) = found.expect("each function can be called");
            let expected: Vec<&str> = function
                .values()
                .map(|value| match value {
                    ValueType::I32 => "i32",
                    ValueType::I64 => "i64",
                })
                .collect();
            assert_eq!(*types, expected, "{name}");
        }
        assert_eq!(functions.len(), types.len());
    }

    #[test]
    fn arguments_are_taken_as_the_table_says() {
        same_types(FUNCTIONS.iter().collect(), PREVIEW1);
        let older = FUNCTIONS.iter().filter(|function| is_unstable(function));
        same_types(older.collect(), UNSTABLE);
    }
}
