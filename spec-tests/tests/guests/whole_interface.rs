//! Every function of WASI is called by a guest here, and does what it is for.

use guesthouse_spec_tests::{Backend, Called, program, run};
use guesthouse_wasi::WasiCtx;
use guesthouse_wasi::abi::functions::FUNCTIONS;

use crate::served::echo_two_clients;

#[test]
fn every_function_is_called_on_every_backend() {
    for backend in Backend::ALL {
        let called = Called::default();
        let builder = || {
            let ground = backend.ground().unwrap();
            (WasiCtx::builder().root(ground.fs()), ground)
        };
        let calls = program("spec-tests/guests/calls.wasm").unwrap();
        assert_eq!(called.never_called().len(), FUNCTIONS.len());
        let (ctx, _ground) = builder();
        run(&calls, ctx.arg("calls"), &called).unwrap();
        assert_eq!(called.never_called(), ["proc_raise"], "{backend:?}");
        let (ctx, _ground) = builder();
        run(&calls, ctx.args(["calls", "raise"]), &called).unwrap();
        let nothing: [&str; 0] = [];
        assert_eq!(called.never_called(), nothing, "{backend:?}");

        // `calls` has no sockets.
        let on_sockets = ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"];
        assert_eq!(called.never_successful(), on_sockets, "{backend:?}");
        let (ctx, _ground) = builder();
        echo_two_clients("examples/guests/echo.wasm", ctx, &called);
        assert_eq!(called.never_successful(), nothing, "{backend:?}");
    }
}
