//! `cargo xtask test`: everything that is checked before a change lands. All
//! steps run, whatever fails; the end is a table and a count.

mod count;
mod fuzz;
mod steps;

use std::time::{Duration, Instant};

use crate::{fault::Fault, needs};
use count::Count;
use steps::{STEPS, Step};

/// How one step ended.
struct Ended {
    step: &'static Step,
    count: Count,
    took: Duration,
    fault: Option<Fault>,
}

/// Runs all steps, or those named.
pub(crate) fn command(words: &[&str]) -> Result<(), Fault> {
    let begun = Instant::now();
    let mut ended = Vec::new();
    let steps = chosen(words)?;
    if steps.len() == STEPS.len() {
        needs::bring_to_build(&needs::ALL)?;
    }
    for step in steps {
        println!("\n── {} ({})", step.name, step.what);
        ended.push(run(step));
    }
    conclude(&ended, begun.elapsed())
}

fn chosen(words: &[&str]) -> Result<Vec<&'static Step>, Fault> {
    let mut steps: Vec<&'static Step> = STEPS.iter().collect();
    let names: Vec<&str> = words
        .iter()
        .copied()
        .filter(|w| *w != "--no-window")
        .collect();
    if names.len() < words.len() {
        steps.retain(|step| step.name != "window");
    }
    if names.is_empty() {
        return Ok(steps);
    }
    if let Some(unknown) = names.iter().find(|n| STEPS.iter().all(|s| s.name != **n)) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Fault::new(format!("There is no step `{unknown}`."))
            .fix(format!("The steps are: {}", known.join(" "))));
    }
    steps.retain(|step| names.contains(&step.name));
    Ok(steps)
}

fn run(step: &'static Step) -> Ended {
    let begun = Instant::now();
    let (count, fault) = match (step.run)() {
        Ok(checked) if checked.fault.is_some() => (checked.count.with_a_failure(), checked.fault),
        Ok(checked) => (checked.count, None),
        Err(fault) => (Count::default().with_a_failure(), Some(fault)),
    };
    let took = begun.elapsed();
    match &fault {
        None => println!("  {count} in {} s", took.as_secs()),
        Some(fault) => println!("{fault}\n  {} FAILED: {count}", step.name),
    }
    Ended {
        step,
        count,
        took,
        fault,
    }
}

fn conclude(ended: &[Ended], took: Duration) -> Result<(), Fault> {
    println!(
        "\n{:<10} {:>8} {:>8} {:>8}",
        "step", "passed", "failed", "seconds"
    );
    let mut total = Count::default();
    for one in ended {
        println!(
            "{:<10} {:>8} {:>8} {:>8}{}",
            one.step.name,
            one.count.passed,
            one.count.failed,
            one.took.as_secs(),
            if one.fault.is_some() { "  ✗" } else { "" }
        );
        total = total.plus(one.count);
    }
    println!("\n{} s in all\n", took.as_secs());
    // This line, alone, is what a machine reads.
    println!("{total}");
    let failed: Vec<&str> = ended
        .iter()
        .filter(|one| one.count.failed > 0)
        .map(|one| one.step.name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(
        Fault::new(format!("Failed: {}.", failed.join(", "))).fix(format!(
            "Again, only these: cargo xtask test {}",
            failed.join(" ")
        )),
    )
}
