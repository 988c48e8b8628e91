use guesthouse_wasi::abi::Signal;
use guesthouse_wasi::wasmtime::{Guest, Program, Wasi, add_to_linker};
use guesthouse_wasi::{Exit, WasiCtx};
use wasmtime::{Engine, Linker, Module, Store, Trap};

use crate::{command, ctx, engine, module, run, with_prelude};

#[test]
fn returning_is_code_0() {
    assert_eq!(run("", ctx()), Exit::Code(0));
}

#[test]
fn exit_codes_arrive_whole() {
    for code in [0_u32, 1, 7, 255, 256, u32::MAX] {
        let body = format!("(call $proc_exit (i32.const {})) unreachable", code as i32);
        assert_eq!(run(&body, ctx()), Exit::Code(code));
    }
}

#[test]
fn a_raised_signal_ends_the_guest() {
    let raised = run("(call $ok (call $proc_raise (i32.const 6)))", ctx());
    assert_eq!(raised, Exit::Raised(Signal::Abrt));
}

#[test]
fn a_trap_stays_a_trap() {
    let error = command("unreachable").run(ctx()).unwrap_err();
    assert_eq!(
        error.downcast_ref::<Trap>(),
        Some(&Trap::UnreachableCodeReached)
    );
    assert!(error.downcast_ref::<Exit>().is_none());
}

#[test]
fn the_start_function_may_end_the_guest() {
    let module = with_prelude(
        "(func $begin (call $proc_exit (i32.const 9))) (start $begin) (func (export \"_start\"))",
    );
    let program = Program::new(&module).unwrap();
    assert_eq!(program.run(ctx()).unwrap(), Exit::Code(9));
}

#[test]
fn an_exit_is_found_in_the_engines_error() {
    let module = with_prelude("(func (export \"f\") (call $proc_exit (i32.const 3)))");
    let mut guest = Program::new(&module).unwrap().guest(ctx()).unwrap();
    let error = guest.call::<(), ()>("f", ()).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>(), Some(&Exit::Code(3)));
}

#[test]
fn a_reactor_is_initialized_and_called() {
    let module = with_prelude(
        "(global $ready (mut i32) (i32.const 0))
         (func (export \"_initialize\") (global.set $ready (i32.const 40)))
         (func (export \"add\") (param i32) (result i32) (i32.add (local.get 0) (global.get $ready)))",
    );
    let mut guest = Program::new(&module).unwrap().guest(ctx()).unwrap();
    guest.initialize().unwrap();
    assert_eq!(guest.call::<i32, i32>("add", 2).unwrap(), 42);
}

#[test]
fn a_module_that_is_neither_command_nor_reactor_says_so() {
    let error = Program::new(&module("(module)")).unwrap().run(ctx());
    assert!(error.unwrap_err().to_string().contains("neither `_start`"));
}

#[test]
fn a_guest_without_a_memory_is_told_what_is_missing() {
    let module = module(
        r#"(module
            (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
            (func (export "_start") (drop (call $sched_yield))))"#,
    );
    let error = Program::new(&module).unwrap().run(ctx()).unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("exports no memory"), "{text}");
}

#[test]
fn a_64_bit_memory_is_refused() {
    let mut config = guesthouse_wasi::wasmtime::config();
    config.wasm_memory64(true);
    let engine = Engine::new(&config).unwrap();
    let text = r#"(module (memory (export "memory") i64 1) (func (export "_start")))"#;
    let module = Module::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    let error = Program::new(&module).unwrap().run(ctx()).unwrap_err();
    assert!(error.to_string().contains("memory64"), "{error}");
}

#[test]
fn an_unknown_import_is_named() {
    let module = module(r#"(module (import "env" "gone" (func)) (func (export "_start")))"#);
    let text = format!("{:#}", Program::new(&module).unwrap_err());
    assert!(text.contains("env") && text.contains("gone"), "{text}");
}

/// A host's own store data, and an import beside WASI's.
struct State {
    wasi: Wasi,
    told: i32,
}

#[test]
fn a_host_keeps_data_and_imports_of_its_own() {
    let module = module(
        r#"(module
            (import "host" "tell" (func $tell (param i32)))
            (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start")
                (drop (call $args_sizes_get (i32.const 0) (i32.const 4)))
                (call $tell (i32.load (i32.const 0)))))"#,
    );
    let mut linker: Linker<State> = Linker::new(engine());
    add_to_linker(&mut linker, |state: &mut State| &mut state.wasi).unwrap();
    linker
        .func_wrap(
            "host",
            "tell",
            |mut caller: wasmtime::Caller<'_, State>, count: i32| caller.data_mut().told = count,
        )
        .unwrap();
    let module_pre = linker.instantiate_pre(&module).unwrap();
    let ctx = WasiCtx::builder().args(["a", "b", "c"]).build().unwrap();
    let wasi = Wasi::new(ctx, &module).unwrap();
    let store = Store::new(engine(), State { wasi, told: 0 });
    let mut guest = Guest::new(store, &module_pre, |state| &mut state.wasi).unwrap();
    assert_eq!(guest.run().unwrap(), Exit::Code(0));
    assert_eq!(guest.into_data().told, 3);
}
