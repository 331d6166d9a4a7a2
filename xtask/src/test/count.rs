//! How many checks passed and failed, read from what the runners write.

use std::fmt;

/// A number of checks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    /// A step that is one check.
    pub(crate) const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }

    /// A step that failed has failed at least once, whatever its runner
    /// counted: it may not have got as far as counting.
    pub(crate) fn with_a_failure(self) -> Self {
        Self {
            failed: self.failed.max(1),
            ..self
        }
    }

    /// Sums the `test result:` lines of Rust's test programs.
    pub(crate) fn of_cargo(output: &str) -> Self {
        output
            .lines()
            .filter_map(|line| line.strip_prefix("test result: "))
            .map(|line| Self {
                passed: before(line, " passed"),
                failed: before(line, " failed"),
            })
            .fold(Self::default(), Self::plus)
    }

    /// Reads how many scenes the tour says it took.
    pub(crate) fn of_tour(output: &str) -> Self {
        let said = output.lines().rev().find(|line| line.contains(" scenes"));
        Self {
            passed: before(said.unwrap_or_default(), " scenes"),
            failed: 0,
        }
    }

    /// Reads the report of Vitest's JSON reporter.
    pub(crate) fn of_vitest(report: &str) -> Self {
        Self {
            passed: after(report, "\"numPassedTests\":"),
            failed: after(report, "\"numFailedTests\":"),
        }
    }

    /// Reads the report of Playwright's JSON reporter. A test that passed
    /// only when tried again counts as failed.
    pub(crate) fn of_playwright(report: &str) -> Self {
        let stats = report.rsplit("\"stats\":").next().unwrap_or_default();
        Self {
            passed: after(stats, "\"expected\":"),
            failed: after(stats, "\"unexpected\":") + after(stats, "\"flaky\":"),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

fn before(text: &str, word: &str) -> u64 {
    let head = text.split(word).next().unwrap_or_default();
    let digits = head.rsplit(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|d| d.parse().ok()).unwrap_or(0)
}

fn after(text: &str, word: &str) -> u64 {
    let rest = text.split(word).nth(1).unwrap_or_default().trim_start();
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|d| d.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn cargo_results_are_summed() {
        let output = "running 3 tests\n\
            test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            noise\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured\n";
        let (passed, failed) = (15, 2);
        assert_eq!(Count::of_cargo(output), Count { passed, failed });
    }

    #[test]
    fn vitest_and_playwright_are_read() {
        let vitest = "{\"numTotalTests\":9,\"numPassedTests\":8,\"numFailedTests\":1,";
        let (passed, failed) = (8, 1);
        assert_eq!(Count::of_vitest(vitest), Count { passed, failed });

        let playwright = "{\"expected\": 99, \"expectedStatus\": \"passed\", \"stats\": {\n\
            \"expected\": 21,\n \"skipped\": 0,\n \"unexpected\": 2,\n \"flaky\": 1 }}";
        let (passed, failed) = (21, 3);
        assert_eq!(Count::of_playwright(playwright), Count { passed, failed });
    }

    #[test]
    fn the_tours_scenes_are_read() {
        let (passed, failed) = (14, 0);
        let said = "12 · verified\ntour: 14 scenes, all of them as they should be\n";
        assert_eq!(Count::of_tour(said), Count { passed, failed });
        assert_eq!(Count::of_tour("tour: skipped"), Count::default());
    }

    #[test]
    fn a_failed_step_is_never_zero_failures() {
        assert_eq!(Count::default().with_a_failure().failed, 1);
        let (passed, failed) = (4, 3);
        assert_eq!(Count { passed, failed }.with_a_failure().failed, 3);
    }
}
