//! Counts digits; its build script runs on the build platform.
pub fn count(number: i64) -> usize {
    assert_eq!(env!("RADIX"), "10");
    format!("{}", number).len()
}
