use ::wasmtime::{Caller, Linker, Result};

use super::Wasi;
use super::call::{Site, call, index_of};
use crate::{preview1, unstable};

/// Registers a function that blocks where it has to wait.
macro_rules! blocking {
    (
        ($linker:ident, $get:ident, $core:ident, $module:literal, $unstable:literal),
        $name:ident($($arg:ident: $type:ty),*)
    ) => {
        $linker.func_wrap(
            $module,
            stringify!($name),
            move |mut caller: Caller<'_, T>, $($arg: $type),*| -> Result<_> {
                let site = Site {
                    index: const { index_of(stringify!($name)) },
                    unstable: $unstable,
                };
                let args = [$(u64::from($arg)),*];
                result!($name, call(&mut caller, $get, site, args, move |ctx, mem| {
                    $core::$name(ctx, mem, $($arg),*)
                }))
            },
        )?
    };
}

/// Registers a function that awaits where it has to wait.
#[cfg(feature = "tokio")]
macro_rules! awaiting {
    (
        ($linker:ident, $get:ident, $core:ident, $module:literal, $unstable:literal),
        $name:ident($($arg:ident: $type:ty),*)
    ) => {
        $linker.func_wrap_async(
            $module,
            stringify!($name),
            move |mut caller: Caller<'_, T>, ($($arg,)*): ($($type,)*)| {
                Box::new(async move {
                    let site = Site {
                        index: const { index_of(stringify!($name)) },
                        unstable: $unstable,
                    };
                    let args = [$(u64::from($arg)),*];
                    super::waiting::call(&mut caller, $get, site, args, move |ctx, mem| {
                        $core::$name(ctx, mem, $($arg),*)
                    })
                    .await
                })
            },
        )?
    };
}

/// What a function returns to the guest: an errno, but for one that never returns.
macro_rules! result {
    (proc_exit, $result:expr) => {
        $result.map(drop)
    };
    ($name:ident, $result:expr) => {
        $result
    };
}

/// Hands the functions that both modules have, with the types of their arguments, to `$plain!` or, if they may have to wait, to `$waits!`.
#[rustfmt::skip] // One function, one line.
macro_rules! functions {
    ($plain:ident, $waits:ident, $how:tt) => {
        $plain!($how, args_get(argv: u32, argv_buf: u32));
        $plain!($how, args_sizes_get(argc: u32, argv_buf_size: u32));
        $plain!($how, clock_res_get(id: u32, resolution: u32));
        $plain!($how, clock_time_get(id: u32, precision: u64, time: u32));
        $plain!($how, environ_get(environ: u32, environ_buf: u32));
        $plain!($how, environ_sizes_get(environc: u32, environ_buf_size: u32));
        $plain!($how, fd_advise(fd: u32, offset: u64, len: u64, advice: u32));
        $plain!($how, fd_allocate(fd: u32, offset: u64, len: u64));
        $plain!($how, fd_close(fd: u32));
        $plain!($how, fd_datasync(fd: u32));
        $plain!($how, fd_fdstat_get(fd: u32, stat: u32));
        $plain!($how, fd_fdstat_set_flags(fd: u32, flags: u32));
        $plain!($how, fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64));
        $plain!($how, fd_filestat_get(fd: u32, stat: u32));
        $plain!($how, fd_filestat_set_size(fd: u32, size: u64));
        $plain!($how, fd_filestat_set_times(fd: u32, atim: u64, mtim: u64, fst_flags: u32));
        $plain!($how, fd_pread(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nread: u32));
        $plain!($how, fd_prestat_dir_name(fd: u32, path: u32, path_len: u32));
        $plain!($how, fd_prestat_get(fd: u32, prestat: u32));
        $plain!($how, fd_pwrite(fd: u32, iovs: u32, iovs_len: u32, offset: u64, nwritten: u32));
        $waits!($how, fd_read(fd: u32, iovs: u32, iovs_len: u32, nread: u32));
        $plain!($how, fd_readdir(fd: u32, buf: u32, buf_len: u32, cookie: u64, bufused: u32));
        $plain!($how, fd_renumber(fd: u32, to: u32));
        $plain!($how, fd_seek(fd: u32, offset: u64, whence: u32, newoffset: u32));
        $plain!($how, fd_sync(fd: u32));
        $plain!($how, fd_tell(fd: u32, offset: u32));
        $waits!($how, fd_write(fd: u32, iovs: u32, iovs_len: u32, nwritten: u32));
        $plain!($how, path_create_directory(fd: u32, path: u32, path_len: u32));
        $plain!($how, path_filestat_get(fd: u32, flags: u32, path: u32, path_len: u32, stat: u32));
        $plain!($how, path_filestat_set_times(fd: u32, flags: u32, path: u32, path_len: u32, atim: u64, mtim: u64, fst_flags: u32));
        $plain!($how, path_link(old_fd: u32, old_flags: u32, old_path: u32, old_len: u32, new_fd: u32, new_path: u32, new_len: u32));
        $plain!($how, path_open(fd: u32, dirflags: u32, path: u32, path_len: u32, oflags: u32, base: u64, inheriting: u64, fdflags: u32, opened_fd: u32));
        $plain!($how, path_readlink(fd: u32, path: u32, path_len: u32, buf: u32, buf_len: u32, bufused: u32));
        $plain!($how, path_remove_directory(fd: u32, path: u32, path_len: u32));
        $plain!($how, path_rename(fd: u32, old_path: u32, old_len: u32, new_fd: u32, new_path: u32, new_len: u32));
        $plain!($how, path_symlink(old_path: u32, old_len: u32, fd: u32, new_path: u32, new_len: u32));
        $plain!($how, path_unlink_file(fd: u32, path: u32, path_len: u32));
        $waits!($how, poll_oneoff(subscriptions: u32, events: u32, nsubscriptions: u32, nevents: u32));
        $plain!($how, proc_exit(rval: u32));
        $plain!($how, proc_raise(sig: u32));
        $plain!($how, random_get(buf: u32, buf_len: u32));
        $waits!($how, sched_yield());
        $waits!($how, sock_recv(fd: u32, ri_data: u32, ri_len: u32, ri_flags: u32, ro_datalen: u32, ro_flags: u32));
        $waits!($how, sock_send(fd: u32, si_data: u32, si_len: u32, si_flags: u32, so_datalen: u32));
        $plain!($how, sock_shutdown(fd: u32, how: u32));
    };
}

/// Adds WASI's functions to a linker: the modules `wasi_snapshot_preview1` and `wasi_unstable`. `get` finds the [`Wasi`] in a store's data.
///
/// A call that has to wait blocks the thread.
///
/// # Examples
/// A host with an import and store data of its own:
/// ```
/// use guesthouse_wasi::wasmtime::{Guest, Wasi, add_to_linker, config};
/// use guesthouse_wasi::{Exit, WasiCtx};
/// use wasmtime::{Caller, Engine, Linker, Module, Store};
///
/// struct State {
///     wasi: Wasi,
///     rings: u32,
/// }
///
/// let engine = Engine::new(&config())?;
/// let module = Module::new(&engine, wat::parse_str(
///     r#"(module
///         (import "desk" "ring" (func $ring))
///         (memory (export "memory") 1)
///         (func (export "_start") (call $ring) (call $ring)))"#,
/// )?)?;
/// let mut linker = Linker::new(&engine);
/// add_to_linker(&mut linker, |state: &mut State| &mut state.wasi)?;
/// linker.func_wrap("desk", "ring", |mut caller: Caller<'_, State>| caller.data_mut().rings += 1)?;
/// let module = linker.instantiate_pre(&module)?;
///
/// let wasi = Wasi::new(WasiCtx::builder().build()?, module.module())?;
/// let store = Store::new(&engine, State { wasi, rings: 0 });
/// let mut guest = Guest::new(store, &module, |state| &mut state.wasi)?;
/// assert_eq!(guest.run()?, Exit::Code(0));
/// assert_eq!(guest.into_data().rings, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The linker has one of them already.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy + Send + Sync + 'static,
) -> Result<()> {
    functions!(
        blocking,
        blocking,
        (linker, get, preview1, "wasi_snapshot_preview1", false)
    );
    blocking!(
        (linker, get, preview1, "wasi_snapshot_preview1", false),
        sock_accept(fd: u32, flags: u32, accepted_fd: u32)
    );
    functions!(
        blocking,
        blocking,
        (linker, get, unstable, "wasi_unstable", true)
    );
    Ok(())
}

/// As [`add_to_linker`], for guests that are called asynchronously: a call that has to wait awaits, on a Tokio runtime with its time and I/O drivers enabled. Calls that
/// never wait are as they are there; so file I/O blocks the executor for as long as it takes.
///
/// # Errors
/// The linker has one of them already.
#[cfg(feature = "tokio")]
pub fn add_to_linker_async<T: Send + 'static>(
    linker: &mut Linker<T>,
    get: impl Fn(&mut T) -> &mut Wasi + Copy + Send + Sync + 'static,
) -> Result<()> {
    functions!(
        blocking,
        awaiting,
        (linker, get, preview1, "wasi_snapshot_preview1", false)
    );
    awaiting!(
        (linker, get, preview1, "wasi_snapshot_preview1", false),
        sock_accept(fd: u32, flags: u32, accepted_fd: u32)
    );
    functions!(
        blocking,
        awaiting,
        (linker, get, unstable, "wasi_unstable", true)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use ::wasmtime::{Engine, ExternType, Module, Store, ValType};

    use super::*;
    use crate::WasiCtx;
    use crate::abi::functions::{FUNCTIONS, ValueType, is_unstable};

    /// Compares what is registered with the table of functions.
    fn check(linker: &Linker<Wasi>, engine: &Engine, module: &Module) {
        let mut store = Store::new(engine, Wasi::new(ctx(), module).unwrap());
        let mut count = 0;
        for (unstable, module) in [(false, "wasi_snapshot_preview1"), (true, "wasi_unstable")] {
            for function in FUNCTIONS.iter().filter(|f| !unstable || is_unstable(f)) {
                let found = linker.get(&mut store, module, function.name);
                let found = found.unwrap_or_else(|_| panic!("{module} {} is there", function.name));
                let ExternType::Func(found) = found.ty(&store) else {
                    panic!("{} is a function", function.name);
                };
                let wanted: Vec<ValueType> = function.values().collect();
                let params: Vec<ValueType> = found.params().map(value_type).collect();
                assert_eq!(params, wanted, "{}", function.name);
                assert_eq!(found.results().len(), usize::from(function.returns));
                count += 1;
            }
        }
        assert_eq!(linker.iter(&mut store).count(), count);
    }

    fn value_type(value: ValType) -> ValueType {
        match value {
            ValType::I32 => ValueType::I32,
            ValType::I64 => ValueType::I64,
            other => panic!("WASI has no {other}"),
        }
    }

    fn ctx() -> WasiCtx {
        WasiCtx::builder().build().unwrap()
    }

    #[test]
    fn all_functions_are_registered_with_their_types() {
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str("(module)").unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |wasi| wasi).unwrap();
        check(&linker, &engine, &module);
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn all_functions_are_registered_for_asynchronous_calls() {
        let engine = Engine::default();
        let module = Module::new(&engine, wat::parse_str("(module)").unwrap()).unwrap();
        let mut linker = Linker::new(&engine);
        add_to_linker_async(&mut linker, |wasi| wasi).unwrap();
        check(&linker, &engine, &module);
    }
}
