//! A guest that serves a socket.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use guesthouse_spec_tests::{Backend, Called, Ended, program, run};
use guesthouse_wasi::WasiCtx;
use guesthouse_wasi::socket::HostListener;

pub(crate) fn echo(guest: &str) {
    for backend in Backend::ALL {
        let ground = backend.ground().unwrap();
        let builder = WasiCtx::builder().root(ground.fs());
        echo_two_clients(guest, builder, &Called::default());
    }
}

/// Has the guest serve two connections.
pub(crate) fn echo_two_clients(
    guest: &str,
    builder: guesthouse_wasi::WasiCtxBuilder,
    called: &Called,
) {
    let program = program(guest).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let listener = HostListener::try_from(listener).unwrap();
    let builder = builder.args(["echo", "2"]).listener(listener);
    let ended = thread::scope(|scope| {
        let guest = scope.spawn(|| run(&program, builder, called).unwrap());
        for text in ["hello", &"a long text ".repeat(1000)] {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(text.as_bytes()).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut echoed = String::new();
            client.read_to_string(&mut echoed).unwrap();
            assert_eq!(echoed, text);
        }
        guest.join().unwrap()
    });
    let report = "echoed 5 bytes\nechoed 12000 bytes\n";
    assert_eq!(ended, Ended::code(0, report));
}
