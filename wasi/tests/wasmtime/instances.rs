use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use guesthouse_wasi::abi::Errno;
use guesthouse_wasi::stdio::Captured;
use guesthouse_wasi::wasmtime::{Wasi, add_to_linker};
use guesthouse_wasi::{Call, CallOutcome, Exit, GuestMemory, Observer, WasiCtx};
use wasmtime::{Linker, Module, Store};

use crate::{command, ctx, engine, module};

#[test]
fn instances_in_threads_keep_apart() {
    let program = command(
        "(call $ok (call $args_sizes_get (i32.const 0) (i32.const 4)))
         (call $proc_exit (i32.load (i32.const 0)))",
    );
    let guests: Vec<_> = (0..4_u32)
        .map(|count| {
            let program = program.clone();
            thread::spawn(move || {
                for _ in 0..50 {
                    let args = (0..count).map(|place| place.to_string());
                    let ctx = WasiCtx::builder().args(args).build().unwrap();
                    assert_eq!(program.run(ctx).unwrap(), Exit::Code(count));
                }
            })
        })
        .collect();
    for guest in guests {
        guest.join().unwrap();
    }
}

/// Exports `run`, which writes this text.
fn writes(text: &str) -> Module {
    module(&format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 0) "\10\00\00\00\04\00\00\00") (data (i32.const 16) "{text}")
            (func (export "run") (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    ))
}

/// Each call works on the memory of the instance that makes it, even where all share a store and a context.
#[test]
fn instances_in_one_store_have_each_its_memory() {
    let modules = [writes("one "), writes("two "), writes("end.")];
    let output = Captured::new(100);
    let ctx = WasiCtx::builder().stdout(output.clone()).build().unwrap();
    let mut linker: Linker<Wasi> = Linker::new(engine());
    add_to_linker(&mut linker, |wasi| wasi).unwrap();
    let mut store = Store::new(engine(), Wasi::new(ctx, &modules[0]).unwrap());
    store.set_epoch_deadline(u64::MAX / 2);
    let instances: Vec<_> = [0, 1, 0, 2]
        .map(|place| linker.instantiate(&mut store, &modules[place]).unwrap())
        .into();
    for instance in &instances {
        let run = instance
            .get_typed_func::<(), ()>(&mut store, "run")
            .unwrap();
        run.call(&mut store, ()).unwrap();
    }
    assert_eq!(output.contents(), b"one two one end.");
    // Attached to one memory, the rest of the store's instances are told apart no more.
    let memory = instances[3].get_memory(&mut store, "memory").unwrap();
    store.data_mut().attach(memory);
    let run = instances[3]
        .get_typed_func::<(), ()>(&mut store, "run")
        .unwrap();
    run.call(&mut store, ()).unwrap();
    assert_eq!(output.contents(), b"one two one end.end.");
}

type Seen = Arc<Mutex<Vec<String>>>;

struct Recorder(Seen);

impl Observer for Recorder {
    fn before(&mut self, call: Call<'_>, mem: &dyn GuestMemory) {
        assert_eq!(mem.size(), 131_072);
        self.0
            .lock()
            .unwrap()
            .push(format!("{}{:?}", call.function().name, call.args));
    }

    fn after(
        &mut self,
        call: Call<'_>,
        mem: &dyn GuestMemory,
        outcome: CallOutcome,
        _elapsed: Duration,
    ) {
        let mut word = [0; 4];
        mem.read(0, &mut word).unwrap();
        assert!(!call.unstable);
        self.0
            .lock()
            .unwrap()
            .push(format!("{outcome:?} {}", u32::from_le_bytes(word)));
    }
}

#[test]
fn an_observer_sees_calls_with_arguments_and_results() {
    let seen = Seen::default();
    let mut ctx = ctx();
    ctx.observe(Recorder(Arc::clone(&seen)));
    let program = command(
        "(i32.store (i32.const 0) (i32.const 77))
         (call $ok (call $args_sizes_get (i32.const 0) (i32.const 4)))
         (drop (call $fd_close (i32.const -1)))
         (call $ok (call $sched_yield))
         (call $proc_exit (i32.const 300))",
    );
    assert_eq!(program.run(ctx).unwrap(), Exit::Code(300));
    let errno = |errno: Errno| format!("{:?} 0", CallOutcome::Errno(errno));
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "args_sizes_get[0, 4]".to_owned(),
            errno(Errno::Success),
            "fd_close[4294967295]".to_owned(),
            errno(Errno::Badf),
            "sched_yield[]".to_owned(),
            errno(Errno::Success),
            "proc_exit[300]".to_owned(),
            "Exit(Code(300)) 0".to_owned(),
        ]
    );
}
