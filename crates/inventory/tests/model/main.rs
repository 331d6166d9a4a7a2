//! Random sequences of operations, duplicates and crashes, asked of the live
//! service and of a reference that is a page of plain code: they have to say
//! the same, and what is left behind has to verify and replay.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod ops;
mod reference;
mod round;
#[path = "../support/studio.rs"]
mod studio;
#[path = "../support/mod.rs"]
mod support;
mod world;

use futures::FutureExt as _;
use ops::Round;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use round::Tally;
use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};
use world::World;

/// The rounds of the normal test.
const BOUNDED: (u64, u64) = (12, 2_026);
/// A failure is made shorter for so long at most.
const SHORTEN: Duration = Duration::from_secs(120);

/// Twelve rounds, always the same; `cargo xtask chaos` asks for others.
#[tokio::test(flavor = "multi_thread")]
async fn random_rounds_with_crashes_are_as_the_reference_says() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (rounds, seed) = match number("DRAMATIS_CHAOS_ROUNDS") {
        Some(rounds) => (
            rounds,
            number("DRAMATIS_CHAOS_SEED").unwrap_or_else(rand_seed),
        ),
        None => BOUNDED,
    };
    run(rounds, seed).await;
}

fn rand_seed() -> u64 {
    u64::from(uuid::Uuid::new_v4().as_fields().0)
}

/// Round r is generated from seed + r alone: so it can be had by itself.
async fn run(rounds: u64, seed: u64) {
    let begun = Instant::now();
    println!("chaos: {rounds} rounds from seed {seed}");
    let mut world = World::new().await;
    let mut tally = Tally::default();
    for number in 0..rounds {
        let seed = seed.wrapping_add(number);
        let mut tree = tree(seed);
        let Err(why) = attempt(&mut world, &tree.current(), &mut tally).await else {
            if (number + 1) % 50 == 0 {
                println!("chaos: {} rounds, {:?}", number + 1, begun.elapsed());
            }
            continue;
        };
        println!(
            "chaos: round of seed {seed} fails: {why}\n{:#?}",
            tree.current()
        );
        let (shortest, why) = shorten(&mut tree, why).await;
        panic!(
            "the round of seed {seed} fails: {why}\nThe shortest that fails:\n{shortest:#?}\n\
             Again: cargo xtask chaos --rounds 1 --seed {seed}"
        );
    }
    let Tally {
        rounds,
        operations,
        duplicates,
        service,
        connection,
        postgres,
    } = tally;
    println!(
        "chaos: {rounds} rounds, {operations} operations, {duplicates} of them sent twice at once; \
         {} crashes injected: {service} of the service, {postgres} of Postgres, {connection} dropped connections; {:.0?}",
        service + connection + postgres,
        begun.elapsed()
    );
}

type Tree = Box<dyn proptest::strategy::ValueTree<Value = Round>>;

fn tree(seed: u64) -> Tree {
    let bytes: Vec<u8> = seed.to_le_bytes().repeat(4);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    Box::new(ops::round().new_tree(&mut runner).unwrap())
}

/// A round; why it fails, where it does.
async fn attempt(world: &mut World, round: &Round, tally: &mut Tally) -> Result<(), String> {
    let run = AssertUnwindSafe(round::run(world, round, tally));
    run.catch_unwind().await.map_err(|cause| {
        cause
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| cause.downcast_ref::<&str>().map(|&text| text.to_owned()))
            .unwrap_or_default()
    })
}

/// The shortest that still fails, within the time there is. A failure leaves
/// the world as it may be: each try gets a new one.
async fn shorten(tree: &mut Tree, mut why: String) -> (Round, String) {
    let begun = Instant::now();
    let mut shortest = tree.current();
    let mut goes_on = tree.simplify();
    while goes_on && begun.elapsed() < SHORTEN {
        let mut world = World::new().await;
        match attempt(&mut world, &tree.current(), &mut Tally::default()).await {
            Err(shorter) => {
                (shortest, why) = (tree.current(), shorter);
                goes_on = tree.simplify();
            }
            Ok(()) => goes_on = tree.complicate(),
        }
    }
    (shortest, why)
}
