//! Every guest file of this repository, run on every backend.

mod commands;
mod interrupted;
mod reactors;
mod served;
mod whole_interface;

use std::collections::BTreeSet;

use guesthouse_spec_tests::guest_path;

/// Makes a test of each function here, and a list of the guest files that they are about.
macro_rules! guests {
    ($($guest:literal: $($module:ident :: $test:ident),+;)+) => {
        const TESTED: &[&str] = &[$($guest),+];

        mod of {
            $($(
                #[test]
                fn $test() {
                    crate::$module::$test($guest);
                }
            )+)+
        }
    };
}

guests! {
    "examples/guests/echo.wasm": served::echo;
    "examples/guests/exit.wat": commands::exit;
    "examples/guests/fill.wasm": commands::fill;
    "examples/guests/hello.wat": commands::hello;
    "examples/guests/reactor.wat": reactors::reactor;
    "examples/guests/show.wasm": commands::show;
    "examples/guests/sleep.wat": commands::sleep;
    "examples/guests/spin.wat": interrupted::spin;
    "examples/guests/sum.wasm": reactors::sum_with_debug_info;
    "examples/guests/sum.wat": reactors::sum;
    "examples/guests/tour.wasm": commands::tour;
    "examples/guests/trap.wat": commands::trap;
    "examples/guests/upper.wat": commands::upper;
    "spec-tests/guests/by_hand.wat": reactors::by_hand;
    "spec-tests/guests/calls.wasm": commands::calls, commands::calls_raise;
    "spec-tests/guests/unstable.wat": commands::unstable;
}

/// The test that an unlisted guest file fails.
#[test]
fn every_guest_file_has_a_test() {
    let mut found = BTreeSet::new();
    for folder in ["examples/guests", "spec-tests/guests"] {
        for entry in std::fs::read_dir(guest_path(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".wasm") || name.ends_with(".wat") {
                found.insert(format!("{folder}/{name}"));
            }
        }
    }
    let tested: BTreeSet<String> = TESTED.iter().map(|&guest| guest.to_owned()).collect();
    assert_eq!(found, tested);
}
