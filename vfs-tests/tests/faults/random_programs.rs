//! Random programs, always the same ones, with a fault at each of their operations.

use guesthouse_vfs_tests::fault::{Faulty, survive_faults_in};
use guesthouse_vfs_tests::programs;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::compositions::around::Around;
use super::compositions::lower::Lower;
use super::compositions::mounted::Mounted;
use super::compositions::plain::Plain;
use super::compositions::read_only::ReadOnly;
use super::compositions::upper::Upper;

fn survive<F: Faulty>() {
    let programs = programs::programs(60);
    let mut runner = TestRunner::deterministic();
    for _ in 0..40 {
        let program = programs.new_tree(&mut runner).unwrap().current();
        if let Err(problem) = survive_faults_in::<F>(&program) {
            let lines: Vec<String> = program.iter().map(ToString::to_string).collect();
            panic!("---\n{}\n---\n\n{problem}", lines.join("\n"));
        }
    }
}

#[test]
fn plain() {
    survive::<Plain>();
}

#[test]
fn mounted() {
    survive::<Mounted>();
}

#[test]
fn around() {
    survive::<Around>();
}

#[test]
fn read_only() {
    survive::<ReadOnly>();
}

#[test]
fn upper() {
    survive::<Upper>();
}

#[test]
fn lower() {
    survive::<Lower>();
}
